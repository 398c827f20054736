//! Leases as this process saw them. A lease that stood unchanged for its whole time by one
//! process's watch belongs to somebody who is dead, whatever the clocks say. What is forgotten
//! here costs time only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// What was not seen for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(900);
/// So many leases are watched at most.
const MOST: usize = 10_000;

/// Since when leases were seen, by their ids, which are never used twice. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<HashMap<String, Instant>>>);

impl Watch {
    /// The lease `owner` stands. True if it was first seen `lease` ago, or longer.
    pub(crate) fn has_outlasted(&self, owner: &str, lease: Duration) -> bool {
        let now = Instant::now();
        // An entry is whole whatever panicked.
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = seen.get(owner) {
            return now.duration_since(*since) >= lease;
        }
        if seen.len() >= MOST {
            seen.retain(|_, since| now.duration_since(*since) < FORGOTTEN);
        }
        if seen.len() < MOST {
            seen.insert(owner.to_owned(), now);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lease_has_outlasted_when_it_was_watched_for_its_whole_time() {
        let watch = Watch::default();
        let lease = Duration::from_secs(25);
        assert!(!watch.has_outlasted("a", lease));
        tokio::time::advance(Duration::from_secs(24)).await;
        assert!(!watch.has_outlasted("a", lease) && !watch.has_outlasted("b", lease));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(watch.has_outlasted("a", lease) && !watch.has_outlasted("b", lease));
    }
}
