use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lets a person use the trial version; `bind_tester`. 85004 says that the person may already.
#[derive(Debug, Serialize)]
pub struct BindTester<'a> {
    /// The person's WeChat id.
    pub wechatid: &'a str,
}

/// The answer to [`BindTester`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BindTesterResponse {
    /// What [`MemberAuth`](super::MemberAuth) calls this person from now on. Keep it: WeChat never
    /// tells the WeChat id that belongs to it.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub userstr: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for BindTester<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/bind_tester";
    type Token = AuthorizerToken;
    type Answer = Json<BindTesterResponse>;
}
