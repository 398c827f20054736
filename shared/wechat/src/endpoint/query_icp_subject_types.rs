use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists kinds of owners; `query_icp_subject_types`.
#[derive(Debug, Serialize)]
pub struct QueryIcpSubjectTypes {}

/// The answer to [`QueryIcpSubjectTypes`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryIcpSubjectTypesResponse {
    /// The list.
    #[serde(default, deserialize_with = "lenient::list")]
    pub items: Vec<IcpSubjectType>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A kind of owner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IcpSubjectType {
    /// Its number.
    #[serde(rename = "type", deserialize_with = "lenient::integer")]
    pub kind: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// A remark.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub remark: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for QueryIcpSubjectTypes {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/icp/query_icp_subject_types";
    type Token = AuthorizerToken;
    type Answer = Json<QueryIcpSubjectTypesResponse>;
}
