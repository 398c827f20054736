//! Domains whose addresses are looked up before they are needed.

use serde_json::{Value, json};

use super::platform_domains::is_host;
use crate::{
    clock::month,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::{Scene, text},
    state::SERVER_EDITS_A_MONTH,
};

/// Domains a mini program may have.
const MOST: usize = 5;

const ENTRY: &[Field] = &[Field::required("url", Kind::Text).missing(9_420_001, "invalid domain")];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/wxa/get_prefetchdnsdomain", TokenKind::Merchant, get).sets(&[18]),
    Endpoint::post(
        "/wxa/set_prefetchdnsdomain",
        TokenKind::Merchant,
        &[Field::required("prefetch_dns_domain", Kind::Objects(ENTRY))],
        set,
    )
    .sets(&[18]),
];

fn get(scene: &mut Scene<'_>) -> Answer {
    let domains = &scene.merchant().prefetch_domains;
    let domains: Vec<Value> =
        domains.iter().map(|domain| json!({ "url": domain, "status": 0 })).collect();
    fields(json!({ "prefetch_dns_domain": domains, "size_limit": MOST }))
}

fn set(scene: &mut Scene<'_>) -> Answer {
    let entries = scene.objects("prefetch_dns_domain").unwrap_or_default();
    let domains: Vec<String> = entries.iter().map(|entry| text(entry, "url").to_owned()).collect();
    if domains.len() > MOST {
        return refuse(9_420_002, "domain count exceeds size_limit");
    }
    let unlicensed = &scene.world.hosts_without_licence;
    if domains.iter().any(|domain| !is_host(domain) || unlicensed.contains(domain)) {
        return refuse(9_420_001, "invalid domain");
    }
    let this_month = month(scene.now);
    let merchant = scene.merchant();
    if merchant.prefetch_edits.used(&this_month) >= SERVER_EDITS_A_MONTH {
        return refuse(9_420_000, "no quota");
    }
    merchant.prefetch_edits.add(&this_month);
    merchant.prefetch_domains = domains;
    done()
}
