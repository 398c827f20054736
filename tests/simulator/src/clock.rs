//! What time it is at WeChat.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter, tz};
use serde::{Deserialize, Serialize};

/// The simulator's clock: a source of Unix seconds that tests may move forward.
///
/// Clones share the displacement, so that a test may keep one and give another away.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn Fn() -> i64 + Send + Sync>,
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The time of this machine.
    pub fn system() -> Self {
        Clock::from_source(|| {
            SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
        })
    }

    /// A clock that stands at `unix_seconds` until it is moved.
    pub fn fixed(unix_seconds: i64) -> Self {
        Clock::from_source(move || unix_seconds)
    }

    /// A clock that asks `source` for Unix seconds.
    pub fn from_source(source: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Clock { source: Arc::new(source), ahead: Arc::new(AtomicI64::new(0)) }
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        (self.source)() + self.ahead.load(Ordering::SeqCst)
    }

    /// Moves the clock forward (or back, with a negative number).
    pub fn advance(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// How often something was done in one minute, or in one day or month of Beijing, where WeChat's
/// counters turn.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Counter {
    period: String,
    used: u32,
}

impl Counter {
    /// Uses within `period`, which [`day`] or [`month`] made.
    pub(crate) fn used(&self, period: &str) -> u32 {
        if self.period == period { self.used } else { 0 }
    }

    /// Counts one more use within `period`.
    pub(crate) fn add(&mut self, period: &str) {
        self.used = self.used(period) + 1;
        period.clone_into(&mut self.period);
    }

    /// Sets the number of uses within `period`.
    pub(crate) fn set(&mut self, period: &str, used: u32) {
        self.used = used;
        period.clone_into(&mut self.period);
    }
}

/// The day in Beijing, as `2026-05-01`.
pub(crate) fn day(now: i64) -> String {
    beijing(now).date().to_string()
}

/// The month in Beijing, as `2026-05`.
pub(crate) fn month(now: i64) -> String {
    let mut day = day(now);
    day.truncate("2026-05".len());
    day
}

/// The year in Beijing, as `2026`.
pub(crate) fn year(now: i64) -> String {
    let mut day = day(now);
    day.truncate("2026".len());
    day
}

/// The minute, by a number of its own.
pub(crate) fn minute(now: i64) -> String {
    format!("minute {}", now.div_euclid(60))
}

/// The value of a `Date` header.
pub(crate) fn http_date(now: i64) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&timestamp(now)).unwrap_or_default()
}

fn beijing(now: i64) -> jiff::Zoned {
    timestamp(now).to_zoned(tz::TimeZone::fixed(tz::offset(8)))
}

fn timestamp(now: i64) -> Timestamp {
    Timestamp::from_second(now).unwrap_or(Timestamp::UNIX_EPOCH)
}
