//! What WeChat counts is counted before the call, and given back where nothing was done.

use platform::{
    counters::{Counted, UsedUp},
    releases::{ReleaseError, ReviewState},
};
use simulator::{Fault, How, Quota};

use super::{DETECTION, Story};

const SUBMIT: &str = "/wxa/submit_audit";
const WITHDRAW: &str = "/wxa/undocodeaudit";

#[tokio::test]
async fn a_review_is_refused_before_the_call_when_the_platform_has_none_left() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story.world.wechat.set_quota(Quota { audits: Some(0), ..Quota::default() }).unwrap();

    let refused = story.try_submit().await;

    let Err(ReleaseError::UsedUp(UsedUp(quota))) = refused else { panic!("{refused:?}") };
    assert_eq!((quota.counted, quota.left()), (Counted::Reviews, Some(0)));
    assert!(quota.renews_at.is_some());
    assert_eq!(story.world.wechat.count(SUBMIT), 0);
    assert_eq!(story.review().await.state, ReviewState::Failed);
    assert_eq!(story.standing().await.pending, None);

    // More was bought meanwhile: WeChat is asked again after a minute.
    story.world.wechat.set_quota(Quota { audits: Some(3), ..Quota::default() }).unwrap();
    story.pass(61);
    let submitted = story.try_submit().await.unwrap();
    assert_eq!(submitted.review_state(), Some(ReviewState::InReview));
}

#[tokio::test]
async fn an_order_that_waited_until_none_was_left_ends_without_a_fault_of_whoever_goes_on_with_it()
{
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    let waiting = story.try_submit().await.unwrap();
    assert_eq!(waiting.review_state(), Some(ReviewState::Preparing));
    story.world.wechat.set_quota(Quota { audits: Some(0), ..Quota::default() }).unwrap();

    story.pass(DETECTION);
    let (component, appid) = (&story.world.component, &story.appid);
    let ended = story.world.platform.releases.advance(component, appid).await.unwrap().unwrap();

    let review = ended.review.unwrap();
    assert_eq!(review.state, ReviewState::Failed);
    assert!(review.trouble.is_some_and(|it| !it.words.zh.is_ascii()), "it says why");
    assert_eq!(story.world.wechat.count(SUBMIT), 0);
}

#[tokio::test]
async fn reviews_are_counted_as_wechat_counts_them() {
    let story = Story::begin().await;
    story.world.wechat.set_quota(Quota { audits: Some(10), ..Quota::default() }).unwrap();

    story.submit_new("1.0.0").await;

    assert_eq!(story.used(Counted::Reviews).await, 991, "990 before, as WeChat told, and ours");
}

#[tokio::test]
async fn what_wechat_refused_is_given_back() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.world.wechat.fail(Fault::new(WITHDRAW, How::Errcode(85_019)));

    story.try_withdraw().await.unwrap_err();

    assert_eq!(story.used(Counted::Withdrawals).await, 0);
    story.try_withdraw().await.unwrap();
    assert_eq!(story.used(Counted::Withdrawals).await, 1);
}

#[tokio::test]
async fn a_withdrawal_that_never_arrived_is_given_back_when_that_is_certain() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.lose_answer(WITHDRAW, false);

    let unknown = story.try_withdraw().await.unwrap();
    let before = story.used(Counted::Withdrawals).await;
    story.later(super::QUIET).await;

    assert!(unknown.pending.is_some());
    assert_eq!(before, 1, "it may have been done");
    assert_eq!(story.standing().await.pending, None);
    assert_eq!(story.used(Counted::Withdrawals).await, 0);
}

#[tokio::test]
async fn a_withdrawal_in_wechats_console_counts_too() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    let (component, appid) = (&story.world.component, &story.appid);
    let call = wechat::endpoint::UndoCodeAudit {};
    story.world.platform.caller.merchant(component, appid, &call).await.unwrap();

    story.later(11 * 60).await;

    assert_eq!(story.review().await.state, ReviewState::Withdrawn);
    assert_eq!(story.used(Counted::Withdrawals).await, 1);
}

#[tokio::test]
async fn when_wechat_says_that_none_is_left_it_is_believed() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    let appid = Some(story.appid.to_string());
    let quota = Quota { appid, withdrawals_today: Some(0), ..Quota::default() };
    story.world.wechat.set_quota(quota).unwrap();

    let refused = story.try_withdraw().await;
    let again = story.try_withdraw().await;

    assert!(matches!(refused, Err(ReleaseError::UsedUp(_))), "{refused:?}");
    assert!(matches!(again, Err(ReleaseError::UsedUp(_))), "{again:?}");
    assert_eq!(story.world.wechat.count(WITHDRAW), 1, "not asked again");
}

#[tokio::test]
async fn a_review_is_hurried_once_and_counted() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    let (component, appid) = (&story.world.component, &story.appid);
    let releases = &story.world.platform.releases;

    let hurried = releases.hurry(component, appid).await.unwrap();
    let again = releases.hurry(component, appid).await.unwrap();

    assert!(hurried.review.unwrap().hurried_at.is_some());
    assert_eq!(again.version, hurried.version, "done once");
    assert_eq!(story.used(Counted::SpeedUps).await, 1);
    story.approve().await;
    super::wrong_state(releases.hurry(component, appid).await);
}

#[tokio::test]
async fn a_review_is_not_hurried_when_the_platform_has_none_left() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.world.wechat.set_quota(Quota { speed_ups: Some(0), ..Quota::default() }).unwrap();
    story.pass(11 * 60);

    let releases = &story.world.platform.releases;
    let refused = releases.hurry(&story.world.component, &story.appid).await;

    assert!(matches!(refused, Err(ReleaseError::UsedUp(_))), "{refused:?}");
    assert_eq!(story.world.wechat.count("/wxa/speedupaudit"), 0);
}

#[tokio::test]
async fn a_rejections_screenshots_can_be_fetched() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    let screenshots = vec!["SCREENSHOT_1".to_owned()];
    let verdict =
        simulator::Verdict { screenshots, reason: "不合规".to_owned(), ..story.silently() };
    story.world.wechat.reject(verdict).await.unwrap();
    story.note_event().await;
    let releases = &story.world.platform.releases;
    let (component, appid) = (&story.world.component, &story.appid);

    let named = story.review().await.screenshots;
    let picture = releases.screenshot(component, appid, &named[0]).await.unwrap();
    let other = releases.screenshot(component, appid, "somebody-elses").await.unwrap();
    let latest = releases.latest(component, appid).await.unwrap().unwrap();

    assert_eq!(picture.unwrap().media_type, "image/png");
    assert!(other.is_none(), "only what the review names is fetched");
    assert_eq!(latest.reason.as_deref(), Some("不合规"));
}
