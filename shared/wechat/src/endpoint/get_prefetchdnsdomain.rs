use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads the domains whose addresses are looked up before they are needed;
/// `get_prefetchdnsdomain`.
#[derive(Debug, Serialize)]
pub struct GetPrefetchDnsDomain {}

/// The answer to [`GetPrefetchDnsDomain`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetPrefetchDnsDomainResponse {
    /// The domains.
    #[serde(default, deserialize_with = "lenient::list")]
    pub prefetch_dns_domain: Vec<PrefetchDnsDomain>,
    /// How many there may be; 5 so far.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub size_limit: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A domain whose address is looked up early.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrefetchDnsDomain {
    /// The domain, without a scheme although the name says url.
    #[serde(default, deserialize_with = "lenient::text")]
    pub url: String,
    /// WeChat's number for how the domain stands; 0 in every sample.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub status: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetPrefetchDnsDomain {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/get_prefetchdnsdomain";
    type Token = AuthorizerToken;
    type Answer = Json<GetPrefetchDnsDomainResponse>;
}
