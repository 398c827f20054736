//! The tables were restored from a backup, and WeChat remembers more than they do.

use aws_sdk_dynamodb::types::ReturnValue;
use platform::{
    Platform,
    releases::{Outside, ReviewState, Standing},
    storage::{Item, Outcome},
};

use super::{DETECTION, Story};

const SUBMIT: &str = "/wxa/submit_audit";

impl Story {
    async fn back_up(&self) -> Item {
        let table = &self.world.platform.releases.table;
        let read = table.update(&self.key(), "release").return_values(ReturnValue::AllNew);
        match table.apply(read).await.unwrap() {
            Outcome::Written(item) => item.unwrap(),
            Outcome::Refused(_) => panic!("no condition was set"),
        }
    }

    /// Puts the record back, and starts a process that is told so.
    async fn restore(&self, backup: Option<Item>) -> Platform {
        let table = &self.world.platform.releases.table;
        table.delete(&self.key(), "release").await.unwrap();
        if let Some(backup) = backup {
            table.create(backup).await.unwrap();
        }
        self.world.another_process_of(1).await
    }

    fn key(&self) -> String {
        format!("app#{}#{}", self.world.component, self.appid)
    }

    async fn advance(&self, restored: &Platform) -> Standing {
        let (component, appid) = (&self.world.component, &self.appid);
        restored.releases.advance(component, appid).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_submission_that_is_forgotten_is_not_made_again() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    // It is ordered, and waits for WeChat's detection.
    assert_eq!(story.try_submit().await.unwrap().review_state(), Some(ReviewState::Preparing));
    let backup = story.back_up().await;
    story.later(DETECTION).await;
    assert_eq!(story.review().await.state, ReviewState::InReview);
    story.world.wechat.approve(story.silently()).await.unwrap();

    let restored = story.restore(Some(backup)).await;
    let standing = story.advance(&restored).await;

    assert_eq!(standing.review_state(), Some(ReviewState::Approved));
    assert_eq!(story.acted(SUBMIT), 1);
    assert!(standing.changed_outside.is_empty(), "{standing:?}");
    restored.releases.release(&story.world.component, &story.appid).await.unwrap();
}

#[tokio::test]
async fn a_release_that_is_forgotten_is_found_online() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    let backup = story.back_up().await;
    story.approve().await;
    story.try_release().await.unwrap();

    let restored = story.restore(Some(backup)).await;
    let (component, appid) = (&story.world.component, &story.appid);
    let standing = restored.releases.check(component, appid).await.unwrap().unwrap();

    assert_eq!(standing.review_state(), Some(ReviewState::Released));
    assert_eq!(standing.online.unwrap().user_version, "1.0.0");
    assert!(standing.changed_outside.is_empty());
    assert_eq!(story.acted("/wxa/release"), 1);
}

#[tokio::test]
async fn a_commit_that_is_forgotten_waits_for_a_person() {
    let story = Story::begin().await;
    story.put_online("1.0.0").await;
    let backup = story.back_up().await;
    story.submit_new("1.1.0").await;

    let restored = story.restore(Some(backup)).await;
    let (component, appid) = (&story.world.component, &story.appid);
    let standing = restored.releases.check(component, appid).await.unwrap().unwrap();
    let again = restored.releases.check(component, appid).await.unwrap().unwrap();

    let outside: Vec<_> = standing.changed_outside.iter().map(|changed| changed.what).collect();
    assert_eq!(outside, [Outside::Trial], "its settings cannot be known again");
    assert_eq!(standing.online.unwrap().user_version, "1.0.0");
    assert_eq!(again.version, standing.version, "WeChat is asked once for all");
}

#[tokio::test]
async fn a_mini_program_that_is_wholly_forgotten_is_read_before_its_first_order() {
    let story = Story::begin().await;
    story.put_online("1.0.0").await;

    let restored = story.restore(None).await;
    let (component, appid) = (&story.world.component, &story.appid);
    let new = story.new_trial("1.1.0");
    let standing = restored.releases.commit(component, appid, &new).await.unwrap();

    let online = standing.online.unwrap();
    assert_eq!(online.user_version, "1.0.0");
    assert!(online.commit_id.is_some(), "known by its marker");
    assert!(standing.changed_outside.is_empty());
}
