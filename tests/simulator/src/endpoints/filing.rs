//! ICP filing: the face check, the documents, the application.

use serde_json::{Map, Value, json};

use super::media::{keep, picture};
use crate::{
    endpoint::{Empty, Endpoint, Field, Kind, TokenKind},
    reply::{Answer, bare, done, fields, refuse},
    scene::{Scene, integer, text, texts},
    state::{FaceCheck, Filing},
};

/// Permission sets of which one is needed.
const SETS: &[u32] = &[18, 156];

/// Bytes a video may have.
const LARGEST_VIDEO: usize = 10 * 1024 * 1024;

const SUBJECT_BASE: &[Field] = &[
    Field::required("type", Kind::Integer),
    Field::optional("name", Kind::Text),
    Field::optional("province", Kind::Text),
    Field::optional("city", Kind::Text),
    Field::optional("district", Kind::Text),
    Field::optional("address", Kind::Text),
    Field::optional("comment", Kind::Text),
];

const PRINCIPAL: &[Field] = &[
    Field::optional("name", Kind::Text),
    Field::optional("mobile", Kind::Text),
    Field::optional("email", Kind::Text),
    Field::optional("emergency_contact", Kind::Text),
    Field::optional("certificate_type", Kind::Integer),
    Field::optional("certificate_number", Kind::Text),
    Field::optional("certificate_validity_date_start", Kind::Text),
    Field::optional("certificate_validity_date_end", Kind::Text),
    Field::optional("certificate_photo_front", Kind::Text),
    Field::optional("certificate_photo_back", Kind::Text),
    Field::optional("authorization_letter", Kind::Text),
    Field::optional("verify_task_id", Kind::Text),
];

pub(super) const SUBJECT: &[Field] = &[
    Field::required("base_info", Kind::Object(SUBJECT_BASE)),
    Field::optional(
        "personal_info",
        Kind::Object(&[Field::optional("residence_permit", Kind::Text)]),
    ),
    Field::optional(
        "organize_info",
        Kind::Object(&[
            Field::required("certificate_type", Kind::Integer),
            Field::required("certificate_number", Kind::Text),
            Field::required("certificate_address", Kind::Text),
            Field::optional("certificate_photo", Kind::Text),
        ]),
    ),
    Field::required("principal_info", Kind::Object(PRINCIPAL)),
    Field::optional(
        "legal_person_info",
        Kind::Object(&[
            Field::required("name", Kind::Text),
            Field::required("certificate_number", Kind::Text),
        ]),
    ),
];

pub(super) const APPLETS: &[Field] = &[
    Field::required(
        "base_info",
        Kind::Object(&[
            Field::optional("appid", Kind::Text),
            Field::optional("name", Kind::Text),
            Field::required("service_content_types", Kind::Integers),
            Field::optional(
                "nrlx_details",
                Kind::Objects(&[
                    Field::required("type", Kind::Integer),
                    Field::optional("code", Kind::Text),
                    Field::optional("media", Kind::Text),
                ]),
            ),
            Field::optional("comment", Kind::Text),
        ]),
    ),
    Field::required("principal_info", Kind::Object(PRINCIPAL)),
];

pub(super) const MATERIALS: &[Field] = &[
    Field::optional("commitment_letter", Kind::Texts),
    Field::optional("business_name_change_letter", Kind::Texts),
    Field::optional("party_building_confirmation_letter", Kind::Texts),
    Field::optional("promise_video", Kind::Texts),
    Field::optional("authenticity_responsibility_letter", Kind::Texts),
    Field::optional("authenticity_commitment_letter", Kind::Texts),
    Field::optional("website_construction_proposal", Kind::Texts),
    Field::optional("subject_other_materials", Kind::Texts),
    Field::optional("applets_other_materials", Kind::Texts),
    Field::optional("holding_certificate_photo", Kind::Texts),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/wxa/icp/get_icp_entrance_info", TokenKind::Merchant, entrance).sets(SETS),
    Endpoint::post(
        "/wxa/icp/create_icp_verifytask",
        TokenKind::Merchant,
        &[Field::optional("along_with_auth", Kind::Flag)],
        create_face_check,
    )
    .empty(Empty::Wanted)
    .sets(SETS),
    Endpoint::post(
        "/wxa/icp/query_icp_verifytask",
        TokenKind::Merchant,
        &[Field::required("task_id", Kind::Text)],
        query_face_check,
    )
    .sets(SETS),
    Endpoint::upload(
        "/wxa/icp/upload_icp_media",
        TokenKind::Merchant,
        "media",
        &[
            Field::required("type", Kind::Text).missing(40004, "invalid media type"),
            Field::optional("certificate_type", Kind::IntegerOrText),
            Field::required("icp_order_field", Kind::Text),
        ],
        upload,
    )
    .sets(SETS),
    Endpoint::post(
        "/wxa/icp/apply_icp_filing",
        TokenKind::Merchant,
        &[
            Field::required("icp_subject", Kind::Object(SUBJECT)),
            Field::required("icp_applets", Kind::Object(APPLETS)),
            Field::optional("icp_materials", Kind::Object(MATERIALS)),
        ],
        apply,
    )
    .sets(SETS),
    Endpoint::post(
        "/wxa/icp/cancel_apply_icp_filing",
        TokenKind::Merchant,
        &[],
        cancel_application,
    )
    .empty(Empty::Allowed)
    .sets(SETS),
    Endpoint::post(
        "/wxa/icp/cancel_icp_filing",
        TokenKind::Merchant,
        &[Field::required("cancel_type", Kind::Integer)],
        cancel,
    )
    .sets(SETS),
    Endpoint::get("/wxa/icp/get_online_icp_order", TokenKind::Merchant, online).sets(SETS),
];

fn entrance(scene: &mut Scene<'_>) -> Answer {
    let merchant = scene.merchant();
    let status = merchant.account.icp_status;
    let filing = merchant.filing.clone().unwrap_or_default();
    fields(json!({
        "info": {
            "status": status,
            "is_canceling": filing.canceling,
            "audit_data": filing.remarks,
            "available": 1,
            "sms_verify_status": if status == 4 { filing.sms } else { 0 },
        },
    }))
}

fn create_face_check(scene: &mut Scene<'_>) -> Answer {
    let along_with_auth = scene.flag("along_with_auth") == Some(true);
    let (task, begun) = (scene.world.random.text(32), scene.now);
    let check = FaceCheck { task: task.clone(), along_with_auth, begun, status: 1 };
    scene.merchant().face_checks.push(check);
    match along_with_auth {
        true => {
            let url = format!("https://mp.weixin.qq.com/wxawap/icpverify?task_id={task}");
            fields(json!({ "task_id": task, "verify_url": url }))
        }
        false => fields(json!({ "task_id": task })),
    }
}

fn query_face_check(scene: &mut Scene<'_>) -> Answer {
    let (now, task) = (scene.now, scene.text("task_id").to_owned());
    match scene.merchant().face_checks.iter().find(|check| check.task == task) {
        None => refuse(40097, "invalid args: task_id"),
        Some(check) => {
            let status = check.status(now);
            let mut answer = json!({ "is_finish": status >= 2, "face_status": status });
            if check.along_with_auth && status == 3 {
                answer["along_with_auth_result"] = json!(9);
            }
            fields(answer)
        }
    }
}

fn upload(scene: &mut Scene<'_>) -> Answer {
    let kind = scene.text("type").to_owned();
    let file = match kind.as_str() {
        "image" => picture(scene)?,
        "video" => {
            let file = scene.file()?;
            if file.kind() != Some("mp4") || file.bytes.len() > LARGEST_VIDEO {
                return refuse(40005, "invalid file type");
            }
            file
        }
        _ => return refuse(40004, "invalid media type"),
    };
    let media_id = keep(scene, &file);
    // Whether it is the right one is looked at when it is applied with.
    let certificate_type = scene.text("certificate_type").parse().ok();
    if let Some(media) = scene.merchant().media.get_mut(&media_id) {
        media.certificate_type = certificate_type;
    }
    fields(json!({ "type": kind, "media_id": media_id, "created_at": scene.now }))
}

fn apply(scene: &mut Scene<'_>) -> Answer {
    let hints = hints(scene);
    if !hints.is_empty() {
        return with_hints(&hints);
    }
    file(scene);
    done()
}

/// Refuses with what is wrong, field by field.
pub(super) fn with_hints(hints: &[Value]) -> Answer {
    bare(json!({ "errcode": 86202, "errmsg": "icp filing check failed", "hints": hints }))
}

/// What is wrong with the filing in the body.
pub(super) fn hints(scene: &mut Scene<'_>) -> Vec<Value> {
    let part = |name: &str| object(&scene.body, name);
    let (subject, applets) = (part("icp_subject"), part("icp_applets"));
    let materials = part("icp_materials");
    let now = scene.now;
    let merchant = scene.merchant();
    let mut hints = Vec::new();
    let mut wrong = |field: String, errmsg: &str| {
        hints.push(json!({ "errcode": 86202, "err_field": field, "errmsg": errmsg }));
    };
    if matches!(merchant.account.icp_status, 2 | 4 | 6) {
        wrong("icp_applets".to_owned(), "已有备案或备案正在审核");
    }
    if merchant.account.nick_name.is_empty() {
        wrong("icp_applets.base_info.name".to_owned(), "小程序尚未设置名称");
    }
    let base = object(&subject, "base_info");
    for name in ["name", "province", "city", "district", "address"] {
        if text(&base, name).is_empty() {
            wrong(format!("icp_subject.base_info.{name}"), "必填");
        }
    }
    for (place, part) in [("icp_subject", &subject), ("icp_applets", &applets)] {
        let principal = object(part, "principal_info");
        let place = format!("{place}.principal_info");
        for name in ["name", "mobile", "email", "certificate_number"] {
            if text(&principal, name).is_empty() {
                wrong(format!("{place}.{name}"), "必填");
            }
        }
        for name in ["certificate_photo_front", "certificate_photo_back"] {
            let certificate_type = integer(&principal, "certificate_type");
            match merchant.media(text(&principal, name), now) {
                None => wrong(format!("{place}.{name}"), "材料不存在或已过期"),
                Some(media) => {
                    if media.certificate_type.is_some_and(|it| Some(it) != certificate_type) {
                        wrong(format!("{place}.{name}"), "材料与证件类型不符");
                    }
                }
            }
        }
    }
    let task = object(&applets, "principal_info");
    let task = text(&task, "verify_task_id");
    let mut checks = merchant.face_checks.iter();
    if !checks.any(|it| it.task == task && it.is_valid(now) && it.status(now) == 3) {
        wrong("icp_applets.principal_info.verify_task_id".to_owned(), "人脸核身未完成或已过期");
    }
    for name in materials.keys() {
        let ids = texts(&materials, name).unwrap_or_default();
        if ids.iter().any(|id| merchant.media(id, now).is_none()) {
            wrong(format!("icp_materials.{name}"), "材料不存在或已过期");
        }
    }
    hints
}

/// The filing in the body waits for WeChat's reviewers.
pub(super) fn file(scene: &mut Scene<'_>) {
    let part = |name: &str| object(&scene.body, name);
    let filing = Filing {
        subject: part("icp_subject"),
        applets: part("icp_applets"),
        materials: part("icp_materials"),
        ..Filing::default()
    };
    let merchant = scene.merchant();
    merchant.filing = Some(filing);
    merchant.account.icp_status = 2;
}

fn object(object: &Map<String, Value>, name: &str) -> Map<String, Value> {
    object.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn cancel_application(scene: &mut Scene<'_>) -> Answer {
    let merchant = scene.merchant();
    match merchant.account.icp_status {
        2 | 3 | 5 => {
            merchant.account.icp_status = 1024;
            merchant.filing = None;
            done()
        }
        4 => refuse(86330, "the authority is reviewing the filing"),
        _ => refuse(86368, "there is no application for a filing"),
    }
}

fn cancel(scene: &mut Scene<'_>) -> Answer {
    if !matches!(scene.integer("cancel_type"), Some(1..=3)) {
        return refuse(40097, "invalid args: cancel_type");
    }
    let merchant = scene.merchant();
    if merchant.account.icp_status != 6 {
        return refuse(86353, "there is no filing to cancel");
    }
    merchant.filing.get_or_insert_default().canceling = true;
    done()
}

fn online(scene: &mut Scene<'_>) -> Answer {
    let appid = scene.appid.clone();
    let merchant = scene.merchant();
    if merchant.account.icp_status != 6 {
        // No code is documented for it; this is the family's for a state that does not fit.
        return refuse(86330, "there is no filing");
    }
    let filing = merchant.filing.clone().unwrap_or_default();
    let mut subject = Value::Object(filing.subject);
    let mut applets = Value::Object(filing.applets);
    // Filed before the simulator began: only the names are known.
    if subject.get("base_info").is_none() {
        subject = json!({ "base_info": { "type": 4, "name": merchant.account.principal_name } });
        applets = json!({ "base_info": { "service_content_types": [2] } });
    }
    applets["base_info"]["appid"] = json!(appid);
    applets["base_info"]["name"] = json!(merchant.account.nick_name);
    fields(json!({
        "icp_subject": subject, "icp_applets": applets, "icp_materials": filing.materials,
    }))
}
