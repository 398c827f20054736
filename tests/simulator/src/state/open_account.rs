//! Open-platform accounts, and who users are to those who are bound to them.

use serde::{Deserialize, Serialize};

/// An open-platform account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OpenAccount {
    /// Its owner's name.
    pub(crate) principal_name: String,
    /// Whether it was made with `open/create`.
    pub(crate) made_by_call: bool,
    pub(crate) verified: bool,
}

impl OpenAccount {
    /// How many accounts may be bound to it.
    pub(crate) fn room(&self) -> usize {
        if self.verified { 100 } else { 5 }
    }
}

/// A code of `wx.login`, before it was exchanged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoginCode {
    pub(crate) appid: String,
    pub(crate) user: String,
    pub(crate) expires: i64,
}
