//! What must not happen twice happens once, whatever becomes of the answers.

use std::sync::Arc;

use jiff::SignedDuration;
use platform::{
    counters::Counted,
    releases::{Action, ReleaseError, ReviewState},
};
use tokio::task::JoinSet;

use super::{DETECTION, QUIET, Story};

const SUBMIT: &str = "/wxa/submit_audit";
const LATEST: &str = "/wxa/get_latest_auditstatus";
const KINDS_UP_TO_APPROVAL: [&str; 3] =
    ["release.committed", "release.submitted", "release.approved"];
const RELEASE: &str = "/wxa/release";
const ROLLBACK: &str = "/wxa/revertcoderelease";
const WITHDRAW: &str = "/wxa/undocodeaudit";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_submissions_at_once_are_one() {
    let story = Arc::new(Story::begin().await);
    story.commit("1.0.0").await;
    story.pass(DETECTION);

    let mut running = JoinSet::new();
    for _ in 0..50 {
        let story = story.clone();
        running.spawn(async move { story.try_submit().await });
    }
    let results = running.join_all().await;

    for result in results {
        // Those who did not get their turn in time are told to ask again.
        match result {
            Ok(standing) => assert_eq!(standing.review_state(), Some(ReviewState::InReview)),
            Err(ReleaseError::InProgress(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(story.world.wechat.count(SUBMIT), 1);
    assert_eq!(story.events("release.submitted").len(), 1);
}

#[tokio::test]
async fn a_submission_whose_answer_was_lost_is_found() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story.lose_answer(SUBMIT, true);

    let submitted = story.try_submit().await.unwrap();

    let review = submitted.review.unwrap();
    assert_eq!(review.state, ReviewState::InReview);
    assert!(review.audit_id.is_some());
    assert_eq!(story.acted(SUBMIT), 1);
    story.approve().await;
    story.try_release().await.unwrap();
}

#[tokio::test]
async fn a_submission_that_never_arrived_is_made_again_when_that_is_certain() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story.lose_answer(SUBMIT, false);

    let unknown = story.try_submit().await.unwrap();
    let impatient = story.try_submit().await;
    story.later(QUIET).await;
    story.later(1).await;

    assert_eq!(unknown.pending.map(|pending| pending.action), Some(Action::Submit));
    assert!(matches!(impatient, Err(ReleaseError::InProgress(_))), "{impatient:?}");
    assert_eq!(story.review().await.state, ReviewState::InReview);
    assert_eq!(story.acted(SUBMIT), 1);
    assert_eq!(story.world.wechat.count(SUBMIT), 2);
    assert_eq!(story.used(Counted::Reviews).await, 1, "the one that never arrived was given back");
}

#[tokio::test]
async fn a_submission_that_wechat_does_not_answer_is_made_again_ever_more_seldom() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story.answer_nothing(SUBMIT);
    story.try_submit().await.unwrap();
    for _ in 0..4 {
        story.later(QUIET).await;
        story.later(1).await;
    }
    story.later(QUIET).await;
    story.later(300).await;
    let silent = story.review().await;
    story.world.wechat.clear_faults();
    story.later(300).await;

    assert_eq!(silent.state, ReviewState::Preparing);
    assert_eq!(silent.trouble.and_then(|trouble| trouble.errcode), Some(-1));
    assert_eq!(story.world.wechat.count(SUBMIT), 6);
    assert_eq!(story.review().await.state, ReviewState::InReview);
    assert_eq!(story.used(Counted::Reviews).await, 1);
}

#[tokio::test]
async fn a_submission_that_wechat_does_not_answer_for_six_hours_has_failed() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story.answer_nothing(SUBMIT);
    story.try_submit().await.unwrap();
    while story.review().await.state != ReviewState::Failed {
        story.later(300).await;
    }

    let review = story.review().await;
    let hours = review.decided_at.unwrap().duration_since(review.ordered_at).as_hours();
    assert_eq!(hours, 6);
    assert_eq!(review.trouble.and_then(|trouble| trouble.errcode), Some(-1));
    assert_eq!(story.events("release.failed").len(), 1);
    assert_eq!(story.used(Counted::Reviews).await, 0, "what never arrived was given back");
}

#[tokio::test]
async fn a_busy_system_that_submitted_all_the_same_is_believed() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    let busy = simulator::Fault::new(SUBMIT, simulator::How::Errcode(-1));
    story.world.wechat.fail(simulator::Fault { acted: true, ..busy });

    let submitted = story.try_submit().await.unwrap();

    assert_eq!(submitted.review_state(), Some(ReviewState::InReview));
    assert_eq!(story.world.wechat.count(SUBMIT), 1);
}

#[tokio::test]
async fn a_process_that_died_after_its_call_leaves_an_intent_that_the_next_one_settles() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    // The answer comes late, and nobody is there any more to hear it.
    let slow = simulator::Fault::new(SUBMIT, simulator::How::Slow(60_000));
    story.world.wechat.fail(simulator::Fault { acted: true, ..slow });
    let dying = tokio::time::timeout(std::time::Duration::from_secs(3), story.try_submit()).await;
    assert!(dying.is_err(), "it was cut off");

    let other = story.world.another_process().await.releases.clone();
    let (component, appid) = (&story.world.component, &story.appid);
    let held = other.advance(component, appid).await.unwrap();
    story.pass(90);
    let due = other.due(10).await.unwrap();
    let settled = other.advance(component, appid).await.unwrap();

    assert!(held.is_none(), "the lease of the dead is respected for a while");
    assert_eq!(due, [(component.clone(), appid.clone())]);
    assert_eq!(settled.unwrap().review_state(), Some(ReviewState::InReview));
    assert_eq!(story.world.wechat.count(SUBMIT), 0, "not counted before it is answered");
    assert_eq!(story.events("release.submitted").len(), 1);
}

#[tokio::test]
async fn while_whoever_wrote_an_intent_may_wake_up_nobody_takes_its_call_for_undone() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    // It stands still before its call is on its way.
    let stands_still = simulator::Fault::new(SUBMIT, simulator::How::Slow(60_000));
    story.world.wechat.fail(simulator::Fault { acted: false, ..stands_still });
    let still = tokio::time::timeout(std::time::Duration::from_secs(3), story.try_submit()).await;
    assert!(still.is_err(), "it was cut off");
    let other = story.world.another_process().await.releases.clone();

    let (component, appid) = (&story.world.component, &story.appid);
    story.pass(75);
    let early = other.advance(component, appid).await.unwrap().unwrap();
    story.pass(30);
    let settled = other.advance(component, appid).await.unwrap().unwrap();

    assert_eq!(early.pending.map(|pending| pending.action), Some(Action::Submit));
    assert_eq!(settled.pending, None);
    assert_eq!(settled.review_state(), Some(ReviewState::InReview));
    assert_eq!(story.acted(SUBMIT), 1);
}

#[tokio::test]
async fn nobody_takes_a_call_for_undone_whose_clock_is_ahead() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.approve().await;
    let stands_still = simulator::Fault::new(RELEASE, simulator::How::Slow(60_000));
    story.world.wechat.fail(simulator::Fault { acted: false, ..stands_still });
    let still = tokio::time::timeout(std::time::Duration::from_secs(3), story.try_release()).await;
    assert!(still.is_err(), "it was cut off");
    // By its clock the lease is over, and whoever had it long dead.
    let ahead =
        story.world.another_process_ahead(SignedDuration::from_mins(8)).await.releases.clone();

    let (component, appid) = (&story.world.component, &story.appid);
    let at_once = ahead.release(component, appid).await;
    story.pass(90);
    let in_time = ahead.release(component, appid).await.unwrap();

    assert!(matches!(at_once, Err(ReleaseError::InProgress(_))), "{at_once:?}");
    assert_eq!(in_time.review_state(), Some(ReviewState::Released));
    assert_eq!(story.acted(RELEASE), 1);
}

#[tokio::test]
async fn a_release_whose_answer_was_lost_is_found() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.approve().await;
    story.lose_answer(RELEASE, true);

    let released = story.try_release().await.unwrap();
    let repeated = story.try_release().await.unwrap();

    assert_eq!(released.review_state(), Some(ReviewState::Released));
    assert_eq!(released.version, repeated.version);
    assert_eq!(story.world.wechat.count(RELEASE), 1);
    assert_eq!(story.events("release.released").len(), 1);
}

#[tokio::test]
async fn a_release_that_never_arrived_leaves_the_version_approved() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.approve().await;
    story.lose_answer(RELEASE, false);

    let unknown = story.try_release().await.unwrap();
    let impatient = story.try_release().await;
    story.later(QUIET).await;
    let settled = story.standing().await;
    let released = story.try_release().await.unwrap();

    assert_eq!(unknown.pending.map(|pending| pending.action), Some(Action::Release));
    assert!(matches!(impatient, Err(ReleaseError::InProgress(_))), "{impatient:?}");
    assert_eq!(settled.pending, None);
    assert_eq!(settled.review_state(), Some(ReviewState::Approved));
    assert_eq!(released.review_state(), Some(ReviewState::Released));
    assert_eq!(story.acted(RELEASE), 1);
}

#[tokio::test]
async fn a_rollback_whose_answer_was_lost_goes_back_one_step_and_not_two() {
    let story = Story::begin().await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        story.put_online(version).await;
    }
    let app_version = story.previous_version().await;
    story.lose_answer(ROLLBACK, true);
    // The first of the two calls of that path lists versions; the second goes back.
    story.world.wechat.clear_faults();
    let lost = simulator::Fault::new(ROLLBACK, simulator::How::CutConnection);
    story.world.wechat.fail(simulator::Fault { acted: true, after: 1, ..lost });

    let back = story.try_rollback(app_version).await.unwrap();
    let repeated = story.try_rollback(app_version).await.unwrap();

    assert_eq!(back.pending, None);
    assert_eq!(back.online.as_ref().unwrap().user_version, "1.1.0");
    assert_eq!(repeated.version, back.version);
    let log = story.world.wechat.log();
    let reverts = log.of(ROLLBACK).into_iter().filter(|call| !call.query.contains_key("action"));
    assert_eq!(reverts.count(), 1);
}

#[tokio::test]
async fn a_withdrawal_whose_answer_was_lost_is_found_and_counted_once() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.lose_answer(WITHDRAW, true);

    let withdrawn = story.try_withdraw().await.unwrap();
    let repeated = story.try_withdraw().await.unwrap();

    assert_eq!(withdrawn.review_state(), Some(ReviewState::Withdrawn));
    assert_eq!(repeated.pending, None);
    assert_eq!(story.used(Counted::Withdrawals).await, 1);
    assert_eq!(story.world.wechat.count(WITHDRAW), 1);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_made_again_with_the_same_marker() {
    let story = Story::begin().await;
    story.lose_answer("/wxa/commit", true);

    let committed = story.commit("1.0.0").await;

    let trial = committed.trial.unwrap();
    let log = story.world.wechat.log();
    let sent = log.of("/wxa/commit");
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|call| call.body.contains(&trial.marker())));
    assert_eq!(story.events("release.committed").len(), 1);
}

#[tokio::test]
async fn a_commit_is_patient_with_the_one_before_it() {
    let story = Story::begin().await;
    let busy = simulator::Fault::new("/wxa/commit", simulator::How::Errcode(9_402_202));
    story.world.wechat.fail(simulator::Fault { times: 2, ..busy });

    story.commit("1.0.0").await;

    assert_eq!(story.world.wechat.count("/wxa/commit"), 3);
}

#[tokio::test]
async fn events_reach_the_bus_later_if_it_was_away() {
    let story = Story::begin().await;
    story.world.aws.inject(local::aws::Service::EventBridge, local::aws::Fault::Failing);

    story.commit("1.0.0").await;
    assert!(story.event_kinds().is_empty());
    story.world.aws.restore(local::aws::Service::EventBridge);
    story.pass(60);
    story.world.platform.outbox.sweep(10).await.unwrap();

    assert_eq!(story.event_kinds(), ["release.committed"]);
}

#[tokio::test]
async fn an_approval_whose_event_meets_the_intent_is_taken_in_with_it() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    // Nobody hears that it was submitted, nor is anybody told when WeChat is asked about it.
    story.lose_answer(SUBMIT, true);
    let unheard = simulator::Fault::new(LATEST, simulator::How::Errcode(-1));
    story.world.wechat.fail(simulator::Fault { after: 1, ..unheard });
    let pending = story.try_submit().await.unwrap().pending;
    story.world.wechat.approve(story.silently()).await.unwrap();

    story.note_event().await;

    assert!(pending.is_some_and(|pending| pending.action == Action::Submit));
    assert_eq!(story.review().await.state, ReviewState::Approved);
    assert_eq!(story.acted(SUBMIT), 1);
    assert_eq!(story.event_kinds(), KINDS_UP_TO_APPROVAL);
}

#[tokio::test]
async fn an_event_that_meets_an_intent_of_which_wechat_shows_nothing_yet_comes_again() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story.lose_answer(SUBMIT, false);
    story.try_submit().await.unwrap();

    let (component, appid) = (&story.world.component, &story.appid);
    let noted = story.world.platform.releases.note_review_event(component, appid).await;

    assert!(matches!(noted, Err(ReleaseError::InProgress(_))), "{noted:?}");
}
