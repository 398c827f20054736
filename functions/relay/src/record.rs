//! Calls that move what this platform keeps a record of: each is in the audit log before it is
//! made, and the mini program's release record is compared with WeChat afterwards.

use axum::http::request::Parts;
use lambda_http::request::RequestContext;
use platform::{
    audit::{AuditOutcome, Intent, Recorded},
    operators::{Operator, Source},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{App, address::Address, problem::Problem};

/// Writes down what is about to be done. Where this fails, it must not be done.
pub(crate) async fn begin(
    app: &App,
    operator: &Operator,
    address: &Address,
    parts: &Parts,
    body: &[u8],
) -> Result<Recorded, Problem> {
    if let Some(appid) = &address.account {
        app.platform.releases.suspect(&address.component, appid).await?;
    }
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let summary = json!({ "method": parts.method.as_str(), "path": address.path });
    let intent = Intent {
        operation: "relay".to_owned(),
        component: Some(address.component.to_string()),
        appid: address.account.as_ref().map(ToString::to_string),
        digest: Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect(),
        summary: summary.to_string(),
        source_ip: source(parts).address(),
        user_agent: header("user-agent").map(|name| name.chars().take(200).collect()),
        ..Intent::by(operator)
    };
    Ok(app.platform.audit.intend(&intent).await?)
}

/// Writes down what came of it.
pub(crate) async fn end(app: &App, recorded: &Recorded, status: u16, errcode: Option<i64>) {
    let outcome = AuditOutcome { errcode, ..AuditOutcome::of(status) };
    if let Err(error) = app.platform.audit.conclude(recorded, &outcome).await {
        tracing::error!(%error, ?recorded, ?outcome, "outcome is not in the audit log");
    }
}

/// Where API Gateway saw the request come from.
pub(crate) fn source(parts: &Parts) -> Source {
    match parts.extensions.get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            Source::of_gateway(context.http.source_ip.as_deref())
        }
        _ => Source::default(),
    }
}
