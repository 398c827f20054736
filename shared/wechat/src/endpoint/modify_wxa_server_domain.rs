use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::modify_domain::DomainAction;
use crate::{Endpoint, answer::Json, lenient, token::ComponentToken};

/// Changes or reads the platform's own list of server domains; `modify_wxa_server_domain`. 50
/// changes a month, 1000 domains.
#[derive(Debug, Serialize)]
pub struct ModifyWxaServerDomain<'a> {
    /// What to do.
    pub action: DomainAction,
    /// Domains without scheme and path, `;` between them. `None` where the action needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wxa_server_domain: Option<&'a str>,
    /// Whether the published platform changes too, or only its test version.
    pub is_modify_published_together: bool,
}

/// The answer to [`ModifyWxaServerDomain`]. Lists are strings with `;` between the domains,
/// missing when they are empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModifyWxaServerDomainResponse {
    /// The published platform's list.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub published_wxa_server_domain: Option<String>,
    /// The test version's list.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub testing_wxa_server_domain: Option<String>,
    /// Entries that were not taken.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub invalid_wxa_server_domain: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for ModifyWxaServerDomain<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/component/modify_wxa_server_domain";
    type Token = ComponentToken;
    type Answer = Json<ModifyWxaServerDomainResponse>;
}
