use http::Method;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Changes or reads a mini program's server domains; `modify_domain`. The domains must stand on
/// the platform's list first ([`ModifyWxaServerDomain`](super::ModifyWxaServerDomain)). 50
/// changes a month.
#[derive(Debug)]
pub struct ModifyDomain<'a> {
    /// What to do.
    pub action: DomainAction,
    /// With which domains; ignored when `action` is `Get`.
    pub domains: &'a ServerDomains,
}

/// What to do with a list of domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DomainAction {
    /// Add these.
    Add,
    /// Take these away.
    Delete,
    /// Have these and no others.
    Set,
    /// Change nothing, tell what there is.
    Get,
}

/// The six lists of server domains, each entry with its scheme. Empty where WeChat names none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerDomains {
    /// `https://…`, for `wx.request`.
    #[serde(deserialize_with = "lenient::list")]
    pub requestdomain: Vec<String>,
    /// `wss://…`, for sockets.
    #[serde(deserialize_with = "lenient::list")]
    pub wsrequestdomain: Vec<String>,
    /// `https://…`, for uploads.
    #[serde(deserialize_with = "lenient::list")]
    pub uploaddomain: Vec<String>,
    /// `https://…`, for downloads.
    #[serde(deserialize_with = "lenient::list")]
    pub downloaddomain: Vec<String>,
    /// `udp://…`.
    #[serde(deserialize_with = "lenient::list")]
    pub udpdomain: Vec<String>,
    /// `tcp://…`.
    #[serde(deserialize_with = "lenient::list")]
    pub tcpdomain: Vec<String>,
}

/// The answer to [`ModifyDomain`] and [`ModifyDomainDirectly`](super::ModifyDomainDirectly).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModifyDomainResponse {
    /// The lists as they stand now.
    #[serde(flatten)]
    pub domains: ServerDomains,
    /// Entries that were not taken.
    #[serde(default, deserialize_with = "lenient::list")]
    pub invalid_requestdomain: Vec<String>,
    /// Entries that were not taken.
    #[serde(default, deserialize_with = "lenient::list")]
    pub invalid_wsrequestdomain: Vec<String>,
    /// Entries that were not taken.
    #[serde(default, deserialize_with = "lenient::list")]
    pub invalid_uploaddomain: Vec<String>,
    /// Entries that were not taken.
    #[serde(default, deserialize_with = "lenient::list")]
    pub invalid_downloaddomain: Vec<String>,
    /// Entries that were not taken.
    #[serde(default, deserialize_with = "lenient::list")]
    pub invalid_udpdomain: Vec<String>,
    /// Entries that were not taken.
    #[serde(default, deserialize_with = "lenient::list")]
    pub invalid_tcpdomain: Vec<String>,
    /// Domains without an ICP licence.
    #[serde(default, deserialize_with = "lenient::list")]
    pub no_icp_domain: Vec<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl ServerDomains {
    /// The lists with the names that WeChat gives them.
    pub fn lists(&self) -> [(&'static str, &[String]); 6] {
        [
            ("requestdomain", &self.requestdomain),
            ("wsrequestdomain", &self.wsrequestdomain),
            ("uploaddomain", &self.uploaddomain),
            ("downloaddomain", &self.downloaddomain),
            ("udpdomain", &self.udpdomain),
            ("tcpdomain", &self.tcpdomain),
        ]
    }
}

/// `set` sends every list, for an empty one clears; `add` and `delete` send those with entries.
pub(super) fn serialize_change<S: Serializer>(
    action: DomainAction,
    domains: &ServerDomains,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("action", &action)?;
    for (name, list) in domains.lists() {
        let wanted = match action {
            DomainAction::Set => true,
            DomainAction::Add | DomainAction::Delete => !list.is_empty(),
            DomainAction::Get => false,
        };
        if wanted {
            map.serialize_entry(name, list)?;
        }
    }
    map.end()
}

impl Serialize for ModifyDomain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_change(self.action, self.domains, serializer)
    }
}

impl Endpoint for ModifyDomain<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/modify_domain";
    type Token = AuthorizerToken;
    type Answer = Json<ModifyDomainResponse>;
}
