//! Where a push goes when the inbox does not answer: a queue that keeps it, still encrypted, for
//! fourteen days, until `events` can put it into the inbox.

use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_types::SdkConfig;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use crate::{
    aws::{Later, later},
    storage::describe,
};

/// A push exactly as WeChat sent it, genuine when it was spilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spilled {
    /// The component of the path.
    pub component: AppId,
    /// The merchant's appid of the path, on the message URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorizer: Option<AppId>,
    /// The query parameter of the same name.
    pub msg_signature: String,
    /// The query parameter of the same name.
    pub timestamp: String,
    /// The query parameter of the same name.
    pub nonce: String,
    /// The body, encrypted as it came.
    pub body: String,
}

/// The spill queue did not take it either: WeChat must send it again.
#[derive(Debug, thiserror::Error)]
#[error("spill queue: {0}")]
pub struct SpillError(String);

/// The spill queue. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SpillQueue {
    client: Later<Client>,
    url: Arc<str>,
}

impl SpillQueue {
    /// The queue at `url`.
    pub fn new(aws: &SdkConfig, url: impl Into<Arc<str>>) -> Self {
        SpillQueue { client: later(aws, Client::new), url: url.into() }
    }

    /// Keeps `push`.
    pub async fn keep(&self, push: &Spilled) -> Result<(), SpillError> {
        let body = serde_json::to_string(push).map_err(|error| SpillError(error.to_string()))?;
        let sent = self.client.send_message().queue_url(&*self.url).message_body(body).send();
        sent.await.map(drop).map_err(|error| SpillError(describe(&error)))
    }
}
