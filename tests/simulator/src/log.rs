//! What WeChat was asked, and what it answered.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::push::Delivery;

/// Calls and pushes remembered one by one; the counts go on beyond.
const REMEMBERED: usize = 10_000;

/// The longest body that is remembered, in bytes.
const LONGEST_BODY: usize = 16 * 1024;

/// What happened since the start, or since it was last cleared.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Log {
    /// The latest calls, oldest first.
    pub calls: VecDeque<CallRecord>,
    /// How often each path was called, whatever the answer.
    pub counts: BTreeMap<String, u64>,
    /// The latest pushes, oldest first.
    pub pushes: VecDeque<Delivery>,
}

/// One call that WeChat received.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct CallRecord {
    /// Unix seconds on the simulator's clock.
    pub at: i64,
    /// `GET` or `POST`.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Query parameters other than the token.
    pub query: BTreeMap<String, String>,
    /// Whose token it carried: `component`, `merchant` or `none` (none, or an unknown one).
    pub token: &'static str,
    /// The component, as the token tells.
    pub component: String,
    /// The mini program, as the token tells.
    pub appid: String,
    /// The body as it was sent, cut at 16 KiB.
    pub body: String,
    /// HTTP status answered; `None` if the connection was cut.
    pub status: Option<u16>,
    /// WeChat's code as answered; `None` where the answer had none (or there was no answer).
    pub errcode: Option<i64>,
    /// Whether WeChat did what was asked, even if the caller did not get to know.
    pub acted: bool,
    /// The accident that was played, if any.
    pub fault: Option<String>,
}

impl Log {
    /// How often `path` was called.
    pub fn count(&self, path: &str) -> u64 {
        self.counts.get(path).copied().unwrap_or(0)
    }

    /// The remembered calls of `path`, oldest first.
    pub fn of(&self, path: &str) -> Vec<&CallRecord> {
        self.calls.iter().filter(|call| call.path == path).collect()
    }

    pub(crate) fn call(&mut self, mut record: CallRecord) {
        *self.counts.entry(record.path.clone()).or_default() += 1;
        if record.body.len() > LONGEST_BODY {
            let end = (0..=LONGEST_BODY).rev().find(|&at| record.body.is_char_boundary(at));
            record.body.truncate(end.unwrap_or(0));
        }
        if self.calls.len() == REMEMBERED {
            self.calls.pop_front();
        }
        self.calls.push_back(record);
    }

    pub(crate) fn push(&mut self, delivery: Delivery) {
        if self.pushes.len() == REMEMBERED {
            self.pushes.pop_front();
        }
        self.pushes.push_back(delivery);
    }
}
