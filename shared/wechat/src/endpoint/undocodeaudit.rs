use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Withdraws the version in review; `undocodeaudit`. 5 a day and 10 a month (87013).
///
/// A GET that changes something: must not be repeated blindly. After an unknown outcome read
/// [`GetLatestAuditStatus`](super::GetLatestAuditStatus).
#[derive(Debug, Serialize)]
pub struct UndoCodeAudit {}

impl Endpoint for UndoCodeAudit {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/undocodeaudit";
    type Token = AuthorizerToken;
    type Answer = Done;
    const REPEATABLE: bool = false;
}
