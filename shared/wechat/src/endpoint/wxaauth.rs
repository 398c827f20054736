use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AuthData;
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Begins WeChat's verification of a merchant; `wxaauth`. The administrator opens the link; where the
/// merchant pays he has 24 hours. Events `notify_3rd_wxa_auth` tell the steps.
///
/// A name, an avatar, an introduction and one approved category must be there, and nothing else may
/// be under way.
#[derive(Debug, Serialize)]
pub struct WxaAuth<'a> {
    /// What the verification says.
    pub auth_data: &'a AuthData,
}

/// The answer to [`WxaAuth`] and [`Reauth`](super::Reauth).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WxaAuthResponse {
    /// The task.
    pub taskid: String,
    /// What the administrator opens.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub auth_url: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for WxaAuth<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/sec/wxaauth";
    type Token = AuthorizerToken;
    type Answer = Json<WxaAuthResponse>;
    const REPEATABLE: bool = false;
    const TIMEOUT: Duration = Duration::from_secs(20);
}
