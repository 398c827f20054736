use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Submits for review whatever was committed last; `submit_audit`.
///
/// Must not be repeated blindly: each success uses the platform's quota. After an unknown outcome
/// read [`GetLatestAuditStatus`](super::GetLatestAuditStatus). Everything may be left out, but one
/// item of [`GetCategory`](super::GetCategory) should be sent.
#[derive(Debug, Default, Serialize)]
pub struct SubmitAudit<'a> {
    /// Up to five pages with their categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub item_list: Vec<AuditItem<'a>>,
    /// An answer to the reviewer, 200 characters at most; ignored unless the last review was
    /// rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback_info: Option<&'a str>,
    /// Up to five media ids with `|` between them; ignored unless the last review was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback_stuff: Option<&'a str>,
    /// What is new in this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_desc: Option<&'a str>,
    /// Pictures and videos for the reviewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_info: Option<PreviewInfo<'a>>,
    /// What users may publish; asked for by social categories (85094).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ugc_declare: Option<UgcDeclare<'a>>,
    /// `true` declares that the code uses none of the privacy interfaces it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_api_not_use: Option<bool>,
    /// The page of the order centre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_path: Option<&'a str>,
}

/// A page and its category.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AuditItem<'a> {
    /// The page's path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<&'a str>,
    /// Up to ten tags with spaces between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<&'a str>,
    /// The first level's name.
    pub first_class: &'a str,
    /// The second level's name.
    pub second_class: &'a str,
    /// The third level's name, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_class: Option<&'a str>,
    /// The first level's number.
    pub first_id: i64,
    /// The second level's number.
    pub second_id: i64,
    /// The third level's number, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_id: Option<i64>,
    /// The page's title, 32 characters at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'a str>,
}

/// Media of `uploadmedia`. Both lists are sent, also when they are empty.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PreviewInfo<'a> {
    /// Videos.
    pub video_id_list: &'a [String],
    /// Pictures.
    pub pic_id_list: &'a [String],
}

/// What users may publish in the mini program, and how it is watched.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UgcDeclare<'a> {
    /// Where: 0 nowhere, 1–5 as WeChat numbers the scenes.
    pub scene: &'a [i64],
    /// How it is watched: 1–4 as WeChat numbers the methods.
    pub method: &'a [i64],
    /// A scene in words, 256 characters at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_scene_desc: Option<&'a str>,
    /// 1 with people who watch, 0 without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_audit_team: Option<i64>,
    /// How it is watched in words, 256 characters at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_desc: Option<&'a str>,
}

/// The answer to [`SubmitAudit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubmitAuditResponse {
    /// The review's number.
    #[serde(deserialize_with = "lenient::integer")]
    pub auditid: i64,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for SubmitAudit<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/submit_audit";
    type Token = AuthorizerToken;
    type Answer = Json<SubmitAuditResponse>;
    const TIMEOUT: Duration = Duration::from_secs(20);
    const REPEATABLE: bool = false;
}
