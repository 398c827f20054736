//! The component's own lists of domains: what its mini programs may be given.

use axum::{Json as Answer, extract::State};
use platform::settings::{PlatformDomains, PlatformList};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::ConfirmFile;
use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{ComponentPath, IfMatch, Json, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_platform_server_domains, set_platform_server_domains))
        .routes(routes!(show_platform_business_domains, set_platform_business_domains))
        .routes(routes!(fetch_platform_confirm_file))
}

/// Domains that mini programs may be given from now on, and no others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPlatformDomains {
    /// Without a scheme, a port or a path. Mini programs keep what they were given.
    #[schema(example = json!(["api.example.com"]))]
    domains: Vec<String>,
}

/// One of the component's own lists.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlatformDomainList {
    /// In force for the published component; empty while it is not published.
    #[schema(example = json!(["api.example.com"]))]
    published: Vec<String>,
    /// For its test version.
    #[schema(example = json!(["api.example.com"]))]
    testing: Vec<String>,
}

/// Shows the component's own server domains.
#[utoipa::path(
    get, path = "/v1/components/{component}/server-domains", tag = "domains",
    params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The domains.", body = PlatformDomainList)),
)]
async fn show_platform_server_domains(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Tagged<PlatformDomainList>, Problem> {
    Ok(Tagged(show(&app, &path, PlatformList::Server).await?))
}

/// Replaces the component's own server domains. WeChat allows 50 changes a month.
#[utoipa::path(
    put, path = "/v1/components/{component}/server-domains", tag = "domains",
    params(ComponentPath, IfMatch), request_body = SetPlatformDomains,
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "What is there now.", body = PlatformDomainList)),
)]
async fn set_platform_server_domains(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    condition: Condition,
    Json(wanted): Json<SetPlatformDomains>,
) -> Result<Answer<PlatformDomainList>, Problem> {
    set(&app, &condition, &path, PlatformList::Server, wanted).await
}

/// Shows the component's own business domains.
#[utoipa::path(
    get, path = "/v1/components/{component}/business-domains", tag = "domains",
    params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The domains.", body = PlatformDomainList)),
)]
async fn show_platform_business_domains(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Tagged<PlatformDomainList>, Problem> {
    Ok(Tagged(show(&app, &path, PlatformList::Business).await?))
}

/// Replaces the component's own business domains; each must serve the confirm file first. WeChat
/// allows 50 changes a month.
#[utoipa::path(
    put, path = "/v1/components/{component}/business-domains", tag = "domains",
    params(ComponentPath, IfMatch), request_body = SetPlatformDomains,
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "What is there now.", body = PlatformDomainList)),
)]
async fn set_platform_business_domains(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
    condition: Condition,
    Json(wanted): Json<SetPlatformDomains>,
) -> Result<Answer<PlatformDomainList>, Problem> {
    set(&app, &condition, &path, PlatformList::Business, wanted).await
}

/// Fetches the file by which WeChat confirms the component's business domains, and serves it from
/// now on.
#[utoipa::path(
    post, path = "/v1/components/{component}/business-domains/confirm-file", tag = "domains",
    params(ComponentPath),
    security(("operator_key" = ["administer"])),
    responses((status = 200, description = "The file.", body = ConfirmFile)),
)]
async fn fetch_platform_confirm_file(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<ConfirmFile>, Problem> {
    let name = app.platform.domains.fetch_platform_confirm_file(&path.component).await?;
    Ok(Answer(ConfirmFile::served(&app, name.as_str())))
}

async fn show(
    app: &App,
    path: &ComponentPath,
    list: PlatformList,
) -> Result<PlatformDomainList, Problem> {
    Ok(app.platform.domains.platform(&path.component, list).await?.into())
}

async fn set(
    app: &App,
    condition: &Condition,
    path: &ComponentPath,
    list: PlatformList,
    wanted: SetPlatformDomains,
) -> Result<Answer<PlatformDomainList>, Problem> {
    let name = match list {
        PlatformList::Server => "server-domains",
        PlatformList::Business => "business-domains",
    };
    let what = format!("/v1/components/{}/{name}", path.component);
    condition.guard(app, &what, show(app, path, list)).await?;
    let domains = &app.platform.domains;
    let set = domains.set_platform(&path.component, list, wanted.domains).await?;
    condition.changed(app, &what).await;
    Ok(Answer(set.into()))
}

impl From<PlatformDomains> for PlatformDomainList {
    fn from(domains: PlatformDomains) -> Self {
        PlatformDomainList { published: domains.published, testing: domains.testing }
    }
}
