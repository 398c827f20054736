//! Code review: submitted, asked after, withdrawn, sped up.

use serde_json::{Map, Value, json};

use crate::{
    clock::{day, month},
    endpoint::{Endpoint, Field, Kind, TokenKind},
    options::{AuditSpelling, Category},
    reply::{Answer, Refusal, done, fields, refuse},
    scene::{Scene, integer, text},
    state::{Media, Review, ReviewStatus, Trial},
};

/// Reviews that one mini program may withdraw.
const WITHDRAWALS_A_DAY: u32 = 5;
const WITHDRAWALS_A_MONTH: u32 = 10;

const ITEM: &[Field] = &[
    Field::optional("address", Kind::Text),
    Field::optional("tag", Kind::Text),
    Field::required("first_class", Kind::Text).missing(85010, "missing required data"),
    Field::required("second_class", Kind::Text).missing(85010, "missing required data"),
    Field::optional("third_class", Kind::Text),
    Field::optional("title", Kind::Text),
    Field::required("first_id", Kind::Integer).missing(85010, "missing required data"),
    Field::required("second_id", Kind::Integer).missing(85010, "missing required data"),
    Field::optional("third_id", Kind::Integer),
];

const PREVIEW: &[Field] = &[
    Field::required("video_id_list", Kind::Texts).missing(85092, "invalid preview_info format"),
    Field::required("pic_id_list", Kind::Texts).missing(85092, "invalid preview_info format"),
];

const UGC: &[Field] = &[
    Field::optional("scene", Kind::Integers),
    Field::optional("method", Kind::Integers),
    Field::optional("other_scene_desc", Kind::Text),
    Field::optional("has_audit_team", Kind::Integer),
    Field::optional("audit_desc", Kind::Text),
];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/submit_audit",
        TokenKind::Merchant,
        &[
            Field::required("item_list", Kind::Objects(ITEM))
                .missing(85023, "item size is not in valid range"),
            Field::optional("feedback_info", Kind::Text),
            Field::optional("feedback_stuff", Kind::Text),
            Field::optional("version_desc", Kind::Text),
            Field::optional("preview_info", Kind::Object(PREVIEW)),
            Field::optional("ugc_declare", Kind::Object(UGC)),
            Field::optional("privacy_api_not_use", Kind::Flag),
            Field::optional("order_path", Kind::Text),
        ],
        submit,
    )
    .sets(&[18])
    .escapes(85008, "category is in invalid format")
    .exclusive(),
    Endpoint::post(
        "/wxa/get_auditstatus",
        TokenKind::Merchant,
        &[Field::required("auditid", Kind::IntegerOrText).missing(85012, "invalid audit id")],
        status,
    )
    .sets(&[18]),
    Endpoint::get("/wxa/get_latest_auditstatus", TokenKind::Merchant, latest_status).sets(&[18]),
    Endpoint::get("/wxa/undocodeaudit", TokenKind::Merchant, withdraw).sets(&[18]),
    Endpoint::post(
        "/wxa/speedupaudit",
        TokenKind::Merchant,
        &[Field::required("auditid", Kind::IntegerOrText).missing(85012, "invalid audit id")],
        speed_up,
    )
    .sets(&[18]),
    Endpoint::get("/wxa/queryquota", TokenKind::Merchant, quota).sets(&[18]),
];

fn submit(scene: &mut Scene<'_>) -> Answer {
    let items = scene.objects("item_list").unwrap_or_default();
    if items.is_empty() || items.len() > 5 {
        return refuse(85023, "item size is not in valid range");
    }
    let now = scene.now;
    let merchant = scene.merchant();
    let rejected = match merchant.latest_review().map(|review| review.status) {
        Some(status) if status.is_open() => {
            return refuse(85009, "already submit a version under auditing");
        }
        status => status == Some(ReviewStatus::Rejected),
    };
    let Some(version) = merchant.trial.clone() else {
        return refuse(85086, "must commit before submit audit");
    };
    let account = &merchant.account;
    if account.nick_name.is_empty()
        || account.head_image.is_empty()
        || account.signature.is_empty()
        || account.categories.is_empty()
        || !account.privacy_guideline
    {
        return refuse(86002, "miniprogram have not completed init procedure");
    }
    let categories = account.categories.clone();
    for item in &items {
        check_item(item, &version, &categories)?;
    }
    check_detection(&version, now, scene.flag("privacy_api_not_use").unwrap_or(false))?;
    let feedback = check_extras(scene)?.filter(|_| rejected);
    let this_month = month(now);
    let component = scene.component();
    if component.audits.used(&this_month) >= component.audit_limit {
        return refuse(85085, "submit audit reach limit please try later");
    }
    component.audits.add(&this_month);
    let id = 400_000_000 + scene.world.number();
    let component = Some(scene.component_appid.clone());
    scene.merchant().reviews.push(Review { feedback, component, ..Review::new(id, version, now) });
    fields(json!({ "auditid": id }))
}

/// Checks one item: page of the version, tags, title, category of the account.
fn check_item(
    item: &Map<String, Value>,
    version: &Trial,
    categories: &[Category],
) -> Result<(), Refusal> {
    let address = text(item, "address");
    if !address.is_empty() && !version.pages.iter().any(|page| page == address) {
        return refuse(85007, "page is in invalid format");
    }
    let tags: Vec<&str> = text(item, "tag").split(' ').collect();
    if tags.len() > 10 || tags.iter().any(|tag| tag.chars().count() > 20) {
        return refuse(85006, "tag is in invalid format");
    }
    if text(item, "title").chars().count() > 32 {
        return refuse(85011, "title is in invalid format");
    }
    let chosen = categories.iter().find(|category| {
        category.first_class == text(item, "first_class")
            && category.second_class == text(item, "second_class")
            && Some(category.first_id) == integer(item, "first_id")
            && Some(category.second_id) == integer(item, "second_id")
    });
    match chosen {
        Some(category) if category.is_approved() => Ok(()),
        _ => refuse(85008, "category is in invalid format"),
    }
}

/// Checks what the privacy detection has to say.
fn check_detection(version: &Trial, now: i64, not_used: bool) -> Result<(), Refusal> {
    if now < version.detection_until {
        return refuse(61039, "the code detection task has not finished, please try later");
    }
    let found = version.without_auth.iter().chain(&version.without_conf).next();
    match found {
        Some(interface) if !not_used => refuse(61040, format!("privacy api {interface} no auth")),
        _ => Ok(()),
    }
}

/// Checks the optional parts and returns the feedback.
fn check_extras(scene: &mut Scene<'_>) -> Result<Option<String>, Refusal> {
    let feedback = scene.optional_text("feedback_info").map(str::to_owned);
    if feedback.as_ref().is_some_and(|feedback| feedback.chars().count() > 200) {
        return refuse(45002, "content size out of limit");
    }
    if scene.text("feedback_stuff").split('|').count() > 5 {
        return refuse(40097, "invalid args: feedback_stuff");
    }
    if let Some(preview) = scene.body.get("preview_info").cloned() {
        let count = |name: &str| preview[name].as_array().map_or(0, Vec::len);
        if count("video_id_list") > 1 || count("pic_id_list") > 10 {
            return refuse(85093, "invalid preview_info size");
        }
        let (now, merchant) = (scene.now, scene.merchant());
        let all_are = |name: &str, is_right: fn(&Media) -> bool| {
            let ids = preview[name].as_array().into_iter().flatten().filter_map(Value::as_str);
            ids.into_iter().all(|id| merchant.media(id, now).is_some_and(is_right))
        };
        if !all_are("pic_id_list", Media::is_picture)
            || !all_are("video_id_list", |media| media.kind == "mp4")
        {
            return refuse(85092, "invalid preview_info format");
        }
    }
    if let Some(ugc) = scene.body.get("ugc_declare") {
        let within = |name: &str, range: std::ops::RangeInclusive<i64>| {
            let values = ugc[name].as_array().into_iter().flatten();
            values.filter_map(Value::as_i64).all(|value| range.contains(&value))
        };
        let long = |name: &str| ugc[name].as_str().is_some_and(|it| it.chars().count() > 256);
        let bad = !within("scene", 0..=5)
            || !within("method", 1..=4)
            || long("other_scene_desc")
            || long("audit_desc")
            || !matches!(ugc["has_audit_team"].as_i64(), None | Some(0 | 1));
        if bad {
            return refuse(85094, "need add ugc declare");
        }
    }
    Ok(feedback)
}

fn status(scene: &mut Scene<'_>) -> Answer {
    let wanted = scene.integer("auditid");
    let Some(review) = scene.merchant().reviews.iter().find(|it| Some(it.id) == wanted) else {
        return refuse(85012, "invalid audit id");
    };
    let mut reply = json!({ "status": review.status as i64 });
    explain(&mut reply, review, "screenshot");
    fields(reply)
}

fn latest_status(scene: &mut Scene<'_>) -> Answer {
    let seen = scene.options.audit_spelling == AuditSpelling::Seen;
    let Some(review) = scene.merchant().reviews.last() else {
        return refuse(85058, "no valid audit_id exist");
    };
    let mut reply = json!({
        "auditid": if seen { json!(review.id.to_string()) } else { json!(review.id) },
        "status": review.status as i64,
        "user_version": review.version.user_version,
        "user_desc": review.version.user_desc,
        "submit_audit_time": review.submitted,
    });
    explain(&mut reply, review, if seen { "ScreenShot" } else { "screenshot" });
    fields(reply)
}

/// Says why, where there is a why.
fn explain(reply: &mut Value, review: &Review, screenshot: &str) {
    if matches!(review.status, ReviewStatus::Rejected | ReviewStatus::Delayed) {
        reply["reason"] = json!(review.reason);
        if !review.screenshots.is_empty() {
            reply[screenshot] = json!(review.screenshots.join("|"));
        }
    }
}

fn withdraw(scene: &mut Scene<'_>) -> Answer {
    let (today, this_month) = (day(scene.now), month(scene.now));
    let now = scene.now;
    let merchant = scene.merchant();
    let spent = merchant.withdrawals_today.used(&today) >= WITHDRAWALS_A_DAY
        || merchant.withdrawals_this_month.used(&this_month) >= WITHDRAWALS_A_MONTH;
    let Some(review) = merchant.latest_review().filter(|review| review.status.is_open()) else {
        return refuse(85019, "no version is under auditing");
    };
    if spent {
        return refuse(87013, "no quota to undo code");
    }
    review.status = ReviewStatus::Withdrawn;
    review.decided = Some(now);
    merchant.withdrawals_today.add(&today);
    merchant.withdrawals_this_month.add(&this_month);
    done()
}

fn speed_up(scene: &mut Scene<'_>) -> Answer {
    let wanted = scene.integer("auditid");
    let this_month = month(scene.now);
    let component = scene.component();
    let spent = component.speed_ups.used(&this_month) >= component.speed_up_limit;
    match scene.merchant().reviews.iter_mut().find(|review| Some(review.id) == wanted) {
        None => return refuse(85012, "invalid audit id"),
        Some(review) if !review.status.is_open() => {
            return refuse(89402, "the version is not under auditing");
        }
        Some(review) if review.sped_up => return refuse(89404, "already speedup"),
        Some(_) if spent => return refuse(89405, "no quota to speedup"),
        Some(review) => review.sped_up = true,
    }
    scene.component().speed_ups.add(&this_month);
    done()
}

fn quota(scene: &mut Scene<'_>) -> Answer {
    let this_month = month(scene.now);
    let component = scene.component();
    let left = |limit: u32, used: u32| limit.saturating_sub(used);
    fields(json!({
        "rest": left(component.audit_limit, component.audits.used(&this_month)),
        "limit": component.audit_limit,
        "speedup_rest": left(component.speed_up_limit, component.speed_ups.used(&this_month)),
        "speedup_limit": component.speed_up_limit,
    }))
}
