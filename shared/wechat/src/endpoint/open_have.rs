use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads whether this account is bound to an open-platform account; `open/have`. WeChat's page
/// says GET, one SDK sends POST.
#[derive(Debug, Serialize)]
pub struct OpenHave {}

/// The answer to [`OpenHave`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenHaveResponse {
    /// Whether it is.
    #[serde(deserialize_with = "lenient::boolean")]
    pub have_open: bool,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for OpenHave {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/cgi-bin/open/have";
    type Token = AuthorizerToken;
    type Answer = Json<OpenHaveResponse>;
}
