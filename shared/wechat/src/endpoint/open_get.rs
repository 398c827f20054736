use http::Method;
use serde::Serialize;

use super::OpenAccountResponse;
use crate::{Endpoint, answer::Json, token::AuthorizerToken};

/// Reads which open-platform account this account is bound to; `open/get`. 89002 where it is
/// bound to none.
#[derive(Debug, Default, Serialize)]
pub struct OpenGet<'a> {
    /// This account, where it is to be said; any other is refused (40013).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<&'a str>,
}

impl Endpoint for OpenGet<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/open/get";
    type Token = AuthorizerToken;
    type Answer = Json<OpenAccountResponse>;
}
