//! How a mini program broke WeChat's rules, and the appeals against that.

use axum::{Json as Answer, extract::State};
use jiff::Timestamp;
use platform::{
    AppId,
    punishments::{Appeal, AppealState, Punishment, PunishmentRecord},
    records::Current,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{releases::known, timeline::By};
use crate::{
    App,
    extract::{MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_punishments))
        .routes(routes!(refresh_punishments))
        .routes(routes!(acknowledge_punishment))
}

/// A punishment in the path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PunishmentPath {
    /// The component's appid.
    #[param(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// The mini program's appid.
    #[param(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// WeChat's id of the punishment.
    #[param(example = "2_11100")]
    id: String,
}

/// Punishments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PunishmentList {
    /// The newest first.
    punishments: Vec<PunishmentView>,
    /// When WeChat was last asked.
    #[schema(format = DateTime)]
    asked_at: Option<String>,
}

/// One time that the mini program broke WeChat's rules.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PunishmentView {
    /// WeChat's id of it.
    #[schema(example = "2_11100")]
    id: String,
    /// When it was recorded.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// Why.
    #[schema(example = "内容涉嫌欺诈")]
    reason: String,
    /// What it was.
    content: String,
    /// The rule's name.
    rule: String,
    /// Where the rule stands.
    rule_url: String,
    /// The appeals against it.
    appeals: Vec<AppealView>,
    /// When an operator saw to it.
    #[schema(format = DateTime)]
    acknowledged_at: Option<String>,
    /// Who.
    acknowledged_by: Option<By>,
}

/// An appeal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppealView {
    /// WeChat's id of it.
    id: i64,
    /// When it was made.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The platform made it, and not the owner.
    by_platform: bool,
    /// `running`, `accepted`, `refused`, `withdrawn` or `other`.
    #[schema(value_type = String, example = "running")]
    state: AppealState,
    /// When it was decided.
    #[schema(format = DateTime)]
    decided_at: Option<String>,
    /// Why it was decided so.
    reason: Option<String>,
}

/// Shows the punishments, as last known.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/punishments",
    tag = "punishments", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The punishments.", body = PunishmentList)),
)]
async fn list_punishments(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<PunishmentList>, Problem> {
    known(&app, &path.component, &path.appid).await?;
    let current = app.platform.punishments.show(&path.component, &path.appid).await?;
    Ok(Answer(current.into()))
}

/// Asks WeChat for the punishments of the last ninety days, and the appeals against the newest.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/punishments/refresh",
    tag = "punishments", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The punishments.", body = PunishmentList)),
)]
async fn refresh_punishments(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<PunishmentList>, Problem> {
    let current = app.platform.punishments.ask(&path.component, &path.appid).await?;
    Ok(Answer(current.into()))
}

/// Says that somebody has seen to a punishment: it needs nobody any more.
#[utoipa::path(
    post,
    path = "/v1/components/{component}/mini-programs/{appid}/punishments/{id}/acknowledgement",
    tag = "punishments", params(PunishmentPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The punishments.", body = PunishmentList)),
)]
async fn acknowledge_punishment(
    State(app): State<App>,
    Path(path): Path<PunishmentPath>,
) -> Result<Answer<PunishmentList>, Problem> {
    let PunishmentPath { component, appid, id } = path;
    let current = app.platform.punishments.acknowledge(&component, &appid, &id).await?;
    Ok(Answer(current.into()))
}

impl From<Current<PunishmentRecord>> for PunishmentList {
    fn from(current: Current<PunishmentRecord>) -> Self {
        let record = current.record;
        PunishmentList {
            punishments: record.punishments.into_iter().map(PunishmentView::from).collect(),
            asked_at: time(record.asked_at),
        }
    }
}

impl From<Punishment> for PunishmentView {
    fn from(punishment: Punishment) -> Self {
        PunishmentView {
            id: punishment.id,
            at: time(punishment.at),
            reason: punishment.reason,
            content: punishment.content,
            rule: punishment.rule,
            rule_url: punishment.rule_url,
            appeals: punishment.appeals.into_iter().map(AppealView::from).collect(),
            acknowledged_at: time(punishment.acknowledged_at),
            acknowledged_by: punishment.acknowledged_by.map(By::from),
        }
    }
}

impl From<Appeal> for AppealView {
    fn from(appeal: Appeal) -> Self {
        AppealView {
            id: appeal.id,
            at: time(appeal.at),
            by_platform: appeal.by_platform,
            state: appeal.state,
            decided_at: time(appeal.decided_at),
            reason: appeal.reason,
        }
    }
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
