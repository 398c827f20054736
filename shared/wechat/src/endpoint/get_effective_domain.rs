use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::modify_domain::ServerDomains;
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads a mini program's server domains by where they come from; `get_effective_domain`.
#[derive(Debug, Serialize)]
pub struct GetEffectiveDomain {}

/// The answer to [`GetEffectiveDomain`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetEffectiveDomainResponse {
    /// Set by the merchant in WeChat's console.
    #[serde(default)]
    pub mp_domain: ServerDomains,
    /// Set by [`ModifyDomain`](super::ModifyDomain).
    #[serde(default)]
    pub third_domain: ServerDomains,
    /// Set by [`ModifyDomainDirectly`](super::ModifyDomainDirectly).
    #[serde(default)]
    pub direct_domain: ServerDomains,
    /// In force.
    #[serde(default)]
    pub effective_domain: ServerDomains,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetEffectiveDomain {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/get_effective_domain";
    type Token = AuthorizerToken;
    type Answer = Json<GetEffectiveDomainResponse>;
}
