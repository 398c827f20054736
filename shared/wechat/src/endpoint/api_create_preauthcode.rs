use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Endpoint, answer::Json, lenient, token::ComponentToken};

/// Obtains the code that an authorization link carries; `api_create_preauthcode`. One for each
/// link, never kept.
#[derive(Debug, Serialize)]
pub struct ApiCreatePreauthCode<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
}

/// The answer to [`ApiCreatePreauthCode`].
#[derive(Debug, Clone, Deserialize)]
pub struct ApiCreatePreauthCodeResponse {
    /// The code, `preauthcode@@@…`.
    pub pre_auth_code: SecretString,
    /// Its life in seconds. WeChat's pages say 1800 and show 600: trust this number.
    #[serde(deserialize_with = "lenient::integer")]
    pub expires_in: i64,
}

impl Endpoint for ApiCreatePreauthCode<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_create_preauthcode";
    type Token = ComponentToken;
    type Answer = Json<ApiCreatePreauthCodeResponse>;
}
