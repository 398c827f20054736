//! The audit log: who did what, from where, and what came of it.
//!
//! An *intent* is written before the action and its *outcome* after it, as two items that are never
//! changed. An intent without an outcome is an action whose end nobody saw. Entries are kept by
//! the minute, so that a rollout does not write to one partition; a day lists its minutes.

mod read;
mod summary;

pub use read::{AuditCursor, AuditEntry, AuditPage, MalformedCursor};
pub use summary::summary;

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    operators::{Operator, Role},
    random::Random,
    storage::{StorageError, Table, text},
};

/// The audit log. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    /// The table `fleet`.
    pub table: Table,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
    /// The minute that this process listed last.
    pub(crate) listed: Arc<Mutex<String>>,
}

/// What somebody is about to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The id of the key.
    pub key: String,
    /// What the key is called.
    pub name: String,
    /// The key's role.
    pub role: Role,
    /// The operation's id in the API's description.
    pub operation: String,
    /// The component it concerns, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The mini program it concerns, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// SHA-256 of the request.
    pub digest: String,
    /// What was asked for, as JSON, without anything that could be a secret.
    pub summary: String,
    /// The address it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// The program it came from, as that calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The approval by which it is done, where it took two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// The id of the key that approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// What that key is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by_name: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditOutcome {
    /// The HTTP status that was answered.
    pub status: u16,
    /// WeChat's code, if WeChat refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errcode: Option<i64>,
    /// WeChat's id of the refused request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rid: Option<String>,
}

/// An intent that was written, to be given its outcome.
#[derive(Debug)]
pub struct Recorded {
    minute: String,
    id: String,
}

/// A minute in UTC, such as `2026-11-22T17:45`.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

fn partition(minute: &str) -> String {
    format!("audit#{minute}")
}

fn day_partition(day: &str) -> String {
    format!("audit-day#{day}")
}

impl Audit {
    /// An audit log in `table`.
    pub fn new(table: Table, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Audit { table, clock, random, listed: Arc::default() }
    }

    /// Writes down what somebody is about to do. Where this fails, it must not be done.
    pub async fn intend(&self, intent: &Intent) -> Result<Recorded, StorageError> {
        let now = self.clock.now();
        let minute = minute(now);
        self.list(&minute).await?;
        let id = self.random.identifier(now);
        self.write(&minute, &id, now, intent).await?;
        Ok(Recorded { minute, id })
    }

    /// Writes down what came of it.
    pub async fn conclude(
        &self,
        recorded: &Recorded,
        outcome: &AuditOutcome,
    ) -> Result<(), StorageError> {
        let sk = format!("{}#outcome", recorded.id);
        self.write(&recorded.minute, &sk, self.clock.now(), outcome).await
    }

    async fn write(
        &self,
        minute: &str,
        sk: &str,
        at: Timestamp,
        what: &impl Serialize,
    ) -> Result<(), StorageError> {
        let mut item = self.table.item(what)?;
        item.extend([
            ("pk".to_owned(), text(partition(minute))),
            ("sk".to_owned(), text(sk)),
            ("at".to_owned(), text(at.to_string())),
        ]);
        // Refused means that the same entry is there already: a write whose answer was lost.
        self.table.create(item).await.map(drop)
    }

    /// Lists a minute in its day, once a process and minute.
    async fn list(&self, minute: &str) -> Result<(), StorageError> {
        let listed = || self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if *listed() == minute {
            return Ok(());
        }
        let (day, time) = minute.split_once('T').unwrap_or((minute, ""));
        let key = [("pk", day_partition(day)), ("sk", time.to_owned())];
        let item = key.map(|(name, value)| (name.to_owned(), text(value)));
        self.table.create(item.into_iter().collect()).await?;
        *listed() = minute.to_owned();
        Ok(())
    }
}

impl Intent {
    /// The part of an intent that says who.
    pub fn by(operator: &Operator) -> Self {
        Intent {
            key: operator.key.clone(),
            name: operator.name.clone(),
            role: operator.role,
            operation: String::new(),
            component: None,
            appid: None,
            digest: String::new(),
            summary: String::new(),
            source_ip: None,
            user_agent: None,
            approval: None,
            approved_by: None,
            approved_by_name: None,
        }
    }
}
