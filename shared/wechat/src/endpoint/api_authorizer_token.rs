use std::fmt;

use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Endpoint, answer::Json, lenient, token::ComponentToken};

/// Obtains a fresh access token for one merchant; `api_authorizer_token`.
///
/// 61023 means that the refresh token is not the current one, 61003 that the merchant withdrew
/// the authorization, 42007 that the merchant must renew it.
#[derive(Serialize)]
pub struct ApiAuthorizerToken<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// The merchant's account.
    pub authorizer_appid: &'a str,
    /// The refresh token of that account.
    pub authorizer_refresh_token: &'a str,
}

/// The answer to [`ApiAuthorizerToken`].
#[derive(Debug, Clone, Deserialize)]
pub struct ApiAuthorizerTokenResponse {
    /// The access token.
    pub authorizer_access_token: SecretString,
    /// Its life in seconds; 7200 so far.
    #[serde(deserialize_with = "lenient::integer")]
    pub expires_in: i64,
    /// The refresh token from now on: keep it, it may differ from the one that was sent. Where it
    /// is missing, which no source shows, the old one stays.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub authorizer_refresh_token: Option<SecretString>,
}

impl Endpoint for ApiAuthorizerToken<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_authorizer_token";
    type Token = ComponentToken;
    type Answer = Json<ApiAuthorizerTokenResponse>;
}

impl fmt::Debug for ApiAuthorizerToken<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiAuthorizerToken({})", self.authorizer_appid)
    }
}
