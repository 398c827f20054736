//! Names: looked up, changed, reviewed.

use serde_json::json;

use crate::{
    clock::year,
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, Refusal, fields, refuse},
    scene::Scene,
    state::NameReview,
};

/// Changes of the name in a calendar year.
pub(super) const NAMES_A_YEAR: u32 = 2;

/// Whoever has one of these in the name has to prove that he may.
const PROTECTED: [&str; 3] = ["腾讯", "微信", "中国"];

/// What a name with a protected word is answered with.
const NEEDS_PROOF: i64 = 91009;

const WORDING: &str = "你申请的名称可能涉及特定主体姓名或名称，请提供可确认主体材料与名称对应的材料，\
                       否则可能审核不通过";

const PROOFS: [&str; 7] = [
    "id_card",
    "license",
    "naming_other_stuff_1",
    "naming_other_stuff_2",
    "naming_other_stuff_3",
    "naming_other_stuff_4",
    "naming_other_stuff_5",
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/cgi-bin/wxverify/checkwxverifynickname",
        TokenKind::Merchant,
        &[Field::required("nick_name", Kind::Text).missing(53010, "nickname invalid")],
        check,
    )
    .sets(&[30]),
    Endpoint::post(
        "/wxa/setnickname",
        TokenKind::Merchant,
        &[
            Field::required("nick_name", Kind::Text).missing(91004, "invalid nickname"),
            Field::optional("id_card", Kind::Text),
            Field::optional("license", Kind::Text),
            Field::optional("naming_other_stuff_1", Kind::Text),
            Field::optional("naming_other_stuff_2", Kind::Text),
            Field::optional("naming_other_stuff_3", Kind::Text),
            Field::optional("naming_other_stuff_4", Kind::Text),
            Field::optional("naming_other_stuff_5", Kind::Text),
        ],
        set,
    )
    .sets(&[30]),
    Endpoint::post(
        "/wxa/api_wxa_querynickname",
        TokenKind::Merchant,
        &[Field::required("audit_id", Kind::IntegerOrText)],
        query,
    )
    .sets(&[30]),
];

/// What WeChat thinks of a name.
enum Verdict {
    Free,
    NeedsProof,
    Refused(i64),
}

fn verdict(scene: &Scene<'_>, name: &str) -> Verdict {
    let hit = scene.world.words.iter().find(|(word, _)| name.contains(word.as_str()));
    match hit.map(|(_, code)| *code) {
        // About introductions.
        Some(53201) | None => {}
        Some(NEEDS_PROOF) => return Verdict::NeedsProof,
        Some(code) => return Verdict::Refused(code),
    }
    let owner = scene.world.merchants.get(&scene.appid).map(|it| &it.account.principal_name);
    let taken = scene.world.merchants.iter().any(|(appid, merchant)| {
        *appid != scene.appid
            && merchant.account.nick_name == name
            && Some(&merchant.account.principal_name) != owner
    });
    match (taken, PROTECTED.iter().any(|word| name.contains(word))) {
        (true, _) => Verdict::Refused(53013),
        (false, true) => Verdict::NeedsProof,
        (false, false) => Verdict::Free,
    }
}

fn check(scene: &mut Scene<'_>) -> Answer {
    let name = scene.text("nick_name").to_owned();
    if !is_a_name(&name) {
        return refuse(53010, "nickname invalid");
    }
    match verdict(scene, &name) {
        Verdict::Free => fields(json!({ "hit_condition": false, "wording": "" })),
        Verdict::NeedsProof => fields(json!({ "hit_condition": true, "wording": WORDING })),
        Verdict::Refused(code) => refuse(code, "nickname can not be used"),
    }
}

fn set(scene: &mut Scene<'_>) -> Answer {
    let name = scene.text("nick_name").to_owned();
    if !is_a_name(&name) {
        return refuse(91004, "invalid nickname");
    }
    let proofs = proofs(scene)?;
    let verdict = verdict(scene, &name);
    let (now, year) = (scene.now, year(scene.now));
    let (number, component) = (scene.world.number(), scene.component_appid.clone());
    let merchant = scene.merchant();
    if merchant.name_reviews.last().is_some_and(|review| review.status == 1) {
        return refuse(91019, "miniprogram is under review");
    }
    // No code is documented for a year whose changes are used up.
    if merchant.names.used(&year) >= NAMES_A_YEAR {
        return refuse(91003, "invalid change stat");
    }
    match verdict {
        Verdict::Refused(code) => refuse(code, "nickname can not be used"),
        Verdict::NeedsProof if proofs == 0 => refuse(91009, "nickname need proof"),
        Verdict::NeedsProof => {
            merchant.name_reviews.push(NameReview {
                id: number,
                name,
                status: 1,
                reason: String::new(),
                asked: now,
                decided: None,
                component,
            });
            fields(json!({ "wording": WORDING, "audit_id": number }))
        }
        Verdict::Free => {
            merchant.names.add(&year);
            merchant.account.nick_name = name;
            fields(json!({ "wording": "", "audit_id": 0 }))
        }
    }
}

fn query(scene: &mut Scene<'_>) -> Answer {
    let id = scene.integer("audit_id");
    match scene.merchant().name_reviews.iter().find(|review| Some(review.id) == id) {
        None => refuse(91011, "rename review order not found"),
        Some(review) => fields(json!({
            "nickname": review.name,
            "audit_stat": review.status,
            "fail_reason": review.reason,
            "create_time": review.asked,
            "audit_time": review.decided.unwrap_or_default(),
        })),
    }
}

fn is_a_name(name: &str) -> bool {
    (1..=30).contains(&name.chars().count()) && !name.contains("小程序")
}

/// How many proofs there are; each must have been uploaded.
fn proofs(scene: &mut Scene<'_>) -> Result<usize, Refusal> {
    let now = scene.now;
    let given: Vec<String> =
        PROOFS.iter().map(|name| scene.text(name).to_owned()).filter(|id| !id.is_empty()).collect();
    let merchant = scene.merchant();
    match given.iter().all(|id| merchant.media(id, now).is_some()) {
        true => Ok(given.len()),
        false => refuse(40007, "invalid media_id"),
    }
}
