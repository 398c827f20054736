//! What there is about reviews besides ordering and withdrawing them.

use axum::{Json as Answer, extract::State, http::StatusCode, response::Response};
use platform::{document::Kind as FileKind, releases::ReviewMedia};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use wechat::{
    AppId,
    endpoint::{AuditStatus, GetLatestAuditStatusResponse},
};

use super::{
    super::{picture, timestamp},
    known, ordered,
    views::ReleaseView,
};
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{File, IfMatch, MiniProgramPath, Path},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(hurry_review))
        .routes(routes!(keep_review_media))
        .routes(routes!(show_latest_review))
        .routes(routes!(show_screenshot))
}

/// The latest review at WeChat, whoever submitted it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LatestReview {
    /// WeChat's number.
    audit_id: i64,
    /// `approved`, `rejected`, `in-review`, `withdrawn`, `delayed`, or `unknown` for what WeChat
    /// invents next.
    #[schema(example = "in-review")]
    state: &'static str,
    /// The version's name.
    user_version: Option<String>,
    /// What was said about the version.
    user_desc: Option<String>,
    /// When it was submitted.
    #[schema(format = DateTime)]
    submitted_at: Option<String>,
    /// Why it was rejected or is delayed, in WeChat's words.
    reason: Option<String>,
    /// Media ids of the reviewer's screenshots.
    screenshots: Vec<String>,
}

/// A picture or a video that WeChat keeps for the reviewer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewMediaView {
    /// What it is named by in `preview` of an order of a review.
    #[schema(example = "rrT5jQ3xWcTJ4CwXkPuNbQ")]
    media_id: String,
    /// The list of `preview` that it belongs into: `pictures` or `videos`.
    #[schema(example = "pictures")]
    list: &'static str,
    /// What is in it.
    #[schema(example = "image/png")]
    media_type: &'static str,
    /// Until when WeChat keeps it.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// A screenshot in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ScreenshotPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// One of the review's `screenshots`.
    media_id: String,
}

/// Has the review decided within hours. The platform has a few of these a month, shared by all its
/// mini programs. A review that was hurried already is left alone.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/review/speed-up",
    tag = "releases", params(MiniProgramPath, IfMatch),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is hurried.", body = ReleaseView)),
)]
async fn hurry_review(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let order = app.platform.releases.hurry(&path.component, &path.appid);
    ordered(&app, &condition, &path, order).await
}

/// Puts a picture or a video for the reviewer into WeChat's keeping, for three days: a PNG, JPEG or
/// GIF of 2 MB at most, or an MP4 of 4 MB at most, as the body. WeChat itself takes videos of 10 MB;
/// more than 4 do not fit into a request here. The review's `preview` names it by its `media_id`;
/// what goes with `feedback_info` is kept by `materials` instead.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/review/media",
    tag = "releases", params(MiniProgramPath),
    request_body(description = "The file; what is in it tells what it is.", content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"),
        (Vec<u8> = "video/mp4"),
    )),
    security(("operator_key" = ["release"])),
    responses((status = 201, description = "WeChat keeps it.", body = ReviewMediaView)),
)]
async fn keep_review_media(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    File(file): File,
) -> Result<(StatusCode, Answer<ReviewMediaView>), Problem> {
    let releases = &app.platform.releases;
    let kept = releases.keep_review_media(&path.component, &path.appid, file).await?;
    Ok((StatusCode::CREATED, Answer(kept.into())))
}

/// Asks WeChat for the latest review, whoever submitted it.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/review/latest",
    tag = "releases", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The review.", body = LatestReview)),
)]
async fn show_latest_review(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<LatestReview>, Problem> {
    known(&app, &path.component, &path.appid).await?;
    let latest = app.platform.releases.latest(&path.component, &path.appid).await?;
    Ok(Answer(latest.ok_or_else(super::no_review)?.into()))
}

/// Gives a screenshot that the reviewer took, a picture.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/review/screenshots/{media_id}",
    tag = "releases", params(ScreenshotPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The picture.", content(
        (Vec<u8> = "image/png"),
        (Vec<u8> = "image/jpeg"),
    ))),
)]
async fn show_screenshot(
    State(app): State<App>,
    Path(path): Path<ScreenshotPath>,
) -> Result<Response, Problem> {
    known(&app, &path.component, &path.appid).await?;
    let releases = &app.platform.releases;
    let found = releases.screenshot(&path.component, &path.appid, &path.media_id).await?;
    let found = found.ok_or_else(|| Problem::new(Kind::NotFound).field("media_id"))?;
    Ok(picture(found, "screenshot"))
}

impl From<ReviewMedia> for ReviewMediaView {
    fn from(kept: ReviewMedia) -> Self {
        ReviewMediaView {
            media_id: kept.media_id,
            list: if kept.kind == FileKind::Mp4 { "videos" } else { "pictures" },
            media_type: kept.kind.media_type(),
            expires_at: kept.expires_at.to_string(),
        }
    }
}

impl From<GetLatestAuditStatusResponse> for LatestReview {
    fn from(latest: GetLatestAuditStatusResponse) -> Self {
        LatestReview {
            audit_id: latest.auditid,
            state: match latest.status {
                AuditStatus::Passed => "approved",
                AuditStatus::Rejected => "rejected",
                AuditStatus::Reviewing => "in-review",
                AuditStatus::Withdrawn => "withdrawn",
                AuditStatus::Delayed => "delayed",
                AuditStatus::Unknown(_) => "unknown",
            },
            user_version: latest.user_version,
            user_desc: latest.user_desc,
            submitted_at: latest.submit_audit_time.map(timestamp),
            reason: latest.reason,
            screenshots: latest.screenshot,
        }
    }
}
