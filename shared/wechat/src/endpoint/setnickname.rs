use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Changes the name; `setnickname`. Effective at once or after a review, which the answer tells and
/// the event `wxa_nickname_audit` ends. Two changes in a calendar year; more after a verification.
///
/// Proofs are media ids of [`MediaUpload`](super::MediaUpload), asked for where
/// [`CheckWxVerifyNickname`](super::CheckWxVerifyNickname) says that the name hits something.
#[derive(Debug, Default, Serialize)]
pub struct SetNickname<'a> {
    /// The name, without `小程序` in it.
    pub nick_name: &'a str,
    /// A person's identity card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_card: Option<&'a str>,
    /// An organisation's licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<&'a str>,
    /// Another proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming_other_stuff_1: Option<&'a str>,
    /// Another proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming_other_stuff_2: Option<&'a str>,
    /// Another proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming_other_stuff_3: Option<&'a str>,
    /// Another proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming_other_stuff_4: Option<&'a str>,
    /// Another proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub naming_other_stuff_5: Option<&'a str>,
}

/// The answer to [`SetNickname`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetNicknameResponse {
    /// What the reviewers ask for, in words.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub wording: Option<String>,
    /// The review; absent or 0 if the name is in force.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub audit_id: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl SetNicknameResponse {
    /// The review's number; `None` if the name is in force at once.
    pub fn review(&self) -> Option<i64> {
        self.audit_id.filter(|id| *id != 0)
    }
}

impl Endpoint for SetNickname<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/setnickname";
    type Token = AuthorizerToken;
    type Answer = Json<SetNicknameResponse>;
    const REPEATABLE: bool = false;
}
