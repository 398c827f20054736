use http::Method;
use serde::Serialize;

use super::{modify_domain::DomainAction, setwebviewdomain::SetWebviewDomainResponse};
use crate::{Endpoint, answer::Json, token::AuthorizerToken};

/// Changes or reads a mini program's business domains without the platform's list;
/// `setwebviewdomain_directly`. The file of
/// [`GetWebviewDomainConfirmFile`](super::GetWebviewDomainConfirmFile) must stand at each
/// domain's root first.
#[derive(Debug, Default, Serialize)]
pub struct SetWebviewDomainDirectly<'a> {
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<DomainAction>,
    /// With which domains: `https://…`, no port. `None` where the action needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webviewdomain: Option<&'a [String]>,
}

impl Endpoint for SetWebviewDomainDirectly<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/setwebviewdomain_directly";
    type Token = AuthorizerToken;
    type Answer = Json<SetWebviewDomainResponse>;
}
