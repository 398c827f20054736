//! How a mini program presents itself: its avatar.

use crate::{
    clock::month,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, refuse},
    scene::Scene,
};

/// Changes of the avatar a month.
pub(super) const AVATARS_A_MONTH: u32 = 5;

pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint::post(
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
.sets(&[30])];

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
