//! What an account says about itself.

use serde_json::json;

use super::{
    naming::NAMES_A_YEAR,
    profile::{AVATARS_A_MONTH, INTRODUCTIONS_A_MONTH},
};
use crate::{
    clock::{month, year},
    endpoint::{Endpoint, TokenKind},
    reply::{Answer, fields},
    scene::Scene,
};

pub(super) const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/cgi-bin/account/getaccountbasicinfo", TokenKind::Merchant, basic_info)
        .get_or_post()
        .sets(&[30])];

fn basic_info(scene: &mut Scene<'_>) -> Answer {
    let appid = scene.appid.clone();
    let (month, year) = (month(scene.now), year(scene.now));
    let merchant = scene.merchant();
    let avatars = merchant.avatars.used(&month);
    let introductions = merchant.introductions.used(&month);
    let names = merchant.names.used(&year);
    let verified = merchant.verified;
    let account = &merchant.account;
    fields(json!({
        "appid": appid,
        "account_type": if account.official_account { 1 } else { 3 },
        "principal_type": account.principal_type,
        "principal_name": account.principal_name,
        "credential": "",
        "realname_status": 1,
        "wx_verify_info": { "qualification_verify": verified, "naming_verify": verified },
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
