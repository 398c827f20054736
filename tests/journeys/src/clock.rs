//! Time, for the functions and for WeChat alike.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

/// The machine's time and whatever the test has added to it. Clones share what was added.
#[derive(Debug, Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// The machine's time.
    pub fn new() -> TestClock {
        TestClock::default()
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }

    /// Lets so many seconds pass. What waits in real time goes on waiting.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn of_simulator(&self) -> simulator::Clock {
        let clock = self.clone();
        simulator::Clock::from_source(move || clock.now().as_second())
    }

    pub(crate) fn of_platform(&self) -> Arc<dyn platform::clock::Clock> {
        Arc::new(self.clone())
    }
}

impl platform::clock::Clock for TestClock {
    fn now(&self) -> Timestamp {
        TestClock::now(self)
    }
}
