//! What is kept about applications for interfaces.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wechat::endpoint::{PrivacyInterface, PrivacyInterfaceStatus};

use crate::{
    attention::Need,
    event::kind,
    records::{Kept, Needed, Told},
};

/// Reviewers take a day or two; and an event tells sooner.
const INTERVAL: SignedDuration = SignedDuration::from_hours(6);

/// The applications of a mini program for interfaces, by the interface's name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PrivacyInterfaces {
    /// The applications.
    pub applications: BTreeMap<String, Application>,
    /// When WeChat was last asked.
    pub asked_at: Option<Timestamp>,
    /// When WeChat is asked next.
    pub next_poll: Option<Timestamp>,
}

/// An application for an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// How it stands.
    pub state: ApplicationState,
    /// WeChat's number of it.
    pub audit_id: Option<i64>,
    /// When it was made.
    pub applied_at: Option<Timestamp>,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// How an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApplicationState {
    /// Reviewers look at it.
    Applying,
    /// The interface may be used.
    Granted,
    /// It may not.
    Refused,
}

impl Kept for PrivacyInterfaces {
    const NAME: &'static str = "privacy";

    fn next_poll(&self) -> Option<Timestamp> {
        self.next_poll
    }

    fn poll_at(&mut self, at: Option<Timestamp>) {
        self.next_poll = at;
    }

    fn needs(&self) -> Vec<Needed> {
        let refused = self.applications.values().any(|it| it.state == ApplicationState::Refused);
        let needed = Needed { need: Need::PrivacyRefused, until: None };
        refused.then_some(needed).into_iter().collect()
    }
}

impl PrivacyInterfaces {
    /// An application was made.
    pub(super) fn applied(&mut self, interface: &str, audit_id: i64, now: Timestamp) -> Vec<Told> {
        let application = Application {
            state: ApplicationState::Applying,
            audit_id: Some(audit_id),
            applied_at: Some(now),
            reason: None,
        };
        self.applications.insert(interface.to_owned(), application);
        self.next_poll = Some(now + INTERVAL);
        let details = json!({ "interface": interface, "audit_id": audit_id });
        vec![(kind::PRIVACY_INTERFACE_APPLIED, details)]
    }

    /// Takes in what WeChat shows, and answers what there is to tell of it.
    pub(super) fn shown(&mut self, interfaces: &[PrivacyInterface], now: Timestamp) -> Vec<Told> {
        let mut told = Vec::new();
        let is_first_look = self.asked_at.is_none() && self.applications.is_empty();
        for interface in interfaces {
            let state = match interface.status {
                Some(PrivacyInterfaceStatus::Applying) => ApplicationState::Applying,
                Some(PrivacyInterfaceStatus::Granted) => ApplicationState::Granted,
                Some(PrivacyInterfaceStatus::Failed) => ApplicationState::Refused,
                _ => continue,
            };
            let name = &interface.api_name;
            let before = self.applications.get(name).map(|it| (it.state, it.audit_id));
            let application = Application {
                state,
                audit_id: interface.audit_id,
                applied_at: interface.apply_time.and_then(|at| Timestamp::from_second(at).ok()),
                reason: interface.fail_reason.clone(),
            };
            let is_news = before != Some((state, application.audit_id)) && !is_first_look;
            let kind = match state {
                ApplicationState::Granted => Some(kind::PRIVACY_INTERFACE_GRANTED),
                ApplicationState::Refused => Some(kind::PRIVACY_INTERFACE_REFUSED),
                ApplicationState::Applying => None,
            };
            let details = json!({
                "interface": name, "audit_id": application.audit_id, "reason": application.reason,
            });
            told.extend(kind.filter(|_| is_news).map(|kind| (kind, details)));
            self.applications.insert(name.clone(), application);
        }
        self.asked_at = Some(now);
        let waits = self.applications.values().any(|it| it.state == ApplicationState::Applying);
        self.next_poll = waits.then(|| now + INTERVAL);
        told
    }
}
