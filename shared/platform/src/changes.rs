//! Changes that are made on the strength of what was there before: one at a time, and with a word
//! about who made the last one. The word is for people: nothing is decided by it, and it is kept for
//! ninety days.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::{
    clock::Clock,
    random::Random,
    storage::{Outcome, StorageError, Table, number, text},
};

const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);
/// A turn ends after so long, whatever became of whoever had it: longer than any request lasts.
const TURN: SignedDuration = SignedDuration::from_secs(40);
/// Between two looks at whether a turn has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Last changes. Cheap to clone.
#[derive(Clone)]
pub struct Changes {
    /// The table `fleet`.
    pub table: Table,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names of turns.
    pub random: Arc<dyn Random>,
}

/// The right to change something while nobody else does who asked for a turn as well.
#[derive(Debug)]
#[must_use = "others wait until it is ended"]
pub struct Turn {
    pk: String,
    holder: String,
}

/// The last change of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastChange {
    /// What the operator's key is called.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Changes {
    /// Waits for a turn at `what`. Whoever looks, compares and changes within a turn does so as one:
    /// of two who saw the same, the second sees what the first has made of it.
    pub async fn turn(&self, what: &str) -> Result<Turn, StorageError> {
        let (pk, holder) = (partition(what), self.random.identifier(self.clock.now()));
        loop {
            let now = self.clock.now();
            let take = self
                .table
                .update(&pk, TURN_SORT)
                .update_expression(
                    "SET holder = :holder, held_until = :until, expires_at = :expires",
                )
                .condition_expression("attribute_not_exists(pk) OR held_until < :now")
                .expression_attribute_values(":holder", text(&holder))
                .expression_attribute_values(":until", number((now + TURN).as_millisecond()))
                .expression_attribute_values(":now", number(now.as_millisecond()))
                .expression_attribute_values(":expires", number((now + TURN * 2).as_second()));
            match self.table.apply(take).await? {
                Outcome::Written(_) => return Ok(Turn { pk, holder }),
                Outcome::Refused(_) => sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Ends a turn. If that fails, others wait until it ends by itself.
    pub async fn end(&self, turn: Turn) -> Result<(), StorageError> {
        self.table.delete_if(&turn.pk, TURN_SORT, "holder", text(turn.holder)).await.map(drop)
    }

    /// `by` has just changed `what`, a stable name such as the path that shows it.
    pub async fn note(&self, what: &str, by: &str) -> Result<(), StorageError> {
        let now = self.clock.now();
        let update = self
            .table
            .update(&partition(what), SORT)
            .update_expression("SET #by = :by, #at = :at, expires_at = :expires")
            .expression_attribute_names("#by", "by")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":by", text(by))
            .expression_attribute_values(":at", text(now.to_string()))
            .expression_attribute_values(":expires", number((now + KEPT).as_second()));
        self.table.apply(update).await.map(drop)
    }

    /// Who changed `what` last through this platform, as far as anybody remembers.
    pub async fn last(&self, what: &str) -> Result<Option<LastChange>, StorageError> {
        self.table.read(&partition(what), SORT).await
    }
}

const SORT: &str = "last";
const TURN_SORT: &str = "turn";

fn partition(what: &str) -> String {
    format!("changed#{what}")
}
