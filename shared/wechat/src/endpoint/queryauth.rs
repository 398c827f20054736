use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads how a verification stands; `queryauth`.
#[derive(Debug, Serialize)]
pub struct QueryAuth<'a> {
    /// The task.
    pub taskid: &'a str,
}

/// The answer to [`QueryAuth`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryAuthResponse {
    /// The administrator's part, as in [`WxaAuth::task_status`](crate::message::WxaAuth::task_status).
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub task_status: Option<i64>,
    /// The reviewers' part, as in [`WxaAuth::apply_status`](crate::message::WxaAuth::apply_status).
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub apply_status: Option<i64>,
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub appid: Option<String>,
    /// The order's number in WeChat's console.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub orderid: Option<String>,
    /// Why it was sent back.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub refill_reason: Option<String>,
    /// Why it failed for good.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub fail_reason: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for QueryAuth<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/sec/queryauth";
    type Token = AuthorizerToken;
    type Answer = Json<QueryAuthResponse>;
}
