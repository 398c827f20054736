use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists the approved categories that a submission may name; `/wxa/get_category`. Not
/// [`WxopenGetCategory`](super::WxopenGetCategory), which manages them.
#[derive(Debug, Serialize)]
pub struct GetCategory {}

/// The answer to [`GetCategory`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetCategoryResponse {
    /// The categories.
    #[serde(default, deserialize_with = "lenient::list")]
    pub category_list: Vec<ApprovedCategory>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A category as [`AuditItem`](super::AuditItem) wants it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovedCategory {
    /// The first level's name.
    pub first_class: String,
    /// The second level's name.
    pub second_class: String,
    /// The third level's name, where there is one.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub third_class: Option<String>,
    /// The first level's number.
    #[serde(deserialize_with = "lenient::integer")]
    pub first_id: i64,
    /// The second level's number.
    #[serde(deserialize_with = "lenient::integer")]
    pub second_id: i64,
    /// The third level's number, where there is one.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub third_id: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetCategory {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/get_category";
    type Token = AuthorizerToken;
    type Answer = Json<GetCategoryResponse>;
}
