use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads which versions are on trial and online; `getversioninfo`.
#[derive(Debug, Serialize)]
pub struct GetVersionInfo {}

/// The answer to [`GetVersionInfo`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetVersionInfoResponse {
    /// The trial version; `None` before the first commit.
    #[serde(default)]
    pub exp_info: Option<TrialVersion>,
    /// The version online; `None` before the first release.
    #[serde(default)]
    pub release_info: Option<OnlineVersion>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// The version on trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialVersion {
    /// When it was committed, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub exp_time: Option<i64>,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub exp_version: String,
    /// What was said about it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub exp_desc: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// The version online.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OnlineVersion {
    /// When it was released, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub release_time: Option<i64>,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub release_version: String,
    /// What was said about it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub release_desc: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetVersionInfo {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/getversioninfo";
    type Token = AuthorizerToken;
    type Answer = Json<GetVersionInfoResponse>;
}
