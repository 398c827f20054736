use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Sends a user a customer-service message: a text. The user must have written within 48 hours.
#[derive(Debug, Serialize)]
pub struct MessageCustomSend<'a> {
    /// The user's openid.
    pub touser: &'a str,
    /// `text`.
    pub msgtype: &'static str,
    /// What is said.
    pub text: CustomText<'a>,
}

/// The text of a [`MessageCustomSend`].
#[derive(Serialize)]
pub struct CustomText<'a> {
    /// The text.
    pub content: &'a str,
}

impl<'a> MessageCustomSend<'a> {
    /// A text to a user.
    pub fn text(touser: &'a str, content: &'a str) -> Self {
        MessageCustomSend { touser, msgtype: "text", text: CustomText { content } }
    }
}

impl Endpoint for MessageCustomSend<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/message/custom/send";
    type Token = AuthorizerToken;
    type Answer = Done;
}

/// What was said to a user is no matter of a log's.
impl std::fmt::Debug for CustomText<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CustomText")
    }
}
