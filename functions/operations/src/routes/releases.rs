//! One mini program from commit to release and back.

mod gray;
mod reviews;
mod views;

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use platform::{
    AppId,
    operators::Operator,
    releases::{NewTrial, ReleaseError, ReviewState, Standing},
    rollouts::fill_in,
    text::Text,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(in crate::routes) use self::views::SubmitReview;
use self::views::{PageList, PreflightView, ReleaseView, ReviewView, TrialView, VersionsView};
use super::picture;
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{Checked, IfMatch, Json, MiniProgramPath, Path, Query},
    problem::{self, Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_trial, commit_trial))
        .routes(routes!(trial_qr_code))
        .routes(routes!(trial_pages))
        .routes(routes!(preflight))
        .routes(routes!(show_review, submit_review, withdraw_review))
        .routes(routes!(show_release, release))
        .routes(routes!(show_versions))
        .routes(routes!(roll_back))
        .merge(gray::router())
        .merge(reviews::router())
}

/// Code to upload.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommitTrial {
    /// The template, by its number.
    template_id: i64,
    /// The version's name, 64 characters at most.
    #[schema(max_length = 64, example = "3.2.0")]
    user_version: String,
    /// A word about the version, 180 characters at most.
    #[serde(default)]
    #[schema(max_length = 180, example = "夏季菜单")]
    user_desc: String,
    /// The merchant's settings, WeChat's `ext_json` as an object; `extAppid` is added. `{{shop}}`
    /// stands for the mini program's variable `shop`, as in a rollout.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"ext": {"shop": "8812"}}))]
    ext: Map<String, Value>,
    /// Gives up a review that is being prepared, or an approved version that was not released.
    #[serde(default)]
    replace: bool,
}

/// What the trial version's QR code opens.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QrCodeQuery {
    /// A page with its query; the home page where it is left out.
    #[param(example = "pages/shop/index?id=8812")]
    path: Option<String>,
}

/// The version to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollBack {
    /// `app_version` of one of the versions in the history.
    app_version: i64,
}

/// Shows the trial version.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/trial",
    tag = "releases", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The trial version.", body = TrialView)),
)]
async fn show_trial(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<TrialView>, Problem> {
    let standing = show(&app, &path.component, &path.appid).await?;
    standing.trial.map(|trial| Answer(trial.into())).ok_or_else(|| {
        Problem::none_yet(
            Text::fixed("还没有体验版", "there is no trial version yet"),
            Text::fixed("请先上传代码", "upload code first"),
        )
    })
}

/// Uploads code made from a template; it is the trial version at once. Refused while a version is
/// in review.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/trial",
    tag = "releases", params(MiniProgramPath, IfMatch), request_body = CommitTrial,
    security(("operator_key" = ["release"])),
    responses(
        (status = 200, description = "It was uploaded.", body = ReleaseView),
        (status = 202, description = "WeChat has not answered; it is being found out.",
            body = ReleaseView),
    ),
)]
async fn commit_trial(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Json(wanted): Json<CommitTrial>,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let MiniProgramPath { component, appid } = &path;
    let ext = match app.platform.mini_programs.find(component, appid).await? {
        Some(account) => fill_in(&wanted.ext, &account)?,
        // It is refused below, for it has not authorized.
        None => wanted.ext,
    };
    let new = NewTrial {
        template_id: wanted.template_id,
        user_version: wanted.user_version,
        user_desc: wanted.user_desc,
        ext,
        replace: wanted.replace,
        by: Some(operator.name),
    };
    let order = app.platform.releases.commit(&path.component, &path.appid, &new);
    ordered(&app, &condition, &path, order).await
}

/// Gives the trial version's QR code, a picture.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/trial/qr-code",
    tag = "releases", params(MiniProgramPath, QrCodeQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The picture.", content_type = "image/jpeg")),
)]
async fn trial_qr_code(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    Query(query): Query<QrCodeQuery>,
) -> Result<Response, Problem> {
    let releases = &app.platform.releases;
    let page = query.path.as_deref();
    let code = releases.trial_qr_code(&path.component, &path.appid, page).await?;
    Ok(picture(code, "trial"))
}

/// Lists the pages of what was uploaded last.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/trial/pages",
    tag = "releases", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The pages.", body = PageList)),
)]
async fn trial_pages(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<PageList>, Problem> {
    let pages = app.platform.releases.pages(&path.component, &path.appid).await?;
    Ok(Answer(PageList { pages }))
}

/// Asks WeChat for everything that a review needs. Changes nothing.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/preflight",
    tag = "releases", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The checks.", body = PreflightView)),
)]
async fn preflight(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<PreflightView>, Problem> {
    known(&app, &path.component, &path.appid).await?;
    let found = app.platform.releases.preflight(&path.component, &path.appid).await?;
    Ok(Answer(PreflightView::of(found, problem::language(&headers))))
}

/// Shows the newest review.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/review",
    tag = "releases", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The review.", body = ReviewView)),
)]
async fn show_review(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<ReviewView>, Problem> {
    let standing = show(&app, &path.component, &path.appid).await?;
    let review = standing.review.ok_or_else(no_review)?;
    Ok(Answer(ReviewView::of(review, problem::language(&headers))))
}

/// Orders a review of the trial version. While WeChat's privacy detection runs the review is
/// being prepared, and goes on by itself. The same order again changes nothing.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/review",
    tag = "releases", params(MiniProgramPath, IfMatch), request_body = SubmitReview,
    security(("operator_key" = ["release"])),
    responses(
        (status = 200, description = "It is in review.", body = ReleaseView),
        (status = 202, description = "It is being prepared.", body = ReleaseView),
    ),
)]
async fn submit_review(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Checked(wanted): Checked<SubmitReview>,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let wanted = wanted.into();
    let order = app.platform.releases.submit(&path.component, &path.appid, &wanted);
    ordered(&app, &condition, &path, order).await
}

/// Withdraws the review. WeChat allows five a day and ten a month.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/review",
    tag = "releases", params(MiniProgramPath, IfMatch),
    security(("operator_key" = ["release"])),
    responses(
        (status = 200, description = "It is withdrawn.", body = ReleaseView),
        (status = 202, description = "WeChat has not answered; it is being found out.",
            body = ReleaseView),
    ),
)]
async fn withdraw_review(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let order = app.platform.releases.withdraw(&path.component, &path.appid);
    ordered(&app, &condition, &path, order).await
}

/// Shows trial version, review and online version together, as last known.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/release",
    tag = "releases", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "How things stand.", body = ReleaseView)),
)]
async fn show_release(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Tagged<ReleaseView>, Problem> {
    Ok(Tagged(show(&app, &path.component, &path.appid).await?.into()))
}

/// Puts the approved version online.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/release",
    tag = "releases", params(MiniProgramPath, IfMatch),
    security(("operator_key" = ["release"])),
    extensions(("x-second-person" = json!("release"))),
    responses(
        (status = 200, description = "It is online.", body = ReleaseView),
        (status = 202, description = "WeChat has not answered; it is being found out.",
            body = ReleaseView),
    ),
)]
async fn release(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let order = app.platform.releases.release(&path.component, &path.appid);
    ordered(&app, &condition, &path, order).await
}

/// Asks WeChat for the versions on trial and online, and those that can be gone back to.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/versions",
    tag = "releases", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The versions.", body = VersionsView)),
)]
async fn show_versions(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<VersionsView>, Problem> {
    let versions = app.platform.releases.versions(&path.component, &path.appid).await?;
    Ok(Answer(versions.into()))
}

/// Puts an earlier version online again.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/rollback",
    tag = "releases", params(MiniProgramPath, IfMatch), request_body = RollBack,
    security(("operator_key" = ["release"])),
    extensions(("x-second-person" = json!("rollback"))),
    responses(
        (status = 200, description = "It is online.", body = ReleaseView),
        (status = 202, description = "WeChat has not answered; it is being found out.",
            body = ReleaseView),
    ),
)]
async fn roll_back(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Json(wanted): Json<RollBack>,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let releases = &app.platform.releases;
    let order = releases.rollback(&path.component, &path.appid, wanted.app_version);
    ordered(&app, &condition, &path, order).await
}

/// How things stand with an account that exists.
/// Nothing was ever submitted.
fn no_review() -> Problem {
    Problem::none_yet(
        Text::fixed("还没有提交过审核", "nothing was ever submitted for review"),
        Text::fixed("请先上传代码，再提交审核", "upload code, then submit it"),
    )
}

async fn show(app: &App, component: &AppId, appid: &AppId) -> Result<Standing, Problem> {
    known(app, component, appid).await?;
    Ok(app.platform.releases.show(component, appid).await?)
}

/// Refuses a component or an account that nobody has heard of.
pub(super) async fn known(app: &App, component: &AppId, appid: &AppId) -> Result<(), Problem> {
    app.platform.secrets.component(component).await?;
    match app.platform.mini_programs.find(component, appid).await? {
        Some(_) => Ok(()),
        None => Err(Problem::new(Kind::NotFound).field("appid")),
    }
}

/// Carries an order out, if things stand as it wants them to.
async fn ordered(
    app: &App,
    condition: &Condition,
    path: &MiniProgramPath,
    order: impl Future<Output = Result<Standing, ReleaseError>>,
) -> Result<(StatusCode, Tagged<ReleaseView>), Problem> {
    let what = path.within("release");
    let current = async { Ok(ReleaseView::from(show(app, &path.component, &path.appid).await?)) };
    condition.guard(app, &what, current).await?;
    let standing = order.await?;
    condition.changed(app, &what).await;
    Ok(answer(standing))
}

/// 202 where the order goes on by itself.
fn answer(standing: Standing) -> (StatusCode, Tagged<ReleaseView>) {
    let preparing =
        matches!(standing.review_state(), Some(ReviewState::Preparing | ReviewState::Submitting));
    let status =
        if preparing || standing.pending.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK };
    (status, Tagged(standing.into()))
}
