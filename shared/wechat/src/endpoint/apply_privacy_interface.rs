use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Applies for an interface of WeChat's that reads where a user is; `apply_privacy_interface`.
///
/// Reviewers decide; the `wxa_privacy_apply` event or
/// [`GetPrivacyInterface`](super::GetPrivacyInterface) tells. 61031 while an application is open,
/// so that a second call does no harm; 61035 for an interface that needs none; 61036 where no
/// category allows it. 280 calls a minute.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ApplyPrivacyInterface<'a> {
    /// The interface, case-sensitive, such as `wx.choosePoi`.
    pub api_name: &'a str,
    /// What for, 300 characters at most.
    pub content: &'a str,
    /// Pages that help the reviewer.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub url_list: &'a [String],
    /// Addresses of pictures, ten at most.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub pic_list: &'a [String],
    /// Addresses of MP4 videos. WeChat's page allows one, its example sends two.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub video_list: &'a [String],
}

/// The answer to [`ApplyPrivacyInterface`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApplyPrivacyInterfaceResponse {
    /// The application's number.
    #[serde(deserialize_with = "lenient::integer")]
    pub audit_id: i64,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for ApplyPrivacyInterface<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/security/apply_privacy_interface";
    type Token = AuthorizerToken;
    type Answer = Json<ApplyPrivacyInterfaceResponse>;
}
