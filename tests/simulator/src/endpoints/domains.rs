//! The six lists of server domains of a mini program.

use serde_json::{Map, Value, json};

use super::platform_domains::is_host;
use crate::{
    clock::month,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, Reply, fields, refuse},
    scene::Scene,
    state::{DOMAIN_LISTS, Domains, SERVER_EDITS_A_MONTH},
};

/// Domains a list holds.
const LONGEST_LIST: usize = 200;

const FIELDS: &[Field] = &[
    Field::required("action", Kind::Text),
    Field::optional("requestdomain", Kind::Texts),
    Field::optional("wsrequestdomain", Kind::Texts),
    Field::optional("uploaddomain", Kind::Texts),
    Field::optional("downloaddomain", Kind::Texts),
    Field::optional("udpdomain", Kind::Texts),
    Field::optional("tcpdomain", Kind::Texts),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/wxa/modify_domain", TokenKind::Merchant, FIELDS, modify).sets(&[18]),
    Endpoint::post("/wxa/modify_domain_directly", TokenKind::Merchant, FIELDS, modify_directly)
        .sets(&[18]),
    Endpoint::post("/wxa/get_effective_domain", TokenKind::Merchant, &[], effective).sets(&[18]),
];

fn modify(scene: &mut Scene<'_>) -> Answer {
    change(scene, false)
}

fn modify_directly(scene: &mut Scene<'_>) -> Answer {
    change(scene, true)
}

/// What becomes of the entries of one list.
#[derive(Default)]
struct Sorted {
    good: Vec<String>,
    invalid: Vec<String>,
    unlicensed: Vec<String>,
}

fn change(scene: &mut Scene<'_>, directly: bool) -> Answer {
    let action = scene.text("action").to_owned();
    if action == "get" {
        let merchant = scene.merchant();
        let lists = if directly { &merchant.direct_domains } else { &merchant.platform_domains };
        return Ok(Reply::Fields(lists_of(lists)));
    }
    if !matches!(action.as_str(), "add" | "delete" | "set") {
        return refuse(85022, "invalid action");
    }
    let given: Vec<(&str, &str, Vec<String>)> = DOMAIN_LISTS
        .into_iter()
        .filter_map(|(name, scheme)| Some((name, scheme, scene.texts(name)?)))
        .collect();
    // The documentation calls every list required here; its examples name these four.
    if action == "set"
        && let Some((name, _)) =
            DOMAIN_LISTS[..4].iter().find(|(name, _)| !given.iter().any(|(it, ..)| it == name))
    {
        return refuse(47001, format!("data format error: field {name} is missing"));
    }
    if given.iter().all(|(_, _, entries)| entries.is_empty()) && action != "set" {
        return refuse(85017, "no domain to modify after filtered");
    }
    let this_month = month(scene.now);
    if scene.merchant().domain_edits.used(&this_month) >= SERVER_EDITS_A_MONTH {
        return refuse(86102, "modify domain reach month limit");
    }
    let mut sorted: Vec<(&str, Sorted)> = Vec::new();
    for (name, scheme, entries) in given {
        let list = match action.as_str() {
            // Anything may be taken away.
            "delete" => Sorted { good: entries, ..Sorted::default() },
            _ => sort(scene, scheme, entries, directly)?,
        };
        sorted.push((name, list));
    }
    let any = |part: fn(&Sorted) -> bool| sorted.iter().any(|(_, list)| part(list));
    let (good, invalid, unlicensed) = (
        any(|list| !list.good.is_empty()),
        any(|list| !list.invalid.is_empty()),
        any(|list| !list.unlicensed.is_empty()),
    );
    match (good, invalid, unlicensed) {
        (false, true, false) => return refuse(85301, "invalid domain"),
        (false, false, true) => return refuse(85302, "domain no icp"),
        (false, true, true) => return refuse(85303, "invalid domain and domain no icp"),
        _ => {}
    }
    let merchant = scene.merchant();
    let mut lists =
        if directly { merchant.direct_domains.clone() } else { merchant.platform_domains.clone() };
    for (name, entries) in &sorted {
        let list = lists.entry((*name).to_owned()).or_default();
        match action.as_str() {
            "set" => list.clear(),
            "delete" => list.retain(|domain| !entries.good.contains(domain)),
            _ => {}
        }
        if action != "delete" {
            for domain in &entries.good {
                if !list.contains(domain) {
                    list.push(domain.clone());
                }
            }
        }
        if list.len() > LONGEST_LIST {
            return refuse(85016, "domain count out of limit");
        }
    }
    merchant.domain_edits.add(&this_month);
    let mut reply = lists_of(&lists);
    for (name, list) in &sorted {
        if !list.invalid.is_empty() {
            reply.insert(format!("invalid_{name}"), json!(list.invalid));
        }
    }
    let unlicensed: Vec<&String> = sorted.iter().flat_map(|(_, list)| &list.unlicensed).collect();
    if !unlicensed.is_empty() {
        reply.insert("no_icp_domain".to_owned(), json!(unlicensed));
    }
    if directly {
        merchant.direct_domains = lists;
    } else {
        merchant.platform_domains = lists;
    }
    Ok(Reply::Fields(reply))
}

/// Sorts the entries of one list; an error where one entry spoils the whole call.
fn sort(
    scene: &mut Scene<'_>,
    scheme: &str,
    entries: Vec<String>,
    directly: bool,
) -> Result<Sorted, crate::reply::Refusal> {
    let component = scene.world.component(&scene.component_appid);
    let registered = match component.settings.unpublished {
        true => component.server_domains.testing.clone(),
        false => component.server_domains.published.clone(),
    };
    let mut sorted = Sorted::default();
    for entry in entries {
        let Some(rest) = entry.strip_prefix(scheme) else {
            return refuse(86100, format!("invalid url protocol: {entry} is not {scheme}"));
        };
        let (host, port) = rest.split_once(':').unwrap_or((rest, "443"));
        if host == "api.weixin.qq.com" {
            return refuse(86101, "api.weixin.qq.com can not be set as domain");
        }
        if !is_host(host) || port.parse::<u16>().is_err() {
            sorted.invalid.push(entry);
        } else if !directly && !registered.iter().any(|it| it == host) {
            return refuse(85018, format!("domain {host} is not registered on the platform"));
        } else if scene.world.hosts_without_licence.contains(host) {
            sorted.unlicensed.push(entry);
        } else {
            sorted.good.push(entry);
        }
    }
    Ok(sorted)
}

fn effective(scene: &mut Scene<'_>) -> Answer {
    let merchant = scene.merchant();
    let mut all = Domains::new();
    for lists in
        [&merchant.console_domains, &merchant.platform_domains, &merchant.direct_domains_in_force]
    {
        for (name, domains) in lists {
            let list = all.entry(name.clone()).or_default();
            list.extend(domains.iter().cloned());
            list.sort();
            list.dedup();
        }
    }
    fields(json!({
        "mp_domain": lists_of(&merchant.console_domains),
        "third_domain": lists_of(&merchant.platform_domains),
        "direct_domain": lists_of(&merchant.direct_domains),
        "effective_domain": lists_of(&all),
    }))
}

/// All six lists, empty ones too.
fn lists_of(lists: &Domains) -> Map<String, Value> {
    DOMAIN_LISTS
        .into_iter()
        .map(|(name, _)| (name.to_owned(), json!(lists.get(name).cloned().unwrap_or_default())))
        .collect()
}
