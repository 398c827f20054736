//! Access tokens, for systems that have to hold one themselves.

use axum::{Json as Answer, extract::State};
use platform::tokens::Subject;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::timestamp;
use crate::{
    App,
    extract::{ComponentPath, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(get_access_token))
        .routes(routes!(get_component_access_token))
}

/// An access token. WeChat may end it before its time: ask again when it is refused, and do not
/// keep it for longer than it lasts.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessToken {
    /// The token.
    access_token: String,
    /// For how many more seconds it lasts; at least 300.
    #[schema(example = 6312)]
    expires_in: i64,
    /// Until when it lasts.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// A mini program's access token, for systems that call WeChat themselves, from an address on its
/// IP list. Each time goes into the audit log.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/access-token", tag = "tokens",
    params(MiniProgramPath), security(("operator_key" = ["token:read"])),
    responses((status = 200, description = "The token.", body = AccessToken)),
)]
async fn get_access_token(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<AccessToken>, Problem> {
    token(&app, &Subject::merchant(&path.component, &path.appid)).await
}

/// The component's own access token, for keys whose accounts name `component`. Each time goes into
/// the audit log.
#[utoipa::path(
    get, path = "/v1/components/{component}/access-token", tag = "tokens",
    params(ComponentPath), security(("operator_key" = ["token:read"])),
    responses((status = 200, description = "The token.", body = AccessToken)),
)]
async fn get_component_access_token(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<AccessToken>, Problem> {
    token(&app, &Subject::Component(path.component)).await
}

async fn token(app: &App, subject: &Subject) -> Result<Answer<AccessToken>, Problem> {
    let token = app.platform.tokens.access_token(subject).await?;
    Ok(Answer(AccessToken {
        access_token: token.secret.expose_secret().to_owned(),
        expires_in: token.expires_at - app.platform.clock.now().as_second(),
        expires_at: timestamp(token.expires_at),
    }))
}
