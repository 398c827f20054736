use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, numbered::numbered, token::AuthorizerToken};

/// Reads whether the mini program can be found by searching; `getwxasearchstatus`.
#[derive(Debug, Serialize)]
pub struct GetWxaSearchStatus {}

/// The answer to [`GetWxaSearchStatus`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetWxaSearchStatusResponse {
    /// Whether it can be found.
    pub status: SearchStatus,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

numbered! {
    /// Whether a mini program can be found by searching. Mind the numbers: 1 is hidden.
    pub enum SearchStatus {
        /// Can be found.
        Searchable = 0,
        /// Cannot be found.
        Hidden = 1,
    }
}

impl Endpoint for GetWxaSearchStatus {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/getwxasearchstatus";
    type Token = AuthorizerToken;
    type Answer = Json<GetWxaSearchStatusResponse>;
}
