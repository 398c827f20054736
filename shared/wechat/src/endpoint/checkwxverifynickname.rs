use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Asks whether a name could be given; `checkwxverifynickname`. 53010-53019 say why it cannot; too
/// many questions are answered with 53011.
#[derive(Debug, Serialize)]
pub struct CheckWxVerifyNickname<'a> {
    /// The name.
    pub nick_name: &'a str,
}

/// The answer to [`CheckWxVerifyNickname`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckWxVerifyNicknameResponse {
    /// Whether the name needs proofs. This is no refusal.
    #[serde(deserialize_with = "lenient::boolean")]
    pub hit_condition: bool,
    /// Which proofs, in words.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub wording: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for CheckWxVerifyNickname<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/wxverify/checkwxverifynickname";
    type Token = AuthorizerToken;
    type Answer = Json<CheckWxVerifyNicknameResponse>;
}
