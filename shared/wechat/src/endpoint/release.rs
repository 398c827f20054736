use std::time::Duration;

use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Puts the last approved version online; `release`.
///
/// Must not be repeated blindly: after an unknown outcome read
/// [`GetVersionInfo`](super::GetVersionInfo). 85052 says that it is online already; 85020 that the
/// last version is not approved, which also follows a commit after the approval.
#[derive(Debug, Serialize)]
pub struct Release {}

impl Endpoint for Release {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/release";
    type Token = AuthorizerToken;
    type Answer = Done;
    const TIMEOUT: Duration = Duration::from_secs(20);
    const REPEATABLE: bool = false;
}
