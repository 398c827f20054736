//! Where people must act: the authorization, the filing, the review; and what they do by hand.

use platform::{attention::Need, releases::Submission};
use simulator::Revoke;

use super::*;

#[tokio::test]
async fn the_filing_is_waited_for_with_what_the_filing_says_and_found_when_it_is_in_force() {
    let story = Story::of(UNFILED).await;
    story.begin(json!({})).await;

    let waiting = story.tick().await;

    assert_eq!(at(&waiting), (Step::Filing, StepState::Waiting, Some(Whom::Operator)));
    assert!(what_to_do(&waiting).contains("face check"), "{}", what_to_do(&waiting));
    assert!(story.is_marked(Need::OnboardingWaits).await);
    assert!(!story.is_marked(Need::OnboardingFailed).await);
    story.world.wechat.set_icp(story.appid.as_str(), 3).unwrap();
    let rejected = story.later(61).await;
    assert_eq!(at(&rejected), (Step::Filing, StepState::Waiting, Some(Whom::Operator)));
    assert!(story.is_marked(Need::FilingRejected).await);
    assert!(!story.is_marked(Need::OnboardingWaits).await, "one mark for one thing");

    story.world.wechat.set_icp(story.appid.as_str(), 6).unwrap();
    let in_review = story.later(61).await;

    assert_eq!(at(&in_review).0, Step::Review, "{in_review:#?}");
    assert!(!story.is_marked(Need::FilingRejected).await);
    assert_eq!(story.approve().await.state(), Some(State::Finished));
}

#[tokio::test]
async fn a_rejected_review_waits_for_an_operator_who_submits_again_and_it_goes_on() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    story.tick().await;
    let verdict = Verdict {
        reason: "首页无法打开".to_owned(),
        silent: true,
        ..Verdict::on(story.appid.as_str())
    };
    story.world.wechat.reject(verdict).await.unwrap();
    let releases = &story.world.platform.releases;
    let (component, appid) = (&story.world.component, &story.appid);
    releases.note_review_event(component, appid).await.unwrap();

    let rejected = story.soon().await;

    assert_eq!(at(&rejected), (Step::Review, StepState::Waiting, Some(Whom::Operator)));
    let why = rejected.current().unwrap().wait.as_ref().unwrap().why.zh.to_string();
    assert!(why.contains("首页无法打开"), "{why}");
    assert!(story.is_marked(Need::OnboardingWaits).await);
    story.later(61).await;
    assert_eq!(story.acted(SUBMIT), 1, "it does not submit the same again by itself");

    releases.submit(component, appid, &Submission::default()).await.unwrap();
    let again = story.soon().await;
    assert_eq!(at(&again), (Step::Review, StepState::Waiting, Some(Whom::WeChat)));
    assert!(!story.is_marked(Need::OnboardingWaits).await);
    assert_eq!(story.approve().await.state(), Some(State::Finished));
}

#[tokio::test]
async fn what_an_operator_does_by_hand_makes_its_step_done() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({ "review": null, "release": "by-hand" })).await;
    let waiting = story.tick().await;
    assert_eq!(at(&waiting), (Step::Review, StepState::Waiting, Some(Whom::Operator)));
    let releases = &story.world.platform.releases;
    let (component, appid) = (&story.world.component, &story.appid);

    releases.submit(component, appid, &Submission::default()).await.unwrap();
    let submitted = story.soon().await;
    assert_eq!(at(&submitted), (Step::Review, StepState::Waiting, Some(Whom::WeChat)));
    let approved = story.approve().await;
    assert_eq!(at(&approved), (Step::Release, StepState::Waiting, Some(Whom::Operator)));
    assert_eq!(story.acted(RELEASE), 0);
    releases.release(component, appid).await.unwrap();
    let finished = story.soon().await;

    assert_eq!(finished.state(), Some(State::Finished), "{finished:#?}");
    assert_eq!((story.acted(SUBMIT), story.acted(RELEASE)), (1, 1));
}

#[tokio::test]
async fn what_the_reviewers_would_refuse_is_named_before_anything_is_submitted() {
    // Without a guideline the code asks users for what nobody declared.
    let story = Story::of(MERCHANT).await;
    let appid = story.appid.to_string();
    story.begin(json!({ "privacy": null, "categories": null })).await;
    story
        .world
        .wechat
        .edit_merchant(&appid, |merchant| merchant.privacy_guideline = false)
        .unwrap();

    let stopped = story.tick().await;

    assert_eq!(at(&stopped), (Step::Review, StepState::Failed, Some(Whom::Operator)));
    assert!(what_to_do(&stopped).to_lowercase().contains("guideline"), "{}", what_to_do(&stopped));
    assert_eq!(story.world.wechat.count(SUBMIT), 0);
    assert!(story.is_marked(Need::OnboardingFailed).await);
}

#[tokio::test]
async fn a_merchant_who_withdrew_is_waited_for() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    let (component, appid) = (&story.world.component, &story.appid);
    let revoke = Revoke { silent: true, ..Revoke::default() };
    let revoke = Revoke { appid: appid.to_string(), ..revoke };
    story.world.wechat.revoke(revoke).await.unwrap();
    let grants = &story.world.platform.grants;
    grants.unauthorized(component, appid, story.world.now() + 1).await.unwrap();

    let waiting = story.tick().await;
    assert_eq!(at(&waiting), (Step::Authorization, StepState::Waiting, Some(Whom::Merchant)));
    assert!(story.is_marked(Need::OnboardingWaits).await);

    story.world.clock.advance(Duration::from_secs(120));
    story.world.authorized(MERCHANT).await;
    let gone_on = story.soon().await;
    assert_eq!(at(&gone_on).0, Step::Review, "{gone_on:#?}");
}
