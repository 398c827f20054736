//! What is answered. The bodies are constant, so that a forger learns nothing from them.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// What a push comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Kept: WeChat need not send it again.
    Success,
    /// Kept, and answered with an encrypted reply.
    Reply(String),
    /// Not genuine, or not for us.
    Refused,
    /// Genuine, but nothing could keep it: WeChat is to send it again.
    NotKept,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Answer::Reply(reply) => {
                let xml = [(header::CONTENT_TYPE, "text/xml")];
                return (StatusCode::OK, xml, reply).into_response();
            }
            Answer::Success => (StatusCode::OK, "success"),
            Answer::Refused => (StatusCode::FORBIDDEN, "refused"),
            Answer::NotKept => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        (status, [(header::CONTENT_TYPE, "text/plain")], body).into_response()
    }
}
