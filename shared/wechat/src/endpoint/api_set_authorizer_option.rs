use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::ComponentToken};

/// Changes a setting of an official account, the older form of
/// [`SetAuthorizerOption`](super::SetAuthorizerOption); `api_set_authorizer_option`.
#[derive(Debug, Serialize)]
pub struct ApiSetAuthorizerOption<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// The account.
    pub authorizer_appid: &'a str,
    /// The setting.
    pub option_name: &'a str,
    /// Its value as digits.
    pub option_value: &'a str,
}

impl Endpoint for ApiSetAuthorizerOption<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_set_authorizer_option";
    type Token = ComponentToken;
    type Answer = Done;
}
