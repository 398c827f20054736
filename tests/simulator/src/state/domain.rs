//! Domains: of a mini program with their scheme, of a platform without.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Counter;

/// Changes a month, for a mini program and for a platform alike.
pub(crate) const SERVER_EDITS_A_MONTH: u32 = 50;

/// The six lists of a mini program, with the scheme each one asks for.
pub(crate) const DOMAIN_LISTS: [(&str, &str); 6] = [
    ("requestdomain", "https://"),
    ("wsrequestdomain", "wss://"),
    ("uploaddomain", "https://"),
    ("downloaddomain", "https://"),
    ("udpdomain", "udp://"),
    ("tcpdomain", "tcp://"),
];

/// The six lists by their name in [`DOMAIN_LISTS`].
pub(crate) type Domains = BTreeMap<String, Vec<String>>;

/// One list of a platform: what tests see and what everybody sees.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PlatformDomains {
    pub(crate) published: Vec<String>,
    pub(crate) testing: Vec<String>,
    pub(crate) edits: Counter,
}

/// The file that proves who owns a domain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConfirmFile {
    pub(crate) name: String,
    pub(crate) content: String,
}
