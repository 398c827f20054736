//! A platform that another system runs is imported, cut over, and handed back.

use std::time::Duration;

use axum::{Extension, Json as Answer, extract::State, http::StatusCode};
use platform::{
    AppId,
    adoption::{Accepted, Finding, FindingKind, Import, ImportPhase, Mode, ModeRecord, Phase},
    operators::Operator,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, Json, Path, Query},
    problem::{Kind, Problem},
};

/// Of the 25 s that a request has; WeChat's last answers and our last writes come after it.
const WORK: Duration = Duration::from_secs(12);
/// Findings a page.
const FINDINGS: i32 = 200;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_mode, change_mode))
        .routes(routes!(import_merchants))
        .routes(routes!(show_import))
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
    /// WeChat's list is read, and merchants' tokens are taken over.
    TakingOver,
    /// Merchants that the list does not show are asked for, one by one.
    AskingForTheRest,
    /// What is online is read, over about 85 minutes.
    ReadingReleases,
    /// Merchants' tokens are put away.
    HandingBack,
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
    /// Merchants in WeChat's list when it was read for the cut-over.
    total: i64,
    /// Merchants whose tokens changed hands.
    changed_hands: i64,
    /// Merchants that must authorize again, for WeChat shows no refresh token of theirs.
    needs_authorization: i64,
    /// Merchants that turned out to have withdrawn.
    withdrawn: i64,
    /// Mini programs whose version online was read.
    releases_read: i64,
    /// Mini programs whose version online could not be read; preflight and orders read it again.
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
    /// What is accepted with a cut-over although it speaks against it.
    #[serde(default)]
    force: Vec<ForceName>,
}

/// What speaks against a cut-over and can be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ForceName {
    /// There is no finished import of the last 24 hours.
    Import,
    /// Some merchants have no refresh token and must authorize again.
    RefreshTokens,
}

/// An order to import.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportOrder {
    /// In shadow mode: a component token that the system which runs the component lends. It is
    /// used while the request lasts, and kept nowhere.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    component_access_token: Option<SecretString>,
}

/// How far an import is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportPhaseName {
    /// WeChat's list is being read.
    Listing,
    /// Our records are compared with it.
    Comparing,
    /// All is done.
    Finished,
}

/// An import, running or finished.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportView {
    /// How far it is. Until it is finished, the same request goes on with it.
    phase: ImportPhaseName,
    /// When it began.
    #[schema(format = DateTime)]
    started_at: String,
    /// When it was finished.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// Merchants in WeChat's list.
    total: i64,
    /// How many of them are done.
    done: i64,
    /// Merchants that were not known.
    new: i64,
    /// Merchants with another refresh token than before: the other system renewed it.
    changed: i64,
    /// Merchants that are as they were.
    unchanged: i64,
    /// Merchants that have withdrawn since.
    withdrawn: i64,
    /// Merchants that are on record and that WeChat's list does not show. Nothing was changed.
    gone: i64,
    /// Merchants of which WeChat shows no refresh token: after a cut-over they authorize again.
    without_refresh_token: i64,
    /// Merchants whose profile could not be read; the next import tries again.
    without_profile: i64,
}

/// An import, and what it found of single merchants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportReport {
    /// The import.
    #[serde(flatten)]
    import: ImportView,
    /// What somebody should know, by appid.
    findings: Vec<FindingView>,
    /// For the next part; null on the last.
    next_cursor: Option<String>,
}

/// Something about one merchant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingView {
    /// The account.
    #[schema(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// What it is.
    kind: FindingKindName,
    /// WeChat's words, where there are some.
    words: Option<String>,
}

/// What there is to know of a merchant after an import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FindingKindName {
    /// WeChat shows no refresh token.
    NoRefreshToken,
    /// The profile could not be read; the token is kept.
    NoProfile,
    /// It is on record and not in WeChat's list.
    Gone,
}

/// Where in the findings to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindingsQuery {
    /// `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<AppId>,
}

/// Shows who renews a component's tokens, and how far the last change of that has come.
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
/// Shadow mode takes effect at once, and may be ordered before the platform secret names the
/// component. A component becomes active when WeChat's ticket comes here and its merchants were
/// imported within the last 24 hours; stop the other system first. What follows goes on by itself.
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
    let accepted = Accepted {
        import: order.force.contains(&ForceName::Import),
        refresh_tokens: order.force.contains(&ForceName::RefreshTokens),
    };
    let adoption = &app.platform.adoption;
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

/// Imports the merchants that have authorized a component: accounts, profiles, permission sets and
/// refresh tokens, as WeChat shows them. Changes nothing at WeChat.
///
/// A large fleet takes several requests: send the same one again while the answer is 202. After a
/// finished import the next request begins a new one, which says what has changed since.
#[utoipa::path(
    post, path = "/v1/components/{component}/imports", tag = "adoption", params(ComponentPath),
    request_body = ImportOrder,
    security(("operator_key" = ["administer"])),
    responses(
        (status = 200, description = "The import is finished.", body = ImportView),
        (status = 202, description = "Send it again to go on.", body = ImportView),
    ),
)]
async fn import_merchants(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Json(order): Json<ImportOrder>,
) -> Result<(StatusCode, Answer<ImportView>), Problem> {
    let until = Instant::now() + WORK;
    let lent = order.component_access_token;
    let import = app.platform.adoption.import(&path.component, lent, until).await?;
    let status = match import.phase {
        ImportPhase::Finished => StatusCode::OK,
        _ => StatusCode::ACCEPTED,
    };
    Ok((status, Answer(import.into())))
}

/// Shows the last import and what it found of single merchants.
#[utoipa::path(
    get, path = "/v1/components/{component}/imports/latest", tag = "adoption",
    params(ComponentPath, FindingsQuery),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The import.", body = ImportReport)),
)]
async fn show_import(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    Query(query): Query<FindingsQuery>,
) -> Result<Answer<ImportReport>, Problem> {
    let adoption = &app.platform.adoption;
    let import = adoption.latest_import(&path.component).await?;
    let import = import.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let findings =
        adoption.findings(&path.component, import.run, query.cursor.as_ref(), FINDINGS).await?;
    Ok(Answer(ImportReport {
        import: import.into(),
        findings: findings.items.into_iter().map(FindingView::from).collect(),
        next_cursor: findings.next,
    }))
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
                Phase::TakingOver => PhaseName::TakingOver,
                Phase::AskingForTheRest => PhaseName::AskingForTheRest,
                Phase::ReadingReleases => PhaseName::ReadingReleases,
                Phase::HandingBack => PhaseName::HandingBack,
            },
            total: record.total,
            changed_hands: record.changed_hands,
            needs_authorization: record.needs_authorization,
            withdrawn: record.withdrawn,
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
                "原系统必须保持停止。请在微信开放平台把授权事件接收 URL 和消息与事件接收 URL 改为本系统的地址\
                 （见 GET /v1/components/{component}）",
                "Keep the other system stopped. At WeChat's open platform, enter this system's \
                 addresses for events and messages (see GET /v1/components/{component})",
            ),
            (Mode::Shadow, _) => (
                "本系统不再换取任何令牌；已经发出的请求最多还需半分钟。若由原系统接手：请在微信开放平台把两个 URL \
                 改回原系统的地址，半分钟后启动原系统，并让它用 api_get_authorizer_list 取回最新的 \
                 refresh_token。若要迁到本系统：让原系统转发微信的推送，并用它的 component_access_token 导入商家",
                "This system mints no token any more; calls that are under way end within half a \
                 minute. If the other system takes over: enter its two addresses at WeChat's open \
                 platform, start it after half a minute, and let it fetch the latest refresh tokens \
                 with api_get_authorizer_list. If the platform moves here: let the other system \
                 forward WeChat's pushes, and import the merchants with its component_access_token",
            ),
        };
        NextSteps { zh, en }
    }
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        ImportView {
            phase: match import.phase {
                ImportPhase::Listing => ImportPhaseName::Listing,
                ImportPhase::Comparing => ImportPhaseName::Comparing,
                ImportPhase::Finished => ImportPhaseName::Finished,
            },
            started_at: import.started_at.to_string(),
            finished_at: import.finished_at.map(|at| at.to_string()),
            total: import.total,
            done: import.done,
            new: import.new,
            changed: import.changed,
            unchanged: import.unchanged,
            withdrawn: import.withdrawn,
            gone: import.gone,
            without_refresh_token: import.without_refresh_token,
            without_profile: import.without_profile,
        }
    }
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        FindingView {
            appid: finding.appid,
            kind: match finding.kind {
                FindingKind::NoRefreshToken => FindingKindName::NoRefreshToken,
                FindingKind::NoProfile => FindingKindName::NoProfile,
                FindingKind::Gone => FindingKindName::Gone,
            },
            words: finding.words,
        }
    }
}
