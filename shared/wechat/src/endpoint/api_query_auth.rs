use std::fmt;

use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AppId, Endpoint, answer::Json, lenient, token::ComponentToken};

/// Exchanges an authorization code for the merchant's tokens; `api_query_auth`.
///
/// A code works once. An exchange that was answered but not stored is healed by
/// [`ApiGetAuthorizerList`](super::ApiGetAuthorizerList).
#[derive(Serialize)]
pub struct ApiQueryAuth<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// The code from the redirect or from an event.
    pub authorization_code: &'a str,
}

/// The answer to [`ApiQueryAuth`].
#[derive(Debug, Clone, Deserialize)]
pub struct ApiQueryAuthResponse {
    /// What was granted.
    pub authorization_info: GrantedAuthorization,
}

/// An authorization with its tokens.
#[derive(Debug, Clone, Deserialize)]
pub struct GrantedAuthorization {
    /// The merchant's account.
    pub authorizer_appid: AppId,
    /// Missing if the merchant granted no permission that has an API.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub authorizer_access_token: Option<SecretString>,
    /// The access token's life in seconds.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub expires_in: Option<i64>,
    /// Missing where the access token is.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub authorizer_refresh_token: Option<SecretString>,
    /// The permission sets that were granted; merchants may deselect some.
    #[serde(default, deserialize_with = "lenient::list")]
    pub func_info: Vec<FuncInfo>,
}

/// A granted permission set as WeChat wraps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FuncInfo {
    /// The set.
    pub funcscope_category: FuncscopeCategory,
    /// Fields that are not declared here, such as `confirm_info`.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A permission set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FuncscopeCategory {
    /// Its number: 18 is development, 30 basic information, …
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// Fields that are not declared here, such as `name`.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl GrantedAuthorization {
    /// The numbers of the granted permission sets.
    pub fn permission_sets(&self) -> Vec<i64> {
        permission_sets(&self.func_info)
    }
}

pub(super) fn permission_sets(func_info: &[FuncInfo]) -> Vec<i64> {
    func_info.iter().map(|info| info.funcscope_category.id).collect()
}

impl Endpoint for ApiQueryAuth<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_query_auth";
    type Token = ComponentToken;
    type Answer = Json<ApiQueryAuthResponse>;
    /// A second exchange of the same code is refused.
    const REPEATABLE: bool = false;
}

impl fmt::Debug for ApiQueryAuth<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiQueryAuth({})", self.component_appid)
    }
}
