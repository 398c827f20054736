use http::Method;
use serde::Serialize;

use super::AuthorizerOptionResponse;
use crate::{Endpoint, answer::Json, token::ComponentToken};

/// Reads a setting of an official account, the older form of
/// [`GetAuthorizerOption`](super::GetAuthorizerOption); `api_get_authorizer_option`.
#[derive(Debug, Serialize)]
pub struct ApiGetAuthorizerOption<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// The account.
    pub authorizer_appid: &'a str,
    /// The setting.
    pub option_name: &'a str,
}

impl Endpoint for ApiGetAuthorizerOption<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_get_authorizer_option";
    type Token = ComponentToken;
    type Answer = Json<AuthorizerOptionResponse>;
}
