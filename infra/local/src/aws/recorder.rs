//! What was asked of DynamoDB and what it said, for tests that compare another engine with this one.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Mutex;

/// One request to DynamoDB and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Such as `GetItem`.
    pub operation: String,
    /// The request's JSON.
    pub request: Bytes,
    /// The answer's status.
    pub status: u16,
    /// The answer's JSON.
    pub answer: Bytes,
}

/// Nothing is recorded until it is asked for. While it records, the lock is held for a whole
/// exchange, so that the order of the list is the order in which things were done.
#[derive(Clone, Default)]
pub(crate) struct Recorder(pub(crate) Arc<Mutex<Option<Vec<Exchange>>>>);
