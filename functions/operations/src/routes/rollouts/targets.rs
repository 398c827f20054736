//! The mini programs of a rollout: how far each is, what will be done for it, what failed and why.

mod views;

use axum::{Json as Answer, extract::State, http::HeaderMap};
use platform::{AppId, fault::Faults, releases::Submission, rollouts::MAX_PAGE};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::views::{
    ExcludedList, RetriedView, TargetDetail, TargetList, TargetStateView, TargetView, TriageView,
};
use super::{RolloutPath, RolloutsQuery, found};
use crate::{
    App,
    extract::{Checked, Meaning, Path, Query},
    problem::{self, Problem},
    routes::releases::SubmitReview,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_targets))
        .routes(routes!(show_target))
        .routes(routes!(retry_target))
        .routes(routes!(skip_target))
        .routes(routes!(list_excluded))
        .routes(routes!(show_triage))
        .routes(routes!(retry_group))
}

/// A mini program of a rollout in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TargetPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The rollout's id.
    id: String,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
}

/// Which targets, where to begin, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TargetsQuery {
    /// Of this wave, from 1.
    #[param(minimum = 1)]
    wave: Option<u32>,
    /// In this state.
    state: Option<TargetStateView>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// What is different this time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryTarget {
    /// What is said to the reviewer; as ordered where it is left out.
    #[serde(default)]
    submission: Option<SubmitReview>,
}

/// What is tried again, and what is different this time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryGroup {
    /// The `key` of a group of the triage; everything that failed where it is left out.
    #[serde(default)]
    #[schema(example = "submit.61040")]
    cause: Option<String>,
    /// What is said to the reviewer about these, such as `privacy_api_not_use`; as ordered where it
    /// is left out.
    #[serde(default)]
    submission: Option<SubmitReview>,
}

impl Meaning for RetryTarget {
    fn faults(&self) -> Faults {
        of_submission(self.submission.as_ref())
    }
}

impl Meaning for RetryGroup {
    fn faults(&self) -> Faults {
        of_submission(self.submission.as_ref())
    }
}

fn of_submission(submission: Option<&SubmitReview>) -> Faults {
    let mut faults = Faults::new();
    if let Some(submission) = submission.cloned() {
        faults.within("/submission", Submission::from(submission).check());
    }
    faults
}

/// Lists the mini programs of a rollout, in the order in which they have their turn. A part may be
/// empty and have a `next_cursor`.
#[utoipa::path(
    get, path = "/v1/components/{component}/rollouts/{id}/targets", tag = "rollouts",
    params(RolloutPath, TargetsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The mini programs.", body = TargetList)),
)]
async fn list_targets(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
    Query(query): Query<TargetsQuery>,
) -> Result<Answer<TargetList>, Problem> {
    let rollout = found(&app, &path).await?;
    let limit = query.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let wave = query.wave.map(|wave| wave.saturating_sub(1));
    let state = query.state.map(Into::into);
    let cursor = query.cursor.as_deref();
    let page = app.platform.rollouts.targets(&rollout, wave, state, cursor, limit).await?;
    let language = problem::language(&headers);
    let view = |target| TargetView::of(target, &rollout, language);
    Ok(Answer(TargetList {
        targets: page.items.into_iter().map(view).collect(),
        next_cursor: page.next,
    }))
}

/// Shows a mini program of a rollout: how far it is, the exact request that is made for it, and what
/// differs from the settings that were committed last.
#[utoipa::path(
    get, path = "/v1/components/{component}/rollouts/{id}/targets/{appid}", tag = "rollouts",
    params(TargetPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The mini program.", body = TargetDetail)),
)]
async fn show_target(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<TargetPath>,
) -> Result<Answer<TargetDetail>, Problem> {
    let TargetPath { component, id, appid } = path;
    let rollout = found(&app, &RolloutPath { component, id }).await?;
    let target = app.platform.rollouts.target(&rollout, &appid).await?;
    let planned = app.platform.rollouts.planned(&rollout, &appid).await?;
    let view = TargetView::of(target, &rollout, problem::language(&headers));
    Ok(Answer(TargetDetail::of(view, planned, &rollout)))
}

/// Tries a mini program again that failed or was rejected, from the beginning. Its settings are
/// filled in with its variables as they are now.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/targets/{appid}/retry",
    tag = "rollouts", params(TargetPath), request_body = RetryTarget,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is tried again.", body = RetriedView)),
)]
async fn retry_target(
    State(app): State<App>,
    Path(path): Path<TargetPath>,
    Checked(wanted): Checked<RetryTarget>,
) -> Result<Answer<RetriedView>, Problem> {
    let TargetPath { component, id, appid } = path;
    app.platform.secrets.component(&component).await?;
    let submission = wanted.submission.map(Into::into);
    let rollouts = &app.platform.rollouts;
    let retried = rollouts.retry(&component, &id, None, Some(&appid), submission.as_ref()).await?;
    Ok(Answer(retried.into()))
}

/// Leaves a mini program out: nothing more is begun with it.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/targets/{appid}/skip",
    tag = "rollouts", params(TargetPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is left out.", body = TargetView)),
)]
async fn skip_target(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<TargetPath>,
) -> Result<Answer<TargetView>, Problem> {
    let TargetPath { component, id, appid } = path;
    let rollout = found(&app, &RolloutPath { component: component.clone(), id }).await?;
    let skipped = app.platform.rollouts.skip(&component, &rollout.id, &appid).await?;
    Ok(Answer(TargetView::of(skipped, &rollout, problem::language(&headers))))
}

/// Lists the mini programs that match and are left out, each with the reason.
#[utoipa::path(
    get, path = "/v1/components/{component}/rollouts/{id}/excluded", tag = "rollouts",
    params(RolloutPath, RolloutsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The mini programs.", body = ExcludedList)),
)]
async fn list_excluded(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
    Query(query): Query<RolloutsQuery>,
) -> Result<Answer<ExcludedList>, Problem> {
    let rollout = found(&app, &path).await?;
    let limit = query.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    let rollouts = &app.platform.rollouts;
    let page = rollouts.excluded(&rollout, query.cursor.as_deref(), limit).await?;
    Ok(Answer(ExcludedList::of(page, problem::language(&headers))))
}

/// Shows what failed, grouped by cause: why, what to do, who can do it, and what to write to the
/// merchant where it is the merchant.
#[utoipa::path(
    get, path = "/v1/components/{component}/rollouts/{id}/triage", tag = "rollouts",
    params(RolloutPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The groups, the largest first.", body = TriageView)),
)]
async fn show_triage(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
) -> Result<Answer<TriageView>, Problem> {
    let rollout = found(&app, &path).await?;
    let triage = app.platform.rollouts.triage(&rollout).await?;
    Ok(Answer(TriageView::of(triage, problem::language(&headers))))
}

/// Tries a group again: those of one cause, up to 500 at a time. Their settings are filled in with
/// their variables as they are now.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/retries", tag = "rollouts",
    params(RolloutPath), request_body = RetryGroup,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "They are tried again.", body = RetriedView)),
)]
async fn retry_group(
    State(app): State<App>,
    Path(path): Path<RolloutPath>,
    Checked(wanted): Checked<RetryGroup>,
) -> Result<Answer<RetriedView>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let submission = wanted.submission.map(Into::into);
    let cause = wanted.cause.as_deref();
    let rollouts = &app.platform.rollouts;
    let retried =
        rollouts.retry(&path.component, &path.id, cause, None, submission.as_ref()).await?;
    Ok(Answer(retried.into()))
}
