//! Time, for the functions and for WeChat alike.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

/// The machine's time and whatever the test has added to it. Clones share what was added.
#[derive(Debug, Clone)]
pub struct TestClock {
    added: Arc<AtomicI64>,
    /// What it is added to, where that is not the machine's time.
    still: Option<Timestamp>,
}

impl Default for TestClock {
    fn default() -> Self {
        TestClock::new()
    }
}

impl TestClock {
    /// The next noon in Beijing: no test meets what is done at night unless it waits for it.
    pub fn new() -> TestClock {
        const DAY: i64 = 24 * 3600;
        let noon = 4 * 3600;
        let passed = (Timestamp::now().as_second() - noon).rem_euclid(DAY);
        TestClock { added: Arc::new(AtomicI64::new(DAY - passed)), still: None }
    }

    /// A noon in Beijing, where time passes only when somebody lets it: what is counted is the same each
    /// time.
    pub fn standing_still() -> TestClock {
        let noon = Timestamp::from_second(1_796_097_600).expect("2026-12-01T04:00:00Z");
        TestClock { added: Arc::default(), still: Some(noon) }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        let added = SignedDuration::from_secs(self.added.load(Ordering::SeqCst));
        self.still.unwrap_or_else(Timestamp::now) + added
    }

    /// Lets so many seconds pass. What waits in real time goes on waiting.
    pub fn advance(&self, seconds: i64) {
        self.added.fetch_add(seconds, Ordering::SeqCst);
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
