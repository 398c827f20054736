//! The check-up of a component: whether it is well, and what to do where it is not.

use axum::{Json as Answer, extract::State, http::HeaderMap};
use platform::{
    check::{Check, Status},
    checkup::Checkup,
    text::Language,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, Path},
    problem::{self, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(check_up))
}

/// What a check-up found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckupView {
    /// No check failed.
    well: bool,
    /// When it was looked at.
    #[schema(format = DateTime)]
    checked_at: String,
    /// The checks, in the order in which things are usually put right.
    checks: Vec<CheckView>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckView {
    /// Its name, always the same.
    id: &'static str,
    /// `pass`, `warn`, `fail` or `unknown`.
    #[schema(value_type = String)]
    status: Status,
    /// What it is.
    title: String,
    /// What was found.
    finding: Option<String>,
    /// What to do about it.
    what_to_do: Option<String>,
    /// Where that is done or described.
    link: Option<String>,
}

/// Looks whether a component is well: its ticket, tokens, outgoing address, callback addresses and
/// clock, what is left of what WeChat counts, certificates and keys that end, guesses at keys,
/// the audit log, the last self-test, and pushes that were given up. WeChat is asked once, and so is each callback address, for a few
/// seconds at most; who does not answer makes the checks unknown that depend on it. Changes nothing.
#[utoipa::path(
    get, path = "/v1/components/{component}/checkup", tag = "components", params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "What was found.", body = CheckupView)),
)]
async fn check_up(
    State(app): State<App>,
    headers: HeaderMap,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<CheckupView>, Problem> {
    let language = problem::language(&headers);
    let known = app.platform.secrets.component(&path.component).await?;
    let checkup = Checkup { platform: &app.platform, operators: &app.operators };
    let checks = checkup.of(&known).await;
    Ok(Answer(CheckupView {
        well: checks.iter().all(|check| check.status != Status::Fail),
        checked_at: app.platform.clock.now().to_string(),
        checks: checks.into_iter().map(|check| CheckView::of(check, language)).collect(),
    }))
}

impl CheckView {
    pub(super) fn of(check: Check, language: Language) -> Self {
        CheckView {
            id: check.id,
            status: check.status,
            title: check.title.read(language).to_owned(),
            finding: check.finding.map(|finding| finding.read(language).to_owned()),
            what_to_do: check.what_to_do.map(|words| words.read(language).to_owned()),
            link: check.link,
        }
    }
}
