//! Releases and rollbacks, and what is online.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
    state::{Domains, GrayRelease, Merchant, Online, ReviewStatus},
};

/// A filing that is in order.
const FILED: i64 = 6;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/wxa/release", TokenKind::Merchant, &[], release).sets(&[18]).plain(),
    Endpoint::get("/wxa/revertcoderelease", TokenKind::Merchant, revert)
        .sets(&[18])
        .query(&["action", "app_version"])
        .plain(),
    Endpoint::post("/wxa/getversioninfo", TokenKind::Merchant, &[], version_info).sets(&[18]),
];

fn release(scene: &mut Scene<'_>) -> Answer {
    let now = scene.now;
    let number = scene.world.number();
    let merchant = scene.merchant();
    let first = merchant.online.is_none();
    let filed = merchant.account.icp_status == FILED;
    let committed = merchant.trial.as_ref().map(|trial| trial.serial);
    let Some(review) = merchant.latest_review() else {
        return refuse(85019, "no version is under auditing");
    };
    if review.released {
        return refuse(85052, "app is already released");
    }
    // A commit after the approval spoils it, and so does anything but an approval.
    if review.status != ReviewStatus::Approved || committed != Some(review.version.serial) {
        return refuse(85020, "status not allowed");
    }
    // No code is documented for a first release without a filing.
    if first && !filed {
        return refuse(85020, "status not allowed: the mini program has no icp filing");
    }
    go_live(merchant, number, now);
    done()
}

/// Puts the version of the latest review online, for everybody.
pub(super) fn go_live(merchant: &mut Merchant, app_version: i64, now: i64) {
    let Some(review) = merchant.latest_review() else { return };
    review.released = true;
    let version = review.version.clone();
    merchant.put_online(Online { app_version, released: now, version });
    merchant.console_domains = Domains::new();
    merchant.console_webview_domains.clear();
    merchant.direct_domains_in_force = merchant.direct_domains.clone();
}

fn revert(scene: &mut Scene<'_>) -> Answer {
    let query = scene.query;
    let merchant = scene.merchant();
    let reachable = if merchant.rolled_back { &[][..] } else { &merchant.history[..] };
    match query.get("action") {
        Some("get_history_version") => {
            let list: Vec<Value> = reachable
                .iter()
                .map(|online| {
                    json!({
                        "app_version": online.app_version,
                        "user_version": online.version.user_version,
                        "user_desc": online.version.user_desc,
                        "commit_time": online.version.committed,
                    })
                })
                .collect();
            return fields(json!({ "version_list": list }));
        }
        Some(_) => return refuse(40097, "invalid args"),
        None => {}
    }
    if merchant.gray.as_ref().is_some_and(GrayRelease::is_running) {
        return refuse(87011, "wxa has a gray release plan, forbid revert release");
    }
    let at = match query.get("app_version") {
        None => (!reachable.is_empty()).then_some(0),
        Some(version) => match version.parse::<i64>() {
            Ok(version) => reachable.iter().position(|online| online.app_version == version),
            Err(_) => return refuse(40097, "invalid args"),
        },
    };
    let Some(at) = at else {
        return refuse(87012, "forbid revert this version release");
    };
    let now = scene.now;
    let merchant = scene.merchant();
    let mut target = merchant.history.remove(at);
    target.released = now;
    // The version that was online is gone for good.
    merchant.online = Some(target);
    merchant.rolled_back = true;
    done()
}

fn version_info(scene: &mut Scene<'_>) -> Answer {
    let merchant = scene.merchant();
    let mut reply = json!({});
    if let Some(trial) = &merchant.trial {
        reply["exp_info"] = json!({
            "exp_time": trial.committed,
            "exp_version": trial.user_version,
            "exp_desc": trial.user_desc,
        });
    }
    if let Some(online) = &merchant.online {
        reply["release_info"] = json!({
            "release_time": online.released,
            "release_version": online.version.user_version,
            "release_desc": online.version.user_desc,
        });
    }
    fields(reply)
}
