use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads a mini program's business domains by where they come from;
/// `get_effective_webviewdomain`.
#[derive(Debug, Serialize)]
pub struct GetEffectiveWebviewDomain {}

/// The answer to [`GetEffectiveWebviewDomain`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetEffectiveWebviewDomainResponse {
    /// Set by the merchant in WeChat's console.
    #[serde(default, deserialize_with = "lenient::list")]
    pub mp_webviewdomain: Vec<String>,
    /// Set by [`SetWebviewDomain`](super::SetWebviewDomain).
    #[serde(default, deserialize_with = "lenient::list")]
    pub third_webviewdomain: Vec<String>,
    /// Set by [`SetWebviewDomainDirectly`](super::SetWebviewDomainDirectly).
    #[serde(default, deserialize_with = "lenient::list")]
    pub direct_webviewdomain: Vec<String>,
    /// In force.
    #[serde(default, deserialize_with = "lenient::list")]
    pub effective_webviewdomain: Vec<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetEffectiveWebviewDomain {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/get_effective_webviewdomain";
    type Token = AuthorizerToken;
    type Answer = Json<GetEffectiveWebviewDomainResponse>;
}
