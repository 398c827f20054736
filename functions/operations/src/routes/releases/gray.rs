//! Releasing to a part of the users first.

use axum::{Json as Answer, extract::State, http::StatusCode};
use platform::releases::{Gray, Part};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::endpoint::{GrayReleasePlan, GrayReleaseStatus};

use super::{super::timestamp, known, ordered, views::ReleaseView};
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{IfMatch, Json, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(
        show_gray_release,
        set_gray_release,
        revert_gray_release
    ))
}

/// The part of the users that is to have the approved version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetGrayRelease {
    /// So many of a hundred users. It can only grow; 0 goes with one of the two below, 100 is
    /// everybody.
    #[schema(minimum = 0, maximum = 100, example = 10)]
    percentage: u8,
    /// The project's members have it first.
    #[serde(default)]
    members_first: bool,
    /// The testers have it first.
    #[serde(default)]
    testers_first: bool,
}

/// A part of the users that has the approved version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrayView {
    /// So many of a hundred users.
    #[schema(minimum = 0, maximum = 100, example = 10)]
    percentage: u8,
    /// The project's members had it first.
    members_first: bool,
    /// The testers had it first.
    testers_first: bool,
    /// When it began.
    #[schema(format = DateTime)]
    since: String,
    /// When the part was made larger last.
    #[schema(format = DateTime)]
    changed_at: String,
}

/// A gray release as WeChat shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrayPlanView {
    /// `none`, `running`, `paused`, `done`, `reverted`, or `unknown` for what WeChat invents next.
    #[schema(example = "running")]
    state: &'static str,
    /// So many of a hundred users; of the last one, where none is running.
    percentage: Option<i64>,
    /// The project's members had it first.
    members_first: Option<bool>,
    /// The testers had it first.
    testers_first: Option<bool>,
    /// When it began.
    #[schema(format = DateTime)]
    since: Option<String>,
}

/// Shows the gray release as WeChat shows it: the one that runs, or the last one.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/gray-release",
    tag = "releases", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The plan.", body = GrayPlanView)),
)]
async fn show_gray_release(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<GrayPlanView>, Problem> {
    known(&app, &path.component, &path.appid).await?;
    let plan = app.platform.releases.gray_plan(&path.component, &path.appid).await?;
    Ok(Answer(plan.into()))
}

/// Gives the approved version to a part of the users, or to a larger part. Something must be
/// online already. `POST …/release` ends it by giving the version to everybody.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/gray-release",
    tag = "releases", params(MiniProgramPath, IfMatch), request_body = SetGrayRelease,
    security(("operator_key" = ["release"])),
    extensions(("x-second-person" = json!("release"))),
    responses(
        (status = 200, description = "That part of the users has it.", body = ReleaseView),
        (status = 202, description = "WeChat has not answered; it is being found out.",
            body = ReleaseView),
    ),
)]
async fn set_gray_release(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Json(wanted): Json<SetGrayRelease>,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let part = Part {
        percentage: wanted.percentage,
        members_first: wanted.members_first,
        testers_first: wanted.testers_first,
    };
    let releases = &app.platform.releases;
    let order = releases.gray_release(&path.component, &path.appid, part);
    ordered(&app, &condition, &path, order).await
}

/// Takes the approved version back from the part of the users that has it. It stays approved.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/gray-release",
    tag = "releases", params(MiniProgramPath, IfMatch),
    security(("operator_key" = ["release"])),
    responses(
        (status = 200, description = "Nobody has it any more.", body = ReleaseView),
        (status = 202, description = "WeChat has not answered; it is being found out.",
            body = ReleaseView),
    ),
)]
async fn revert_gray_release(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let releases = &app.platform.releases;
    let order = releases.revert_gray_release(&path.component, &path.appid);
    ordered(&app, &condition, &path, order).await
}

impl From<Gray> for GrayView {
    fn from(gray: Gray) -> Self {
        GrayView {
            percentage: gray.part.percentage,
            members_first: gray.part.members_first,
            testers_first: gray.part.testers_first,
            since: gray.since.to_string(),
            changed_at: gray.changed_at.to_string(),
        }
    }
}

impl From<Option<GrayReleasePlan>> for GrayPlanView {
    fn from(plan: Option<GrayReleasePlan>) -> Self {
        let state = match plan.as_ref().map(|plan| plan.status) {
            None | Some(GrayReleaseStatus::Initial) => "none",
            Some(GrayReleaseStatus::Running) => "running",
            Some(GrayReleaseStatus::Paused) => "paused",
            Some(GrayReleaseStatus::Done) => "done",
            Some(GrayReleaseStatus::Deleted) => "reverted",
            Some(_) => "unknown",
        };
        GrayPlanView {
            state,
            percentage: plan.as_ref().and_then(|plan| plan.gray_percentage),
            members_first: plan.as_ref().and_then(|plan| plan.support_debugger_first),
            testers_first: plan.as_ref().and_then(|plan| plan.support_experiencer_first),
            since: plan.and_then(|plan| plan.create_timestamp).map(timestamp),
        }
    }
}
