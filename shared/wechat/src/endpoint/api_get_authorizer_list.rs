use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{AppId, Endpoint, answer::Json, lenient, token::ComponentToken};

/// Lists the accounts that have authorized the platform; `api_get_authorizer_list`.
#[derive(Debug, Serialize)]
pub struct ApiGetAuthorizerList<'a> {
    /// The platform's appid.
    pub component_appid: &'a str,
    /// How many accounts to pass over.
    pub offset: i64,
    /// How many to give, 500 at most.
    pub count: i64,
}

/// The answer to [`ApiGetAuthorizerList`].
#[derive(Debug, Clone, Deserialize)]
pub struct ApiGetAuthorizerListResponse {
    /// How many accounts there are in all.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_count: i64,
    /// This page of them.
    #[serde(default, deserialize_with = "lenient::list")]
    pub list: Vec<ListedAuthorizer>,
}

/// One authorized account.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedAuthorizer {
    /// The account.
    pub authorizer_appid: AppId,
    /// Empty for some accounts; then only a new authorization code helps.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub refresh_token: Option<SecretString>,
    /// When the account authorized the platform, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub auth_time: Option<i64>,
}

impl Endpoint for ApiGetAuthorizerList<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/api_get_authorizer_list";
    type Token = ComponentToken;
    type Answer = Json<ApiGetAuthorizerListResponse>;
}
