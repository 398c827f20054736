use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Renames a trial mini program; `setbetaweappnickname`.
#[derive(Debug, Serialize)]
pub struct SetBetaWeappNickname<'a> {
    /// The new name, 4-30 characters.
    pub name: &'a str,
}

impl Endpoint for SetBetaWeappNickname<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/setbetaweappnickname";
    type Token = AuthorizerToken;
    type Answer = Done;
}
