use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists the categories of a mini program with their reviews; `/cgi-bin/wxopen/getcategory`. What
/// a submission may name is told by [`GetCategory`](super::GetCategory).
#[derive(Debug, Serialize)]
pub struct WxopenGetCategory {}

/// The answer to [`WxopenGetCategory`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WxopenGetCategoryResponse {
    /// The categories.
    #[serde(default, deserialize_with = "lenient::list")]
    pub categories: Vec<OwnCategory>,
    /// Changes allowed in a period.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub limit: Option<i64>,
    /// Changes left in this period.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub quota: Option<i64>,
    /// How many categories there may be.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub category_limit: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A category of a mini program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnCategory {
    /// The first level's number.
    #[serde(deserialize_with = "lenient::integer")]
    pub first: i64,
    /// The first level's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub first_name: String,
    /// The second level's number.
    #[serde(deserialize_with = "lenient::integer")]
    pub second: i64,
    /// The second level's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub second_name: String,
    /// 1 in review, 2 rejected, 3 approved.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub audit_status: Option<i64>,
    /// Why it was rejected.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub audit_reason: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for WxopenGetCategory {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/cgi-bin/wxopen/getcategory";
    type Token = AuthorizerToken;
    type Answer = Json<WxopenGetCategoryResponse>;
}
