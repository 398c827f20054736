//! The daily counters of calls, their reset, and what is remembered of refused calls.

use serde_json::json;

use super::{find, platform::prove};
use crate::{
    clock::{day, month},
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
    state::DAILY_CALLS,
};

/// Resets of one account in a month.
const RESETS_A_MONTH: u32 = 10;

/// The call that a component makes without a token, and that is counted all the same.
const COMPONENT_TOKEN: &str = "/cgi-bin/component/api_component_token";

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/cgi-bin/component/clear_quota/v2",
        TokenKind::Nobody,
        &[
            Field::required("component_appid", Kind::Text).missing(41002, "appid missing"),
            Field::required("appsecret", Kind::Text).missing(41004, "appsecret missing"),
            Field::optional("appid", Kind::Text),
        ],
        clear_with_secret,
    ),
    Endpoint::post(
        "/cgi-bin/clear_quota",
        TokenKind::Either,
        &[Field::required("appid", Kind::Text).missing(41002, "appid missing")],
        clear_own,
    )
    .uncounted(),
    Endpoint::post(
        "/cgi-bin/component/clear_quota",
        TokenKind::Component,
        &[Field::required("component_appid", Kind::Text).missing(41002, "appid missing")],
        clear_component,
    )
    .uncounted(),
    Endpoint::post(
        "/cgi-bin/openapi/quota/get",
        TokenKind::Either,
        &[Field::required("cgi_path", Kind::Text).missing(76003, "cgi_path is error")],
        quota,
    )
    .uncounted(),
    Endpoint::post(
        "/cgi-bin/openapi/rid/get",
        TokenKind::Either,
        &[Field::required("rid", Kind::Text).missing(76002, "rid is error")],
        rid,
    )
    .uncounted(),
];

/// With `appid` it resets an authorized account's counters, without it the component's own.
fn clear_with_secret(scene: &mut Scene<'_>) -> Answer {
    prove(scene, "appsecret")?;
    if let Some(appid) = scene.optional_text("appid").map(str::to_owned) {
        if !scene.world.has_granted(&appid, &scene.component_appid) {
            return refuse(43007, "require biz user authorize");
        }
        scene.appid = appid;
    }
    clear(scene)
}

fn clear_own(scene: &mut Scene<'_>) -> Answer {
    if scene.text("appid") != scene.account() {
        return refuse(40013, "invalid appid");
    }
    clear(scene)
}

fn clear_component(scene: &mut Scene<'_>) -> Answer {
    scene.same_component()?;
    clear(scene)
}

/// Resets the counters of the account that the call is about.
fn clear(scene: &mut Scene<'_>) -> Answer {
    let (today, this_month) = (day(scene.now), month(scene.now));
    let account = scene.account().to_owned();
    let resets = match scene.appid.is_empty() {
        true => &mut scene.component().resets,
        false => &mut scene.merchant().resets,
    };
    if resets.used(&this_month) >= RESETS_A_MONTH {
        return refuse(48006, "forbid to clear quota because of reaching the limit");
    }
    resets.add(&this_month);
    if scene.appid.is_empty() {
        scene.component().token_calls.set(&today, 0);
    }
    scene.world.calls.entry(account).or_default().clear();
    done()
}

fn quota(scene: &mut Scene<'_>) -> Answer {
    let path = scene.text("cgi_path").to_owned();
    if !path.starts_with('/') {
        return refuse(76003, "cgi_path is error: it begins with a slash and has no host");
    }
    if path.starts_with("/sns/") {
        return refuse(76022, "could not use this cgi_path, no permission");
    }
    let Some(endpoint) = find(&path) else {
        return refuse(76021, "cgi_path not found, please check");
    };
    let today = day(scene.now);
    let of_component = scene.appid.is_empty();
    let (limit, used) = match endpoint.token {
        TokenKind::Nobody if of_component && path == COMPONENT_TOKEN => {
            let component = scene.component();
            (component.token_call_limit, component.token_calls.used(&today))
        }
        TokenKind::Nobody => return refuse(76022, "could not use this cgi_path, no permission"),
        TokenKind::Component if !of_component => {
            return refuse(76022, "could not use this cgi_path, no permission");
        }
        TokenKind::Merchant if of_component => {
            return refuse(76022, "could not use this cgi_path, no permission");
        }
        _ => {
            let calls = scene.world.calls.get(scene.account());
            (DAILY_CALLS, calls.map_or(0, |calls| calls.used(&path, &today)))
        }
    };
    fields(json!({
        "quota": { "daily_limit": limit, "used": used, "remain": limit.saturating_sub(used) },
    }))
}

fn rid(scene: &mut Scene<'_>) -> Answer {
    let rid = scene.text("rid").to_owned();
    let parts: Vec<&str> = rid.split('-').collect();
    let hexadecimal =
        |part: &&str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if parts.len() != 3 || !parts.iter().all(hexadecimal) {
        return refuse(76002, "rid is error");
    }
    match scene.world.refused.find(&rid, scene.now) {
        None => refuse(76001, "rid not found, please check"),
        Some(call) if call.path.starts_with("/sns/") => {
            refuse(76022, "could not use this cgi_path, no permission")
        }
        Some(call) if call.account != scene.account() => {
            refuse(76003, "could not query this rid, no permission")
        }
        Some(call) => fields(json!({
            "request": {
                "invoke_time": call.at,
                "cost_in_ms": 12,
                "request_url": call.query,
                "request_body": call.sent,
                "response_body": call.answered,
                "client_ip": "127.0.0.1",
            },
        })),
    }
}
