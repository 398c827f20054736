//! The calls of WeChat's API.

mod account;
mod authorization;
mod categories;
mod code;
mod codes;
mod customer_service;
mod domains;
mod filing;
mod filing_lists;
mod gray_release;
mod login;
mod media;
mod naming;
mod official_options;
mod open_platform;
mod order_path;
mod platform;
mod platform_domains;
mod plugins;
mod prefetch_domains;
mod privacy;
mod privacy_interfaces;
mod profile;
mod quota;
mod records;
mod registration;
mod release;
mod review;
mod review_media;
mod service;
mod templates;
mod testers;
mod verification;
mod webview_domains;

use crate::endpoint::{Endpoint, Method, TokenKind};

pub(crate) use self::records::{RULES_NAME, RULES_URL};

/// All of them, by area.
const AREAS: &[&[Endpoint]] = &[
    platform::ENDPOINTS,
    authorization::ENDPOINTS,
    platform_domains::ENDPOINTS,
    domains::ENDPOINTS,
    webview_domains::ENDPOINTS,
    templates::ENDPOINTS,
    code::ENDPOINTS,
    review::ENDPOINTS,
    release::ENDPOINTS,
    testers::ENDPOINTS,
    codes::ENDPOINTS,
    account::ENDPOINTS,
    quota::ENDPOINTS,
    login::ENDPOINTS,
    customer_service::ENDPOINTS,
    media::ENDPOINTS,
    profile::ENDPOINTS,
    verification::ENDPOINTS,
    filing_lists::ENDPOINTS,
    filing::ENDPOINTS,
    plugins::ENDPOINTS,
    naming::ENDPOINTS,
    categories::ENDPOINTS,
    registration::ENDPOINTS,
    gray_release::ENDPOINTS,
    service::ENDPOINTS,
    prefetch_domains::ENDPOINTS,
    official_options::ENDPOINTS,
    open_platform::ENDPOINTS,
    order_path::ENDPOINTS,
    records::ENDPOINTS,
    privacy::ENDPOINTS,
    privacy_interfaces::ENDPOINTS,
    review_media::ENDPOINTS,
];

/// A call of WeChat's that a simulator answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered {
    /// The methods it takes.
    pub methods: &'static [&'static str],
    /// Its path.
    pub path: &'static str,
    /// Whose token it takes: `none`, `component`, `merchant` or `either`.
    pub token: &'static str,
}

/// All calls that a simulator answers.
pub fn answered() -> impl Iterator<Item = Answered> {
    AREAS.iter().flat_map(|area| area.iter()).map(|endpoint| Answered {
        methods: match endpoint.method {
            Method::Get => &["GET"],
            Method::Post => &["POST"],
            Method::GetOrPost => &["GET", "POST"],
        },
        path: endpoint.path,
        token: match endpoint.token {
            TokenKind::Nobody => "none",
            TokenKind::Component => "component",
            TokenKind::Merchant => "merchant",
            TokenKind::Either => "either",
        },
    })
}

/// The call at this path.
pub(crate) fn find(path: &str) -> Option<&'static Endpoint> {
    AREAS.iter().flat_map(|area| area.iter()).find(|endpoint| endpoint.path == path)
}
