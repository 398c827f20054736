//! Answers of the AWS JSON protocols.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::{Value, json};

/// An error as the AWS JSON protocols write it: the code in `__type`, the words in `message`.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    /// The caller's mistake: status 400.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// The service's own failure: status 500.
    pub(crate) fn internal(message: impl Into<String>) -> Refusal {
        Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "InternalFailure",
            message: message.into(),
        }
    }

    pub(crate) fn into_response(self) -> Response {
        // `message` and `Message` both occur in AWS's own answers; SDKs look for either.
        respond(self.status, &json!({ "__type": self.code, "message": self.message }))
    }
}

/// The text field `name` of a request.
pub(crate) fn text<'a>(request: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    request[name]
        .as_str()
        .ok_or_else(|| Refusal::new("ValidationException", format!("{name} must be a string")))
}

/// A JSON answer.
pub(crate) fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/x-amz-json-1.1"),
    );
    response
}

/// An answer that makes the server drop the connection before the caller has read all of it.
pub(crate) fn cut_connection() -> Response {
    let mut response = Response::new(Body::new(CutBody));
    response.headers_mut().insert(header::CONTENT_LENGTH, header::HeaderValue::from_static("2"));
    response
}

/// A body that breaks off.
struct CutBody;

impl http_body::Body for CutBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(Err(std::io::Error::other("the connection is cut on purpose"))))
    }
}

/// Never answers; the caller's own timeout has to end the call.
pub(crate) async fn silence() -> Infallible {
    std::future::pending().await
}
