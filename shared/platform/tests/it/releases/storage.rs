//! Storage goes away, or does not say what it did, while WeChat acts.

use std::{sync::Arc, time::Duration};

use local::aws::{Fault, Service};
use platform::releases::{ReleaseError, ReviewState, Standing};
use simulator::How;

use super::{DETECTION, Story};

const SUBMIT: &str = "/wxa/submit_audit";
/// The lease of whoever failed has ended by then.
const STALE: u64 = 90;

/// Submits; as soon as WeChat has acted, and before it answers, `accident` happens.
async fn submit_and(story: &Arc<Story>, accident: impl FnOnce()) -> Result<Standing, ReleaseError> {
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    let slow = simulator::Fault::new(SUBMIT, How::Slow(1500));
    story.world.wechat.fail(simulator::Fault { acted: true, ..slow });
    let submitting = tokio::spawn({
        let story = story.clone();
        async move { story.try_submit().await }
    });
    while story.reviews_at_wechat() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    accident();
    submitting.await.expect("nothing panics")
}

impl Story {
    fn reviews_at_wechat(&self) -> usize {
        let state = self.world.wechat.state();
        state["merchants"][self.appid.as_str()]["reviews"].as_array().map_or(0, Vec::len)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_acknowledgement_was_lost_is_known_again() {
    let story = Arc::new(Story::begin().await);

    let aws = &story.world.aws;
    let lost = || aws.inject_next(Service::DynamoDb, 1, Fault::LostAnswer);
    let submitted = submit_and(&story, lost).await.unwrap();

    assert_eq!(submitted.review_state(), Some(ReviewState::InReview));
    assert_eq!(story.standing().await, submitted);
    assert_eq!(story.events("release.submitted").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_stored_is_found_at_wechat_when_storage_is_back() {
    let story = Arc::new(Story::begin().await);

    let aws = &story.world.aws;
    let away = || aws.inject(Service::DynamoDb, Fault::Away);
    let failed = submit_and(&story, away).await;
    aws.restore(Service::DynamoDb);
    let before = story.standing().await;
    story.later(STALE).await;

    assert!(matches!(failed, Err(ReleaseError::Storage(_))), "{failed:?}");
    assert_eq!(before.review_state(), Some(ReviewState::Submitting), "the intent stands");
    assert_eq!(story.review().await.state, ReviewState::InReview);
    assert_eq!(story.reviews_at_wechat(), 1);
    assert_eq!(story.world.wechat.count(SUBMIT), 1);
    assert_eq!(story.events("release.submitted").len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_to_wechat_while_its_intent_cannot_be_written() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.approve().await;
    story.world.aws.inject(Service::DynamoDb, Fault::Throttled);

    let failed = story.try_release().await;
    story.world.aws.restore(Service::DynamoDb);
    let released = story.try_release().await.unwrap();

    assert!(matches!(failed, Err(ReleaseError::Storage(_) | ReleaseError::Call(_))), "{failed:?}");
    assert_eq!(released.review_state(), Some(ReviewState::Released));
    assert_eq!(story.world.wechat.count("/wxa/release"), 1);
}
