use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Asks for a review to be done within hours; `speedupaudit`. Uses the platform's quota, so that
/// it must not be repeated blindly: after an unknown outcome read
/// [`QueryQuota`](super::QueryQuota).
#[derive(Debug, Serialize)]
pub struct SpeedUpAudit {
    /// The review's number.
    pub auditid: i64,
}

impl Endpoint for SpeedUpAudit {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/speedupaudit";
    type Token = AuthorizerToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
