use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads how many reviews the platform has left this month; `queryquota`. The quota is shared by
/// all mini programs of the platform, and asked for with the token of any one of them.
#[derive(Debug, Serialize)]
pub struct QueryQuota {}

/// The answer to [`QueryQuota`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryQuotaResponse {
    /// Reviews left.
    #[serde(deserialize_with = "lenient::integer")]
    pub rest: i64,
    /// Reviews a month.
    #[serde(deserialize_with = "lenient::integer")]
    pub limit: i64,
    /// Hurried reviews left.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub speedup_rest: Option<i64>,
    /// Hurried reviews a month.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub speedup_limit: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for QueryQuota {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/queryquota";
    type Token = AuthorizerToken;
    type Answer = Json<QueryQuotaResponse>;
}
