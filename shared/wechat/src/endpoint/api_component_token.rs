use std::fmt;

use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Endpoint, answer::Json, lenient, token::NoToken};

/// Obtains the platform's own token; `api_component_token`.
///
/// WeChat counts these calls per day, so that one refresh a period has to serve every instance.
#[derive(Serialize)]
pub struct ApiComponentToken<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// The platform's secret, spelled `component_appsecret` here.
    pub component_appsecret: &'a str,
    /// The newest ticket that WeChat pushed.
    pub component_verify_ticket: &'a str,
}

/// The answer to [`ApiComponentToken`].
#[derive(Debug, Deserialize)]
pub struct ApiComponentTokenResponse {
    /// The token.
    pub component_access_token: SecretString,
    /// Its life in seconds; 7200 so far.
    #[serde(deserialize_with = "lenient::integer")]
    pub expires_in: i64,
}

impl Endpoint for ApiComponentToken<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_component_token";
    type Token = NoToken;
    type Answer = Json<ApiComponentTokenResponse>;
}

impl fmt::Debug for ApiComponentToken<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiComponentToken({})", self.component_appid)
    }
}
