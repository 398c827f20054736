use http::Method;
use serde::Serialize;

use super::SearchStatus;
use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Decides whether the mini program can be found by searching; `changewxasearchstatus`. 85083 if
/// WeChat has banned it from being found.
#[derive(Debug, Serialize)]
pub struct ChangeWxaSearchStatus {
    /// Whether it shall be found.
    pub status: SearchStatus,
}

impl Endpoint for ChangeWxaSearchStatus {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/changewxasearchstatus";
    type Token = AuthorizerToken;
    type Answer = Done;
}
