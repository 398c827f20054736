//! People who may open the trial version.

use serde_json::{Value, json};

use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
};

/// Testers of one mini program.
const MOST_TESTERS: usize = 60;

/// Mini programs that one person may test.
const MOST_MINI_PROGRAMS: usize = 50;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/bind_tester",
        TokenKind::Merchant,
        &[Field::required("wechatid", Kind::Text).missing(85001, "user not exist")],
        bind,
    )
    .sets(&[18]),
    Endpoint::post(
        "/wxa/unbind_tester",
        TokenKind::Merchant,
        &[Field::optional("wechatid", Kind::Text), Field::optional("userstr", Kind::Text)],
        unbind,
    )
    .sets(&[18]),
    Endpoint::post(
        "/wxa/memberauth",
        TokenKind::Merchant,
        &[Field::required("action", Kind::Text)],
        members,
    )
    .sets(&[18]),
];

fn bind(scene: &mut Scene<'_>) -> Answer {
    let person = scene.text("wechatid").to_owned();
    if !is_wechat_id(&person) || scene.world.unsearchable_users.contains(&person) {
        return refuse(85001, "user not exist or user cannot be searched");
    }
    if scene.merchant().testers.values().any(|it| *it == person) {
        return refuse(85004, "user already bind");
    }
    if scene.merchant().testers.len() >= MOST_TESTERS {
        return refuse(85002, "number of tester reach bind limit");
    }
    let mut merchants = scene.world.merchants.values();
    let bound = merchants.by_ref().filter(|it| it.testers.values().any(|it| *it == person));
    if bound.count() >= MOST_MINI_PROGRAMS {
        return refuse(85003, "user already bind too many weapps");
    }
    let userstr = scene.world.random.text(26);
    scene.merchant().testers.insert(userstr.clone(), person);
    fields(json!({ "userstr": userstr }))
}

fn unbind(scene: &mut Scene<'_>) -> Answer {
    let person = scene.optional_text("wechatid").map(str::to_owned);
    let userstr = scene.optional_text("userstr").map(str::to_owned);
    if person.is_none() == userstr.is_none() {
        return refuse(47001, "data format error: either wechatid or userstr");
    }
    let testers = &mut scene.merchant().testers;
    let before = testers.len();
    testers.retain(|key, name| userstr.as_ref() != Some(key) && person.as_ref() != Some(name));
    if testers.len() == before {
        return refuse(85001, "user not exist or user cannot be searched");
    }
    done()
}

fn members(scene: &mut Scene<'_>) -> Answer {
    if scene.text("action") != "get_experiencer" {
        return refuse(85022, "invalid action");
    }
    let members: Vec<Value> =
        scene.merchant().testers.keys().map(|userstr| json!({ "userstr": userstr })).collect();
    fields(json!({ "members": members }))
}

/// Whether a WeChat id can be one: a letter, then 5 to 19 letters, digits, dashes, underscores.
fn is_wechat_id(text: &str) -> bool {
    (6..=20).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
