//! Mini programs that are being registered.

use serde::{Deserialize, Serialize};

/// Seconds in which a person has to open the link.
const LINK_LIFE: i64 = 24 * 3600;

/// A registration, or the conversion of a trial mini program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Registration {
    pub(crate) kind: RegistrationKind,
    pub(crate) component: String,
    /// What the call said, by field.
    pub(crate) details: std::collections::BTreeMap<String, String>,
    pub(crate) begun: i64,
    /// Of the form that is in force since 2026-04-30.
    pub(crate) new_version: bool,
    /// How far it is, as the call's own numbers have it.
    pub(crate) status: i64,
    /// How it ended, as the event says it.
    pub(crate) end: Option<i64>,
}

/// What is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RegistrationKind {
    Enterprise,
    Person,
    Transaction,
    /// A trial mini program.
    Trial,
    /// A trial mini program that becomes an ordinary one.
    Conversion {
        appid: String,
    },
}

/// What the owner of an official account agreed to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FastRegisterTicket {
    /// The official account.
    pub(crate) account: String,
    /// When it was last presented.
    pub(crate) presented: Option<i64>,
    /// What it was good for.
    pub(crate) registered: Option<String>,
}

impl Registration {
    /// A field of the call; empty if it was not there.
    pub(crate) fn detail(&self, name: &str) -> &str {
        self.details.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Nobody opened the link in time.
    pub(crate) fn is_too_late(&self, now: i64) -> bool {
        self.end.is_none() && now >= self.begun + LINK_LIFE
    }

    /// Still to be decided.
    pub(crate) fn is_open(&self, now: i64) -> bool {
        self.end.is_none() && !self.is_too_late(now)
    }

    /// How far it is, as a query tells it.
    pub(crate) fn status(&self, now: i64) -> i64 {
        if self.is_too_late(now) { self.number(1) } else { self.status }
    }

    /// A step by its number in the flow of persons: 0 begun, 1 too late, 11 failed, 12 registered.
    /// For an enterprise the first of them count one more.
    pub(crate) fn number(&self, step: i64) -> i64 {
        let one_more = self.kind == RegistrationKind::Enterprise && step < 9;
        step + i64::from(one_more)
    }
}
