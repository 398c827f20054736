//! Interfaces that read where a user is, and that have to be applied for.

use serde_json::{Value, json};

use crate::{
    clock::minute,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, fields, refuse},
    scene::Scene,
    state::{Application, ApplicationStatus},
};

/// Applications in a minute.
const APPLICATIONS_A_MINUTE: u32 = 280;

/// The interfaces, with their names in Chinese.
const INTERFACES: [(&str, &str); 8] = [
    ("wx.chooseAddress", "获取用户收货地址"),
    ("wx.choosePoi", "选择位置，支持模糊定位（精确到市）和精确定位混选"),
    ("wx.getLocation", "获取当前的地理位置、速度"),
    ("wx.onLocationChange", "监听实时地理位置变化事件"),
    ("wx.chooseLocation", "打开地图选择位置"),
    ("wx.getFuzzyLocation", "获取当前的模糊地理位置"),
    ("wx.startLocationUpdate", "开启小程序进入前台时接收位置消息"),
    ("wx.startLocationUpdateBackground", "开启小程序进入前后台时均接收位置消息"),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/security/apply_privacy_interface",
        TokenKind::Merchant,
        &[
            Field::required("api_name", Kind::Text).missing(61034, "missing argument"),
            Field::required("content", Kind::Text).missing(61034, "missing argument"),
            Field::optional("url_list", Kind::Texts),
            Field::optional("pic_list", Kind::Texts),
            Field::optional("video_list", Kind::Texts),
        ],
        apply,
    )
    .escapes(61037, "content is not utf-8")
    .sets(&[18]),
    Endpoint::get("/wxa/security/get_privacy_interface", TokenKind::Merchant, list).sets(&[18]),
];

fn apply(scene: &mut Scene<'_>) -> Answer {
    let name = scene.text("api_name").to_owned();
    let minute = minute(scene.now);
    let pictures = scene.texts("pic_list").unwrap_or_default();
    let videos = scene.texts("video_list").unwrap_or_default();
    let long = scene.text("content").chars().count() > 300;
    let component = scene.component_appid.clone();
    let (now, audit_id) = (scene.now, 420_000_000 + scene.world.number());
    let merchant = scene.merchant();
    if merchant.privacy.applications.used(&minute) >= APPLICATIONS_A_MINUTE {
        return refuse(61038, "apply too frequently");
    }
    merchant.privacy.applications.add(&minute);
    if long || pictures.len() > 10 || videos.len() > 1 {
        return refuse(40097, "invalid args: content, pic_list or video_list is too long");
    }
    if videos.iter().any(|video| !video.ends_with(".mp4")) {
        return refuse(61032, "invalid video type");
    }
    // Names are told apart by their case.
    if !INTERFACES.iter().any(|(known, _)| *known == name) {
        return refuse(61035, "this api needs no application");
    }
    if !merchant.account.categories.iter().any(|category| category.is_approved()) {
        return refuse(61036, "this account may not apply for this api");
    }
    match merchant.privacy.interfaces.get(&name).map(|application| application.status) {
        Some(ApplicationStatus::Applying) => return refuse(61031, "audit is not finished"),
        Some(ApplicationStatus::Granted) => return refuse(61035, "this api is granted already"),
        Some(ApplicationStatus::Failed) | None => {}
    }
    let application = Application {
        audit_id,
        applied: now,
        status: ApplicationStatus::Applying,
        reason: String::new(),
        component,
    };
    merchant.privacy.interfaces.insert(name, application);
    fields(json!({ "audit_id": audit_id }))
}

fn list(scene: &mut Scene<'_>) -> Answer {
    let merchant = scene.merchant();
    let may_apply = merchant.account.categories.iter().any(|category| category.is_approved());
    let interfaces: Vec<Value> = INTERFACES
        .iter()
        .map(|(name, chinese)| {
            let page = name.trim_start_matches("wx.");
            let mut shown = json!({
                "api_name": name,
                "api_ch_name": chinese,
                "api_desc": chinese,
                "status": if may_apply { 1 } else { 2 },
                "api_link": format!(
                    "https://developers.weixin.qq.com/miniprogram/dev/api/location/wx.{page}.html"
                ),
                "group_name": "地理位置",
            });
            match merchant.privacy.interfaces.get(*name) {
                Some(application) => {
                    shown["status"] = json!(application.status as i64);
                    shown["audit_id"] = json!(application.audit_id);
                    shown["apply_time"] = json!(application.applied);
                    if application.status == ApplicationStatus::Failed {
                        shown["fail_reason"] = json!(application.reason);
                    }
                }
                None if !may_apply => shown["fail_reason"] = json!("小程序类目不符合要求"),
                None => {}
            }
            shown
        })
        .collect();
    fields(json!({ "interface_list": interfaces }))
}
