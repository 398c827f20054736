//! What a user and an account have said to each other.

use serde::{Deserialize, Serialize};

/// A user who wrote to an account, and what came back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Conversation {
    /// When the user wrote last, in seconds.
    pub(crate) written: i64,
    /// What was answered to that, as customer-service messages.
    pub(crate) answers: Vec<CustomerMessage>,
}

/// A customer-service message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CustomerMessage {
    pub(crate) content: String,
    /// In seconds.
    pub(crate) sent: i64,
}
