//! Rollouts on the simulated WeChat: planned, held up, tried again, ended.

use std::time::Duration;

use platform::{
    AppId,
    event::{Event, kind},
    releases::{ReviewState, Submission},
    rollouts::{
        Approved, HoldUpKind, Order, Rollout, RolloutError, RolloutState, Target, TargetState,
    },
};
use serde_json::{Value, json};
use simulator::{Authorize, MerchantOptions, Options, PrivacyDetection, Quota, Verdict, Via};
use tokio::time::Instant;

use crate::simulated::World;

fn appid(place: usize) -> AppId {
    format!("wx00000000f1ee{place:04x}").parse().unwrap()
}

/// So many merchants who have authorized, a template, and what the bus said that was worked off.
struct Fleet {
    world: World,
    worked_off: usize,
    template: i64,
}

impl Fleet {
    async fn gather(size: usize) -> Fleet {
        let like = Options::default().merchants[0].clone();
        let merchants = (0..size).map(|place| MerchantOptions {
            appid: appid(place).to_string(),
            user_name: format!("gh_{place:012x}"),
            nick_name: format!("面馆 {place}"),
            ..like.clone()
        });
        let options = Options { merchants: merchants.collect(), ..Options::default() };
        let world = World::with(options).await;
        for place in 0..size {
            let authorize =
                Authorize { via: Via::Nothing, ..Authorize::new(appid(place).as_str()) };
            let code = world.wechat.authorize(authorize).await.unwrap().auth_code;
            let (grants, source) = (&world.platform.grants, platform::grants::Source::Redirect);
            grants.exchange(&world.component, &code.into(), &source).await.unwrap();
            let programs = &world.platform.mini_programs;
            programs.refresh_profile(&world.component, &appid(place)).await.unwrap();
        }
        let templates = &world.platform.templates;
        let drafts = templates.drafts(&world.component).await.unwrap();
        let added = templates.add(&world.component, drafts[0].draft_id).await.unwrap();
        let template = added.template_id;
        Fleet { world, worked_off: 0, template }
    }

    fn order(&self, change: Value) -> Order {
        let mut order = json!({
            "name": "夏季菜单", "query": {}, "template_id": self.template,
            "user_version": "3.2.0", "ext": { "ext": { "title": "{{name}}" } },
            "waves": [{ "size": { "percent": 100.0 } }],
        });
        for (name, value) in change.as_object().unwrap() {
            order[name] = value.clone();
        }
        serde_json::from_value(order).unwrap()
    }

    /// Orders a rollout and waits for its plan.
    async fn planned(&mut self, order: Order) -> Rollout {
        let (rollouts, component) = (&self.world.platform.rollouts, &self.world.component);
        let made = rollouts.create(component, "key", order).await.unwrap();
        self.work().await;
        let planned = self.show(&made.id).await;
        assert_eq!(planned.state, RolloutState::Planned);
        planned
    }

    async fn started(&mut self, order: Order) -> Rollout {
        let planned = self.planned(order).await;
        let (rollouts, component) = (&self.world.platform.rollouts, &self.world.component);
        let digest = &planned.plan.digest;
        let started = rollouts.start(component, &planned.id, "key", digest).await.unwrap();
        self.work().await;
        started
    }

    /// Works off what the bus said, as the queue would bring it.
    async fn work(&mut self) {
        let listens = |name: &str| {
            [
                kind::ROLLOUT_DUE,
                kind::RELEASE_APPROVED,
                kind::RELEASE_REJECTED,
                kind::RELEASE_FAILED,
            ]
            .contains(&name)
        };
        loop {
            let all = self.world.aws.bus().events();
            let known = std::mem::replace(&mut self.worked_off, all.len());
            let new: Vec<_> = all.into_iter().skip(known).collect();
            if new.is_empty() {
                return;
            }
            for event in new.into_iter().filter(|event| listens(&event.detail_type)) {
                let read: Event = serde_json::from_value(Value::Object(event.detail)).unwrap();
                let event = Event { kind: event.detail_type, ..read };
                let until = Instant::now() + Duration::from_secs(30);
                self.world.platform.rollouts.take(&event, until).await.unwrap();
            }
        }
    }

    /// A minute passes.
    async fn minute(&mut self) {
        self.world.clock.advance(Duration::from_secs(61));
        self.world.platform.rollouts.sweep().await.unwrap();
        self.work().await;
    }

    async fn approve_all(&mut self) {
        for open in self.world.wechat.open_reviews() {
            self.world.wechat.approve(Verdict::on(&*open)).await.unwrap();
            let (releases, component) = (&self.world.platform.releases, &self.world.component);
            releases.note_review_event(component, &open.parse().unwrap()).await.unwrap();
        }
        self.work().await;
    }

    async fn show(&self, id: &str) -> Rollout {
        self.world.platform.rollouts.find(&self.world.component, id).await.unwrap()
    }

    async fn target(&self, id: &str, place: usize) -> Target {
        let rollout = self.show(id).await;
        self.world.platform.rollouts.target(&rollout, &appid(place)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_get_it_is_left_out_with_the_reason_and_no_plan_starts_unseen() {
    let mut fleet = Fleet::gather(4).await;
    let gone = appid(1);
    let (grants, now) = (&fleet.world.platform.grants, fleet.world.now());
    // Late enough that WeChat's time of the grant itself does not matter any more.
    grants.unauthorized(&fleet.world.component, &gone, now + 11 * 60).await.unwrap();
    let shop = serde_json::Map::from_iter([("shop".to_owned(), json!(7))]);
    for place in [0, 3] {
        let programs = &fleet.world.platform.mini_programs;
        programs.set_variables(&fleet.world.component, &appid(place), &shop).await.unwrap();
    }

    let order = fleet.order(json!({
        "ext": { "ext": { "shop": "{{shop}}" } }, "canaries": [appid(3)],
    }));
    let planned = fleet.planned(order).await;

    let plan = &planned.plan;
    assert_eq!(plan.targets, 2, "{plan:?}");
    let reasons: Vec<(&str, u64)> =
        plan.excluded.iter().map(|(reason, count)| (&**reason, *count)).collect();
    assert_eq!(reasons, [("not-authorized", 1), ("variables", 1)]);
    assert_eq!(plan.quota.unwrap().limit, 1000);
    let rollouts = &fleet.world.platform.rollouts;
    let page = rollouts.targets(&planned, None, None, None, 10).await.unwrap();
    let order: Vec<&AppId> = page.items.iter().map(|target| &target.appid).collect();
    assert_eq!(order, [&appid(3), &appid(0)], "the canary comes first");
    let excluded = rollouts.excluded(&planned, None, 10).await.unwrap();
    assert!(excluded.items[1].words.zh.contains("shop"), "{excluded:?}");
    let request = rollouts.planned(&planned, &appid(0)).await.unwrap();
    assert_eq!(request.ext["ext"]["shop"], 7);
    assert_eq!(request.differences, None, "nothing was ever committed");
    let unseen = rollouts.start(&fleet.world.component, &planned.id, "key", "other").await;
    assert!(matches!(unseen, Err(RolloutError::OtherPlan)), "{unseen:?}");
    assert_eq!(fleet.world.wechat.count("/wxa/commit"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_version_waits_for_two_people_and_for_no_fewer() {
    let mut fleet = Fleet::gather(2).await;
    let order = fleet.order(json!({ "release": { "after-ok": 2 } }));
    let id = fleet.started(order).await.id;
    fleet.minute().await;
    fleet.minute().await;
    fleet.approve_all().await;
    assert_eq!(fleet.target(&id, 0).await.state, TargetState::Approved);

    let rollouts = fleet.world.platform.rollouts.clone();
    let component = fleet.world.component.clone();
    for by in ["one", "one"] {
        rollouts.approve(&component, &id, by, Approved::Release, 0).await.unwrap();
        fleet.work().await;
    }
    assert_eq!(fleet.world.wechat.count("/wxa/release"), 0, "one person said it twice");
    rollouts.approve(&component, &id, "other", Approved::Release, 0).await.unwrap();
    fleet.work().await;
    fleet.minute().await;

    assert_eq!(fleet.world.wechat.count("/wxa/release"), 2);
    assert_eq!(fleet.show(&id).await.state, RolloutState::Finished);
    let tallies = rollouts.tallies(&fleet.show(&id).await).await.unwrap();
    assert_eq!(tallies[0].count(TargetState::Released), 2);
    assert_eq!(tallies[0].count(TargetState::Waiting), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_failed_is_tried_again_with_another_word_to_the_reviewer() {
    let mut fleet = Fleet::gather(3).await;
    for place in [0, 2] {
        let found = vec!["chooseAddress".to_owned()];
        let detection = PrivacyDetection {
            appid: appid(place).to_string(),
            without_conf_list: found,
            ..PrivacyDetection::default()
        };
        fleet.world.wechat.set_privacy_detection(detection).unwrap();
    }
    let order = fleet.order(json!({ "stop": { "failed_percent": null, "same_code": null } }));
    let id = fleet.started(order).await.id;
    fleet.minute().await;
    let failed = fleet.target(&id, 0).await;
    assert_eq!(failed.state, TargetState::Failed, "{failed:?}");

    let rollouts = fleet.world.platform.rollouts.clone();
    let component = fleet.world.component.clone();
    let triage = rollouts.triage(&fleet.show(&id).await).await.unwrap();
    assert_eq!((triage.groups[0].count, &*triage.groups[0].key), (2, "submit.61040"));
    let submission = serde_json::from_value(json!({ "privacy_api_not_use": true })).unwrap();
    let cause = Some("submit.61040");
    let retried = rollouts.retry(&component, &id, cause, None, Some(&submission)).await.unwrap();
    assert_eq!((retried.retried, retried.more), (2, false));
    let again = rollouts.retry(&component, &id, cause, None, None).await.unwrap();
    assert_eq!(again.retried, 0, "the same order again changes nothing");
    fleet.work().await;
    fleet.minute().await;
    fleet.minute().await;
    fleet.approve_all().await;
    fleet.minute().await;

    let finished = fleet.show(&id).await;
    let tallies = rollouts.tallies(&finished).await.unwrap();
    assert_eq!(tallies[0].count(TargetState::Released), 3, "{tallies:?}");
    assert_eq!(finished.state, RolloutState::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_code_again_and_again_pauses_a_rollout() {
    let mut fleet = Fleet::gather(5).await;
    for place in 0..5 {
        let edit = |account: &mut MerchantOptions| account.privacy_guideline = false;
        fleet.world.wechat.edit_merchant(appid(place).as_str(), edit).unwrap();
    }
    let order = fleet.order(json!({ "stop": { "failed_percent": null, "same_code": 3 } }));
    let id = fleet.started(order).await.id;
    fleet.minute().await;
    fleet.minute().await;

    let paused = fleet.show(&id).await;
    assert_eq!(paused.state, RolloutState::Paused, "{paused:?}");
    assert!(paused.pause.unwrap().words.en.contains("submit.86002"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reserve_is_kept_however_many_ask_at_once_and_is_there_for_a_hot_fix() {
    let mut fleet = Fleet::gather(12).await;
    let quota = Quota { audits: Some(6), ..Quota::default() };
    fleet.world.wechat.set_quota(quota).unwrap();
    let order = fleet.order(json!({ "reserve": 3 }));
    let id = fleet.started(order).await.id;
    fleet.minute().await;
    fleet.minute().await;

    assert_eq!(fleet.world.wechat.count("/wxa/submit_audit"), 3);
    let submitted = fleet.world.wechat.open_reviews();
    let waiting: Vec<usize> = (0..12)
        .filter(|place| !submitted.iter().any(|open| open == appid(*place).as_str()))
        .collect();
    for place in &waiting {
        let target = fleet.target(&id, *place).await;
        assert_eq!(target.state, TargetState::Committed, "{target:?}");
        assert_eq!(target.hold_up.unwrap().kind, HoldUpKind::Quota);
    }
    let told = fleet.world.aws.bus().events();
    let failures = told.iter().filter(|event| event.detail_type == kind::RELEASE_FAILED);
    assert_eq!(failures.count(), 0, "who waits has not failed");

    // A person takes one of those that are left, and is not asked why.
    let (releases, component) = (&fleet.world.platform.releases, &fleet.world.component);
    let by_hand = releases.submit(component, &appid(waiting[0]), &Submission::default()).await;
    assert_eq!(by_hand.unwrap().review_state(), Some(ReviewState::InReview));

    // More was bought: within the hour the others have their turn, each once.
    let quota = Quota { audits: Some(100), ..Quota::default() };
    fleet.world.wechat.set_quota(quota).unwrap();
    fleet.world.clock.advance(Duration::from_secs(62 * 60));
    fleet.minute().await;
    fleet.minute().await;
    assert_eq!(fleet.world.wechat.count("/wxa/submit_audit"), 12);
    for place in 0..12 {
        assert_eq!(fleet.target(&id, place).await.state, TargetState::InReview, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_that_was_ended_releases_nothing_and_leaves_its_mini_programs_to_others() {
    let mut fleet = Fleet::gather(2).await;
    let order = fleet.order(json!({}));
    let id = fleet.started(order.clone()).await.id;
    let second = fleet.planned(order).await;
    assert_eq!(second.plan.excluded.get("other-rollout"), Some(&2), "{:?}", second.plan);
    fleet.minute().await;
    fleet.minute().await;

    let rollouts = fleet.world.platform.rollouts.clone();
    rollouts.abort(&fleet.world.component, &id).await.unwrap();
    fleet.work().await;
    fleet.approve_all().await;
    fleet.minute().await;

    assert_eq!(fleet.target(&id, 0).await.state, TargetState::Skipped);
    assert_eq!(fleet.world.wechat.count("/wxa/release"), 0);
    let order = fleet.order(json!({ "replace": true }));
    let third = fleet.planned(order).await;
    assert_eq!(third.plan.targets, 2, "{:?}", third.plan);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_later_is_taken_along() {
    let mut fleet = Fleet::gather(3).await;
    let query = json!({ "tags": { "any": ["restaurant"] } });
    let (programs, component) =
        (fleet.world.platform.mini_programs.clone(), fleet.world.component.clone());
    let tag = ["restaurant".to_owned()];
    programs.tag(&component, &appid(0), &tag, &[]).await.unwrap();
    let order = fleet.order(json!({ "query": query, "follow": true }));
    let id = fleet.started(order).await.id;
    for _ in 0..2 {
        fleet.minute().await;
    }
    fleet.approve_all().await;
    fleet.minute().await;
    assert_eq!(fleet.show(&id).await.state, RolloutState::Finished);

    programs.tag(&component, &appid(2), &tag, &[]).await.unwrap();
    fleet.world.clock.advance(Duration::from_secs(3600));
    for _ in 0..4 {
        fleet.minute().await;
    }
    fleet.approve_all().await;
    fleet.minute().await;

    assert_eq!(fleet.target(&id, 2).await.state, TargetState::Released);
    let finished = fleet.show(&id).await;
    assert_eq!((finished.plan.targets, finished.state), (2, RolloutState::Finished));
    assert_eq!(fleet.world.wechat.count("/wxa/submit_audit"), 2, "nobody was submitted again");
}

impl Fleet {
    /// A rollout that is approved everywhere; what follows from that has begun.
    async fn approved(&mut self, change: Value) -> String {
        let order = self.order(change);
        let id = self.started(order).await.id;
        self.minute().await;
        self.minute().await;
        self.approve_all().await;
        id
    }

    async fn pass(&mut self, minutes: u64) {
        self.world.clock.advance(Duration::from_secs(minutes * 60));
        self.minute().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_users_has_a_version_and_then_more_of_them_before_all_do() {
    let mut fleet = Fleet::gather(2).await;
    let gray = json!([{ "percent": 10, "minutes": 60 }, { "percent": 50, "minutes": 30 }]);
    let first = fleet.approved(json!({ "user_version": "3.1.0", "gray": gray })).await;
    assert_eq!(fleet.target(&first, 0).await.state, TargetState::Released);
    let count = |fleet: &Fleet, path: &str| fleet.world.wechat.count(path);
    assert_eq!(count(&fleet, "/wxa/grayrelease"), 0, "a first version goes to all");

    let id = fleet.approved(json!({ "gray": gray })).await;

    let target = fleet.target(&id, 1).await;
    assert_eq!((target.state, target.gray), (TargetState::Approved, Some(10)));
    assert_eq!(target.hold_up.unwrap().kind, HoldUpKind::Gray);
    assert_eq!(count(&fleet, "/wxa/grayrelease"), 2);
    fleet.pass(45).await;
    assert_eq!(count(&fleet, "/wxa/grayrelease"), 2, "an hour is not over");
    fleet.pass(20).await;
    assert_eq!(count(&fleet, "/wxa/grayrelease"), 4);
    assert_eq!(fleet.target(&id, 0).await.gray, Some(50));
    assert_eq!(count(&fleet, "/wxa/release"), 2);
    fleet.pass(31).await;
    assert_eq!(count(&fleet, "/wxa/release"), 4);
    assert_eq!(fleet.target(&id, 0).await.state, TargetState::Released);
    fleet.minute().await;
    assert_eq!(fleet.show(&id).await.state, RolloutState::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_users_that_has_it_loses_it_again_when_the_rollout_goes_back() {
    let mut fleet = Fleet::gather(2).await;
    fleet.approved(json!({ "user_version": "3.1.0" })).await;
    let gray = json!([{ "percent": 10, "minutes": 60 }]);
    let id = fleet.approved(json!({ "gray": gray })).await;
    assert_eq!(fleet.target(&id, 0).await.gray, Some(10));

    let rollouts = fleet.world.platform.rollouts.clone();
    rollouts.order_rollback(&fleet.world.component, &id, "somebody", None).await.unwrap();
    fleet.work().await;
    for _ in 0..4 {
        fleet.minute().await;
    }

    for place in 0..2 {
        let target = fleet.target(&id, place).await;
        assert_eq!(target.state, TargetState::RolledBack, "{target:?}");
    }
    assert_eq!(fleet.world.wechat.count("/wxa/revertgrayrelease"), 2);
    assert_eq!(fleet.world.wechat.count("/wxa/release"), 2, "only the first rollout's");
    assert_eq!(fleet.show(&id).await.state, RolloutState::RolledBack);
    fleet.pass(120).await;
    assert_eq!(fleet.world.wechat.count("/wxa/grayrelease"), 2);
}
