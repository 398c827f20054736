//! HTTP as tests use it: one request, one answer, no redirects followed.

use std::time::Duration;

use bytes::Bytes;
use wechat::transport::{HttpTransport, Transport};

use crate::Answer;

/// Longer than any function may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Sends requests.
#[derive(Debug, Clone, Default)]
pub struct HttpClient(HttpTransport);

impl HttpClient {
    /// A client with its own connections.
    pub fn new() -> HttpClient {
        HttpClient::default()
    }

    /// Sends a request; the test fails if there is no answer.
    pub async fn send(&self, request: http::request::Builder, body: Vec<u8>) -> Answer {
        let request = request.body(Bytes::from(body)).expect("a test sends a valid request");
        let name = format!("{} {}", request.method(), request.uri());
        let response = match self.0.send(request, TIMEOUT).await {
            Ok(response) => response,
            Err(error) => panic!("{name} was not answered: {error:?}"),
        };
        let (parts, body) = response.into_parts();
        Answer { request: name, status: parts.status, headers: parts.headers, body }
    }
}
