//! How a mini program presents itself: avatar, introduction, whether it can be found.

use serde_json::json;

use crate::{
    clock::month,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
};

/// Changes of the avatar a month.
pub(super) const AVATARS_A_MONTH: u32 = 5;

/// Changes of the introduction a month.
pub(super) const INTRODUCTIONS_A_MONTH: u32 = 5;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/cgi-bin/account/modifyheadimage",
        TokenKind::Merchant,
        &[
            Field::required("head_img_media_id", Kind::Text).missing(41006, "media_id missing"),
            Field::required("x1", Kind::NumberOrText),
            Field::required("y1", Kind::NumberOrText),
            Field::required("x2", Kind::NumberOrText),
            Field::required("y2", Kind::NumberOrText),
        ],
        avatar,
    )
    .sets(&[30]),
    Endpoint::post(
        "/cgi-bin/account/modifysignature",
        TokenKind::Merchant,
        &[Field::required("signature", Kind::Text).missing(40097, "invalid args")],
        introduction,
    )
    .sets(&[30]),
    Endpoint::get("/wxa/getwxasearchstatus", TokenKind::Merchant, search_status).sets(&[30]),
    Endpoint::post(
        "/wxa/changewxasearchstatus",
        TokenKind::Merchant,
        &[Field::required("status", Kind::Integer).missing(85084, "search status invalid")],
        change_search_status,
    )
    .sets(&[30]),
];

fn avatar(scene: &mut Scene<'_>) -> Answer {
    let corners = ["x1", "y1", "x2", "y2"].map(|name| scene.number(name).unwrap_or(-1.0));
    let [left, top, right, bottom] = corners;
    if corners.iter().any(|it| !(0.0..=1.0).contains(it)) || left >= right || top >= bottom {
        return refuse(40097, "invalid args: the crop lies between 0 and 1");
    }
    let id = scene.text("head_img_media_id").to_owned();
    let (now, month) = (scene.now, month(scene.now));
    let merchant = scene.merchant();
    match merchant.media(&id, now) {
        None => return refuse(40007, "invalid media_id"),
        Some(media) if !media.is_picture() => return refuse(40009, "invalid image size"),
        Some(_) => {}
    }
    if merchant.avatars.used(&month) >= AVATARS_A_MONTH {
        return refuse(53202, "modify avatar quota limit");
    }
    merchant.avatars.add(&month);
    merchant.account.head_image = format!("http://wx.qlogo.cn/mmopen/{id}/0");
    done()
}

fn introduction(scene: &mut Scene<'_>) -> Answer {
    let text = scene.text("signature").to_owned();
    if !(4..=120).contains(&text.chars().count()) {
        return refuse(53204, "signature invalid");
    }
    if scene.world.words.iter().any(|(word, code)| *code == 53201 && text.contains(word)) {
        return refuse(53201, "signature in black list, can not use");
    }
    let month = month(scene.now);
    let merchant = scene.merchant();
    if merchant.introductions.used(&month) >= INTRODUCTIONS_A_MONTH {
        return refuse(53200, "modify signature quota limit exceed");
    }
    merchant.introductions.add(&month);
    merchant.account.signature = text;
    done()
}

/// 1 is hidden.
fn search_status(scene: &mut Scene<'_>) -> Answer {
    let merchant = scene.merchant();
    let hidden = merchant.hidden || merchant.banned_from_search;
    fields(json!({ "status": i64::from(hidden) }))
}

fn change_search_status(scene: &mut Scene<'_>) -> Answer {
    let hidden = match scene.integer("status") {
        Some(0) => false,
        Some(1) => true,
        _ => return refuse(85084, "search status invalid"),
    };
    let merchant = scene.merchant();
    if merchant.banned_from_search && !hidden {
        return refuse(85083, "search status is banned");
    }
    merchant.hidden = hidden;
    done()
}
