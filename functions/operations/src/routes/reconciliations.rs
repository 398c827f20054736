//! Reconciliations: what WeChat lists as authorized, compared with what is on record.

use axum::{
    Extension, Json as Answer,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use platform::{
    AppId,
    operators::Operator,
    reconcile::{Report, ReportState, What},
    text::Text,
    tokens::{Mode, TokenError},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, Path, Query},
    problem::{Kind, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_reconciliations, request_reconciliation))
        .routes(routes!(show_reconciliation))
}

/// Reports a page.
const PAGE: i32 = 20;
/// Letters of an id.
const ID: usize = 26;

/// Where in the list to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReconciliationsQuery {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// A reconciliation in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ReconciliationPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The reconciliation's id.
    id: String,
}

/// A part of the reports.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciliationList {
    /// The newest first.
    reconciliations: Vec<Reconciliation>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
}

/// How a reconciliation stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ReconciliationState {
    /// It goes on, a part each minute; ask again.
    Running,
    /// Everything was compared.
    Done,
    /// It did not come to its end within a day.
    Failed,
}

/// A reconciliation, and what it found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reconciliation {
    /// Its id.
    id: String,
    /// How it stands.
    state: ReconciliationState,
    /// Who asked for it: a key's id, or `clock`.
    requested_by: String,
    /// When it was asked for.
    #[schema(format = DateTime)]
    started_at: String,
    /// When it was over.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// How many accounts WeChat lists.
    total: i64,
    /// How many of them were compared so far.
    listed: u64,
    /// Refresh tokens that were lost or stale and are in order again.
    healed: u64,
    /// Accounts that were not known and were taken in.
    taken_in: u64,
    /// Accounts that had withdrawn and still counted as authorized.
    withdrawn: u64,
    /// Accounts that WeChat does not list but shows as authorized.
    unlisted: u64,
    /// Accounts whose refresh token neither we nor WeChat's list has.
    without_token: u64,
    /// Accounts that were being changed meanwhile; the next reconciliation looks at them again.
    left: u64,
    /// What was changed, the first two hundred.
    changes: Vec<ReconciledAccount>,
    /// What went wrong last.
    trouble: Option<String>,
}

/// An account that a reconciliation changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciledAccount {
    /// The account.
    #[schema(value_type = String)]
    appid: AppId,
    /// What was done about it.
    what: ReconciledHow,
}

/// What a reconciliation does about an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ReconciledHow {
    /// Its refresh token was lost or stale, and is in order again.
    Healed,
    /// It was not known, and was taken in.
    TakenIn,
    /// It had withdrawn.
    Withdrawn,
}

/// Lists the reconciliations of a component, kept for ninety days.
#[utoipa::path(
    get, path = "/v1/components/{component}/reconciliations", tag = "components",
    params(ComponentPath, ReconciliationsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The reconciliations.", body = ReconciliationList)),
)]
async fn list_reconciliations(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Query(query): Query<ReconciliationsQuery>,
) -> Result<Answer<ReconciliationList>, Problem> {
    if query.cursor.as_deref().is_some_and(|cursor| !is_id(cursor)) {
        return Err(Problem::malformed_cursor());
    }
    let runs = &app.platform.reconciliations.runs;
    let (reports, next_cursor) = runs.list(&path.component, query.cursor.as_deref(), PAGE).await?;
    let reconciliations = reports.into_iter().map(Reconciliation::from).collect();
    Ok(Answer(ReconciliationList { reconciliations, next_cursor }))
}

/// Compares the authorizations on record with those that WeChat lists: takes in who is not known,
/// puts lost refresh tokens in order, and notes who has withdrawn. One that is under way already is
/// answered instead.
#[utoipa::path(
    post, path = "/v1/components/{component}/reconciliations", tag = "components",
    params(ComponentPath),
    security(("operator_key" = ["release"])),
    responses((status = 202, description = "It is under way; ask for it by its id.",
        body = Reconciliation)),
)]
async fn request_reconciliation(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<ComponentPath>,
) -> Result<impl IntoResponse, Problem> {
    let component = &path.component;
    if app.platform.tokens.mode(component).await? == Mode::Shadow {
        return Err(TokenError::Shadow(component.clone()).into());
    }
    let report = app.platform.reconciliations.runs.request(component, &operator.key).await?;
    let location = format!("/v1/components/{component}/reconciliations/{}", report.id);
    let location = HeaderValue::try_from(location).expect("ids are letters and digits");
    let answer = Answer(Reconciliation::from(report));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], answer))
}

/// Shows a reconciliation.
#[utoipa::path(
    get, path = "/v1/components/{component}/reconciliations/{id}", tag = "components",
    params(ReconciliationPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The reconciliation.", body = Reconciliation)),
)]
async fn show_reconciliation(
    State(app): State<App>,
    Path(path): Path<ReconciliationPath>,
) -> Result<Answer<Reconciliation>, Problem> {
    let missing = || {
        Problem::new(Kind::NotFound)
            .field("id")
            .detail(Text::fixed("没有这次对账", "there is no such reconciliation"))
    };
    if !is_id(&path.id) {
        return Err(missing());
    }
    let report = app.platform.reconciliations.runs.find(&path.component, &path.id).await?;
    Ok(Answer(report.ok_or_else(missing)?.into()))
}

fn is_id(text: &str) -> bool {
    text.len() == ID && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl From<Report> for Reconciliation {
    fn from(report: Report) -> Self {
        let counts = report.counts;
        let account = |change: platform::reconcile::Change| ReconciledAccount {
            appid: change.appid,
            what: match change.what {
                What::Healed => ReconciledHow::Healed,
                What::TakenIn => ReconciledHow::TakenIn,
                What::Withdrawn => ReconciledHow::Withdrawn,
            },
        };
        Reconciliation {
            id: report.id,
            state: match report.state {
                ReportState::Running => ReconciliationState::Running,
                ReportState::Done => ReconciliationState::Done,
                ReportState::Failed => ReconciliationState::Failed,
            },
            requested_by: report.by,
            started_at: report.started_at.to_string(),
            finished_at: report.finished_at.map(|at| at.to_string()),
            total: report.total,
            listed: counts.listed,
            healed: counts.healed,
            taken_in: counts.taken_in,
            withdrawn: counts.withdrawn,
            unlisted: counts.unlisted,
            without_token: counts.without_token,
            left: counts.left,
            changes: report.changes.into_iter().map(account).collect(),
            trouble: report.trouble,
        }
    }
}
