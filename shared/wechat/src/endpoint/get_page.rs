use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists the pages of the committed code; `get_page`. 86000 or 86001 before a commit.
#[derive(Debug, Serialize)]
pub struct GetPage {}

/// The answer to [`GetPage`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetPageResponse {
    /// The pages' paths.
    #[serde(default, deserialize_with = "lenient::list")]
    pub page_list: Vec<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetPage {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/get_page";
    type Token = AuthorizerToken;
    type Answer = Json<GetPageResponse>;
}
