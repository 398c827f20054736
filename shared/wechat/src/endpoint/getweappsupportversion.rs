use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads the oldest base library that the mini program runs on, and what its users have;
/// `getweappsupportversion`. WeChat takes a GET as well.
#[derive(Debug, Serialize)]
pub struct GetWeappSupportVersion {}

/// The answer to [`GetWeappSupportVersion`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetWeappSupportVersionResponse {
    /// The oldest base library, such as `2.19.4`; `None` where none was set.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub now_version: Option<String>,
    /// What the users have.
    #[serde(default)]
    pub uv_info: Option<BaseLibraryUse>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// Which base libraries a mini program's users have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaseLibraryUse {
    /// One entry for each version.
    #[serde(default, deserialize_with = "lenient::list")]
    pub items: Vec<BaseLibraryShare>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// How many users have a base library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaseLibraryShare {
    /// The version.
    #[serde(default, deserialize_with = "lenient::text")]
    pub version: String,
    /// How many of a hundred users; may have a fraction.
    #[serde(default)]
    pub percentage: Option<f64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetWeappSupportVersion {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/wxopen/getweappsupportversion";
    type Token = AuthorizerToken;
    type Answer = Json<GetWeappSupportVersionResponse>;
}
