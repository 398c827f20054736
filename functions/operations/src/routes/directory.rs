//! Signing in with the company's own directory, where this deployment has one.

use axum::{
    Json as Answer,
    extract::State,
    http::{Extensions, HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use platform::{
    audit::{AuditOutcome, Intent},
    oidc::{Brought, DirectoryError},
    operators::Operator,
    text::Text,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::keys::NewKey;
use crate::{
    App,
    extract::Json,
    pipeline::{refused, source_of},
    problem::{Kind, Problem, ProblemDetails},
};

/// What anybody may ask.
pub(super) fn open() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show_directory)).routes(routes!(sign_in_by_directory))
}

/// The company's directory.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DirectoryView {
    /// Whose it is.
    #[schema(example = "https://login.example.com")]
    issuer: String,
    /// Where a browser goes to sign in.
    #[schema(example = "https://login.example.com/authorize")]
    authorization_endpoint: String,
    /// Our name there.
    #[schema(example = "wechat-fleet")]
    client_id: String,
    /// Where it sends the browser back to.
    #[schema(example = "https://fleet.example.com/console/sign-in/directory")]
    redirect_uri: String,
}

/// What a browser brings back from the directory.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectorySignIn {
    /// The code.
    #[schema(value_type = String, min_length = 1, max_length = 4096, example = "SplxlOBeZQQYbYS6WxSbIA")]
    code: SecretString,
    /// What `code_challenge` was made of (RFC 7636).
    #[schema(value_type = String, min_length = 43, max_length = 128,
        example = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")]
    code_verifier: SecretString,
    /// The `nonce` that the sign-in was begun with.
    #[schema(min_length = 16, max_length = 256, example = "n-0S6_WzA2Mj-9xq7Kd2")]
    nonce: String,
}

/// Shows where people sign in with the company's directory.
#[utoipa::path(
    get, path = "/v1/directory", tag = "operators", security(()),
    responses(
        (status = 200, description = "The directory.", body = DirectoryView),
        (status = 404, description = "This deployment has none.",
            content_type = "application/problem+json", body = ProblemDetails),
    ),
)]
async fn show_directory(State(app): State<App>) -> Result<Answer<DirectoryView>, Problem> {
    let directory = app.directory.as_ref().ok_or_else(none)?;
    let provider = directory.provider().await?;
    Ok(Answer(DirectoryView {
        issuer: directory.issuer().to_owned(),
        authorization_endpoint: provider.authorization_endpoint,
        client_id: directory.client_id().to_owned(),
        redirect_uri: redirect(&app),
    }))
}

/// Signs a person of the directory in: the answer is a key of theirs that is good for eight hours. What
/// they may do, the rules of this deployment say.
#[utoipa::path(
    post, path = "/v1/directory/sign-ins", tag = "operators", request_body = DirectorySignIn,
    security(()),
    responses(
        (status = 201, description = "The key.", body = NewKey),
        (status = 400, description = "The request is malformed.",
            content_type = "application/problem+json", body = ProblemDetails),
        (status = 401, description = "The directory does not vouch for anybody.",
            content_type = "application/problem+json", body = ProblemDetails),
        (status = 403, description = "No rule gives the person a role.",
            content_type = "application/problem+json", body = ProblemDetails),
        (status = 404, description = "This deployment has none.",
            content_type = "application/problem+json", body = ProblemDetails),
        (status = 422, description = "A field is wrong.",
            content_type = "application/problem+json", body = ProblemDetails),
        (status = 429, description = "Too many requests, or wrong codes.",
            content_type = "application/problem+json", body = ProblemDetails),
    ),
)]
async fn sign_in_by_directory(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
    Json(wanted): Json<DirectorySignIn>,
) -> Result<impl IntoResponse, Problem> {
    let directory = app.directory.as_ref().ok_or_else(none)?;
    let source = source_of(&app, &headers, &extensions);
    app.operators.admit_stranger(&source).await.map_err(refused)?;
    let redirect = redirect(&app);
    let brought = Brought {
        code: &wanted.code,
        verifier: &wanted.code_verifier,
        nonce: &wanted.nonce,
        redirect: &redirect,
    };
    let member = match directory.sign_in(&brought).await {
        Ok(member) => member,
        Err(error) => {
            if matches!(error, DirectoryError::Refused(_) | DirectoryError::Invalid(_)) {
                app.operators.count_wrong(&source).await;
            }
            return Err(error.into());
        }
    };
    let made = app.operators.create_for(directory.issuer(), &member).await?;
    let record = &made.record;
    let operator = Operator::from(record.clone());
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let summary = serde_json::json!({ "issuer": directory.issuer(), "subject": member.subject });
    let intent = Intent {
        operation: "sign_in_by_directory".to_owned(),
        summary: summary.to_string(),
        source_ip: source.address(),
        user_agent: agent.map(|agent| agent.chars().take(200).collect()),
        ..Intent::by(&operator)
    };
    // Who cannot be put on record does not come in: the key is told to nobody.
    let recorded = app.platform.audit.intend(&intent).await?;
    let outcome = AuditOutcome::of(201);
    if let Err(error) = app.platform.audit.conclude(&recorded, &outcome).await {
        tracing::error!(%error, ?recorded, "outcome is not in the audit log");
    }
    Ok((StatusCode::CREATED, Answer(NewKey::from(made))))
}

/// Where the directory sends the browser back to.
fn redirect(app: &App) -> String {
    format!("{}console/sign-in/directory", app.platform.addresses.public)
}

fn none() -> Problem {
    Problem::none_yet(
        Text::fixed("没有配置单点登录", "this deployment has no directory to sign in with"),
        Text::fixed("请使用密钥登录", "sign in with a key"),
    )
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        let words = error.to_string();
        match error {
            DirectoryError::Unavailable(_) | DirectoryError::Secrets(_) => {
                Problem::new(Kind::Unavailable).retry_after(5).internal(words).detail(Text::fixed(
                    "单点登录服务没有正常应答",
                    "the directory does not answer as it should",
                ))
            }
            DirectoryError::Refused(_) | DirectoryError::Invalid(_) => {
                Problem::new(Kind::NotSignedIn)
                    .internal(words)
                    .detail(Text::fixed(
                        "单点登录没有通过验证",
                        "the directory does not vouch for this sign-in",
                    ))
                    .what_to_do(Text::fixed("请重新登录", "sign in again"))
            }
            DirectoryError::NoRole(name) => Problem::new(Kind::NotAllowed)
                .detail(Text::new(
                    format!("{name} 没有使用本系统的权限"),
                    format!("{name} has no role here"),
                ))
                .what_to_do(Text::fixed(
                    "请管理员在部署参数 OidcRoles 中为其分配角色",
                    "have an administrator give them one by the parameter OidcRoles",
                )),
        }
    }
}
