//! The open-platform account that a mini program is bound to.

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::AppId;

use crate::{
    App,
    extract::{Json, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(
        show_open_account,
        create_open_account,
        bind_open_account,
        unbind_open_account
    ))
}

/// The open-platform account of a mini program.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenAccount {
    /// Its appid; null where the mini program is bound to none, and its users have no `unionid`.
    #[schema(value_type = Option<String>, example = "wx5a5bf0bd1f9a8c6e")]
    open_appid: Option<AppId>,
}

/// The account to be bound to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BindOpenAccount {
    /// Its appid. It belongs to the same owner.
    #[schema(value_type = String, example = "wx5a5bf0bd1f9a8c6e")]
    open_appid: AppId,
}

/// Shows the open-platform account.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/open-account",
    tag = "open-account", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The account.", body = OpenAccount)),
)]
async fn show_open_account(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<OpenAccount>, Problem> {
    let open_appid = app.platform.open_accounts.bound(&path.component, &path.appid).await?;
    Ok(Answer(OpenAccount { open_appid }))
}

/// Makes an account and binds the mini program to it. One that is bound already stays so.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/open-account",
    tag = "open-account", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "The account.", body = OpenAccount)),
)]
async fn create_open_account(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<(StatusCode, Answer<OpenAccount>), Problem> {
    let made = app.platform.open_accounts.create(&path.component, &path.appid).await?;
    Ok((StatusCode::CREATED, Answer(OpenAccount { open_appid: Some(made) })))
}

/// Binds the mini program to an account that exists. Refused where it is bound to another one.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/open-account",
    tag = "open-account", params(MiniProgramPath), request_body = BindOpenAccount,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The account.", body = OpenAccount)),
)]
async fn bind_open_account(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<BindOpenAccount>,
) -> Result<Answer<OpenAccount>, Problem> {
    let BindOpenAccount { open_appid } = wanted;
    app.platform.open_accounts.bind(&path.component, &path.appid, &open_appid).await?;
    Ok(Answer(OpenAccount { open_appid: Some(open_appid) }))
}

/// Takes the mini program away from its account. Its users have no `unionid` from then on.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/open-account",
    tag = "open-account", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It is bound to none.")),
)]
async fn unbind_open_account(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<StatusCode, Problem> {
    app.platform.open_accounts.unbind(&path.component, &path.appid).await?;
    Ok(StatusCode::NO_CONTENT)
}
