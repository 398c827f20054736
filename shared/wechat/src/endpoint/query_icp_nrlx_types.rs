use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists the approvals that come before a filing; `query_icp_nrlx_types`.
#[derive(Debug, Serialize)]
pub struct QueryIcpNrlxTypes {}

/// The answer to [`QueryIcpNrlxTypes`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryIcpNrlxTypesResponse {
    /// The list.
    #[serde(default, deserialize_with = "lenient::list")]
    pub items: Vec<IcpApprovalType>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// An approval that comes before a filing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IcpApprovalType {
    /// Its number.
    #[serde(rename = "type", deserialize_with = "lenient::integer")]
    pub kind: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for QueryIcpNrlxTypes {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/icp/query_icp_nrlx_types";
    type Token = AuthorizerToken;
    type Answer = Json<QueryIcpNrlxTypesResponse>;
}
