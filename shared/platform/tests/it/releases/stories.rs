//! What happens when everything, or everybody, behaves.

use platform::{
    attention::Need,
    counters::{Counted, Period, UsedUp},
    releases::{NewTrial, ReleaseError, ReviewState, Submission},
};
use simulator::Verdict;

use super::{DETECTION, Story, wrong_state};

/// The place of the merchant of the simulator who has no filing.
const UNFILED_MERCHANT: usize = 1;

#[tokio::test]
async fn a_first_release_goes_from_commit_to_online() {
    let story = Story::begin().await;

    let committed = story.commit("1.0.0").await;
    let preparing = story.try_submit().await.unwrap();
    assert_eq!(preparing.review_state(), Some(ReviewState::Preparing), "the detection runs");
    story.pass(DETECTION);
    story.later(60).await;
    let submitted = story.review().await;
    let approved = story.approve().await;
    let released = story.try_release().await.unwrap();

    assert_eq!(submitted.state, ReviewState::InReview);
    assert!(submitted.audit_id.is_some());
    assert_eq!(approved.review_state(), Some(ReviewState::Approved));
    assert_eq!(released.review_state(), Some(ReviewState::Released));
    let (trial, online) = (committed.trial.unwrap(), released.online.unwrap());
    assert_eq!(online.commit_id, Some(trial.commit_id));
    assert_eq!(online.user_version, "1.0.0");
    assert_eq!(
        story.event_kinds(),
        ["release.committed", "release.submitted", "release.approved", "release.released"]
    );
    let versions: Vec<_> = ["release.committed", "release.released"]
        .iter()
        .map(|kind| story.events(kind)[0].detail["version"].as_u64().unwrap())
        .collect();
    assert!(versions.is_sorted(), "{versions:?}");
}

#[tokio::test]
async fn a_rejected_version_is_corrected_and_resubmitted() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;

    let verdict = Verdict {
        reason: "1:首页无法打开<br>".to_owned(),
        screenshots: vec!["media-1".to_owned(), "media-2".to_owned()],
        ..story.silently()
    };
    story.world.wechat.reject(verdict).await.unwrap();
    story.note_event().await;
    let rejected = story.review().await;
    let refused = story.try_release().await;
    let resubmitted = story.submit_new("1.0.1").await;

    assert_eq!(rejected.state, ReviewState::Rejected);
    assert_eq!(rejected.reason.as_deref(), Some("1:首页无法打开<br>"));
    assert_eq!(rejected.screenshots, ["media-1", "media-2"]);
    wrong_state(refused);
    let review = resubmitted.review.unwrap();
    assert_eq!(review.previous_audit_id, rejected.audit_id);
    assert_eq!(review.user_version, "1.0.1");
    let told = story.events("release.rejected");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].detail["reason"], "1:首页无法打开<br>");
}

#[tokio::test]
async fn a_withdrawn_review_is_resubmitted_approved_released_and_rolled_back() {
    let story = Story::begin().await;
    story.put_online("1.0.0").await;
    story.submit_new("1.1.0").await;

    let withdrawn = story.try_withdraw().await.unwrap();
    let again = story.try_submit().await.unwrap();
    story.approve().await;
    story.try_release().await.unwrap();
    let app_version = story.previous_version().await;
    let back = story.try_rollback(app_version).await.unwrap();
    let repeated = story.try_rollback(app_version).await.unwrap();

    assert_eq!(withdrawn.review_state(), Some(ReviewState::Withdrawn));
    assert_eq!(story.used(Counted::Withdrawals).await, 1);
    assert_eq!(again.review_state(), Some(ReviewState::InReview));
    let online = back.online.unwrap();
    assert_eq!((online.user_version.as_str(), online.app_version), ("1.0.0", Some(app_version)));
    assert!(online.commit_id.is_some(), "known by its marker");
    assert_eq!(repeated.online.unwrap().app_version, Some(app_version), "done once");
    assert_eq!(story.events("release.rolled-back").len(), 1);
    wrong_state(story.try_release().await);
}

#[tokio::test]
async fn without_an_event_the_poll_finds_out() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;

    story
        .world
        .wechat
        .delay(Verdict { reason: "节假日".to_owned(), ..story.silently() })
        .await
        .unwrap();
    story.later(11 * 60).await;
    let delayed = story.review().await;
    story.world.wechat.approve(story.silently()).await.unwrap();
    story.later(5 * 60).await;
    let not_yet_asked = story.review().await.state;
    story.later(6 * 60).await;

    assert_eq!(delayed.state, ReviewState::Delayed);
    assert_eq!(delayed.reason.as_deref(), Some("节假日"));
    assert_eq!(not_yet_asked, ReviewState::Delayed);
    assert_eq!(story.review().await.state, ReviewState::Approved);
    assert!(story.world.platform.releases.due(10).await.unwrap().is_empty(), "nothing is left");
    let reviews = story.event_kinds().into_iter().skip(1).collect::<Vec<_>>();
    assert_eq!(reviews, ["release.submitted", "release.delayed", "release.approved"]);
}

#[tokio::test]
async fn a_commit_between_approval_and_release_is_refused() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    wrong_state(story.try_commit(&story.new_trial("1.0.1")).await);
    story.approve().await;

    wrong_state(story.try_commit(&story.new_trial("1.0.1")).await);
    let released = story.try_release().await.unwrap();

    assert_eq!(released.online.unwrap().user_version, "1.0.0");
    assert_eq!(story.acted("/wxa/commit"), 1);
}

#[tokio::test]
async fn an_approved_version_can_be_given_up_in_so_many_words() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.approve().await;

    let new = NewTrial { replace: true, ..story.new_trial("1.0.1") };
    let replaced = story.try_commit(&new).await.unwrap();

    assert_eq!(replaced.review_state(), Some(ReviewState::Replaced));
    wrong_state(story.try_release().await);
    assert_eq!(story.submit_new("1.0.2").await.review_state(), Some(ReviewState::InReview));
}

#[tokio::test]
async fn orders_that_do_not_fit_say_what_to_do() {
    let story = Story::begin().await;

    let submitted = wrong_state(story.try_submit().await);
    wrong_state(story.try_withdraw().await);
    wrong_state(story.try_release().await);
    let unknown = story.try_rollback(7).await;

    assert!(submitted.contains("commit"), "{submitted}");
    assert!(
        matches!(&unknown, Err(ReleaseError::Invalid(faults))
            if faults.list()[0].pointer == "/app_version"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn withdrawals_are_counted_before_wechat_refuses_them() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    for _ in 0..5 {
        story.try_submit().await.unwrap();
        story.try_withdraw().await.unwrap();
    }
    story.try_submit().await.unwrap();

    let refused = story.try_withdraw().await;

    let Err(ReleaseError::UsedUp(UsedUp(quota))) = refused else { panic!("{refused:?}") };
    assert_eq!((quota.period, quota.used, quota.most), (Period::Day, 5, Some(5)));
    assert_eq!(story.world.wechat.count("/wxa/undocodeaudit"), 5);
    let standing = story.standing().await;
    assert_eq!(standing.pending, None, "nothing was begun");
    assert_eq!(standing.review_state(), Some(ReviewState::InReview));
    story.pass(24 * 60 * 60);
    story.world.ticket().await;
    story.try_withdraw().await.expect("a new day");
    assert_eq!(story.used(Counted::Withdrawals).await, 1, "of this day");
}

#[tokio::test]
async fn a_review_in_preparation_is_given_up_without_a_call() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.try_submit().await.unwrap();

    let withdrawn = story.try_withdraw().await.unwrap();
    story.later(600).await;

    assert_eq!(withdrawn.review_state(), Some(ReviewState::Withdrawn));
    assert_eq!(story.review().await.state, ReviewState::Withdrawn);
    assert_eq!(story.world.wechat.count("/wxa/undocodeaudit"), 0);
    assert_eq!(story.world.wechat.count("/wxa/submit_audit"), 0);
}

#[tokio::test]
async fn a_refusal_ends_the_order_and_says_why() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story
        .world
        .wechat
        .fail(simulator::Fault::new("/wxa/submit_audit", simulator::How::Errcode(85085)));

    let refused = story.try_submit().await;

    assert!(matches!(&refused, Err(ReleaseError::Call(error)) if error.errcode() == Some(85085)));
    let review = story.review().await;
    assert_eq!(review.state, ReviewState::Failed);
    assert_eq!(review.trouble.unwrap().errcode, Some(85085));
    assert_eq!(story.events("release.failed").len(), 1);
    let attention = &story.world.platform.attention;
    let marked = attention.list(&story.world.component, Need::ReviewFailed, 10).await.unwrap();
    assert_eq!(marked.0.len(), 1, "a version that is in no review needs a person");
    let again = story.try_submit().await.unwrap();
    assert_eq!(again.review_state(), Some(ReviewState::InReview), "and can be ordered again");
}

#[tokio::test]
async fn a_release_that_lacks_a_filing_says_so_and_keeps_the_approval() {
    let story = Story::of(UNFILED_MERCHANT).await;
    story.submit_new("1.0.0").await;
    story.approve().await;

    let refused = story.try_release().await;

    let Err(ReleaseError::Refused { refusal, cause, what_to_do }) = refused else {
        panic!("not refused by WeChat: {refused:?}");
    };
    assert_eq!(refusal.errcode, 85_020);
    assert!(
        cause.zh.contains("尚未备案") && what_to_do.zh.contains("请先备案"),
        "{cause} {what_to_do}"
    );
    assert!(!what_to_do.zh.contains("replace"), "{what_to_do}");
    let standing = story.standing().await;
    assert_eq!(standing.review_state(), Some(ReviewState::Approved));
    assert_eq!(standing.pending, None);
}

#[tokio::test]
async fn another_word_to_the_reviewer_is_not_lost_without_a_word() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    let (component, appid) = (&story.world.component, &story.appid);
    let releases = &story.world.platform.releases;
    let other =
        Submission { version_desc: Some("新的说明".to_owned()), ..Submission::default() };

    let in_review = wrong_state(releases.submit(component, appid, &other).await);
    let repeated = story.try_submit().await.unwrap();
    story.approve().await;
    let approved = wrong_state(releases.submit(component, appid, &other).await);
    let repeated_again = story.try_submit().await.unwrap();

    assert!(in_review.contains("was not submitted"), "{in_review}");
    assert!(approved.contains("was not submitted"), "{approved}");
    assert_eq!(repeated.review_state(), Some(ReviewState::InReview));
    assert_eq!(repeated_again.review_state(), Some(ReviewState::Approved));
    assert_eq!(story.acted("/wxa/submit_audit"), 1);
}
