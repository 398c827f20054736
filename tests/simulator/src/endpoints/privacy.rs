//! The privacy guideline, and the interfaces that have to be applied for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, Refusal, done, fields, refuse},
    scene::{Scene, text},
    state::Guideline,
};

/// Bytes of a file that belongs to a guideline.
const LARGEST_FILE: usize = 100 * 1024;

/// The kinds of data that have a name, and the name.
const KINDS: [(&str, &str); 22] = [
    ("UserInfo", "用户信息（微信昵称、头像）"),
    ("Location", "位置信息"),
    ("Address", "地址"),
    ("Invoice", "发票信息"),
    ("RunData", "微信运动数据"),
    ("Record", "麦克风"),
    ("Album", "选中的照片或视频信息"),
    ("Camera", "摄像头"),
    ("PhoneNumber", "手机号"),
    ("Contact", "通讯录（仅写入）权限"),
    ("DeviceInfo", "设备信息"),
    ("EXIDNumber", "身份证号码"),
    ("EXOrderInfo", "订单信息"),
    ("EXUserPublishContent", "发布内容"),
    ("EXUserFollowAcct", "所关注账号"),
    ("EXUserOpLog", "操作日志"),
    ("AlbumWriteOnly", "相册（仅写入）权限"),
    ("LicensePlate", "车牌号"),
    ("BlueTooth", "蓝牙"),
    ("CalendarWriteOnly", "日历（仅写入）权限"),
    ("Email", "邮箱"),
    ("MessageFile", "选中的文件"),
];

/// What the owner part of a guideline may hold.
const OWNER_FIELDS: [&str; 8] = [
    "contact_phone",
    "contact_email",
    "contact_qq",
    "contact_weixin",
    "store_expire_timestamp",
    "ext_file_media_id",
    "notice_method",
    "store_region",
];

const OWNER: &[Field] = &[
    Field::optional("contact_phone", Kind::Text),
    Field::optional("contact_email", Kind::Text),
    Field::optional("contact_qq", Kind::Text),
    Field::optional("contact_weixin", Kind::Text),
    Field::optional("store_expire_timestamp", Kind::Text),
    Field::optional("ext_file_media_id", Kind::Text),
    Field::required("notice_method", Kind::Text),
    Field::optional("store_region", Kind::Text),
];

const SETTING: &[Field] =
    &[Field::required("privacy_key", Kind::Text), Field::required("privacy_text", Kind::Text)];

const SDK: &[Field] = &[
    Field::required("sdk_name", Kind::Text),
    Field::required("sdk_biz_name", Kind::Text),
    Field::required("sdk_list", Kind::Objects(SETTING)),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/cgi-bin/component/setprivacysetting",
        TokenKind::Merchant,
        &[
            Field::optional("privacy_ver", Kind::Integer),
            Field::required("owner_setting", Kind::Object(OWNER)),
            Field::optional("setting_list", Kind::Objects(SETTING)),
            Field::optional("sdk_privacy_info_list", Kind::Objects(SDK)),
        ],
        set,
    )
    .sets(&[18, 30]),
    Endpoint::post(
        "/cgi-bin/component/getprivacysetting",
        TokenKind::Merchant,
        &[Field::optional("privacy_ver", Kind::Integer)],
        get,
    )
    .sets(&[18, 30]),
    Endpoint::upload(
        "/cgi-bin/component/uploadprivacyextfile",
        TokenKind::Merchant,
        "file",
        &[],
        upload,
    )
    .sets(&[18, 30]),
];

/// The version that the call is about: 1 online, 2 in development.
fn version(scene: &Scene<'_>) -> Result<i64, Refusal> {
    match scene.integer("privacy_ver").unwrap_or(2) {
        version @ (1 | 2) => Ok(version),
        _ => refuse(86071, "invalid privacy_ver"),
    }
}

fn set(scene: &mut Scene<'_>) -> Answer {
    let version = version(scene)?;
    let owner = owner(scene)?;
    let settings = scene.objects("setting_list");
    let sdks = scene.body.get("sdk_privacy_info_list").cloned().unwrap_or_else(|| json!([]));
    let changed = scene.now;
    let merchant = scene.merchant();
    if version == 1 {
        if merchant.online.is_none() {
            return refuse(86074, "no privacy setting of the released version");
        }
        if settings.is_some() {
            return refuse(40097, "invalid args: setting_list is not for privacy_ver 1");
        }
        // The owner's part of what is online changes at once, and nothing else does.
        let online = merchant.privacy.online.get_or_insert_default();
        online.owner = owner;
        online.changed = changed;
        return done();
    }
    let Some(settings) = settings else {
        return refuse(47001, "data format error: field setting_list is missing");
    };
    let settings = settings.iter().map(|setting| {
        (text(setting, "privacy_key").to_owned(), text(setting, "privacy_text").to_owned())
    });
    let settings = settings.collect();
    merchant.privacy.development = Some(Guideline { settings, owner, sdks, changed });
    merchant.account.privacy_guideline = true;
    done()
}

/// Checks the owner's part.
fn owner(scene: &mut Scene<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let given = scene.body.get("owner_setting").and_then(Value::as_object).cloned();
    let given: Map<String, Value> = given.unwrap_or_default();
    let contacts = ["contact_phone", "contact_email", "contact_qq", "contact_weixin"];
    if contacts.iter().all(|name| text(&given, name).is_empty()) {
        return refuse(40097, "invalid args: owner_setting names no way to reach the owner");
    }
    let days = text(&given, "store_expire_timestamp");
    let number = days.strip_suffix('天').unwrap_or_default();
    if !days.is_empty() && (number.is_empty() || !number.bytes().all(|it| it.is_ascii_digit())) {
        return refuse(86072, "invalid store_expire_timestamp");
    }
    let file = text(&given, "ext_file_media_id");
    if !file.is_empty() && !scene.merchant().privacy.files.iter().any(|known| known == file) {
        return refuse(40007, "invalid media_id");
    }
    Ok(given
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect())
}

fn get(scene: &mut Scene<'_>) -> Answer {
    let version = version(scene)?;
    let merchant = scene.merchant();
    if version == 1 && merchant.online.is_none() {
        return refuse(86074, "no privacy setting of the released version");
    }
    let written = match version {
        1 => merchant.privacy.online.clone(),
        _ => merchant.privacy.development.clone(),
    };
    let filled = merchant.account.privacy_guideline;
    let shown = written.unwrap_or_else(|| if filled { by_console() } else { nothing_written() });
    // What the detection finds in the code of these mini programs.
    let found: &[&str] = if filled { &["UserInfo", "PhoneNumber"] } else { &[] };
    let settings: Vec<Value> = shown
        .settings
        .iter()
        .map(|(key, text)| {
            let label = KINDS.iter().find(|(kind, _)| kind == key).map_or("", |(_, label)| label);
            json!({ "privacy_key": key, "privacy_text": text, "privacy_label": label })
        })
        .collect();
    let kinds: Vec<Value> = KINDS
        .iter()
        .map(|(key, label)| json!({ "privacy_key": key, "privacy_desc": label }))
        .collect();
    let mut owner = json!({});
    for name in OWNER_FIELDS {
        owner[name] = json!(shown.owner.get(name).map_or("", String::as_str));
    }
    fields(json!({
        "code_exist": i64::from(merchant.trial.is_some()),
        "privacy_list": found,
        "setting_list": settings,
        "update_time": shown.changed,
        "owner_setting": owner,
        "sdk_privacy_info_list": shown.sdks,
        "privacy_desc": { "privacy_desc_list": kinds },
    }))
}

/// What an owner filled in in his console.
fn by_console() -> Guideline {
    let settings = ["UserInfo", "PhoneNumber"].map(|key| (key.to_owned(), "提供服务".to_owned()));
    let owner = [("contact_email", "service@example.com"), ("notice_method", "弹窗")];
    Guideline {
        settings: settings.to_vec(),
        owner: owner.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        sdks: json!([]),
        changed: 1_767_196_800,
    }
}

fn nothing_written() -> Guideline {
    Guideline { sdks: json!([]), ..Guideline::default() }
}

fn upload(scene: &mut Scene<'_>) -> Answer {
    let file = scene.file()?;
    if !file.name.ends_with(".txt") || str::from_utf8(&file.bytes).is_err() {
        return refuse(40005, "invalid file type");
    }
    if file.bytes.len() > LARGEST_FILE {
        return refuse(40006, "invalid media size");
    }
    let id = scene.world.random.digits(19);
    scene.merchant().privacy.files.push(id.clone());
    fields(json!({ "ext_file_media_id": id }))
}
