//! A third-party platform as WeChat knows it.

use serde::{Deserialize, Serialize};

use super::{ConfirmFile, Draft, PlatformDomains, Template};
use crate::{clock::Counter, options::ComponentOptions};

/// Seconds a ticket is good for.
pub(crate) const TICKET_LIFE: i64 = 12 * 3600;

/// Tickets remembered: two days' worth.
const REMEMBERED_TICKETS: usize = 288;

/// One third-party platform.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Component {
    /// What its console says.
    pub(crate) settings: ComponentOptions,
    /// Whether WeChat pushes tickets to it.
    pub(crate) pushing: bool,
    pub(crate) tickets: Vec<Ticket>,
    pub(crate) issued_tokens: Vec<String>,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) templates: Vec<Template>,
    pub(crate) server_domains: PlatformDomains,
    pub(crate) jump_domains: PlatformDomains,
    pub(crate) confirm_file: Option<ConfirmFile>,
    /// Reviews submitted in a month, over all mini programs.
    pub(crate) audits: Counter,
    pub(crate) audit_limit: u32,
    pub(crate) speed_ups: Counter,
    pub(crate) speed_up_limit: u32,
    /// Calls of `api_component_token` in a day.
    pub(crate) token_calls: Counter,
    pub(crate) token_call_limit: u32,
    /// Resets of the daily counters in a month.
    pub(crate) resets: Counter,
}

/// A component_verify_ticket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ticket {
    pub(crate) value: String,
    pub(crate) issued: i64,
}

impl Component {
    pub(crate) fn new(settings: ComponentOptions) -> Self {
        Component {
            settings,
            pushing: true,
            audit_limit: 1000,
            speed_up_limit: 25,
            token_call_limit: 10_000,
            ..Component::default()
        }
    }

    /// Remembers a ticket that is about to be pushed.
    pub(crate) fn add_ticket(&mut self, ticket: Ticket) {
        self.tickets.push(ticket);
        if self.tickets.len() > REMEMBERED_TICKETS {
            self.tickets.remove(0);
        }
    }

    /// Whether `host` is, or lies under, the domain that authorizations may start from. A
    /// component without such a domain may start anywhere.
    pub(crate) fn may_start_from(&self, host: &str) -> bool {
        let settings = &self.settings;
        let start = settings.authorization_host.clone().or_else(|| {
            let address = url::Url::parse(settings.event_url.as_deref()?).ok()?;
            address.host_str().map(str::to_owned)
        });
        start.is_none_or(|start| host == start || host.ends_with(&format!(".{start}")))
    }
}
