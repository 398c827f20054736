use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads what the privacy detection found in the committed code; `get_code_privacy_info`. 61039
/// while it still runs.
#[derive(Debug, Serialize)]
pub struct GetCodePrivacyInfo {}

/// The answer to [`GetCodePrivacyInfo`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetCodePrivacyInfoResponse {
    /// APIs that the code uses and the mini program has no permission for.
    #[serde(default, deserialize_with = "lenient::list")]
    pub without_auth_list: Vec<String>,
    /// APIs that the code uses and does not declare in `requiredPrivateInfos`.
    #[serde(default, deserialize_with = "lenient::list")]
    pub without_conf_list: Vec<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetCodePrivacyInfo {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/security/get_code_privacy_info";
    type Token = AuthorizerToken;
    type Answer = Json<GetCodePrivacyInfoResponse>;
}
