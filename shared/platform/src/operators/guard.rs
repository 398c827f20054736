//! What stands before the keys: whoever guesses is locked out, and nobody asks too often.
//!
//! Guesses are counted where they happen, and only they: a request with a good key reads one item
//! more, in the call that reads the key, and writes nothing.
//!
//! A wrong secret counts for the network it came from, and there for the key that was tried. After
//! [`BY_KEY`] of them that key opens nothing from there, after [`BY_NETWORK`] no key does, until the
//! window of [`WINDOW`] is over. From elsewhere the right key still opens: who only knows a key's id,
//! which is no secret, keeps nobody out but whoever shares a network with them. A key that is guessed
//! at from very many networks ([`UNDER_ATTACK`] wrong secrets in a window) is locked in each of them
//! after the first wrong one; the right one still opens.
//!
//! All of this is beside the length of a secret, 256 bits, which nobody guesses. Windows are the
//! clock's quarters of an hour, so that counting is one `ADD` without a condition; who comes at the
//! end of one has twice as many attempts. Attempts that are under way at once may all be read before
//! the first is counted: as many as there are processes. Ids of keys that do not exist count for the
//! network alone, so that nobody fills the table.

use std::{collections::HashMap, sync::Mutex, sync::PoisonError};

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;

use super::{Locked, SignInError, Source};
use crate::{
    configuration::{ConfigurationError, Variables},
    storage::{Item, Outcome, StorageError, Table, number},
};

/// How long wrong secrets count, in seconds.
pub const WINDOW: i64 = 15 * 60;
/// Wrong secrets for one key from one network.
pub const BY_KEY: i64 = 10;
/// Wrong secrets from one network.
pub const BY_NETWORK: i64 = 50;
/// Wrong secrets for one key from everywhere.
pub const UNDER_ATTACK: i64 = 100;

/// Networks and keys of which a process remembers how often they asked.
const REMEMBERED: usize = 10_000;
/// How many requests may come at once, in seconds' worth of them.
const BURST: f64 = 5.0;

/// How many requests one process takes a second from one network, and for one key. A process of
/// Lambda has one request at a time, so that all of them take as many times this as there are
/// processes, which API Gateway's throttle and the account's concurrency bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In a second; five times as many may come at once.
    pub per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { per_second: 100 }
    }
}

impl Limits {
    /// As `REQUESTS_PER_SECOND` says, or the default.
    pub fn from_variables(variables: &Variables) -> Result<Self, ConfigurationError> {
        match variables.optional("REQUESTS_PER_SECOND") {
            None => Ok(Limits::default()),
            Some(_) => {
                let per_second = variables.number("REQUESTS_PER_SECOND")?;
                let per_second = u32::try_from(per_second).unwrap_or(u32::MAX).max(1);
                Ok(Limits { per_second })
            }
        }
    }
}

/// How often somebody asked lately: a bucket of requests for each, which fills up with time.
#[derive(Debug)]
pub(super) struct Rate {
    limits: Limits,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Rate {
    pub(super) fn new(limits: Limits) -> Self {
        Rate { limits, buckets: Mutex::default() }
    }

    /// Takes one request out of the bucket of `who`; the seconds until there is one again where
    /// there is none.
    pub(super) fn take(&self, who: &str, now: Timestamp) -> Result<(), SignInError> {
        let per_second = f64::from(self.limits.per_second);
        let full = per_second * BURST;
        let filled = |bucket: &Bucket| {
            let since = now.duration_since(bucket.at).as_secs_f64().max(0.0);
            (bucket.left + since * per_second).min(full)
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED && !buckets.contains_key(who) {
            buckets.retain(|_, bucket| filled(bucket) < full);
            if buckets.len() >= REMEMBERED {
                // More at once than anybody has: better to forget than to grow.
                buckets.clear();
            }
        }
        let left = buckets.get(who).map_or(full, filled);
        if left < 1.0 {
            let seconds = ((1.0 - left) / per_second).ceil().max(1.0);
            return Err(SignInError::TooOften { seconds: seconds as u64 });
        }
        buckets.insert(who.to_owned(), Bucket { left: left - 1.0, at: now });
        Ok(())
    }
}

/// Where wrong secrets from a network are counted now.
pub(super) fn place(source: &Source, now: Timestamp) -> (String, String) {
    (format!("guesses#{}", source.network()), window(now))
}

/// Whether what was counted there locks `key` out, or everybody where the key is not known.
pub(super) fn judge(
    counted: Option<&Item>,
    key: Option<&str>,
    now: Timestamp,
) -> Result<(), SignInError> {
    let count = |name: &str| -> i64 {
        let counted = counted.and_then(|item| item.get(name)?.as_n().ok()?.parse().ok());
        counted.unwrap_or(0)
    };
    let is_locked =
        count("all") >= BY_NETWORK || key.is_some_and(|key| count(&attribute(key)) >= BY_KEY);
    match is_locked {
        false => Ok(()),
        true => Err(SignInError::LockedOut { seconds: left(now) }),
    }
}

/// Counts a wrong secret, for `key` where there is such a key. Answers what this very one locks: of many at
/// once, each count is answered to one.
pub(super) async fn count(
    table: &Table,
    source: &Source,
    key: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Locked>, StorageError> {
    let expires = now.as_second() + 2 * WINDOW;
    let mut locked = Vec::new();
    let mut weight = 1;
    if let Some(key) = key {
        let update = table
            .update(&format!("guesses-of#{key}"), &window(now))
            .update_expression("ADD #all :one SET expires_at = :expires")
            .expression_attribute_names("#all", "all")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":expires", number(expires))
            .return_values(ReturnValue::UpdatedNew);
        let everywhere = counted(&table.apply(update).await?, "all");
        if everywhere == UNDER_ATTACK {
            locked.push(Locked::Everywhere);
        }
        if everywhere >= UNDER_ATTACK {
            weight = BY_KEY;
        }
    }
    let (pk, sk) = place(source, now);
    let mut update = table
        .update(&pk, &sk)
        .expression_attribute_names("#all", "all")
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":expires", number(expires))
        .return_values(ReturnValue::UpdatedNew);
    update = match key {
        None => update.update_expression("ADD #all :one SET expires_at = :expires"),
        Some(key) => update
            .update_expression("ADD #all :one, #key :weight SET expires_at = :expires")
            .expression_attribute_names("#key", attribute(key))
            .expression_attribute_values(":weight", number(weight)),
    };
    let written = table.apply(update).await?;
    // Of a key that is guessed at from everywhere it was told, and need not be for each network.
    if key.is_some_and(|key| weight == 1 && counted(&written, &attribute(key)) == BY_KEY) {
        locked.push(Locked::Key);
    }
    if counted(&written, "all") == BY_NETWORK {
        locked.push(Locked::Network);
    }
    Ok(locked)
}

/// What a counter shows after it was written.
fn counted(written: &Outcome, name: &str) -> i64 {
    let Outcome::Written(Some(item)) = written else { return 0 };
    item.get(name).and_then(|count| count.as_n().ok()?.parse().ok()).unwrap_or(0)
}

/// What counts for one key in a network's item.
fn attribute(key: &str) -> String {
    format!("key {key}")
}

fn window(now: Timestamp) -> String {
    format!("{:012}", now.as_second().div_euclid(WINDOW))
}

/// Seconds until the window is over.
fn left(now: Timestamp) -> u64 {
    (WINDOW - now.as_second().rem_euclid(WINDOW)).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + milliseconds).unwrap()
    }

    #[test]
    fn whoever_asks_too_often_waits_and_nobody_else_does() {
        let rate = Rate::new(Limits { per_second: 2 });
        for _ in 0..10 {
            rate.take("one", at(0)).unwrap();
        }
        assert!(matches!(rate.take("one", at(0)), Err(SignInError::TooOften { seconds: 1 })));
        rate.take("other", at(0)).unwrap();
        rate.take("one", at(500)).unwrap();
        assert!(rate.take("one", at(500)).is_err());
        for _ in 0..10 {
            rate.take("one", at(60_000)).unwrap();
        }
        assert!(rate.take("one", at(60_000)).is_err(), "no more than the burst is saved up");
        assert!(rate.take("one", at(0)).is_err(), "a clock that goes back gives nothing away");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let rate = Rate::new(Limits { per_second: 1 });
        for who in 0..REMEMBERED + 10 {
            rate.take(&who.to_string(), at(0)).unwrap();
        }
        assert!(rate.buckets.lock().unwrap().len() <= REMEMBERED);
    }

    #[test]
    fn a_lock_ends_with_its_window() {
        let now = Timestamp::from_second(WINDOW * 1000 + 60).unwrap();
        let item = Item::from([("all".to_owned(), number(BY_NETWORK))]);
        let locked = judge(Some(&item), None, now);
        assert!(matches!(locked, Err(SignInError::LockedOut { seconds: 840 })));
        let later = Timestamp::from_second(WINDOW * 1001).unwrap();
        assert_ne!(place(&Source::default(), now), place(&Source::default(), later));
    }
}
