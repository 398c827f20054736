//! How a message leaves: with the headers of Standard Webhooks, to where webhooks may go.

use std::time::Duration;

use platform::webhooks::{HttpAnswer, HttpClient, Network, Unsent};

/// How long an attempt takes at most, from the resolution of the name to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// So many bytes of an answer are read; a few more than are kept, to know that there are more.
const BEGINNING: usize = 1024;

/// Sends messages. Cheap to clone.
#[derive(Clone)]
pub struct Sender(HttpClient);

/// The headers of Standard Webhooks.
pub(crate) struct Headers<'a> {
    pub(crate) id: &'a str,
    /// Seconds.
    pub(crate) timestamp: &'a str,
    /// One or more signatures with spaces between them.
    pub(crate) signature: &'a str,
}

impl Sender {
    /// A sender that reaches what `network` allows.
    pub fn new(network: &Network) -> Self {
        Sender(HttpClient::new(network, TIMEOUT, BEGINNING))
    }

    /// The same sender with less patience.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Sender(self.0.with_timeout(timeout))
    }

    /// Posts `body` once.
    pub(crate) async fn send(
        &self,
        url: &str,
        headers: Headers<'_>,
        body: String,
    ) -> Result<HttpAnswer, Unsent> {
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", headers.id),
            ("webhook-timestamp", headers.timestamp),
            ("webhook-signature", headers.signature),
        ];
        self.0.post(url, &headers, body).await
    }
}
