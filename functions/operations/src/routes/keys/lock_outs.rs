//! Whom guesses at keys have locked out.

use platform::operators::{LockOut, Locked};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::timestamp;

/// A lock-out after wrong secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LockOutView {
    /// What is locked: `key`, this key from this network; `network`, every key from this network;
    /// `everywhere`, a key that is guessed at from very many networks, from each after one wrong secret.
    #[schema(value_type = String, example = "key")]
    locked: &'static str,
    /// The id of the key that was guessed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    /// Where the guesses came from: an IPv4 address, or an IPv6 network of 64 bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "203.0.113.7")]
    network: Option<String>,
    /// When it was noted first.
    #[schema(format = DateTime)]
    since: String,
    /// When it was noted last; a lock-out ends by itself within a quarter of an hour.
    #[schema(format = DateTime)]
    last: String,
}

impl From<LockOut> for LockOutView {
    fn from(lock_out: LockOut) -> Self {
        let LockOut { locked, key, network, since, last, .. } = lock_out;
        LockOutView {
            locked: Locked::as_str(locked),
            key_id: key,
            network,
            since: timestamp(since),
            last: timestamp(last),
        }
    }
}
