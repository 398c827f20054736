use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists kinds of documents; `query_icp_certificate_types`.
#[derive(Debug, Serialize)]
pub struct QueryIcpCertificateTypes {}

/// The answer to [`QueryIcpCertificateTypes`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryIcpCertificateTypesResponse {
    /// The list.
    #[serde(default, deserialize_with = "lenient::list")]
    pub items: Vec<IcpCertificateType>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A kind of document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IcpCertificateType {
    /// Its number.
    #[serde(rename = "type", deserialize_with = "lenient::integer")]
    pub kind: i64,
    /// The kind of owner that it is for.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub subject_type: Option<i64>,
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

impl Endpoint for QueryIcpCertificateTypes {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/icp/query_icp_certificate_types";
    type Token = AuthorizerToken;
    type Answer = Json<QueryIcpCertificateTypesResponse>;
}
