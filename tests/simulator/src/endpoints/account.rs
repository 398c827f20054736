//! What an account says about itself.

use serde_json::{Value, json};

use super::{
    naming::NAMES_A_YEAR,
    profile::{AVATARS_A_MONTH, INTRODUCTIONS_A_MONTH},
};
use crate::{
    clock::{month, year},
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, fields, refuse},
    scene::Scene,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/cgi-bin/account/getaccountbasicinfo", TokenKind::Merchant, basic_info)
        .get_or_post()
        .sets(&[30]),
    Endpoint::get("/wxa/icp/get_icp_entrance_info", TokenKind::Merchant, icp).sets(&[18, 156]),
    Endpoint::post(
        "/cgi-bin/component/getprivacysetting",
        TokenKind::Merchant,
        &[Field::optional("privacy_ver", Kind::Integer)],
        privacy_setting,
    )
    .sets(&[18, 30]),
];

fn basic_info(scene: &mut Scene<'_>) -> Answer {
    let appid = scene.appid.clone();
    let (month, year) = (month(scene.now), year(scene.now));
    let merchant = scene.merchant();
    let avatars = merchant.avatars.used(&month);
    let introductions = merchant.introductions.used(&month);
    let names = merchant.names.used(&year);
    let account = &merchant.account;
    fields(json!({
        "appid": appid,
        "account_type": if account.official_account { 1 } else { 3 },
        "principal_type": account.principal_type,
        "principal_name": account.principal_name,
        "credential": "",
        "realname_status": 1,
        "wx_verify_info": { "qualification_verify": false, "naming_verify": false },
        "signature_info": {
            "signature": account.signature,
            "modify_used_count": introductions,
            "modify_quota": INTRODUCTIONS_A_MONTH,
        },
        "head_image_info": {
            "head_image_url": account.head_image,
            "modify_used_count": avatars,
            "modify_quota": AVATARS_A_MONTH,
        },
        "nickname_info": {
            "nickname": account.nick_name,
            "modify_used_count": names,
            "modify_quota": NAMES_A_YEAR,
        },
        "nickname": account.nick_name,
        "registered_country": 1017,
        "customer_type": 1,
    }))
}

fn icp(scene: &mut Scene<'_>) -> Answer {
    let status = scene.merchant().account.icp_status;
    fields(json!({
        "info": {
            "status": status,
            "is_canceling": false,
            "audit_data": [],
            "available": true,
            "sms_verify_status": 0,
        },
    }))
}

fn privacy_setting(scene: &mut Scene<'_>) -> Answer {
    let version = scene.integer("privacy_ver").unwrap_or(2);
    if !matches!(version, 1 | 2) {
        return refuse(86071, "invalid privacy_ver");
    }
    let merchant = scene.merchant();
    if version == 1 && merchant.online.is_none() {
        return refuse(86074, "no privacy setting of the released version");
    }
    let filled = merchant.account.privacy_guideline;
    let keys: &[&str] = if filled { &["UserInfo", "PhoneNumber"] } else { &[] };
    let settings: Vec<Value> = keys
        .iter()
        .map(|key| json!({ "privacy_key": key, "privacy_text": "提供服务", "privacy_label": "" }))
        .collect();
    fields(json!({
        "code_exist": i64::from(merchant.trial.is_some()),
        "privacy_list": keys,
        "setting_list": settings,
        "update_time": if filled { 1_767_196_800 } else { 0 },
        "owner_setting": {
            "contact_phone": "",
            "contact_email": if filled { "service@example.com" } else { "" },
            "contact_qq": "",
            "contact_weixin": "",
            "store_expire_timestamp": "",
            "ext_file_media_id": "",
            "notice_method": if filled { "弹窗" } else { "" },
        },
        "privacy_desc": {
            "privacy_desc_list": [
                { "privacy_key": "UserInfo", "privacy_desc": "用户信息（微信昵称、头像）" },
                { "privacy_key": "PhoneNumber", "privacy_desc": "手机号" },
            ],
        },
    }))
}
