//! What the simulated WeChat remembers. All of it is in [`World`], which is saved as one JSON
//! document.

mod code;
mod component;
mod conversation;
mod domain;
mod filing;
mod gray;
mod media;
mod merchant;
mod open_account;
mod order_path;
mod privacy;
mod profile;
mod quota;
mod record;
mod refused;
mod registration;
mod token;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::record::AppealStatus;
pub(crate) use self::{
    code::{Draft, Online, Review, ReviewStatus, Template, Trial},
    component::{Component, TICKET_LIFE, Ticket},
    conversation::{Conversation, CustomerMessage},
    domain::{ConfirmFile, DOMAIN_LISTS, Domains, PlatformDomains, SERVER_EDITS_A_MONTH},
    filing::{FaceCheck, Filing, Verification},
    gray::{GrayRelease, GrayStatus},
    media::Media,
    merchant::{Grant, Merchant},
    open_account::{LoginCode, OpenAccount},
    order_path::{OrderPath, OrderPathStatus, OrderPaths},
    privacy::{Application, ApplicationStatus, Guideline, Privacy},
    profile::{NameReview, Plugin},
    quota::{DAILY_CALLS, DailyCalls},
    record::{Appeal, IllegalRecord},
    refused::{Refused, RefusedCalls},
    registration::{FastRegisterTicket, Registration, RegistrationKind},
    token::{ACCESS_TOKEN_LIFE, AuthorizationCode, PreAuthorizationCode, Token, TokenState},
};
use crate::{
    clock::Counter,
    options::{MerchantOptions, TokenBehaviour},
    random::Random,
};

/// Everything. What an older state file does not know yet starts empty.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct World {
    pub(crate) components: BTreeMap<String, Component>,
    /// The component that is meant where none is named.
    pub(crate) first_component: String,
    pub(crate) merchants: BTreeMap<String, Merchant>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) pre_authorization_codes: BTreeMap<String, PreAuthorizationCode>,
    pub(crate) authorization_codes: BTreeMap<String, AuthorizationCode>,
    pub(crate) token_behaviour: TokenBehaviour,
    /// Every address is off the whitelist.
    pub(crate) refuse_address: bool,
    /// WeChat ids that nobody can find.
    pub(crate) unsearchable_users: BTreeSet<String>,
    /// Hosts without an ICP licence.
    pub(crate) hosts_without_licence: BTreeSet<String>,
    /// Hosts whose owner took the confirm file down.
    pub(crate) hosts_without_confirm_file: BTreeSet<String>,
    /// What WeChat thinks of words in names and introductions, as the code that they get.
    pub(crate) words: BTreeMap<String, i64>,
    /// Registrations, by task.
    pub(crate) registrations: BTreeMap<String, Registration>,
    /// Registrations begun in a day for a person, by WeChat id.
    pub(crate) registrations_of_persons: BTreeMap<String, Counter>,
    /// What owners of official accounts agreed to, by ticket.
    pub(crate) fast_register_tickets: BTreeMap<String, FastRegisterTicket>,
    /// Codes of `wx.login` that were handed out and not exchanged.
    pub(crate) login_codes: BTreeMap<String, LoginCode>,
    /// Users who wrote to accounts, by openid and account.
    pub(crate) conversations: BTreeMap<String, Conversation>,
    /// Who a user is, by user and account: openids and unionids.
    user_ids: BTreeMap<String, String>,
    /// Open-platform accounts by appid.
    pub(crate) open_accounts: BTreeMap<String, OpenAccount>,
    /// Today's calls by account.
    pub(crate) calls: BTreeMap<String, DailyCalls>,
    /// Calls that were refused.
    pub(crate) refused: RefusedCalls,
    pub(crate) random: Random,
    /// How far the clock was moved, so that a restart does not turn time back.
    pub(crate) clock_ahead: i64,
    last_number: u64,
}

impl World {
    /// A mini program that did not exist before; its appid.
    pub(crate) fn found(&mut self, account: MerchantOptions) -> String {
        let appid = format!("wx{}", self.random.hex(16));
        let user_name = format!("gh_{}", self.random.hex(12));
        let account = MerchantOptions { appid: appid.clone(), user_name, ..account };
        self.merchants.insert(appid.clone(), Merchant::new(account));
        appid
    }

    /// A number that was not used before: audits, drafts, templates, versions.
    pub(crate) fn number(&mut self) -> i64 {
        self.last_number += 1;
        i64::try_from(self.last_number).unwrap_or(i64::MAX)
    }

    /// Whether a mini program's authorization of a component is in force.
    pub(crate) fn has_granted(&self, appid: &str, component: &str) -> bool {
        self.merchants.get(appid).is_some_and(|merchant| {
            merchant.grants.get(component).is_some_and(|grant| grant.authorized)
        })
    }

    /// Who a user is to an account, always the same.
    pub(crate) fn user_id(&mut self, user: &str, account: &str) -> String {
        let random = &mut self.random;
        let id = self.user_ids.entry(format!("{user}@{account}"));
        id.or_insert_with(|| format!("o{}", random.text(27))).clone()
    }

    /// The component of this appid or, without one, the first.
    pub(crate) fn component_appid(&self, appid: Option<&str>) -> Option<String> {
        let appid = appid.unwrap_or(&self.first_component);
        self.components.get_key_value(appid).map(|(appid, _)| appid.clone())
    }

    /// A component whose existence a token or an earlier check has shown.
    pub(crate) fn component(&mut self, appid: &str) -> &mut Component {
        self.components.entry(appid.to_owned()).or_default()
    }

    /// A merchant whose existence a token or an earlier check has shown.
    pub(crate) fn merchant(&mut self, appid: &str) -> &mut Merchant {
        self.merchants.entry(appid.to_owned()).or_default()
    }
}
