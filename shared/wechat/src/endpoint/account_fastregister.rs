use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, quiet::quiet, token::AuthorizerToken};

/// Registers a mini program for the owner of an official account; `account/fastregister`, with the
/// token of that account (permission set 27). The owner agrees on a page of WeChat's that sends the
/// ticket back. To be sent again after five seconds at the earliest, otherwise the ticket counts as
/// invalid (61058).
#[derive(Serialize)]
pub struct AccountFastRegister<'a> {
    /// What WeChat's page sent back.
    pub ticket: &'a str,
}

/// The answer to [`AccountFastRegister`].
#[derive(Debug, Clone, Deserialize)]
pub struct AccountFastRegisterResponse {
    /// The new mini program.
    pub appid: String,
    /// The code to exchange, with [`ApiQueryAuth`](super::ApiQueryAuth).
    pub authorization_code: SecretString,
    /// Whether the official account's verification was taken over.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub is_wx_verify_succ: Option<bool>,
    /// Whether the two accounts were linked.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub is_link_succ: Option<bool>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

quiet!(AccountFastRegister<'_>);

impl Endpoint for AccountFastRegister<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/account/fastregister";
    type Token = AuthorizerToken;
    type Answer = Json<AccountFastRegisterResponse>;
    const REPEATABLE: bool = false;
}
