//! Calls that were refused, as WeChat remembers them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Seconds a refused call is remembered.
const LIFE: i64 = 7 * 86_400;

/// Refused calls remembered at most.
const MOST: usize = 1_000;

/// Bytes of a body that are remembered.
const LONGEST_BODY: usize = 4 * 1024;

/// One call that was refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) rid: String,
    /// Whose token it carried; empty if nobody's.
    pub(crate) account: String,
    pub(crate) path: String,
    pub(crate) at: i64,
    /// Its query, the token cut short.
    pub(crate) query: String,
    pub(crate) sent: String,
    pub(crate) answered: String,
}

/// The latest refused calls, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RefusedCalls(VecDeque<Refused>);

impl RefusedCalls {
    /// Remembers one more.
    pub(crate) fn remember(&mut self, mut refused: Refused) {
        let end = (0..=LONGEST_BODY.min(refused.sent.len()))
            .rev()
            .find(|&at| refused.sent.is_char_boundary(at));
        refused.sent.truncate(end.unwrap_or(0));
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(refused);
    }

    /// The call of this rid, unless it is too long ago.
    pub(crate) fn find(&self, rid: &str, now: i64) -> Option<&Refused> {
        self.0.iter().find(|refused| refused.rid == rid && now < refused.at + LIFE)
    }
}
