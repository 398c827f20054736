//! Releases of one mini program, against a strict WeChat and the real expressions of DynamoDB.

mod counted;
mod exactly_once;
mod gray;
mod outside;
mod preflight;
mod restored;
mod storage;
mod stories;

use std::time::Duration;

use local::aws::BusEvent;
use platform::{
    AppId,
    counters::Counted,
    releases::{NewTrial, ReleaseError, Review, ReviewState, Standing, Submission},
    tokens::Subject,
};
use serde_json::json;
use simulator::{PrivacyDetection, Verdict};
use wechat::endpoint::{AddToTemplate, GetTemplateDraftList, GetTemplateList};

use crate::simulated::{MERCHANT, World};

/// How long WeChat's privacy detection runs after a commit, in seconds.
const DETECTION: u64 = 60;
/// Longer than an intent waits for its outcome.
const QUIET: u64 = 31;

/// One mini program and its platform.
pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) appid: AppId,
    template: i64,
}

impl Story {
    /// A merchant with everything in order, and a template to commit.
    async fn begin() -> Story {
        Story::of(MERCHANT).await
    }

    /// The same for another of the simulator's merchants.
    async fn of(place: usize) -> Story {
        let world = World::new().await;
        let appid = world.authorized(place).await.appid().clone();
        let template = template(&world).await;
        Story { world, appid, template }
    }

    fn new_trial(&self, user_version: &str) -> NewTrial {
        let serde_json::Value::Object(ext) = json!({"ext": {"shop": "城南面馆"}}) else {
            unreachable!("it is an object")
        };
        NewTrial {
            template_id: self.template,
            user_version: user_version.to_owned(),
            user_desc: "堂食点单".to_owned(),
            ext,
            by: Some("tester".to_owned()),
            ..NewTrial::default()
        }
    }

    async fn try_commit(&self, new: &NewTrial) -> Result<Standing, ReleaseError> {
        let releases = &self.world.platform.releases;
        let standing = releases.commit(&self.world.component, &self.appid, new).await?;
        let appid = self.appid.to_string();
        let detection =
            PrivacyDetection { appid, seconds: Some(DETECTION as i64), ..Default::default() };
        self.world.wechat.set_privacy_detection(detection).expect("there is a trial version");
        Ok(standing)
    }

    async fn commit(&self, user_version: &str) -> Standing {
        self.try_commit(&self.new_trial(user_version)).await.expect("committed")
    }

    async fn try_submit(&self) -> Result<Standing, ReleaseError> {
        let (component, appid) = (&self.world.component, &self.appid);
        self.world.platform.releases.submit(component, appid, &Submission::default()).await
    }

    /// Commits, and submits when the privacy detection is over.
    async fn submit_new(&self, user_version: &str) -> Standing {
        self.commit(user_version).await;
        self.pass(DETECTION);
        let standing = self.try_submit().await.expect("submitted");
        assert_eq!(standing.review_state(), Some(ReviewState::InReview));
        standing
    }

    /// WeChat approves, and its event arrives.
    async fn approve(&self) -> Standing {
        self.world.wechat.approve(self.silently()).await.expect("a review is open");
        self.note_event().await;
        self.standing().await
    }

    async fn note_event(&self) {
        let releases = &self.world.platform.releases;
        releases.note_review_event(&self.world.component, &self.appid).await.expect("noted");
    }

    async fn try_release(&self) -> Result<Standing, ReleaseError> {
        self.world.platform.releases.release(&self.world.component, &self.appid).await
    }

    /// From commit to release.
    async fn put_online(&self, user_version: &str) -> Standing {
        self.submit_new(user_version).await;
        self.approve().await;
        self.try_release().await.expect("released")
    }

    async fn try_withdraw(&self) -> Result<Standing, ReleaseError> {
        self.world.platform.releases.withdraw(&self.world.component, &self.appid).await
    }

    async fn try_rollback(&self, app_version: i64) -> Result<Standing, ReleaseError> {
        let releases = &self.world.platform.releases;
        releases.rollback(&self.world.component, &self.appid, app_version).await
    }

    /// The number of the version that can be gone back to.
    async fn previous_version(&self) -> i64 {
        let releases = &self.world.platform.releases;
        let versions = releases.versions(&self.world.component, &self.appid).await;
        versions.expect("WeChat shows them").history.first().expect("there is one").app_version
    }

    /// How many of something were counted in its shortest period.
    async fn used(&self, counted: Counted) -> i64 {
        let whose = match Counted::OF_COMPONENT.contains(&counted) {
            true => self.world.itself(),
            false => Subject::merchant(&self.world.component, &self.appid),
        };
        let quotas = self.world.platform.counters.show(&whose).await.expect("readable");
        quotas.into_iter().find(|quota| quota.counted == counted).expect("it is counted").used
    }

    async fn standing(&self) -> Standing {
        let releases = &self.world.platform.releases;
        releases.show(&self.world.component, &self.appid).await.expect("readable")
    }

    async fn review(&self) -> Review {
        self.standing().await.review.expect("there is a review")
    }

    /// The clock's tick: everything that is due is done.
    async fn tick(&self) {
        let releases = &self.world.platform.releases;
        for (component, appid) in releases.due(10).await.expect("readable") {
            // What fails stays due, as in the function.
            let _ = releases.advance(&component, &appid).await;
        }
    }

    /// Time passes, then the clock ticks.
    async fn later(&self, seconds: u64) {
        self.pass(seconds);
        self.tick().await;
    }

    /// Time passes.
    fn pass(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    /// Calls of `path` that WeChat acted upon, whatever became of its answer.
    fn acted(&self, path: &str) -> usize {
        self.world.wechat.log().of(path).into_iter().filter(|call| call.acted).count()
    }

    /// The kinds of all events about releases on the bus so far, oldest first.
    fn event_kinds(&self) -> Vec<String> {
        let kinds = self.world.aws.bus().events().into_iter().map(|event| event.detail_type);
        kinds.filter(|kind| kind.starts_with("release.")).collect()
    }

    /// The events of one kind on the bus so far, oldest first.
    fn events(&self, kind: &str) -> Vec<BusEvent> {
        self.world.aws.bus().events_named(kind)
    }

    fn silently(&self) -> Verdict {
        Verdict { silent: true, ..Verdict::on(self.appid.as_str()) }
    }

    /// WeChat does not get any call of `path`, until faults are cleared.
    fn answer_nothing(&self, path: &str) {
        let how = simulator::How::CutConnection;
        self.world.wechat.fail(simulator::Fault {
            times: 1000,
            acted: false,
            ..simulator::Fault::new(path, how)
        });
    }

    /// Has the next call of `path` go wrong with its answer lost.
    fn lose_answer(&self, path: &str, acted: bool) {
        let how = simulator::How::CutConnection;
        self.world.wechat.fail(simulator::Fault { acted, ..simulator::Fault::new(path, how) });
    }
}

/// Takes the simulator's first draft into the template library.
pub(crate) async fn template(world: &World) -> i64 {
    let call = &world.platform.caller;
    let drafts = call.component(&world.component, &GetTemplateDraftList {}).await;
    let draft_id = drafts.expect("drafts are listed").draft_list[0].draft_id;
    let added = AddToTemplate { draft_id, template_type: Some(0) };
    call.component(&world.component, &added).await.expect("the draft is added");
    let templates = call.component(&world.component, &GetTemplateList { template_type: None });
    templates.await.expect("templates are listed").template_list[0].template_id
}

#[track_caller]
fn wrong_state(result: Result<Standing, ReleaseError>) -> String {
    match result {
        Err(error @ ReleaseError::WrongState { .. }) => error.to_string(),
        other => panic!("not refused for its state: {other:?}"),
    }
}
