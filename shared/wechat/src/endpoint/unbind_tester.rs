use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Takes the trial version away from a person; `unbind_tester`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnbindTester<'a> {
    /// The person by WeChat id.
    WechatId(&'a str),
    /// The person by the string of [`BindTester`](super::BindTester) or
    /// [`MemberAuth`](super::MemberAuth).
    UserStr(&'a str),
}

impl Endpoint for UnbindTester<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/unbind_tester";
    type Token = AuthorizerToken;
    type Answer = Done;
}
