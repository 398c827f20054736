//! What is found before a submission.

use std::collections::BTreeMap;

use platform::{check::Status, releases::Preflight};
use simulator::{Authorize, Revoke};

use super::{DETECTION, Story};

/// The place of the merchant of the simulator who has filled in nothing but the name.
const EMPTY_MERCHANT: usize = 2;

fn statuses(preflight: &Preflight) -> BTreeMap<&'static str, Status> {
    preflight.checks.iter().map(|check| (check.id, check.status)).collect()
}

#[tokio::test]
async fn a_merchant_with_everything_in_order_is_ready() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);

    let releases = &story.world.platform.releases;
    let preflight = releases.preflight(&story.world.component, &story.appid).await.unwrap();

    let statuses = statuses(&preflight);
    assert!(preflight.ready, "{statuses:?}");
    assert_eq!(statuses["server-domains"], Status::Warn, "none is set");
    assert_eq!(statuses["order-path"], Status::Warn, "nobody knows whether it sells something");
    let passed = statuses.values().filter(|status| **status == Status::Pass).count();
    assert_eq!(passed, statuses.len() - 2, "{statuses:?}");
}

#[tokio::test]
async fn a_merchant_who_has_filled_in_nothing_is_told_everything_at_once() {
    let story = Story::of(EMPTY_MERCHANT).await;

    let releases = &story.world.platform.releases;
    let preflight = releases.preflight(&story.world.component, &story.appid).await.unwrap();

    assert!(!preflight.ready);
    let statuses = statuses(&preflight);
    for failed in ["avatar", "introduction", "category", "privacy-guideline", "icp-filing", "trial"]
    {
        assert_eq!(statuses[failed], Status::Fail, "{failed}");
    }
    assert_eq!(statuses["name"], Status::Pass);
    for check in &preflight.checks {
        let helps = check.what_to_do.is_some() && check.link.is_some();
        assert!(check.status == Status::Pass || helps, "{} says what to do", check.id);
    }
}

#[tokio::test]
async fn a_question_that_fails_leaves_the_other_checks_alone() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story.lose_answer("/wxa/queryquota", false);

    let releases = &story.world.platform.releases;
    let preflight = releases.preflight(&story.world.component, &story.appid).await.unwrap();

    let statuses = statuses(&preflight);
    assert_eq!(statuses["review-quota"], Status::Unknown);
    assert_eq!(statuses["icp-filing"], Status::Pass);
}

#[tokio::test]
async fn without_an_authorization_there_is_one_thing_to_do() {
    let story = Story::begin().await;
    let revoke = Revoke { appid: story.appid.to_string(), silent: true, ..Revoke::default() };
    story.world.wechat.revoke(revoke).await.unwrap();
    story.pass(3 * 3600);

    let releases = &story.world.platform.releases;
    let preflight = releases.preflight(&story.world.component, &story.appid).await.unwrap();

    assert!(!preflight.ready);
    let check = &preflight.checks[0];
    assert_eq!((check.id, check.status), ("authorization", Status::Fail));
    let link = check.link.as_deref().unwrap();
    assert!(link.starts_with("https://fleet.example.com/authorize/"), "{link}");
}

#[tokio::test]
async fn what_cannot_be_asked_for_want_of_a_permission_leads_to_another_authorization() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    let fewer = Authorize {
        permission_sets: Some(vec![17, 30]),
        ..Authorize::new(story.appid.to_string())
    };
    story.world.wechat.update_authorization(fewer).await.unwrap();

    let releases = &story.world.platform.releases;
    let preflight = releases.preflight(&story.world.component, &story.appid).await.unwrap();

    assert!(!preflight.ready);
    let unknown: Vec<_> =
        preflight.checks.iter().filter(|check| check.status == Status::Unknown).collect();
    assert!(unknown.len() > 3, "{:?}", preflight.checks);
    for check in unknown {
        let (finding, what_to_do) =
            (check.finding.clone().unwrap(), check.what_to_do.clone().unwrap());
        assert!(finding.zh.contains("权限集"), "{}: {finding}", check.id);
        assert!(!finding.zh.contains("refused"), "{}: {finding}", check.id);
        assert!(what_to_do.zh.contains("重新授权"), "{}: {what_to_do}", check.id);
        assert!(check.link.as_deref().unwrap().contains("/authorize/"), "{:?}", check.link);
    }
}
