use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Binds this account to an open-platform account of the same owner; `open/bind`.
///
/// 89000 where it is bound already, 89001 where the owners differ, 89004 where the other is full,
/// 89036 where it was neither made through this interface nor verified.
#[derive(Debug, Serialize)]
pub struct OpenBind<'a> {
    /// This account, where it is to be said; any other is refused (40013).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<&'a str>,
    /// The open-platform account.
    pub open_appid: &'a str,
}

impl Endpoint for OpenBind<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/open/bind";
    type Token = AuthorizerToken;
    type Answer = Done;
}
