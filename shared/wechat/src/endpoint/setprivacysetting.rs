use http::Method;
use serde::Serialize;

use crate::{Endpoint, answer::Done, token::AuthorizerToken};

/// Writes the privacy guideline; `setprivacysetting`. The path says component, the token is the
/// merchant's.
///
/// What is written for version 2 takes effect after a review and a release. Version 1 changes only
/// the owner's part, and at once (86074 where nothing is online).
#[derive(Debug, Default, Serialize)]
pub struct SetPrivacySetting<'a> {
    /// 1 the one online, 2 the one in development; 2 where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_ver: Option<i64>,
    /// How to reach the owner, and how long data are kept.
    pub owner_setting: OwnerStatement<'a>,
    /// What each kind of data is used for: has to be there for version 2, must not for version 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting_list: Option<&'a [PrivacyStatement<'a>]>,
    /// What each plugin or SDK uses data for.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub sdk_privacy_info_list: &'a [SdkStatement<'a>],
}

/// How to reach the owner, and how long data are kept. One way to reach him at least.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OwnerStatement<'a> {
    /// An e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_email: Option<&'a str>,
    /// A telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_phone: Option<&'a str>,
    /// A QQ number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_qq: Option<&'a str>,
    /// A WeChat id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_weixin: Option<&'a str>,
    /// How users are told of a change, such as `弹窗`.
    pub notice_method: &'a str,
    /// How long data are kept: `30天`, and only in that form (86072); `None` for as long as
    /// necessary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_expire_timestamp: Option<&'a str>,
    /// A guideline as a file, from [`UploadPrivacyExtFile`](super::UploadPrivacyExtFile).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext_file_media_id: Option<&'a str>,
    /// Where data are kept; asked of owners outside mainland China.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_region: Option<&'a str>,
}

/// What one kind of data is used for.
#[derive(Debug, Clone, Serialize)]
pub struct PrivacyStatement<'a> {
    /// The kind, such as `UserInfo`, or words of one's own.
    pub privacy_key: &'a str,
    /// What for.
    pub privacy_text: &'a str,
}

/// What a plugin or an SDK uses data for.
#[derive(Debug, Clone, Serialize)]
pub struct SdkStatement<'a> {
    /// The SDK's name.
    pub sdk_name: &'a str,
    /// Who provides it.
    pub sdk_biz_name: &'a str,
    /// What it uses.
    pub sdk_list: &'a [PrivacyStatement<'a>],
}

impl Endpoint for SetPrivacySetting<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/setprivacysetting";
    type Token = AuthorizerToken;
    type Answer = Done;
}
