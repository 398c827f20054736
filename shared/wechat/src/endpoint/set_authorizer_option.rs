use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Changes a setting of an official account; `set_authorizer_option`. About the token see
/// [`GetAuthorizerOption`](super::GetAuthorizerOption).
#[derive(Debug, Serialize)]
pub struct SetAuthorizerOption<'a> {
    /// The setting; 61012 if it is unknown, 61025 if it cannot be changed.
    pub option_name: &'a str,
    /// Its value as digits; 61013 if it is none of the setting's.
    pub option_value: &'a str,
}

impl Endpoint for SetAuthorizerOption<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/set_authorizer_option";
    type Token = AuthorizerToken;
    type Answer = Done;
}
