//! Business domains: what a mini program's web view may open.

use serde_json::json;

use super::platform_domains::{is_host, new_confirm_file};
use crate::{
    clock::month,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
    state::SERVER_EDITS_A_MONTH,
};

/// Business domains of one mini program: the current page's number.
const MOST_DOMAINS: usize = 300;

const FIELDS: &[Field] =
    &[Field::optional("action", Kind::Text), Field::optional("webviewdomain", Kind::Texts)];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/wxa/setwebviewdomain", TokenKind::Merchant, FIELDS, set).sets(&[18]),
    Endpoint::post("/wxa/setwebviewdomain_directly", TokenKind::Merchant, FIELDS, set_directly)
        .sets(&[18]),
    Endpoint::post("/wxa/get_webviewdomain_confirmfile", TokenKind::Merchant, &[], confirm_file)
        .sets(&[18]),
    Endpoint::post("/wxa/get_effective_webviewdomain", TokenKind::Merchant, &[], effective)
        .sets(&[18]),
];

fn set(scene: &mut Scene<'_>) -> Answer {
    change(scene, false)
}

fn set_directly(scene: &mut Scene<'_>) -> Answer {
    change(scene, true)
}

fn change(scene: &mut Scene<'_>, directly: bool) -> Answer {
    if scene.merchant().account.principal_type == 0 {
        return refuse(89231, "not support single");
    }
    let component = scene.component();
    let registered = match component.settings.unpublished {
        true => component.jump_domains.testing.clone(),
        false => component.jump_domains.published.clone(),
    };
    let all = || registered.iter().map(|host| format!("https://{host}")).collect::<Vec<_>>();
    // Without an action, everything the platform has registered is added.
    let (action, wanted) = match scene.optional_text("action") {
        Some(action) => (action.to_owned(), scene.texts("webviewdomain").unwrap_or_default()),
        None if directly => return refuse(85022, "invalid action"),
        None => ("add".to_owned(), all()),
    };
    let this_month = month(scene.now);
    let current = match directly {
        true => scene.merchant().direct_webview_domains.clone(),
        false => scene.merchant().platform_webview_domains.clone(),
    };
    if action == "get" {
        return fields(json!({ "webviewdomain": current }));
    }
    if scene.merchant().webview_edits.used(&this_month) >= SERVER_EDITS_A_MONTH {
        return refuse(89030, "operation reach month limit");
    }
    if !directly && action != "delete" && registered.is_empty() {
        return refuse(
            89020,
            "open's webview domain is null! Need to set open's webview domain first!",
        );
    }
    for domain in &wanted {
        let Some(host) = domain.strip_prefix("https://").filter(|host| is_host(host)) else {
            return refuse(40097, format!("invalid args: {domain}"));
        };
        if action == "delete" {
            continue;
        }
        let covered = registered.iter().any(|it| host == it || host.ends_with(&format!(".{it}")));
        if !directly && !covered {
            return refuse(89021, "request domain is not open's webview domain!");
        }
        let served = scene.merchant().confirm_file.is_some()
            && !scene.world.hosts_without_confirm_file.contains(host);
        if directly && !served {
            return refuse(85069, "check confirm file fail");
        }
    }
    let mut next = match action.as_str() {
        "add" => [current.clone(), wanted].concat(),
        "set" => wanted,
        "delete" => {
            if wanted.iter().any(|domain| !current.contains(domain)) {
                return refuse(89022, "delete domain is not exist!");
            }
            current.iter().filter(|domain| !wanted.contains(domain)).cloned().collect()
        }
        _ => return refuse(85022, "invalid action"),
    };
    next.sort();
    next.dedup();
    let mut before = current;
    before.sort();
    if next == before {
        return refuse(89019, "webview domain not change");
    }
    if next.len() > MOST_DOMAINS {
        return refuse(89029, "webview domain count out of limit");
    }
    let merchant = scene.merchant();
    merchant.webview_edits.add(&this_month);
    if directly {
        merchant.direct_webview_domains.clone_from(&next);
    } else {
        merchant.platform_webview_domains.clone_from(&next);
    }
    fields(json!({ "webviewdomain": next }))
}

fn confirm_file(scene: &mut Scene<'_>) -> Answer {
    if scene.merchant().confirm_file.is_none() {
        let file = new_confirm_file(scene.world);
        scene.merchant().confirm_file = Some(file);
    }
    match scene.merchant().confirm_file.clone() {
        Some(file) => fields(json!({ "file_name": file.name, "file_content": file.content })),
        None => done(),
    }
}

fn effective(scene: &mut Scene<'_>) -> Answer {
    let merchant = scene.merchant();
    let parts = [
        &merchant.console_webview_domains,
        &merchant.platform_webview_domains,
        &merchant.direct_webview_domains,
    ];
    let mut all: Vec<&String> = parts.into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    fields(json!({
        "mp_webviewdomain": merchant.console_webview_domains,
        "third_webviewdomain": merchant.platform_webview_domains,
        "direct_webviewdomain": merchant.direct_webview_domains,
        "effective_webviewdomain": all,
    }))
}
