use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads an account's own settings with what may still be changed; `getaccountbasicinfo`.
#[derive(Debug, Serialize)]
pub struct GetAccountBasicInfo {}

/// The answer to [`GetAccountBasicInfo`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetAccountBasicInfoResponse {
    /// The account.
    #[serde(default, deserialize_with = "lenient::text")]
    pub appid: String,
    /// 1 subscription account, 2 service account, 3 mini program.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub account_type: Option<i64>,
    /// 0 person, 1 company, 2 media, 3 government, 4 other.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub principal_type: Option<i64>,
    /// The company or person that owns the account.
    #[serde(default, deserialize_with = "lenient::text")]
    pub principal_name: String,
    /// 1 done, 2 pending, 3 failed.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub realname_status: Option<i64>,
    /// WeChat's verification.
    #[serde(default)]
    pub wx_verify_info: Option<VerifyInfo>,
    /// The introduction.
    #[serde(default)]
    pub signature_info: Option<SignatureInfo>,
    /// The avatar.
    #[serde(default)]
    pub head_image_info: Option<HeadImageInfo>,
    /// The name.
    #[serde(default)]
    pub nickname_info: Option<NicknameInfo>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// WeChat's verification of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifyInfo {
    /// Whether the owner is verified.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub qualification_verify: Option<bool>,
    /// Whether the name is verified.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub naming_verify: Option<bool>,
    /// Whether the yearly renewal is due.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub annual_review: Option<bool>,
    /// When the renewal may begin, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub annual_review_begin_time: Option<i64>,
    /// When the renewal must be done, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub annual_review_end_time: Option<i64>,
}

/// The introduction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignatureInfo {
    /// The text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub signature: String,
    /// Changes made in this period.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub modify_used_count: Option<i64>,
    /// Changes allowed in a period.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub modify_quota: Option<i64>,
}

/// The avatar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadImageInfo {
    /// The picture's address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub head_image_url: String,
    /// Changes made in this period.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub modify_used_count: Option<i64>,
    /// Changes allowed in a period.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub modify_quota: Option<i64>,
}

/// The name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NicknameInfo {
    /// The text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub nickname: String,
    /// Changes made in this period.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub modify_used_count: Option<i64>,
    /// Changes allowed in a period.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub modify_quota: Option<i64>,
}

impl Endpoint for GetAccountBasicInfo {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/cgi-bin/account/getaccountbasicinfo";
    type Token = AuthorizerToken;
    type Answer = Json<GetAccountBasicInfoResponse>;
}
