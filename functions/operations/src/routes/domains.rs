//! Server domains and business domains of a mini program, and those of its component.

mod platform;
mod prefetch;

use ::platform::{
    fault::Faults,
    onboarding::{BusinessDomainsPart, ServerDomainsPart},
    settings::Domains,
};
use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    condition::{Condition, Tagged},
    extract::{Checked, IfMatch, Meaning, MiniProgramPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show_server_domains, set_server_domains))
        .routes(routes!(show_business_domains, set_business_domains))
        .routes(routes!(fetch_confirm_file))
        .merge(prefetch::router())
        .merge(platform::router())
}

/// The six lists, each entry with its scheme.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServerDomains {
    /// `https://`
    #[schema(example = json!(["https://api.example.com"]))]
    requestdomain: Vec<String>,
    /// `wss://`
    wsrequestdomain: Vec<String>,
    /// `https://`
    uploaddomain: Vec<String>,
    /// `https://`
    downloaddomain: Vec<String>,
    /// `udp://`
    udpdomain: Vec<String>,
    /// `tcp://`
    tcpdomain: Vec<String>,
}

/// Server domains to be in force from now on, and no others.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetServerDomains {
    /// The lists; one that is left out becomes empty.
    domains: ServerDomains,
    /// `true`: directly, whatever the platform's own list has; takes effect with the next commit
    /// and release. `false`: through the platform, whose list must have every host; takes effect
    /// at once. Left out: through the platform if its list has every host, directly if not.
    #[serde(default)]
    direct: Option<bool>,
}

/// Server domains by their source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EffectiveServerDomains {
    /// What is in force.
    effective: ServerDomains,
    /// Set through the platform.
    platform: ServerDomains,
    /// Set directly.
    direct: ServerDomains,
    /// Set by the merchant in WeChat's console.
    console: ServerDomains,
}

/// Business domains to be in force from now on, and no others.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetBusinessDomains {
    /// Each with `https://` and without a port.
    #[schema(example = json!(["https://m.example.com"]))]
    domains: Vec<String>,
    /// `true`: directly, whatever the platform's own list has; WeChat's confirm file must be there
    /// first. `false`: through the platform, whose list must have every host or one above it. Left
    /// out: through the platform if its list has them all, directly if not.
    #[serde(default)]
    direct: Option<bool>,
}

/// Server domains as they were set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServerDomainsSet {
    /// The lists.
    domains: ServerDomains,
    /// Whether they were set directly: then they take effect with the next commit and release,
    /// otherwise they are in force.
    direct: bool,
}

/// Business domains as they were set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BusinessDomainsSet {
    /// The domains.
    domains: Vec<String>,
    /// Whether they were set directly, and not through the platform's own list.
    direct: bool,
}

/// Business domains by their source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EffectiveBusinessDomains {
    /// What is in force.
    effective: Vec<String>,
    /// Set through the platform.
    platform: Vec<String>,
    /// Set directly.
    direct: Vec<String>,
    /// Set by the merchant in WeChat's console.
    console: Vec<String>,
}

/// A file that WeChat looks for on a domain.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfirmFile {
    /// Its name.
    file_name: String,
    /// Where it is served from here.
    address: String,
}

/// Shows the server domains, by their source.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/server-domains",
    tag = "domains", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The domains.", body = EffectiveServerDomains)),
)]
async fn show_server_domains(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Tagged<EffectiveServerDomains>, Problem> {
    Ok(Tagged(server_domains(&app, &path).await?))
}

async fn server_domains(
    app: &App,
    path: &MiniProgramPath,
) -> Result<EffectiveServerDomains, Problem> {
    let domains = app.platform.domains.server(&path.component, &path.appid).await?;
    Ok(EffectiveServerDomains {
        effective: domains.effective_domain.into(),
        platform: domains.third_domain.into(),
        direct: domains.direct_domain.into(),
        console: domains.mp_domain.into(),
    })
}

/// Replaces the server domains. WeChat allows 50 changes a month. The platform's own list, which all
/// its mini programs share, is never changed by this: `PUT /v1/components/{component}/server-domains`
/// does that.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/server-domains",
    tag = "domains", params(MiniProgramPath, IfMatch), request_body = SetServerDomains,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "They are set.", body = ServerDomainsSet)),
)]
async fn set_server_domains(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Checked(wanted): Checked<SetServerDomains>,
) -> Result<Answer<ServerDomainsSet>, Problem> {
    let domains = &app.platform.domains;
    let (lists, direct) = (wanted.domains.into(), wanted.direct);
    let what = path.within("server-domains");
    condition.guard(&app, &what, server_domains(&app, &path)).await?;
    let set = domains.set_server(&path.component, &path.appid, lists, direct).await?;
    condition.changed(&app, &what).await;
    Ok(Answer(ServerDomainsSet { domains: set.domains.into(), direct: set.direct }))
}

/// Shows the business domains, by their source.
#[utoipa::path(
    get, path = "/v1/components/{component}/mini-programs/{appid}/business-domains",
    tag = "domains", params(MiniProgramPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The domains.", body = EffectiveBusinessDomains)),
)]
async fn show_business_domains(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Tagged<EffectiveBusinessDomains>, Problem> {
    Ok(Tagged(business_domains(&app, &path).await?))
}

async fn business_domains(
    app: &App,
    path: &MiniProgramPath,
) -> Result<EffectiveBusinessDomains, Problem> {
    let domains = app.platform.domains.business(&path.component, &path.appid).await?;
    Ok(EffectiveBusinessDomains {
        effective: domains.effective_webviewdomain,
        platform: domains.third_webviewdomain,
        direct: domains.direct_webviewdomain,
        console: domains.mp_webviewdomain,
    })
}

/// Replaces the business domains. WeChat allows 50 changes a month. The platform's own list, which
/// all its mini programs share, is never changed by this: `PUT
/// /v1/components/{component}/business-domains` does that.
#[utoipa::path(
    put, path = "/v1/components/{component}/mini-programs/{appid}/business-domains",
    tag = "domains", params(MiniProgramPath, IfMatch), request_body = SetBusinessDomains,
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "They are set.", body = BusinessDomainsSet)),
)]
async fn set_business_domains(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
    condition: Condition,
    Checked(wanted): Checked<SetBusinessDomains>,
) -> Result<Answer<BusinessDomainsSet>, Problem> {
    let domains = &app.platform.domains;
    let SetBusinessDomains { domains: list, direct } = wanted;
    let what = path.within("business-domains");
    condition.guard(&app, &what, business_domains(&app, &path)).await?;
    let set = domains.set_business(&path.component, &path.appid, list, direct).await?;
    condition.changed(&app, &what).await;
    Ok(Answer(BusinessDomainsSet { domains: set.domains, direct: set.direct }))
}

/// Fetches the file by which WeChat confirms business domains, and serves it from now on.
#[utoipa::path(
    post, path = "/v1/components/{component}/mini-programs/{appid}/business-domains/confirm-file",
    tag = "domains", params(MiniProgramPath),
    security(("operator_key" = ["release"])),
    responses((status = 200, description = "The file.", body = ConfirmFile)),
)]
async fn fetch_confirm_file(
    State(app): State<App>,
    Path(path): Path<MiniProgramPath>,
) -> Result<Answer<ConfirmFile>, Problem> {
    let name = app.platform.domains.fetch_confirm_file(&path.component, &path.appid).await?;
    Ok(Answer(ConfirmFile::served(&app, name.as_str())))
}

impl Meaning for SetServerDomains {
    fn faults(&self) -> Faults {
        Domains::check_server(&self.domains.clone().into())
    }
}

impl Meaning for SetBusinessDomains {
    fn faults(&self) -> Faults {
        Domains::check_business(&self.domains)
    }
}

/// The path that shows a setting of a mini program.
impl ConfirmFile {
    fn served(app: &App, name: &str) -> Self {
        let address = format!("{}{name}", app.platform.addresses.public);
        ConfirmFile { file_name: name.to_owned(), address }
    }
}

impl From<SetServerDomains> for ServerDomainsPart {
    fn from(wanted: SetServerDomains) -> Self {
        ServerDomainsPart { domains: wanted.domains.into(), direct: wanted.direct }
    }
}

impl From<SetBusinessDomains> for BusinessDomainsPart {
    fn from(wanted: SetBusinessDomains) -> Self {
        BusinessDomainsPart { domains: wanted.domains, direct: wanted.direct }
    }
}

impl From<wechat::endpoint::ServerDomains> for ServerDomains {
    fn from(domains: wechat::endpoint::ServerDomains) -> Self {
        ServerDomains {
            requestdomain: domains.requestdomain,
            wsrequestdomain: domains.wsrequestdomain,
            uploaddomain: domains.uploaddomain,
            downloaddomain: domains.downloaddomain,
            udpdomain: domains.udpdomain,
            tcpdomain: domains.tcpdomain,
        }
    }
}

impl From<ServerDomains> for wechat::endpoint::ServerDomains {
    fn from(domains: ServerDomains) -> Self {
        wechat::endpoint::ServerDomains {
            requestdomain: domains.requestdomain,
            wsrequestdomain: domains.wsrequestdomain,
            uploaddomain: domains.uploaddomain,
            downloaddomain: domains.downloaddomain,
            udpdomain: domains.udpdomain,
            tcpdomain: domains.tcpdomain,
        }
    }
}
