use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::api_query_auth::{FuncInfo, permission_sets};
use crate::{AppId, Endpoint, answer::Json, lenient, token::ComponentToken};

/// Reads an authorized account's profile and its permission sets; `api_get_authorizer_info`.
#[derive(Debug, Serialize)]
pub struct ApiGetAuthorizerInfo<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// The account.
    pub authorizer_appid: &'a str,
}

/// The answer to [`ApiGetAuthorizerInfo`].
#[derive(Debug, Clone, Deserialize)]
pub struct ApiGetAuthorizerInfoResponse {
    /// The profile.
    pub authorizer_info: AuthorizerInfo,
    /// What is granted at the moment.
    pub authorization_info: CurrentAuthorization,
}

/// An account's profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthorizerInfo {
    /// The name that users see.
    #[serde(default, deserialize_with = "lenient::text")]
    pub nick_name: String,
    /// The address of the avatar.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub head_img: Option<String>,
    /// 0 ordinary mini program, 2 service account, 4 game, 10 shop, 12 trial mini program, …
    #[serde(default)]
    pub service_type_info: Option<TypeInfo>,
    /// −1 not verified, 0 verified by WeChat, …
    #[serde(default)]
    pub verify_type_info: Option<TypeInfo>,
    /// The original id, `gh_…`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_name: String,
    /// The account's alias; official accounts only.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub alias: Option<String>,
    /// The address of the account's QR code.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub qrcode_url: Option<String>,
    /// The company or person that owns the account.
    #[serde(default, deserialize_with = "lenient::text")]
    pub principal_name: String,
    /// The introduction.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub signature: Option<String>,
    /// Present where the account is a mini program, and only there.
    #[serde(rename = "MiniProgramInfo", default)]
    pub mini_program_info: Option<MiniProgramInfo>,
    /// 0 normal, 2 by official account, 6 enterprise face scan, 13 trial, …
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub register_type: Option<i64>,
    /// 1 normal, 14 cancelled, 16 banned, 18 warned, 19 frozen.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub account_status: Option<i64>,
    /// Fields that are not declared here, such as `business_info` and `basic_config`.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A number that stands for a kind of account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeInfo {
    /// The number.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// Fields that are not declared here, such as `name`.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// What only a mini program has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MiniProgramInfo {
    /// The domains by kind: `RequestDomain`, `BizDomain`, …
    #[serde(default)]
    pub network: Map<String, Value>,
    /// The categories by name.
    #[serde(default, deserialize_with = "lenient::list")]
    pub categories: Vec<CategoryNames>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A category by the names of its two levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryNames {
    /// The first level.
    #[serde(default, deserialize_with = "lenient::text")]
    pub first: String,
    /// The second level.
    #[serde(default, deserialize_with = "lenient::text")]
    pub second: String,
}

/// An authorization as it stands.
#[derive(Debug, Clone, Deserialize)]
pub struct CurrentAuthorization {
    /// The account.
    pub authorizer_appid: AppId,
    /// Given by some answers and not by others.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub authorizer_refresh_token: Option<SecretString>,
    /// The permission sets that are granted.
    #[serde(default, deserialize_with = "lenient::list")]
    pub func_info: Vec<FuncInfo>,
}

impl CurrentAuthorization {
    /// The numbers of the granted permission sets.
    pub fn permission_sets(&self) -> Vec<i64> {
        permission_sets(&self.func_info)
    }
}

impl Endpoint for ApiGetAuthorizerInfo<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_get_authorizer_info";
    type Token = ComponentToken;
    type Answer = Json<ApiGetAuthorizerInfoResponse>;
}
