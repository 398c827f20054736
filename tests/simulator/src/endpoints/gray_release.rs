//! Releases to a part of the users.

use serde_json::json;

use super::release::go_live;
use crate::{
    endpoint::{Endpoint, Field, Kind, TokenKind},
    reply::{Answer, done, fields, refuse},
    scene::Scene,
    state::{GrayRelease, GrayStatus, ReviewStatus},
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/wxa/grayrelease",
        TokenKind::Merchant,
        &[
            Field::required("gray_percentage", Kind::Integer)
                .missing(85081, "invalid gray percentage"),
            Field::optional("support_debuger_first", Kind::Flag),
            Field::optional("support_experiencer_first", Kind::Flag),
        ],
        release,
    )
    .sets(&[18]),
    Endpoint::get("/wxa/getgrayreleaseplan", TokenKind::Merchant, plan).sets(&[18]),
    Endpoint::get("/wxa/revertgrayrelease", TokenKind::Merchant, revert).sets(&[18]),
];

fn release(scene: &mut Scene<'_>) -> Answer {
    let percentage = scene.integer("gray_percentage").unwrap_or(-1);
    let members_first = scene.flag("support_debuger_first").unwrap_or(false);
    let testers_first = scene.flag("support_experiencer_first").unwrap_or(false);
    let (now, number) = (scene.now, scene.world.number());
    let merchant = scene.merchant();
    let account = &merchant.account;
    if account.nick_name.is_empty() || account.head_image.is_empty() || account.signature.is_empty()
    {
        return refuse(86002, "miniprogram have not completed init procedure");
    }
    if merchant.online.is_none() {
        return refuse(85079, "miniprogram has no online release");
    }
    let committed = merchant.trial.as_ref().map(|trial| trial.serial);
    let running = merchant.gray.clone().filter(GrayRelease::is_running);
    let Some(review) = merchant.latest_review() else {
        return refuse(85080, "miniprogram commit not approved");
    };
    let running = running.filter(|plan| plan.review == review.id);
    // A commit after the approval spoils it, but not for a plan that is running.
    let approved = review.status == ReviewStatus::Approved && !review.released;
    if !approved || (running.is_none() && committed != Some(review.version.serial)) {
        return refuse(85080, "miniprogram commit not approved");
    }
    if !(0..=100).contains(&percentage) || (percentage == 0 && !members_first && !testers_first) {
        return refuse(85081, "invalid gray percentage");
    }
    if running.as_ref().is_some_and(|plan| percentage <= plan.percentage) {
        return refuse(85082, "gray percentage too low");
    }
    let review = review.id;
    merchant.gray = Some(GrayRelease {
        review,
        status: GrayStatus::Running,
        created: running.map_or(now, |plan| plan.created),
        percentage,
        members_first,
        testers_first,
    });
    // With a hundred of a hundred there is nobody left: the plan is done and the version online.
    if percentage == 100 {
        go_live(merchant, number, now);
    }
    done()
}

fn plan(scene: &mut Scene<'_>) -> Answer {
    let plan = match &scene.merchant().gray {
        None => json!({
            "status": 0,
            "create_timestamp": 0,
            "gray_percentage": 0,
            "support_debuger_first": false,
            "support_experiencer_first": false,
        }),
        Some(plan) => json!({
            "status": plan.status as i64,
            "create_timestamp": plan.created,
            "gray_percentage": plan.percentage,
            "support_debuger_first": plan.members_first,
            "support_experiencer_first": plan.testers_first,
        }),
    };
    fields(json!({ "gray_release_plan": plan }))
}

/// No code is documented for a plan that is not there: nothing to end is success.
fn revert(scene: &mut Scene<'_>) -> Answer {
    if let Some(plan) = scene.merchant().gray.as_mut().filter(|plan| plan.is_running()) {
        plan.status = GrayStatus::Deleted;
    }
    done()
}
