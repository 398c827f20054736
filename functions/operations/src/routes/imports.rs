//! Merchants of a platform that another system runs are imported, in shadow mode.

use std::{collections::BTreeMap, time::Duration};

use axum::{Json as Answer, extract::State, http::StatusCode};
use platform::{
    AppId,
    adoption::{Finding, FindingKind, Import, Lent},
    text::Text,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    extract::{ComponentPath, Json, Path},
    problem::{Kind, Problem},
};

/// No new page is begun after so long: of the 25 s that a request has, WeChat's last answers and
/// our last writes come after it.
const WORK: Duration = Duration::from_secs(12);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(import_merchants)).routes(routes!(show_import))
}

/// An order to import.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportOrder {
    /// A component token that the system which runs the component is using. It is used while the
    /// request lasts, and kept nowhere.
    #[schema(value_type = String, format = Password)]
    component_access_token: SecretString,
    /// Refresh tokens that the other system holds, by appid: for merchants of which WeChat shows
    /// none.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    refresh_tokens: BTreeMap<AppId, SecretString>,
}

/// An import, running or finished.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportView {
    /// When it began.
    #[schema(format = DateTime)]
    started_at: String,
    /// When it was finished. Until then, the same request goes on with it.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// Merchants in WeChat's list.
    total: i64,
    /// How many of them are done.
    done: i64,
    /// Merchants that were not known, or had withdrawn before.
    new: i64,
    /// Merchants with another refresh token than before.
    renewed: i64,
    /// Merchants that are as they were.
    unchanged: i64,
    /// Merchants that withdrew while the list was read.
    withdrawn: i64,
    /// Merchants of which there is no refresh token: after a cut-over they authorize again.
    without_refresh_token: i64,
    /// Merchants whose profile could not be read; the next import tries again.
    without_profile: i64,
    /// What somebody should know of single merchants, the first two hundred.
    findings: Vec<ImportFinding>,
}

/// Something about one merchant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportFinding {
    /// The account.
    #[schema(value_type = String, example = "wxf8b4f85f3a794e77")]
    appid: AppId,
    /// What it is.
    kind: ImportFindingKind,
    /// WeChat's words, where there are some.
    words: Option<String>,
}

/// What there is to know of a merchant after an import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportFindingKind {
    /// WeChat shows no refresh token, and none was lent.
    NoRefreshToken,
    /// The profile could not be read; the token is kept.
    NoProfile,
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
    if order.component_access_token.expose_secret().is_empty() {
        return Err(Problem::new(Kind::InvalidField).field("component_access_token"));
    }
    let lent = Lent {
        component_token: order.component_access_token,
        refresh_tokens: order.refresh_tokens,
    };
    let import = app.platform.adoption.import(&path.component, lent, until).await?;
    let status = match import.finished_at {
        Some(_) => StatusCode::OK,
        None => StatusCode::ACCEPTED,
    };
    Ok((status, Answer(import.into())))
}

/// Shows the last import.
#[utoipa::path(
    get, path = "/v1/components/{component}/imports/latest", tag = "adoption",
    params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The import.", body = ImportView)),
)]
async fn show_import(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<ImportView>, Problem> {
    let import = app.platform.adoption.latest_import(&path.component).await?;
    Ok(Answer(import.ok_or_else(none_yet)?.into()))
}

fn none_yet() -> Problem {
    Problem::none_yet(
        Text::fixed("还没有导入过商家", "no merchants were ever imported"),
        Text::fixed("请先发起导入", "begin an import"),
    )
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        ImportView {
            started_at: import.started_at.to_string(),
            finished_at: import.finished_at.map(|at| at.to_string()),
            total: import.total,
            done: import.done,
            new: import.new,
            renewed: import.renewed,
            unchanged: import.unchanged,
            withdrawn: import.withdrawn,
            without_refresh_token: import.without_refresh_token,
            without_profile: import.without_profile,
            findings: import.findings.into_iter().map(ImportFinding::from).collect(),
        }
    }
}

impl From<Finding> for ImportFinding {
    fn from(finding: Finding) -> Self {
        ImportFinding {
            appid: finding.appid,
            kind: match finding.kind {
                FindingKind::NoRefreshToken => ImportFindingKind::NoRefreshToken,
                FindingKind::NoProfile => ImportFindingKind::NoProfile,
            },
            words: finding.words,
        }
    }
}
