//! Who renews a component's tokens: this platform, or another system until it is moved here.

use std::time::Duration;

use axum::{Extension, Json as Answer, extract::State, http::StatusCode};
use platform::{
    AppId,
    adoption::{Mode, ModeRecord, Phase},
    operators::Operator,
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, Json, Path},
    problem::Problem,
};

/// What follows a change of mode is done in the request for so long; the clock goes on with it.
const WORK: Duration = Duration::from_secs(5);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show_mode, change_mode))
}

/// Who renews a component's tokens.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModeName {
    /// Another system. Nothing is minted here.
    Shadow,
    /// This one.
    Active,
}

/// What is still to be done after a change of mode.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PhaseName {
    /// Nothing.
    Settled,
    /// The records are compared with WeChat's list; see `reconciliation`.
    Reconciling,
    /// What is online and in review is read, over about 85 minutes.
    ReadingReleases,
    /// Merchants' access tokens are put away.
    PuttingAway,
}

/// A component's mode.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModeView {
    /// The component.
    #[schema(value_type = String, example = "wx570bc396a51b8ff8")]
    component: AppId,
    /// Who renews its tokens.
    mode: ModeName,
    /// Since when; null if it was never in shadow mode.
    #[schema(format = DateTime)]
    since: Option<String>,
    /// The operator's key by whose order.
    by: Option<String>,
    /// What is still to be done; it goes on by itself, every minute.
    phase: PhaseName,
    /// The reconciliation that follows a cut-over: what was healed, taken in and found withdrawn.
    reconciliation: Option<String>,
    /// Mini programs whose versions online and in review were read.
    releases_read: i64,
    /// Mini programs whose versions could not be read; the nightly check reads them again.
    releases_failed: i64,
    /// What is to be done at WeChat's open platform and in the other system.
    next_steps: NextSteps,
}

/// What is to be done by people, in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextSteps {
    /// In Chinese.
    zh: &'static str,
    /// In English.
    en: &'static str,
}

/// An order to change the mode.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeMode {
    /// The mode to have.
    mode: ModeName,
    /// With `active`: accepts that merchants without a refresh token have to authorize again.
    #[serde(default)]
    some_must_authorize: bool,
}

/// Shows who renews a component's tokens, how far the last change of that has come, and what to do
/// next.
#[utoipa::path(
    get, path = "/v1/components/{component}/mode", tag = "adoption", params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The mode.", body = ModeView)),
)]
async fn show_mode(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<ModeView>, Problem> {
    let record = app.platform.adoption.show(&path.component).await?;
    Ok(Answer(ModeView::of(path.component, record)))
}

/// Puts a component into shadow mode, where another system renews its tokens, or makes it active.
///
/// Either takes effect at once, and may be repeated. Shadow mode may be ordered before the platform
/// secret names the component. A component becomes active when WeChat's ticket comes here and its
/// merchants were imported within the last 24 hours; stop the other system first. What follows goes
/// on by itself.
#[utoipa::path(
    put, path = "/v1/components/{component}/mode", tag = "adoption", params(ComponentPath),
    request_body = ChangeMode,
    security(("operator_key" = ["administer"])),
    responses(
        (status = 200, description = "All is done.", body = ModeView),
        (status = 202, description = "In force; what follows goes on by itself.", body = ModeView),
    ),
)]
async fn change_mode(
    State(app): State<App>,
    Extension(operator): Extension<Operator>,
    Path(path): Path<ComponentPath>,
    Json(order): Json<ChangeMode>,
) -> Result<(StatusCode, Answer<ModeView>), Problem> {
    let until = Instant::now() + WORK;
    let component = path.component;
    let mode = match order.mode {
        ModeName::Shadow => Mode::Shadow,
        ModeName::Active => {
            app.platform.secrets.component(&component).await?;
            Mode::Active
        }
    };
    let adoption = &app.platform.adoption;
    let accepted = order.some_must_authorize;
    let mut record = adoption.switch(&component, mode, &operator.key, accepted).await?;
    match adoption.go_on(&component, until).await {
        Ok(further) => record = further,
        // The mode is changed; the clock goes on with what follows.
        Err(error) => tracing::warn!(%component, %error, "a change of mode goes on later"),
    }
    let status = match record.phase {
        Phase::Settled => StatusCode::OK,
        _ => StatusCode::ACCEPTED,
    };
    Ok((status, Answer(ModeView::of(component, record))))
}

impl ModeView {
    fn of(component: AppId, record: ModeRecord) -> Self {
        ModeView {
            component,
            next_steps: NextSteps::of(&record),
            mode: match record.mode {
                Mode::Shadow => ModeName::Shadow,
                Mode::Active => ModeName::Active,
            },
            since: record.since.map(|at| at.to_string()),
            by: record.by,
            phase: match record.phase {
                Phase::Settled => PhaseName::Settled,
                Phase::Reconciling => PhaseName::Reconciling,
                Phase::ReadingReleases => PhaseName::ReadingReleases,
                Phase::PuttingAway => PhaseName::PuttingAway,
            },
            reconciliation: record.reconciliation,
            releases_read: record.releases_read,
            releases_failed: record.releases_failed,
        }
    }
}

impl NextSteps {
    fn of(record: &ModeRecord) -> Self {
        let (zh, en) = match (record.mode, record.since) {
            (Mode::Active, None) => ("", ""),
            (Mode::Active, Some(_)) => (
                "原系统必须保持停止，否则两边会互相使对方的令牌失效。请确认微信开放平台上的授权事件接收 URL 和消息与\
                 事件接收 URL 是本系统的地址（见 GET /v1/components/{component}）",
                "Keep the other system stopped: two that renew put an end to each other's tokens. See \
                 that WeChat's open platform has this system's addresses for events and messages (GET \
                 /v1/components/{component})",
            ),
            (Mode::Shadow, _) => (
                "本系统不再换取任何令牌。若迁入：让原系统把微信的推送转发到本系统，用它的 component_access_token \
                 导入商家（POST …/imports），停止原系统，再切换为 active。若退回原系统：在微信开放平台把两个 URL \
                 改回原系统的地址，等半分钟让已发出的请求结束，再启动原系统；它收到 ticket（最多十分钟，或调用 \
                 api_start_push_ticket）后，用 api_get_authorizer_list 取回最新的 refresh_token",
                "This system mints no token any more. To move here: let the other system forward \
                 WeChat's pushes, import the merchants with its component_access_token (POST \
                 …/imports), stop it, and make the component active. To go back: enter the other \
                 system's two addresses at WeChat's open platform, give calls that are under way half \
                 a minute, and start it; once it has a ticket (within ten minutes, or by \
                 api_start_push_ticket), let it fetch the latest refresh tokens with \
                 api_get_authorizer_list",
            ),
        };
        NextSteps { zh, en }
    }
}
