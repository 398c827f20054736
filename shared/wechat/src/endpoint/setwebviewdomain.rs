use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::modify_domain::DomainAction;
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Changes or reads the business domains that a mini program may open in a web view;
/// `setwebviewdomain`. They must stand on the platform's list first
/// ([`ModifyWxaJumpDomain`](super::ModifyWxaJumpDomain)). Not for mini programs of persons.
#[derive(Debug, Default, Serialize)]
pub struct SetWebviewDomain<'a> {
    /// What to do. `None` adds every domain of the platform's list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<DomainAction>,
    /// With which domains: `https://…`, no port. `None` where the action needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webviewdomain: Option<&'a [String]>,
}

/// The answer to [`SetWebviewDomain`] and
/// [`SetWebviewDomainDirectly`](super::SetWebviewDomainDirectly).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetWebviewDomainResponse {
    /// The list as it stands now; missing in some answers.
    #[serde(default, deserialize_with = "lenient::list")]
    pub webviewdomain: Vec<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for SetWebviewDomain<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/setwebviewdomain";
    type Token = AuthorizerToken;
    type Answer = Json<SetWebviewDomainResponse>;
}
