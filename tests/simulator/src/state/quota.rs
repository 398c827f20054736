//! How often an account's token was used, by path and day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Counter;

/// Calls of one path in a day. WeChat publishes no figure: this one is met only on purpose.
pub(crate) const DAILY_CALLS: u32 = 5_000_000;

/// One account's calls.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DailyCalls(BTreeMap<String, Counter>);

impl DailyCalls {
    /// Calls of `path` within `today`.
    pub(crate) fn used(&self, path: &str, today: &str) -> u32 {
        self.0.get(path).map_or(0, |counter| counter.used(today))
    }

    /// Counts one more call; false if there may be none.
    pub(crate) fn count(&mut self, path: &str, today: &str) -> bool {
        let counter = self.0.entry(path.to_owned()).or_default();
        let allowed = counter.used(today) < DAILY_CALLS;
        if allowed {
            counter.add(today);
        }
        allowed
    }

    /// Leaves so many calls of `path` for `today`.
    pub(crate) fn leave(&mut self, path: &str, today: &str, left: u32) {
        let counter = self.0.entry(path.to_owned()).or_default();
        counter.set(today, DAILY_CALLS.saturating_sub(left));
    }

    /// Begins the day anew.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
