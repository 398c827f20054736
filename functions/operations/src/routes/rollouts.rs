//! Rollouts: one version for many mini programs, in waves.

mod order;
mod progress;
mod targets;
mod views;

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use platform::{
    AppId,
    operators::Operator,
    rollouts::{Approved, MAX_PAGE, Rollout},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    order::CreateRollout,
    progress::RolloutProgress,
    views::{RolloutList, RolloutView},
};
use crate::{
    App,
    extract::{Checked, ComponentPath, Json, Path, Query},
    problem::{self, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_rollouts, create_rollout))
        .routes(routes!(show_rollout))
        .routes(routes!(start_rollout))
        .routes(routes!(pause_rollout))
        .routes(routes!(resume_rollout))
        .routes(routes!(abort_rollout))
        .routes(routes!(approve_rollout))
        .routes(routes!(roll_rollout_back))
        .merge(targets::router())
}

/// A rollout in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RolloutPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The rollout's id.
    id: String,
}

/// Where in the list to begin, and how much of it to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RolloutsQuery {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// 1 to 100; 20 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// What whoever starts a rollout has seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartRollout {
    /// `plan.digest` of the rollout as it was shown.
    plan_digest: String,
}

/// What somebody says yes to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveRollout {
    /// `wave`: it may begin. `release`: what is approved of it may go online.
    what: ApprovalView,
    /// The wave, from 1.
    #[schema(minimum = 1, example = 2)]
    wave: u32,
}

/// See [`ApproveRollout`].
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ApprovalView {
    /// The wave may begin.
    Wave,
    /// What is approved of the wave may go online.
    Release,
}

/// What goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollRolloutBack {
    /// One wave, from 1; the whole rollout where it is left out.
    #[serde(default)]
    #[schema(minimum = 1)]
    wave: Option<u32>,
}

/// Lists the rollouts of a component, the newest first.
#[utoipa::path(
    get, path = "/v1/components/{component}/rollouts", tag = "rollouts",
    params(ComponentPath, RolloutsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The rollouts.", body = RolloutList)),
)]
async fn list_rollouts(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<ComponentPath>,
    Query(query): Query<RolloutsQuery>,
) -> Result<Answer<RolloutList>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let limit = query.limit.unwrap_or(20).clamp(1, MAX_PAGE);
    let rollouts = &app.platform.rollouts;
    let page = rollouts.list(&path.component, query.cursor.as_deref(), limit).await?;
    let (now, language) = (app.platform.clock.now(), problem::language(&headers));
    let view = |rollout| RolloutView::of(rollout, now, language);
    Ok(Answer(RolloutList {
        rollouts: page.items.into_iter().map(view).collect(),
        next_cursor: page.next,
    }))
}

/// Orders a rollout. Its plan is made in the background, and nothing is released before it was
/// started: look at the rollout until it is `planned`.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts", tag = "rollouts",
    params(ComponentPath), request_body = CreateRollout,
    security(("operator_key" = ["release"])),
    responses((status = 202, description = "It is being planned.", body = RolloutView)),
)]
async fn create_rollout(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(path): Path<ComponentPath>,
    Checked(wanted): Checked<CreateRollout>,
) -> Result<impl IntoResponse, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let order = wanted.order()?;
    let made = app.platform.rollouts.create(&path.component, &operator.key, order).await?;
    let location = format!("/v1/components/{}/rollouts/{}", path.component, made.id);
    let location = HeaderValue::try_from(location).expect("an id is letters and digits");
    let view = RolloutView::of(made, app.platform.clock.now(), problem::language(&headers));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Answer(view)))
}

/// Shows a rollout: its order, its plan, and how far each wave is.
#[utoipa::path(
    get, path = "/v1/components/{component}/rollouts/{id}", tag = "rollouts",
    params(RolloutPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The rollout.", body = RolloutProgress)),
)]
async fn show_rollout(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
) -> Result<Answer<RolloutProgress>, Problem> {
    let rollout = found(&app, &path).await?;
    shown(&app, &headers, rollout).await
}

/// Starts a rollout whose plan somebody has seen: the digest is that of the plan as it was shown.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/start", tag = "rollouts",
    params(RolloutPath), request_body = StartRollout,
    security(("operator_key" = ["release"])),
    extensions(("x-second-person" = json!("rollout-start"))),
    responses((status = 200, description = "It is running.", body = RolloutProgress)),
)]
async fn start_rollout(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
    Json(wanted): Json<StartRollout>,
) -> Result<Answer<RolloutProgress>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let (rollouts, digest) = (&app.platform.rollouts, wanted.plan_digest.trim());
    let started = rollouts.start(&path.component, &path.id, &operator.key, digest).await?;
    shown(&app, &headers, started).await
}

/// Pauses a rollout: nothing more is begun. What is at WeChat stays there.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/pause", tag = "rollouts",
    params(RolloutPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is paused.", body = RolloutProgress)),
)]
async fn pause_rollout(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
) -> Result<Answer<RolloutProgress>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let paused = app.platform.rollouts.pause(&path.component, &path.id).await?;
    shown(&app, &headers, paused).await
}

/// Goes on with a rollout that is paused. One that stopped for its failures does not stop for their
/// share again.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/resume", tag = "rollouts",
    params(RolloutPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is running.", body = RolloutProgress)),
)]
async fn resume_rollout(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
) -> Result<Answer<RolloutProgress>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let resumed = app.platform.rollouts.resume(&path.component, &path.id).await?;
    shown(&app, &headers, resumed).await
}

/// Ends a rollout: nothing more is begun. What is online stays online; what is in review stays
/// there, and is not released.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/abort", tag = "rollouts",
    params(RolloutPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is over.", body = RolloutProgress)),
)]
async fn abort_rollout(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
) -> Result<Answer<RolloutProgress>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let ended = app.platform.rollouts.abort(&path.component, &path.id).await?;
    shown(&app, &headers, ended).await
}

/// Says that a wave may begin, or that what is approved of it may go online, where the order asks
/// people. Who says it twice counts once.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/approvals", tag = "rollouts",
    params(RolloutPath), request_body = ApproveRollout,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "It is on record.", body = RolloutProgress)),
)]
async fn approve_rollout(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
    Json(wanted): Json<ApproveRollout>,
) -> Result<Answer<RolloutProgress>, Problem> {
    app.platform.secrets.component(&path.component).await?;
    let what = match wanted.what {
        ApprovalView::Wave => Approved::Wave,
        ApprovalView::Release => Approved::Release,
    };
    let wave = wanted.wave.wrapping_sub(1);
    let rollouts = &app.platform.rollouts;
    let said = rollouts.approve(&path.component, &path.id, &operator.key, what, wave).await?;
    shown(&app, &headers, said).await
}

/// Takes back what the rollout released: every mini program whose online version is still the
/// rollout's returns to the version that it had. The others keep theirs, and say why.
#[utoipa::path(
    post, path = "/v1/components/{component}/rollouts/{id}/rollback", tag = "rollouts",
    params(RolloutPath), request_body = RollRolloutBack,
    security(("operator_key" = ["release"])),
    extensions(("x-second-person" = json!("rollout-rollback"))),
    responses((status = 202, description = "It is on its way back.", body = RolloutProgress)),
)]
async fn roll_rollout_back(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
    Path(path): Path<RolloutPath>,
    Json(wanted): Json<RollRolloutBack>,
) -> Result<(StatusCode, Answer<RolloutProgress>), Problem> {
    app.platform.secrets.component(&path.component).await?;
    let wave = wanted.wave.map(|wave| wave.wrapping_sub(1));
    let rollouts = &app.platform.rollouts;
    let ordered = rollouts.order_rollback(&path.component, &path.id, &operator.key, wave).await?;
    Ok((StatusCode::ACCEPTED, shown(&app, &headers, ordered).await?))
}

/// A rollout that exists, of a component that exists.
async fn found(app: &App, path: &RolloutPath) -> Result<Rollout, Problem> {
    app.platform.secrets.component(&path.component).await?;
    Ok(app.platform.rollouts.find(&path.component, &path.id).await?)
}

async fn shown(
    app: &App,
    headers: &HeaderMap,
    rollout: Rollout,
) -> Result<Answer<RolloutProgress>, Problem> {
    let tallies = app.platform.rollouts.tallies(&rollout).await?;
    let (now, language) = (app.platform.clock.now(), problem::language(headers));
    Ok(Answer(RolloutProgress::of(rollout, &tallies, now, language)))
}
