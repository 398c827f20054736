use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads whether the mini program serves its users; `getvisitstatus`.
#[derive(Debug, Serialize)]
pub struct GetVisitStatus {}

/// The answer to [`GetVisitStatus`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetVisitStatusResponse {
    /// 1 serving, 0 suspended, by choice or as a punishment.
    #[serde(deserialize_with = "lenient::integer")]
    pub status: i64,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetVisitStatus {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/getvisitstatus";
    type Token = AuthorizerToken;
    type Answer = Json<GetVisitStatusResponse>;
}
