//! Somebody else works on the same mini program.

use platform::{
    attention::Need,
    releases::{Outside, ReleaseError, ReviewState},
};
use simulator::{ChangeOutside, Outside as Elsewhere, Revoke};

use super::{DETECTION, Story, wrong_state};
use crate::simulated::MERCHANT;

impl Story {
    fn elsewhere(&self, what: Elsewhere) {
        let appid = self.appid.to_string();
        self.world.wechat.change_outside(ChangeOutside { appid, what }).expect("it can be done");
    }
}

fn by_hand() -> (String, String) {
    ("9.9.9".to_owned(), "by hand".to_owned())
}

#[tokio::test]
async fn what_somebody_else_committed_is_not_submitted() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    let (user_version, user_desc) = by_hand();
    story.elsewhere(Elsewhere::Commit { user_version, user_desc });

    wrong_state(story.try_submit().await);
    let refused_again = wrong_state(story.try_submit().await);

    assert_eq!(story.world.wechat.count("/wxa/submit_audit"), 0);
    let standing = story.standing().await;
    assert_eq!(standing.changed_outside[0].what, Outside::Trial);
    assert!(refused_again.contains("9.9.9"), "{refused_again}");
    assert_eq!(story.events("release.changed-outside").len(), 1, "told once");
    let submitted = story.submit_new("1.0.1").await;
    assert!(submitted.changed_outside.is_empty(), "a commit of ours clears it");
}

#[tokio::test]
async fn the_approval_of_somebody_elses_review_is_not_ours() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.elsewhere(Elsewhere::Withdraw);
    let (user_version, user_desc) = by_hand();
    story.elsewhere(Elsewhere::Commit { user_version, user_desc });
    story.elsewhere(Elsewhere::Submit);

    story.approve().await;

    let review = story.review().await;
    assert_eq!(review.state, ReviewState::Failed);
    assert!(story.events("release.approved").is_empty());
    assert_eq!(story.events("release.changed-outside").len(), 1);
    wrong_state(story.try_release().await);
    assert_eq!(story.world.wechat.count("/wxa/release"), 0);
}

#[tokio::test]
async fn a_review_that_somebody_else_has_open_is_left_alone() {
    let story = Story::begin().await;
    story.commit("1.0.0").await;
    story.pass(DETECTION);
    story.elsewhere(Elsewhere::Submit);

    wrong_state(story.try_submit().await);
    story.approve().await;

    assert_eq!(story.world.wechat.count("/wxa/submit_audit"), 0);
    assert!(story.events("release.approved").is_empty());
    wrong_state(story.try_release().await);
}

#[tokio::test]
async fn a_withdrawal_elsewhere_is_noticed() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.elsewhere(Elsewhere::Withdraw);

    story.later(11 * 60).await;

    assert_eq!(story.review().await.state, ReviewState::Withdrawn);
    assert_eq!(story.events("release.withdrawn").len(), 1);
}

#[tokio::test]
async fn what_was_online_before_us_is_no_change_and_what_comes_later_is() {
    let story = Story::begin().await;
    let (user_version, user_desc) = by_hand();
    story.elsewhere(Elsewhere::Online { user_version, user_desc });
    let releases = &story.world.platform.releases;
    let (component, appid) = (&story.world.component, &story.appid);
    story.submit_new("1.0.0").await;

    let first = releases.check(component, appid).await.unwrap().unwrap();
    story.elsewhere(Elsewhere::Online {
        user_version: "9.9.10".to_owned(),
        user_desc: "by hand again".to_owned(),
    });
    let second = releases.check(component, appid).await.unwrap().unwrap();
    let third = releases.check(component, appid).await.unwrap().unwrap();

    assert!(first.changed_outside.is_empty());
    assert_eq!(first.online.unwrap().user_version, "9.9.9");
    assert_eq!(second.changed_outside[0].what, Outside::Online);
    assert_eq!(second.online.unwrap().user_version, "9.9.10", "what WeChat shows wins");
    assert_eq!(third.changed_outside.len(), 1);
    assert_eq!(story.events("release.changed-outside").len(), 1, "told once");
}

#[tokio::test]
async fn a_release_elsewhere_is_not_made_again() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.approve().await;
    story.elsewhere(Elsewhere::Release);

    let released = story.try_release().await.unwrap();

    assert_eq!(released.review_state(), Some(ReviewState::Released));
    assert_eq!(story.acted("/wxa/release"), 0, "85052: WeChat was asked what is online");
}

#[tokio::test]
async fn who_withdraws_needs_no_person_any_more_and_who_comes_back_does_again() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    let (user_version, user_desc) = by_hand();
    story.elsewhere(Elsewhere::Commit { user_version, user_desc });
    let releases = &story.world.platform.releases;
    let (component, appid) = (&story.world.component, &story.appid);
    let marked = async || {
        let attention = &story.world.platform.attention;
        attention.list(component, Need::ChangedOutside, 10).await.unwrap().0.len()
    };
    releases.check(component, appid).await.unwrap();
    assert_eq!(marked().await, 1);

    let revoke = Revoke { appid: appid.to_string(), silent: true, ..Revoke::default() };
    story.world.wechat.revoke(revoke).await.unwrap();
    story.pass(1200);
    let grants = &story.world.platform.grants;
    grants.unauthorized(component, appid, story.world.now()).await.unwrap();
    assert_eq!(marked().await, 0);
    story.later(3600).await;
    assert_eq!(marked().await, 0, "the clock does not bring it back");

    story.pass(1200);
    story.world.authorized(MERCHANT).await;
    releases.check(component, appid).await.unwrap();
    assert_eq!(marked().await, 1, "what was changed outside is still there");
}

#[tokio::test]
async fn an_approval_that_a_commit_elsewhere_made_void_says_so() {
    let story = Story::begin().await;
    story.submit_new("1.0.0").await;
    story.approve().await;
    let (user_version, user_desc) = by_hand();
    story.elsewhere(Elsewhere::Commit { user_version, user_desc });

    let refused = story.try_release().await;

    let Err(ReleaseError::Refused { refusal, cause, what_to_do }) = refused else {
        panic!("not refused by WeChat: {refused:?}");
    };
    assert_eq!(refusal.errcode, 85_020);
    assert!(cause.en.contains("void") && what_to_do.en.contains("replace"), "{cause} {what_to_do}");
}
