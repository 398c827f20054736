//! A write that takes two: kept until somebody else approves it.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use platform::{
    approvals::{Asked, Decision, KeptRequest, LONGEST_BODY},
    audit::summary,
    text::Text,
};

use super::Call;
use crate::{
    problem::{self, Kind, Problem},
    routes::approvals::ApprovalRequest,
};

/// Headers that a kept request is done with.
const KEPT: [header::HeaderName; 4] =
    [header::CONTENT_TYPE, header::IF_MATCH, header::ACCEPT_LANGUAGE, header::USER_AGENT];

impl Call<'_> {
    /// The decision that somebody else has to approve before this is done.
    pub(super) async fn needs_another(&self) -> Result<Option<Decision>, Problem> {
        let Some(decision) = self.operation.decision else { return Ok(None) };
        if self.approved.is_some() {
            return Ok(None);
        }
        let policy = self.app.approvals.policy().await?;
        Ok(policy.requires(decision).then_some(decision))
    }

    /// Keeps the request, and answers with what is waited for. What is wrong with it by its
    /// description is told now: nobody should approve what cannot be done.
    pub(super) async fn ask(
        &self,
        decision: Decision,
        parts: &Parts,
        body: &[u8],
        digest: &str,
    ) -> Response {
        match self.try_ask(decision, parts, body, digest).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(),
        }
    }

    async fn try_ask(
        &self,
        decision: Decision,
        parts: &Parts,
        body: &[u8],
        digest: &str,
    ) -> Result<Response, Problem> {
        if body.len() > LONGEST_BODY {
            return Err(Problem::new(Kind::TooLarge).what_to_do(Text::new(
                format!("需要审批的请求不得超过 {} KiB", LONGEST_BODY / 1024),
                format!("what waits for approval has {} KiB at most", LONGEST_BODY / 1024),
            )));
        }
        if !self.operation.takes_files() {
            let whole = if body.is_empty() { b"{}" } else { body };
            let whole = serde_json::from_slice(whole)
                .map_err(|_| Problem::malformed_body(Text::fixed("不是 JSON", "not JSON")))?;
            self.operation.schema.body(&whole).into_result().map_err(Problem::wrong_fields)?;
        }
        self.component_works().await?;
        let kept = KEPT.iter().filter_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        });
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let asked = Asked {
            by: &self.operator,
            decision,
            operation: &self.operation.id,
            method: parts.method.as_str(),
            target,
            component: self.component.as_deref(),
            appid: self.appid.as_deref(),
            digest,
            summary: &summary(body),
            request: &KeptRequest::new(kept.collect(), body),
        };
        let approval = self.actor().does(self.app.approvals.ask(asked)).await?;
        let location = HeaderValue::try_from(format!("/v1/approvals/{}", approval.id))
            .expect("an id is letters and digits");
        let now = self.app.platform.clock.now().as_second();
        let view = ApprovalRequest::of(approval, now, problem::language(&parts.headers));
        Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(view)).into_response())
    }
}
