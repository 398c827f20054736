//! The components of this deployment, and whether they are in working order.

use axum::{Json as Answer, extract::State};
use jiff::Timestamp;
use platform::{
    AppId,
    secrets::Component,
    ticket::TicketError,
    tokens::{Subject, TokenItem, TokenState},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::timestamp;
use crate::{
    App,
    extract::{ComponentPath, Path},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list_components)).routes(routes!(show_component))
}

/// The components.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComponentList {
    /// Those that can work.
    components: Vec<ComponentName>,
    /// Entries of the platform secret that cannot, and why.
    disabled: Vec<Disabled>,
}

/// A component.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComponentName {
    /// Its appid.
    #[schema(value_type = String, example = "wx570bc396a51b8ff8")]
    appid: AppId,
    /// What operators call it.
    name: String,
}

/// A malformed entry of the platform secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Disabled {
    /// The entry's appid, or its place in the list.
    entry: String,
    /// What is wrong, never with the value.
    why: String,
}

/// A component and what it lives on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComponentHealth {
    /// Its appid.
    #[schema(value_type = String, example = "wx570bc396a51b8ff8")]
    appid: AppId,
    /// What operators call it.
    name: String,
    /// The newest ticket; null until WeChat pushes one.
    ticket: Option<TicketHealth>,
    /// The component's own token; null until there is one.
    token: Option<TokenHealth>,
    /// Where merchants authorize.
    authorization_link: String,
    /// To be entered at WeChat as 授权事件接收 URL.
    events_address: String,
    /// To be entered at WeChat as 消息与事件接收 URL.
    messages_address: String,
}

/// The newest ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TicketHealth {
    /// When WeChat made it.
    #[schema(format = DateTime)]
    created_at: String,
    /// Its age; WeChat pushes one every 600 seconds, and one is good for 43200.
    age_seconds: i64,
}

/// Whether a token can be had.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TokenStateName {
    /// It can.
    Active,
    /// The merchant withdrew its authorization.
    Revoked,
    /// The merchant must authorize again.
    NeedsAuthorization,
    /// Of a component in shadow mode: another system renews its tokens.
    Shadow,
}

/// A token, without itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenHealth {
    /// Whether it can be had.
    state: TokenStateName,
    /// When it expires; null while there is none, which the next call fetches.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// The life that is left, negative if it is over; null while there is none.
    life_seconds: Option<i64>,
    /// How often it was renewed.
    version: u64,
    /// What WeChat said when it could not be renewed the last time.
    failure: Option<String>,
}

/// Lists the components.
#[utoipa::path(
    get, path = "/v1/components", tag = "components",
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The components.", body = ComponentList)),
)]
async fn list_components(State(app): State<App>) -> Answer<ComponentList> {
    // Whoever looks may have entered credentials just now.
    app.platform.secrets.reconsider().await;
    let known = app.platform.secrets.current();
    let name = |component: &std::sync::Arc<Component>| ComponentName {
        appid: component.appid.clone(),
        name: component.name.clone(),
    };
    let disabled = known.disabled.iter();
    Answer(ComponentList {
        components: known.components.values().map(name).collect(),
        disabled: disabled
            .map(|entry| Disabled { entry: entry.entry.clone(), why: entry.why.clone() })
            .collect(),
    })
}

/// Shows a component: the age of its ticket, the life of its token, and the addresses to enter at
/// WeChat.
#[utoipa::path(
    get, path = "/v1/components/{component}", tag = "components", params(ComponentPath),
    security(("operator_key" = ["read"])),
    responses((status = 200, description = "The component.", body = ComponentHealth)),
)]
async fn show_component(
    State(app): State<App>,
    Path(path): Path<ComponentPath>,
) -> Result<Answer<ComponentHealth>, Problem> {
    let known = app.platform.secrets.component(&path.component).await?;
    let appid = &known.appid;
    let now = app.platform.clock.now();
    let ticket = match app.platform.tickets.newest(appid).await {
        Ok(ticket) => Some(TicketHealth {
            created_at: ticket.created.to_string(),
            age_seconds: now.duration_since(ticket.created).as_secs(),
        }),
        Err(TicketError::Never(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let item = app.platform.tokens.read(&Subject::Component(appid.clone())).await?;
    let token = item.map(|item| TokenHealth::of(item, now));
    let public = &app.platform.addresses.public;
    Ok(Answer(ComponentHealth {
        appid: appid.clone(),
        name: known.name.clone(),
        ticket,
        token,
        authorization_link: format!("{public}authorize/{appid}"),
        events_address: format!("{public}wechat/{appid}/events"),
        messages_address: format!("{public}wechat/{appid}/messages/$APPID$"),
    }))
}

impl TokenHealth {
    /// Of a token's item, without what is secret in it.
    pub(super) fn of(item: TokenItem, now: Timestamp) -> Self {
        // After another grant, and after a withdrawal, there is no access token until it is fetched.
        let expires_at = Some(item.access_expires_at).filter(|at| *at > 0);
        TokenHealth {
            state: match item.state {
                TokenState::Active => TokenStateName::Active,
                TokenState::Revoked => TokenStateName::Revoked,
                TokenState::NeedsAuthorization => TokenStateName::NeedsAuthorization,
                TokenState::Shadow => TokenStateName::Shadow,
            },
            expires_at: expires_at.map(timestamp),
            life_seconds: expires_at.map(|at| at - now.as_second()),
            version: item.version,
            failure: item.failure,
        }
    }
}
