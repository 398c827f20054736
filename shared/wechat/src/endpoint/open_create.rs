use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, identifier::AppId, lenient, token::AuthorizerToken};

/// Makes an open-platform account and binds this account to it; `open/create`. Users of all
/// accounts that are bound to one open-platform account have the same `unionid`.
///
/// The new account belongs to this account's owner and is not verified, so that it takes five
/// accounts of the same owner. 89000 where this account is bound already, which makes a second
/// call harmless. Trial mini programs cannot have one.
#[derive(Debug, Default, Serialize)]
pub struct OpenCreate<'a> {
    /// This account, where it is to be said; any other is refused (40013).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<&'a str>,
}

/// The answer to [`OpenCreate`] and [`OpenGet`](super::OpenGet).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenAccountResponse {
    /// The open-platform account.
    pub open_appid: AppId,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for OpenCreate<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/open/create";
    type Token = AuthorizerToken;
    type Answer = Json<OpenAccountResponse>;
}
