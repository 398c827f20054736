use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists what a mini program may offer; `query_icp_service_content_types`.
#[derive(Debug, Serialize)]
pub struct QueryIcpServiceContentTypes {}

/// The answer to [`QueryIcpServiceContentTypes`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryIcpServiceContentTypesResponse {
    /// The list.
    #[serde(default, deserialize_with = "lenient::list")]
    pub items: Vec<IcpServiceContentType>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// Something that a mini program may offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IcpServiceContentType {
    /// Its number.
    #[serde(rename = "type", deserialize_with = "lenient::integer")]
    pub kind: i64,
    /// The number of the entry above.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub parent_type: Option<i64>,
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

impl Endpoint for QueryIcpServiceContentTypes {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/icp/query_icp_service_content_types";
    type Token = AuthorizerToken;
    type Answer = Json<QueryIcpServiceContentTypesResponse>;
}
