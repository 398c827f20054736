//! How components share the calls to WeChat that may be under way at once: each gets an equal
//! part of those that still work, so that one whose calls are slow does not keep the others
//! waiting, and one that has finished leaves its part to them.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

/// The calls that may be under way at once, for all who take part. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Share(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    at_once: usize,
    parts: Mutex<usize>,
    changed: Notify,
}

/// One component's part of a [`Share`]. Dropping it leaves it to the others.
#[derive(Debug)]
pub struct Part {
    share: Share,
    taken: Arc<AtomicUsize>,
}

/// The right to have one call under way.
#[derive(Debug)]
pub(super) struct Place {
    share: Share,
    taken: Arc<AtomicUsize>,
}

impl Share {
    /// `at_once` calls for all together.
    pub fn new(at_once: usize) -> Self {
        Share(Arc::new(Inner { at_once, parts: Mutex::new(0), changed: Notify::new() }))
    }

    /// A further part.
    pub fn part(&self) -> Part {
        *self.parts() += 1;
        Part { share: self.clone(), taken: Arc::default() }
    }

    fn parts(&self) -> MutexGuard<'_, usize> {
        // A number is whole whatever panicked.
        self.0.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many places one part has at the moment.
    fn each(&self) -> usize {
        (self.0.at_once / (*self.parts()).max(1)).max(1)
    }
}

impl Part {
    /// Waits until one more call may begin.
    pub(super) async fn place(&self) -> Place {
        loop {
            let mut changed = std::pin::pin!(self.share.0.changed.notified());
            changed.as_mut().enable();
            if self.taken.load(Ordering::SeqCst) < self.share.each() {
                self.taken.fetch_add(1, Ordering::SeqCst);
                return Place { share: self.share.clone(), taken: self.taken.clone() };
            }
            changed.await;
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        *self.share.parts() -= 1;
        self.share.0.changed.notify_waiters();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::SeqCst);
        self.share.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn take_all(part: &Part) -> Vec<Place> {
        let mut places = Vec::new();
        while let Ok(place) = timeout(Duration::from_millis(1), part.place()).await {
            places.push(place);
        }
        places
    }

    #[tokio::test(start_paused = true)]
    async fn parts_are_equal_and_what_one_leaves_the_others_get() {
        let share = Share::new(8);
        let (one, other) = (share.part(), share.part());
        let places = take_all(&one).await;
        assert_eq!(places.len(), 4);
        let of_other = take_all(&other).await;
        assert_eq!(of_other.len(), 4);

        drop((of_other, other));
        assert_eq!(places.len() + take_all(&one).await.len(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn more_parts_than_places_have_one_each() {
        let share = Share::new(1);
        let parts = [share.part(), share.part(), share.part()];
        for part in &parts {
            assert_eq!(take_all(part).await.len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_gets_the_place_that_becomes_free() {
        let share = Share::new(1);
        let part = share.part();
        let place = part.place().await;
        let freed = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(place);
        });
        timeout(Duration::from_secs(2), part.place()).await.unwrap();
        freed.await.unwrap();
    }
}
