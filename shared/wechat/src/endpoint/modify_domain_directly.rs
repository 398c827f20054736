use http::Method;
use serde::{Serialize, Serializer};

use super::modify_domain::{DomainAction, ModifyDomainResponse, ServerDomains, serialize_change};
use crate::{Endpoint, answer::Json, token::AuthorizerToken};

/// Changes or reads a mini program's server domains without the platform's list;
/// `modify_domain_directly`. In force only after the next commit and release. 50 changes a month.
#[derive(Debug)]
pub struct ModifyDomainDirectly<'a> {
    /// What to do.
    pub action: DomainAction,
    /// With which domains; ignored when `action` is `Get`.
    pub domains: &'a ServerDomains,
}

impl Serialize for ModifyDomainDirectly<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_change(self.action, self.domains, serializer)
    }
}

impl Endpoint for ModifyDomainDirectly<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/modify_domain_directly";
    type Token = AuthorizerToken;
    type Answer = Json<ModifyDomainResponse>;
}
