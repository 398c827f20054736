//! Whom guesses have locked out lately, kept for a day for people to look at.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Operators, Source, guard};
use crate::storage::{StorageError, number, text};

/// How long a lock-out is shown after it was noted last, in seconds.
pub const SHOWN: i64 = 24 * 60 * 60;
/// Lock-outs that are read, at most.
const READ: i32 = 200;

const LIST: &str = "lock-outs";

/// What guesses have led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locked {
    /// A key is guessed at from very many networks: each is locked out of it after one wrong secret.
    Everywhere,
    /// A network tried so many secrets that no key opens anything from there.
    Network,
    /// A network tried so many secrets for one key that it opens nothing from there.
    Key,
}

/// A lock-out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LockOut {
    /// What it is.
    pub locked: Locked,
    /// The id of the key that was guessed at; none where a network tried many.
    #[serde(default)]
    pub key: Option<String>,
    /// Where the guesses came from; none where that is everywhere.
    #[serde(default)]
    pub network: Option<String>,
    /// When it was noted first, in seconds.
    pub since: i64,
    /// When it was noted last, in seconds.
    pub last: i64,
    expires_at: i64,
}

impl Locked {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Locked::Everywhere => "everywhere",
            Locked::Network => "network",
            Locked::Key => "key",
        }
    }
}

impl LockOut {
    /// Whether it lasts now, as far as the window says in which it was noted last.
    pub fn lasts(&self, now: Timestamp) -> bool {
        self.last.div_euclid(guard::WINDOW) == now.as_second().div_euclid(guard::WINDOW)
    }
}

impl Operators {
    /// Whom guesses have locked out in the last day, keys under attack first.
    pub async fn lock_outs(&self) -> Result<Vec<LockOut>, StorageError> {
        let (mut found, _): (Vec<LockOut>, _) = self.table.page(LIST, "", None, READ).await?;
        let now = self.clock.now().as_second();
        found.retain(|lock_out| lock_out.expires_at > now);
        found.sort_by_key(|lock_out| (lock_out.locked, lock_out.since));
        Ok(found)
    }

    /// Tells of a lock-out that has just begun: in the log, in a counter, and where people look.
    pub(super) async fn tell_of(
        &self,
        locked: Locked,
        key: Option<&str>,
        source: &Source,
    ) -> Result<(), StorageError> {
        let now = self.clock.now();
        let key = key.filter(|_| locked != Locked::Network);
        let network = (locked != Locked::Everywhere).then(|| source.network());
        tracing::error!(key, network, locked = locked.as_str(), "guesses have led to a lock-out");
        self.metrics.count(now, "LockOuts", ("Locked", locked.as_str()), 1);
        if locked == Locked::Everywhere {
            self.metrics.count(now, "KeysUnderAttack", ("Key", key.unwrap_or_default()), 1);
        }
        let now = now.as_second();
        let (of_key, from) = (key.unwrap_or("*"), network.as_deref().unwrap_or("*"));
        let mut set = "SET locked = :locked, since = if_not_exists(since, :now), #last = :now, \
                       expires_at = :expires"
            .to_owned();
        let mut update = self
            .table
            .update(LIST, &format!("{}#{of_key}#{from}", locked.as_str()))
            .expression_attribute_names("#last", "last")
            .expression_attribute_values(":locked", text(locked.as_str()))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":expires", number(now + SHOWN));
        if let Some(key) = key {
            set.push_str(", #key = :key");
            update = update
                .expression_attribute_names("#key", "key")
                .expression_attribute_values(":key", text(key));
        }
        if let Some(network) = &network {
            set.push_str(", network = :network");
            update = update.expression_attribute_values(":network", text(network));
        }
        self.table.apply(update.update_expression(set)).await.map(drop)
    }
}
