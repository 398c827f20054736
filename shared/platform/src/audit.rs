//! The audit log: who did what, from where, and what came of it.
//!
//! An *intent* is written before the action and its *outcome* after it, as two items that are never
//! changed. An intent without an outcome is an action whose end nobody saw. Entries are kept by
//! the minute, so that a rollout does not write to one partition; a day lists its minutes. What is
//! over is chained ([`Chain`]), so that whatever is changed afterwards shows.

mod anchor;
mod chain;
mod export;
pub mod exported;
#[cfg(test)]
mod properties;
mod read;
mod sealer;
mod summary;
mod trouble;
mod verify;
mod voucher;
mod watch;

pub use anchor::{Anchor, AnchorError, Anchors, KeptAnchor};
pub use chain::{Broken, Flaw, KeptLink, Line, Link, MalformedMinute, Minute, Place, Walk};
pub use read::{AuditCursor, AuditEntry, AuditPage, MalformedCursor};
pub use sealer::{ANCHOR_LATE, CLOSED, Chain, ChainError, Head, Sealing};
pub(crate) use summary::shortened;
pub use summary::summary;
pub use trouble::Trouble;
pub use verify::{Verification, VerifyCursor};
pub use voucher::Voucher;
pub use watch::{Found, Watch};

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    operators::{Operator, Role},
    random::Random,
    storage::{StorageError, Table, text},
    witness::Change,
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
    pub(crate) listed: Arc<Mutex<Option<Minute>>>,
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
    /// What was there before and after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl AuditOutcome {
    /// It was answered with this status, and there is no more to say.
    pub const fn of(status: u16) -> Self {
        AuditOutcome { status, errcode: None, rid: None, changes: Vec::new() }
    }

    /// What was there before and after, a line for each change.
    pub fn changes_as_text(&self) -> String {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
        let line = |Change { what, before, after }: &Change| {
            format!("{what}: {} → {}", side(before), side(after))
        };
        self.changes.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// An intent that was written, to be given its outcome.
#[derive(Debug)]
pub struct Recorded {
    minute: Minute,
    id: String,
}

/// An outcome that was not written down.
#[derive(Debug, thiserror::Error)]
pub enum ConcludeError {
    /// It came when the minute of its intent was over too long: that may be chained by now.
    #[error("the outcome came too late to be written down")]
    TooLate,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn partition(minute: Minute) -> String {
    format!("audit#{minute}")
}

fn day_partition(day: Date) -> String {
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
        let minute = Minute::of(now);
        self.list(minute).await?;
        let id = self.random.identifier(now);
        self.write(minute, &id, now, intent).await?;
        Ok(Recorded { minute, id })
    }

    /// Writes down what came of it.
    pub async fn conclude(
        &self,
        recorded: &Recorded,
        outcome: &AuditOutcome,
    ) -> Result<(), ConcludeError> {
        let sk = format!("{}#outcome", recorded.id);
        let now = self.clock.now();
        if now > recorded.minute.end() + sealer::LATEST {
            return Err(ConcludeError::TooLate);
        }
        Ok(self.write(recorded.minute, &sk, now, outcome).await?)
    }

    async fn write(
        &self,
        minute: Minute,
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
    async fn list(&self, minute: Minute) -> Result<(), StorageError> {
        let listed = || self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if *listed() == Some(minute) {
            return Ok(());
        }
        let key = [("pk", day_partition(minute.day())), ("sk", minute.time())];
        let item = key.map(|(name, value)| (name.to_owned(), text(value)));
        self.table.create(item.into_iter().collect()).await?;
        *listed() = Some(minute);
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
