//! Whether a mini program serves its users, and from which base library on.

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{Json, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_visit_status, set_visit_status))
        .routes(routes!(show_support_version, set_support_version))
}

/// Whether a mini program serves its users.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VisitStatus {
    /// False while it is suspended, by choice or as a punishment.
    serving: bool,
}

/// The oldest base library.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetSupportVersion {
    /// One of the versions that `GET` lists.
    #[schema(max_length = 14, example = "2.32.3")]
    version: String,
}

/// The oldest base library that a mini program runs on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupportVersion {
    /// The version; null where none was set.
    #[schema(example = "2.32.3")]
    version: Option<String>,
    /// The versions that may be chosen, and how many users have each.
    users: Vec<BaseLibraryUsers>,
}

/// How many users have a base library.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BaseLibraryUsers {
    /// The version.
    #[schema(example = "3.5.8")]
    version: String,
    /// So many of a hundred.
    #[schema(example = 25.0)]
    percentage: Option<f64>,
}

/// Shows whether the mini program serves its users.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/visit-status",
    tag = "serving", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "Whether it does.", body = VisitStatus)),
)]
async fn show_visit_status(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<VisitStatus>, Problem> {
    let serving = app.platform.serving.is_serving(&path.component, &path.appid).await?;
    Ok(Answer(VisitStatus { serving }))
}

/// Suspends the mini program for all its users, or resumes it.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/visit-status",
    tag = "serving", params(MiniProgramPath), request_body = VisitStatus,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is so.", body = VisitStatus)),
)]
async fn set_visit_status(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<VisitStatus>,
) -> Result<Answer<VisitStatus>, Problem> {
    let serving = &app.platform.serving;
    serving.set_serving(&path.component, &path.appid, wanted.serving).await?;
    Ok(Answer(wanted))
}

/// Shows the oldest base library that the mini program runs on.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/support-version",
    tag = "serving", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The version.", body = SupportVersion)),
)]
async fn show_support_version(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<SupportVersion>, Problem> {
    let found = app.platform.serving.support_version(&path.component, &path.appid).await?;
    let users = found.users.into_iter();
    Ok(Answer(SupportVersion {
        version: found.version,
        users: users
            .map(|it| BaseLibraryUsers { version: it.version, percentage: it.percentage })
            .collect(),
    }))
}

/// Sets the oldest base library. Users with an older one are asked to update WeChat.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/support-version",
    tag = "serving", params(MiniProgramPath), request_body = SetSupportVersion,
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It is set.")),
)]
async fn set_support_version(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Json(wanted): Json<SetSupportVersion>,
) -> Result<axum::http::StatusCode, Problem> {
    let serving = &app.platform.serving;
    serving.set_support_version(&path.component, &path.appid, &wanted.version).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
