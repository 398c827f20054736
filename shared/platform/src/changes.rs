//! Who changed something last, for whoever wanted to change it on the strength of what was there
//! before. A word for people: nothing is decided by it, and it is kept for ninety days.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    storage::{StorageError, Table, number, text},
};

const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Last changes. Cheap to clone.
#[derive(Clone)]
pub struct Changes {
    /// The table `fleet`.
    pub table: Table,
    /// The time.
    pub clock: Arc<dyn Clock>,
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

fn partition(what: &str) -> String {
    format!("changed#{what}")
}
