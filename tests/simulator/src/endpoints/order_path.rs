//! The page that WeChat's order centre opens.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    errand::Errand,
    push::{node, xml_around},
    reply::{Answer, done, fields, refuse},
    scene::{Scene, text, texts},
    state::{OrderPath, OrderPathStatus},
};

/// Mini programs in one application.
const MOST_APPIDS: usize = 100;

const APPLICATION: &[Field] = &[
    Field::required("appid_list", Kind::Texts).missing(40097, "invalid args"),
    Field::required("path", Kind::Text).missing(40097, "invalid args"),
    Field::optional("img_list", Kind::Texts),
    Field::optional("video", Kind::Text),
    Field::optional("test_account", Kind::Text),
    Field::optional("test_pwd", Kind::Text),
    Field::optional("test_remark", Kind::Text),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/security/applysetorderpathinfo",
        TokenKind::Component,
        &[Field::required("batch_req", Kind::Object(APPLICATION))],
        apply,
    ),
    Endpoint::post(
        "/wxa/security/getorderpathinfo",
        TokenKind::Merchant,
        &[Field::required("info_type", Kind::Integer)],
        get,
    )
    .sets(&[18]),
];

/// Takes the application for each mini program and tells by an event what became of it there.
fn apply(scene: &mut Scene<'_>) -> Answer {
    let batch = scene.body.get("batch_req").and_then(Value::as_object).cloned();
    let batch = batch.unwrap_or_default();
    let appids = texts(&batch, "appid_list").unwrap_or_default();
    if appids.is_empty() || appids.len() > MOST_APPIDS {
        return refuse(40097, "invalid args: appid_list");
    }
    if text(&batch, "path").is_empty() {
        return refuse(40097, "invalid args: path");
    }
    let mut results = String::new();
    for appid in appids {
        let audit_id = 460_000_000 + scene.world.number();
        let wanted = OrderPath {
            path: text(&batch, "path").to_owned(),
            pictures: texts(&batch, "img_list").unwrap_or_default(),
            video: text(&batch, "video").to_owned(),
            test_account: text(&batch, "test_account").to_owned(),
            test_password: text(&batch, "test_pwd").to_owned(),
            test_remark: text(&batch, "test_remark").to_owned(),
            audit_id,
            applied: scene.now,
            status: OrderPathStatus::Reviewing,
            component: scene.component_appid.clone(),
        };
        let code = match scene.world.has_granted(&appid, &scene.component_appid) {
            false if scene.world.merchants.contains_key(&appid) => "30001",
            false => "-2",
            true => {
                let review = &mut scene.world.merchant(&appid).order_paths.review;
                let open = review.as_ref().map(|it| it.status);
                if open == Some(OrderPathStatus::Reviewing) {
                    "1"
                } else {
                    *review = Some(wanted);
                    "0"
                }
            }
        };
        let audit_id = audit_id.to_string();
        let mut result = vec![("appid", appid.as_str()), ("ret_code", code)];
        if code == "0" {
            result.insert(1, ("audit_id", &audit_id));
        }
        results.push_str(&node("list", &result));
    }
    let message = xml_around(
        &[
            ("AppId", &scene.component_appid),
            ("CreateTime", &scene.now.to_string()),
            ("InfoType", "order_path_apply_result_notify"),
        ],
        &results,
    );
    scene.errands.push(Errand::PushEvent { component: scene.component_appid.clone(), message });
    done()
}

fn get(scene: &mut Scene<'_>) -> Answer {
    let which = scene.integer("info_type");
    let paths = &scene.merchant().order_paths;
    let path = match which {
        Some(0) => &paths.live,
        Some(1) => &paths.review,
        _ => return refuse(40097, "invalid args: info_type is 0 or 1"),
    };
    let Some(path) = path else {
        return refuse(61041, "order path info has not been set");
    };
    fields(json!({
        "msg": {
            "path": path.path,
            "img_list": path.pictures,
            "video": path.video,
            "test_account": path.test_account,
            "test_pwd": path.test_password,
            "test_remark": path.test_remark,
            "status": path.status as i64,
            "apply_time": path.applied,
        },
    }))
}
