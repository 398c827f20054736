use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, numbered::numbered, token::AuthorizerToken};

/// Reads how far the gray release is; `getgrayreleaseplan`.
#[derive(Debug, Serialize)]
pub struct GetGrayReleasePlan {}

/// The answer to [`GetGrayReleasePlan`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetGrayReleasePlanResponse {
    /// The plan, the last one where none is running. No source shows what stands here before the
    /// first.
    #[serde(default)]
    pub gray_release_plan: Option<GrayReleasePlan>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A release to a part of the users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GrayReleasePlan {
    /// What it is doing.
    pub status: GrayReleaseStatus,
    /// When it was made, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub create_timestamp: Option<i64>,
    /// How many of a hundred users have the version.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub gray_percentage: Option<i64>,
    /// Whether the project's members got it first; written `support_debuger_first`.
    #[serde(
        default,
        rename = "support_debuger_first",
        deserialize_with = "lenient::optional_boolean"
    )]
    pub support_debugger_first: Option<bool>,
    /// Whether the testers got it first.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub support_experiencer_first: Option<bool>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl GrayReleasePlan {
    /// Whether a part of the users has the version now, however it goes on.
    pub fn is_running(&self) -> bool {
        matches!(self.status, GrayReleaseStatus::Running | GrayReleaseStatus::Paused)
    }
}

numbered! {
    /// What a gray release is doing. Serialized, it is WeChat's number.
    pub enum GrayReleaseStatus {
        /// Not begun.
        Initial = 0,
        /// A part of the users has the version.
        Running = 1,
        /// Halted.
        Paused = 2,
        /// Everybody has it.
        Done = 3,
        /// Taken back.
        Deleted = 4,
    }
}

impl Endpoint for GetGrayReleasePlan {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/getgrayreleaseplan";
    type Token = AuthorizerToken;
    type Answer = Json<GetGrayReleasePlanResponse>;
}
