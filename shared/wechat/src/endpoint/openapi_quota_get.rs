use std::marker::PhantomData;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::Token};

/// Reads how often a path may be called today, and how often it was; `openapi/quota/get`.
///
/// Whose calls are counted is whose token it takes: the component's for calls with the component's
/// token, a merchant's for calls on its behalf. 76022 for the other's paths and for `/sns/` paths,
/// 76003 or 76021 for what is no path.
#[derive(Debug, Serialize)]
pub struct OpenapiQuotaGet<'a, T> {
    /// The path with its leading `/` and without a host, such as `/wxa/commit`.
    pub cgi_path: &'a str,
    #[serde(skip)]
    token: PhantomData<T>,
}

impl<'a, T> OpenapiQuotaGet<'a, T> {
    /// Asks about `cgi_path`.
    pub fn new(cgi_path: &'a str) -> Self {
        OpenapiQuotaGet { cgi_path, token: PhantomData }
    }
}

/// The answer to [`OpenapiQuotaGet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenapiQuotaGetResponse {
    /// Today's calls.
    pub quota: DailyQuota,
    /// How fast calls may follow each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// How fast a platform's calls on behalf of others may follow each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_rate_limit: Option<RateLimit>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A path's calls in one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DailyQuota {
    /// How many there may be.
    #[serde(deserialize_with = "lenient::integer")]
    pub daily_limit: i64,
    /// How many there were.
    #[serde(deserialize_with = "lenient::integer")]
    pub used: i64,
    /// How many are left.
    #[serde(deserialize_with = "lenient::integer")]
    pub remain: i64,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// So many calls in so many seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Calls.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub call_count: Option<i64>,
    /// Seconds.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub refresh_second: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl<T: Token> Endpoint for OpenapiQuotaGet<'_, T> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/openapi/quota/get";
    type Token = T;
    type Answer = Json<OpenapiQuotaGetResponse>;
}
