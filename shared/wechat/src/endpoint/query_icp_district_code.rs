use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists provinces, cities and districts; `query_icp_district_code`.
#[derive(Debug, Serialize)]
pub struct QueryIcpDistrictCode {}

/// The answer to [`QueryIcpDistrictCode`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryIcpDistrictCodeResponse {
    /// The list.
    #[serde(default, deserialize_with = "lenient::list")]
    pub items: Vec<IcpDistrict>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A province, a city or a district.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IcpDistrict {
    /// 1 province, 2 city, 3 district.
    #[serde(rename = "type", deserialize_with = "lenient::integer")]
    pub kind: i64,
    /// Its code.
    #[serde(default, deserialize_with = "lenient::text")]
    pub code: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// What lies in it.
    #[serde(default, deserialize_with = "lenient::list")]
    pub sub_list: Vec<IcpDistrict>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for QueryIcpDistrictCode {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/icp/query_icp_district_code";
    type Token = AuthorizerToken;
    type Answer = Json<QueryIcpDistrictCodeResponse>;
}
