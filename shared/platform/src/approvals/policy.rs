//! The policy: which decisions take two.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Approvals, Decision, key};
use crate::{operators::Operator, storage::StorageError};

const POLICY: &str = "approval-policy";

/// Which decisions take two. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Which.
    pub required: BTreeSet<Decision>,
    /// The id of the key that changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// When, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<i64>,
}

impl Policy {
    /// Whether it takes two.
    pub fn requires(&self, decision: Decision) -> bool {
        match decision {
            // Otherwise one person could end what takes two.
            Decision::Policy => !self.required.is_empty(),
            decision => self.required.contains(&decision),
        }
    }
}

impl Approvals {
    /// Which decisions take two.
    pub async fn policy(&self) -> Result<Policy, StorageError> {
        Ok(self.table.read(POLICY, POLICY).await?.unwrap_or_default())
    }

    /// Decides which decisions take two from now on.
    pub async fn set_policy(
        &self,
        by: &Operator,
        required: BTreeSet<Decision>,
    ) -> Result<Policy, StorageError> {
        let changed_at = Some(self.clock.now().as_second());
        let policy = Policy { required, changed_by: Some(by.key.clone()), changed_at };
        let mut item = self.table.item(&policy)?;
        item.extend(key(POLICY, POLICY));
        self.table.put(item).await?;
        Ok(policy)
    }
}
