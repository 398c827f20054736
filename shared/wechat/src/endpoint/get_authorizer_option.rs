use http::Method;
use serde::{Deserialize, Serialize};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads a setting of an official account; `get_authorizer_option`. Mini programs have none.
///
/// The sources disagree on the token. Nothing in the body names the account, so that only the
/// account's own token can; the older [`ApiGetAuthorizerOption`](super::ApiGetAuthorizerOption)
/// takes the component's and names it.
#[derive(Debug, Serialize)]
pub struct GetAuthorizerOption<'a> {
    /// `location_report`, `voice_recognize` or `customer_service`; others are refused (61012).
    pub option_name: &'a str,
}

/// The answer to [`GetAuthorizerOption`] and
/// [`ApiGetAuthorizerOption`](super::ApiGetAuthorizerOption).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizerOptionResponse {
    /// The account.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub authorizer_appid: Option<String>,
    /// The setting.
    #[serde(default, deserialize_with = "lenient::text")]
    pub option_name: String,
    /// Its value as digits: 0 off, 1 on; of `location_report` 0 never, 1 when a conversation
    /// begins, 2 every five seconds.
    #[serde(deserialize_with = "lenient::text")]
    pub option_value: String,
}

impl Endpoint for GetAuthorizerOption<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/get_authorizer_option";
    type Token = AuthorizerToken;
    type Answer = Json<AuthorizerOptionResponse>;
}
