//! What came back.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An HTTP answer, and the request it answers for messages of failed tests.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(crate) request: String,
    /// HTTP status.
    pub status: StatusCode,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Fails the test unless the status is this one.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Answer {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} was answered with {}",
            self.request,
            self.text()
        );
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{} was answered with {:?}: {error}", self.request, self.text()),
        }
    }

    /// The body as JSON; null where it is none.
    pub(crate) fn json_if_any(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Fails the test unless this is a problem of RFC 9457 with this status that says what to do.
    #[track_caller]
    pub fn expect_problem(self, status: u16) -> Value {
        let answer = self.expect_status(status);
        assert!(
            answer.header("content-type").starts_with("application/problem+json"),
            "{} was answered with the type {:?}",
            answer.request,
            answer.header("content-type")
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{problem:#}");
        for field in ["type", "title", "what_to_do"] {
            let words = problem[field].as_str().unwrap_or("");
            assert!(!words.is_empty(), "{field} is missing: {problem:#}");
        }
        problem
    }
}
