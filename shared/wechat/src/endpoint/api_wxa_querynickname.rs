use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, numbered::numbered, token::AuthorizerToken};

/// Reads what became of a new name; `api_wxa_querynickname`. 91011 if there is no such review.
#[derive(Debug, Serialize)]
pub struct ApiWxaQueryNickname {
    /// The review, from [`SetNickname`](super::SetNickname).
    pub audit_id: i64,
}

/// The answer to [`ApiWxaQueryNickname`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiWxaQueryNicknameResponse {
    /// The name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub nickname: String,
    /// How its review stands.
    pub audit_stat: NicknameAudit,
    /// Why it was refused.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub fail_reason: Option<String>,
    /// When it was asked for, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub create_time: Option<i64>,
    /// When it was decided, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub audit_time: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

numbered! {
    /// How the review of a name stands. Serialized, it is WeChat's number.
    pub enum NicknameAudit {
        /// In review.
        Reviewing = 1,
        /// Refused, with a reason.
        Failed = 2,
        /// In force.
        Passed = 3,
    }
}

impl Endpoint for ApiWxaQueryNickname {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/api_wxa_querynickname";
    type Token = AuthorizerToken;
    type Answer = Json<ApiWxaQueryNicknameResponse>;
}
