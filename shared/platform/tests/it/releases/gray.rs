//! Releases to a part of the users first.

use platform::releases::{Action, Part, ReleaseError, ReviewState, Standing};

use super::{QUIET, Story, wrong_state};

const GRAY: &str = "/wxa/grayrelease";
const REVERT: &str = "/wxa/revertgrayrelease";

fn percent(percentage: u8) -> Part {
    Part { percentage, members_first: false, testers_first: false }
}

impl Story {
    /// 1.0.0 is online and 1.1.0 approved.
    async fn two_versions() -> Story {
        let story = Story::begin().await;
        story.put_online("1.0.0").await;
        story.submit_new("1.1.0").await;
        story.approve().await;
        story
    }

    async fn try_gray(&self, part: Part) -> Result<Standing, ReleaseError> {
        let releases = &self.world.platform.releases;
        releases.gray_release(&self.world.component, &self.appid, part).await
    }

    async fn try_revert_gray(&self) -> Result<Standing, ReleaseError> {
        let releases = &self.world.platform.releases;
        releases.revert_gray_release(&self.world.component, &self.appid).await
    }
}

#[tokio::test]
async fn a_part_of_the_users_has_it_then_more_then_all() {
    let story = Story::two_versions().await;

    let tenth = story.try_gray(percent(10)).await.unwrap();
    let again = story.try_gray(percent(10)).await.unwrap();
    let half = story.try_gray(percent(50)).await.unwrap();
    let smaller = wrong_state(story.try_gray(percent(20)).await);
    let all = story.try_release().await.unwrap();

    assert_eq!(tenth.gray.as_ref().unwrap().part, percent(10));
    assert_eq!(tenth.online.as_ref().unwrap().user_version, "1.0.0");
    assert_eq!(again.version, tenth.version, "done once");
    assert_eq!(half.gray.as_ref().unwrap().since, tenth.gray.unwrap().since);
    assert!(smaller.contains("50 %"), "{smaller}");
    assert_eq!((all.gray, all.review.unwrap().state), (None, ReviewState::Released));
    assert_eq!(all.online.unwrap().user_version, "1.1.0");
    assert_eq!(story.world.wechat.count(GRAY), 2);
    assert_eq!(story.events("release.gray").len(), 2);
}

#[tokio::test]
async fn a_hundred_of_a_hundred_are_everybody() {
    let story = Story::two_versions().await;
    let all = story.try_gray(percent(100)).await.unwrap();
    assert_eq!((all.gray, all.review.unwrap().state), (None, ReviewState::Released));
    assert_eq!(all.online.unwrap().user_version, "1.1.0");
}

#[tokio::test]
async fn while_it_runs_nothing_is_committed_or_rolled_back() {
    let story = Story::begin().await;
    story.put_online("1.0.0").await;
    story.put_online("1.1.0").await;
    let before = story.previous_version().await;
    story.submit_new("1.2.0").await;
    story.approve().await;
    story.try_gray(percent(10)).await.unwrap();

    let mut new = story.new_trial("1.3.0");
    new.replace = true;
    wrong_state(story.try_commit(&new).await);
    wrong_state(story.try_rollback(before).await);
    let reverted = story.try_revert_gray().await.unwrap();
    let back = story.try_rollback(before).await.unwrap();

    assert_eq!(reverted.gray, None);
    assert_eq!(reverted.review.unwrap().state, ReviewState::Approved, "it stays approved");
    assert_eq!(back.online.unwrap().user_version, "1.0.0");
    assert_eq!(story.events("release.gray-reverted").len(), 1);
    wrong_state(story.try_revert_gray().await);
}

#[tokio::test]
async fn it_needs_an_approved_version_and_one_online() {
    let story = Story::begin().await;
    let percentage = story.try_gray(percent(0)).await;
    assert!(matches!(percentage, Err(ReleaseError::Invalid(_))), "{percentage:?}");
    wrong_state(story.try_gray(percent(10)).await);
    story.submit_new("1.0.0").await;
    wrong_state(story.try_gray(percent(10)).await);
    story.approve().await;

    let first = wrong_state(story.try_gray(percent(10)).await);

    assert!(first.contains("first version"), "{first}");
    assert_eq!(story.world.wechat.count(GRAY), 0);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_found_in_the_plan() {
    let story = Story::two_versions().await;
    story.lose_answer(GRAY, true);
    let found = story.try_gray(percent(10)).await.unwrap();
    story.lose_answer(REVERT, true);
    let reverted = story.try_revert_gray().await.unwrap();

    assert_eq!(found.pending, None);
    assert_eq!(found.gray.unwrap().part, percent(10));
    assert_eq!((reverted.pending, reverted.gray), (None, None));
    assert_eq!((story.acted(GRAY), story.acted(REVERT)), (1, 1));
}

#[tokio::test]
async fn an_order_that_never_arrived_is_dropped_when_that_is_certain() {
    let story = Story::two_versions().await;
    story.lose_answer(GRAY, false);

    let unknown = story.try_gray(percent(10)).await.unwrap();
    story.later(QUIET).await;

    assert_eq!(unknown.pending.map(|it| it.action), Some(Action::Gray(percent(10))));
    let standing = story.standing().await;
    assert_eq!((standing.pending, standing.gray), (None, None));
    assert!(story.try_gray(percent(10)).await.unwrap().gray.is_some());
}

#[tokio::test]
async fn what_was_reverted_in_the_console_is_noticed() {
    let story = Story::two_versions().await;
    story.try_gray(percent(10)).await.unwrap();
    let (component, appid) = (&story.world.component, &story.appid);
    let call = wechat::endpoint::RevertGrayRelease {};
    story.world.platform.caller.merchant(component, appid, &call).await.unwrap();

    let checked = story.world.platform.releases.check(component, appid).await.unwrap().unwrap();

    assert_eq!(checked.gray, None);
    assert_eq!(story.events("release.gray-reverted").len(), 1);
}
