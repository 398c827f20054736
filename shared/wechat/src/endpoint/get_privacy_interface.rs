use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, numbered::numbered, token::AuthorizerToken};

/// Lists the interfaces that have to be applied for; `get_privacy_interface`.
#[derive(Debug, Serialize)]
pub struct GetPrivacyInterface {}

/// The answer to [`GetPrivacyInterface`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetPrivacyInterfaceResponse {
    /// The interfaces.
    #[serde(default, deserialize_with = "lenient::list")]
    pub interface_list: Vec<PrivacyInterface>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// An interface that has to be applied for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivacyInterface {
    /// Its name, such as `wx.choosePoi`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub api_name: String,
    /// Its name in Chinese.
    #[serde(default, deserialize_with = "lenient::text")]
    pub api_ch_name: String,
    /// What it does, in Chinese.
    #[serde(default, deserialize_with = "lenient::text")]
    pub api_desc: String,
    /// How the application for it stands; WeChat's page says that it may be missing before one.
    #[serde(default)]
    pub status: Option<PrivacyInterfaceStatus>,
    /// When it was applied for, in seconds of Unix time.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_integer"
    )]
    pub apply_time: Option<i64>,
    /// The application's number.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_integer"
    )]
    pub audit_id: Option<i64>,
    /// Why it was refused, or why it cannot be applied for.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub fail_reason: Option<String>,
    /// Where WeChat describes it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub api_link: String,
    /// The group it belongs to, in Chinese.
    #[serde(default, deserialize_with = "lenient::text")]
    pub group_name: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

numbered! {
    /// How the application for an interface stands. Serialized, it is WeChat's number.
    pub enum PrivacyInterfaceStatus {
        /// May be applied for.
        ToApply = 1,
        /// The mini program may not apply.
        NoPermission = 2,
        /// Applied for.
        Applying = 3,
        /// Refused, with a reason.
        Failed = 4,
        /// Granted.
        Granted = 5,
    }
}

impl Endpoint for GetPrivacyInterface {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/security/get_privacy_interface";
    type Token = AuthorizerToken;
    type Answer = Json<GetPrivacyInterfaceResponse>;
}
