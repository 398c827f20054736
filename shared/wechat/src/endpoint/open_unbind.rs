use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Takes this account away from an open-platform account; `open/unbind`. From then on its users
/// have no `unionid`.
///
/// 89002 where it is not bound to that one, 89001 where the owners differ, 89003 where the
/// open-platform account was not made through this interface.
#[derive(Debug, Serialize)]
pub struct OpenUnbind<'a> {
    /// This account, where it is to be said; any other is refused (40013).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<&'a str>,
    /// The open-platform account.
    pub open_appid: &'a str,
}

impl Endpoint for OpenUnbind<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/open/unbind";
    type Token = AuthorizerToken;
    type Answer = Done;
}
