//! Onboarding: the plan of a component, the board, and the onboarding of one mini program.

mod board;
mod plan;
mod views;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::views::OnboardingView;
use super::releases::known;
use crate::{
    App,
    extract::{MiniProgramPath, Path},
    problem::{self, Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_onboarding, begin_onboarding, stop_onboarding))
        .routes(routes!(retry_onboarding))
        .merge(plan::router())
        .merge(board::router())
}

/// Shows the onboarding of a mini program: each step, and what the present one waits for. WeChat is
/// not asked.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/onboarding",
    tag = "onboarding", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The onboarding.", body = OnboardingView)),
)]
async fn show_onboarding(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<OnboardingView>, Problem> {
    known(&app, &path.component, &path.appid).await?;
    let current = app.platform.onboardings.show(&path.component, &path.appid).await?;
    let view = OnboardingView::of(&path.appid, current, problem::language(&headers));
    view.map(Answer).ok_or_else(|| Problem::new(Kind::NotFound))
}

/// Begins the onboarding of a mini program with the present plan, or begins it anew. Steps that are
/// done already are found so.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/onboarding",
    tag = "onboarding", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 202, description = "It has begun and goes on by itself.",
        body = OnboardingView)),
)]
async fn begin_onboarding(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<(StatusCode, Answer<OnboardingView>), Problem> {
    known(&app, &path.component, &path.appid).await?;
    let begun = app.platform.onboardings.begin(&path.component, &path.appid).await?;
    accepted(OnboardingView::of(&path.appid, begun, problem::language(&headers)))
}

/// Has the present step looked at once more within a minute, whatever it waits for.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/onboarding/retry",
    tag = "onboarding", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 202, description = "It goes on within a minute.", body = OnboardingView)),
)]
async fn retry_onboarding(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<MiniProgramPath>,
) -> Result<(StatusCode, Answer<OnboardingView>), Problem> {
    known(&app, &path.component, &path.appid).await?;
    let tried = app.platform.onboardings.retry(&path.component, &path.appid).await?;
    accepted(OnboardingView::of(&path.appid, tried, problem::language(&headers)))
}

/// Ends the onboarding of a mini program. What was done stays; it does not begin again by itself.
#[utoipa::path(
    delete, path = "/v1/components/{component}/mini-programs/{appid}/onboarding",
    tag = "onboarding", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 204, description = "It has ended.")),
)]
async fn stop_onboarding(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<StatusCode, Problem> {
    known(&app, &path.component, &path.appid).await?;
    app.platform.onboardings.stop(&path.component, &path.appid).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn accepted(view: Option<OnboardingView>) -> Result<(StatusCode, Answer<OnboardingView>), Problem> {
    let view = view.ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok((StatusCode::ACCEPTED, Answer(view)))
}
