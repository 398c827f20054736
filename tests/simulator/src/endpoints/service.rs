//! Whether a mini program serves its users, and on which base library.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
};

/// Base libraries that were published, and how many of a hundred users have each.
const BASE_LIBRARIES: [(&str, f64); 6] = [
    ("2.19.4", 0.5),
    ("2.25.4", 1.0),
    ("2.32.3", 4.5),
    ("3.0.2", 9.0),
    ("3.5.8", 25.0),
    ("3.8.10", 60.0),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/change_visitstatus",
        TokenKind::Merchant,
        &[Field::required("action", Kind::Text).missing(40097, "invalid args")],
        change_visit_status,
    )
    .sets(&[18]),
    Endpoint::post("/wxa/getvisitstatus", TokenKind::Merchant, &[], visit_status).sets(&[18]),
    Endpoint::post(
        "/cgi-bin/wxopen/getweappsupportversion",
        TokenKind::Merchant,
        &[],
        support_version,
    )
    .get_or_post()
    .sets(&[18]),
    Endpoint::post(
        "/cgi-bin/wxopen/setweappsupportversion",
        TokenKind::Merchant,
        &[Field::required("version", Kind::Text).missing(89014, "support version error")],
        set_support_version,
    )
    .sets(&[18]),
];

fn change_visit_status(scene: &mut Scene<'_>) -> Answer {
    let suspended = match scene.text("action") {
        "open" => false,
        "close" => true,
        _ => return refuse(40097, "invalid args: action is open or close"),
    };
    scene.merchant().suspended = suspended;
    done()
}

fn visit_status(scene: &mut Scene<'_>) -> Answer {
    fields(json!({ "status": i64::from(!scene.merchant().suspended) }))
}

fn support_version(scene: &mut Scene<'_>) -> Answer {
    let items: Vec<Value> = BASE_LIBRARIES
        .iter()
        .map(|(version, percentage)| json!({ "version": version, "percentage": percentage }))
        .collect();
    let now_version = &scene.merchant().support_version;
    fields(json!({ "now_version": now_version, "uv_info": { "items": items } }))
}

fn set_support_version(scene: &mut Scene<'_>) -> Answer {
    let version = scene.text("version").to_owned();
    if !BASE_LIBRARIES.iter().any(|(published, _)| *published == version) {
        return refuse(89014, "support version error");
    }
    scene.merchant().support_version = version;
    done()
}
