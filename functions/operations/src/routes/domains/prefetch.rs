//! Domains whose addresses are looked up before they are needed.

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{IfMatch, Json, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show_prefetch_domains, set_prefetch_domains))
}

/// Domains to be looked up early from now on, and no others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPrefetchDomains {
    /// Without a scheme; each has an ICP filing.
    #[schema(example = json!(["api.example.com"]))]
    domains: Vec<String>,
}

/// Domains that are looked up early.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrefetchDomains {
    /// The domains.
    #[schema(example = json!(["api.example.com"]))]
    domains: Vec<String>,
    /// How many there may be, where WeChat tells.
    #[schema(example = 5)]
    most: Option<i64>,
}

/// Shows the domains whose addresses are looked up early.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/prefetch-domains",
    tag = "domains", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The domains.", body = PrefetchDomains)),
)]
async fn show_prefetch_domains(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Tagged<PrefetchDomains>, Problem> {
    Ok(Tagged(found(&app, &path).await?))
}

async fn found(app: &App, path: &MiniProgramPath) -> Result<PrefetchDomains, Problem> {
    let found = app.platform.domains.prefetched(&path.component, &path.appid).await?;
    let domains = found.prefetch_dns_domain.into_iter().map(|domain| domain.url).collect();
    Ok(PrefetchDomains { domains, most: found.size_limit })
}

/// Replaces the domains whose addresses are looked up early. WeChat allows 50 changes a month.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/prefetch-domains",
    tag = "domains", params(MiniProgramPath, IfMatch), request_body = SetPrefetchDomains,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "What is in force now.", body = PrefetchDomains)),
)]
async fn set_prefetch_domains(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Json(wanted): Json<SetPrefetchDomains>,
) -> Result<Answer<PrefetchDomains>, Problem> {
    let domains = &app.platform.domains;
    let what = path.within("prefetch-domains");
    condition.guard(&app, &what, found(&app, &path)).await?;
    let set = domains.set_prefetched(&path.component, &path.appid, wanted.domains).await?;
    condition.changed(&app, &what).await;
    Ok(Answer(PrefetchDomains { domains: set, most: None }))
}
