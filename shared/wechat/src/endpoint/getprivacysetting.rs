use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads the privacy guideline; `getprivacysetting`. The path says component, the token is the
/// merchant's.
#[derive(Debug, Serialize)]
pub struct GetPrivacySetting {
    /// 1 the one online, 2 the one in development; 2 where `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_ver: Option<i64>,
}

/// The answer to [`GetPrivacySetting`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetPrivacySettingResponse {
    /// Whether there is code of that version.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub code_exist: Option<bool>,
    /// What the code uses of its users' data, by key.
    #[serde(default, deserialize_with = "lenient::list")]
    pub privacy_list: Vec<String>,
    /// What the guideline says for each key.
    #[serde(default, deserialize_with = "lenient::list")]
    pub setting_list: Vec<PrivacySetting>,
    /// When the guideline was changed, in seconds of Unix time; 0 where it never was.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub update_time: Option<i64>,
    /// How to reach the owner, and how long data are kept.
    #[serde(default)]
    pub owner_setting: Option<OwnerSetting>,
    /// Fields that are not declared here, such as `privacy_desc`.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// What the guideline says about one kind of data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivacySetting {
    /// The kind, such as `UserInfo`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub privacy_key: String,
    /// What the data are used for.
    #[serde(default, deserialize_with = "lenient::text")]
    pub privacy_text: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// How to reach the owner, and how long data are kept. WeChat writes empty strings for what is
/// not set, which are `None` here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnerSetting {
    /// An e-mail address.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub contact_email: Option<String>,
    /// A telephone number.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub contact_phone: Option<String>,
    /// A QQ number.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub contact_qq: Option<String>,
    /// A WeChat id.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub contact_weixin: Option<String>,
    /// How users are told of a change.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub notice_method: Option<String>,
    /// How long data are kept, such as `30天`.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub store_expire_timestamp: Option<String>,
    /// A guideline as a file.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub ext_file_media_id: Option<String>,
    /// Where data are kept.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub store_region: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetPrivacySetting {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/getprivacysetting";
    type Token = AuthorizerToken;
    type Answer = Json<GetPrivacySettingResponse>;
}
