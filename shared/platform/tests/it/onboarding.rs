//! Onboarding: from the first authorization to the first release, by itself; against a strict WeChat
//! and the real expressions of DynamoDB.

mod people;
mod stops;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use platform::{
    AppId,
    attention::Need,
    onboarding::{Board, Filter, KeptPlan, Onboarding, Plan, State, Step, StepState, Whom},
    tokens::Subject,
};
use serde_json::{Value, json};
use simulator::{Fault, How, Verdict};
use tokio::{sync::Notify, time::Instant};
use wechat::transport::{HttpTransport, Sending, Transport};

use crate::{
    releases::template,
    simulated::{MERCHANT, World},
};

/// The simulator's merchant without an ICP filing.
pub(crate) const UNFILED: usize = 1;

/// One mini program and its component's plan.
pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) appid: AppId,
    pub(crate) template: i64,
}

impl Story {
    /// A merchant who has authorized, and a template.
    pub(crate) async fn of(place: usize) -> Story {
        let world = World::new().await;
        let subject: Subject = world.authorized(place).await;
        let appid = subject.appid().clone();
        world.platform.mini_programs.refresh_profile(&world.component, &appid).await.unwrap();
        let template = template(&world).await;
        Story { world, appid, template }
    }

    /// Everything that a plan can have.
    pub(crate) fn plan(&self, change: Value) -> Plan {
        let mut plan = json!({
            "automatic": true,
            "server_domains": { "domains": { "requestdomain": ["https://api.example.com"] },
                "direct": true },
            "business_domains": { "domains": ["https://m.example.com"], "direct": true },
            "privacy": {
                "owner": { "email": "service@example.com", "notice_method": "弹窗" },
                "statements": [{ "key": "UserInfo", "purpose": "展示昵称" },
                    { "key": "PhoneNumber", "purpose": "联系顾客" }],
            },
            "testers": ["tester_one", "tester_two"],
            "categories": { "categories": [{ "first": 287, "second": 612 }] },
            "trial": { "template_id": self.template, "user_version": "1.0.0",
                "ext": { "ext": { "title": "{{name}}" } } },
            "review": {},
            "release": "on-approval",
        });
        for (name, value) in change.as_object().unwrap() {
            plan[name] = value.clone();
        }
        serde_json::from_value(plan).unwrap()
    }

    pub(crate) async fn put(&self, plan: Plan) -> KeptPlan {
        let onboardings = &self.world.platform.onboardings;
        let before = onboardings.plan(&self.world.component).await.unwrap().version;
        onboardings.put_plan(&self.world.component, before, plan, "tester").await.unwrap()
    }

    /// Puts the plan, and an operator begins.
    pub(crate) async fn begin(&self, change: Value) {
        self.put(self.plan(change)).await;
        let onboardings = &self.world.platform.onboardings;
        onboardings.begin(&self.world.component, &self.appid).await.unwrap();
    }

    pub(crate) async fn show(&self) -> Onboarding {
        let onboardings = &self.world.platform.onboardings;
        onboardings.show(&self.world.component, &self.appid).await.unwrap().record
    }

    /// The clock's tick: what is due goes on.
    pub(crate) async fn tick(&self) -> Onboarding {
        let platform = &self.world.platform;
        for (component, appid, name) in platform.records.due(50).await.unwrap() {
            if name == "onboarding" {
                let until = Instant::now() + Duration::from_secs(60);
                platform.onboardings.advance(&component, &appid, until).await.unwrap();
            }
        }
        self.show().await
    }

    /// Time passes, then the clock ticks.
    pub(crate) async fn later(&self, minutes: u64) -> Onboarding {
        self.world.clock.advance(Duration::from_secs(minutes * 60));
        self.tick().await
    }

    /// Something happened, and the clock ticks.
    pub(crate) async fn soon(&self) -> Onboarding {
        let onboardings = &self.world.platform.onboardings;
        onboardings.look_soon(&self.world.component, &self.appid).await.unwrap();
        self.tick().await
    }

    /// WeChat approves, and its event is worked off.
    pub(crate) async fn approve(&self) -> Onboarding {
        let verdict = Verdict { silent: true, ..Verdict::on(self.appid.as_str()) };
        self.world.wechat.approve(verdict).await.expect("a review is open");
        let releases = &self.world.platform.releases;
        releases.note_review_event(&self.world.component, &self.appid).await.unwrap();
        self.soon().await
    }

    /// Calls of `path` that WeChat acted upon.
    pub(crate) fn acted(&self, path: &str) -> usize {
        self.world.wechat.log().of(path).into_iter().filter(|call| call.acted).count()
    }

    /// The onboarding's events, as kind and step.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let events = self.world.aws.bus().events();
        let ours = events.into_iter().filter(|event| event.detail_type.starts_with("onboarding."));
        ours.map(|event| {
            let step = event.detail.get("step").and_then(Value::as_str).unwrap_or_default();
            (event.detail_type.clone(), step.to_owned())
        })
        .collect()
    }

    /// Whether the mini program is marked for `need`.
    pub(crate) async fn is_marked(&self, need: Need) -> bool {
        let attention = &self.world.platform.attention;
        let (marks, _) = attention.list(&self.world.component, need, 10).await.unwrap();
        marks.iter().any(|mark| mark.appid == self.appid)
    }

    pub(crate) async fn board(&self, filter: Filter, cursor: Option<&str>, limit: usize) -> Board {
        let onboardings = &self.world.platform.onboardings;
        onboardings.board(&self.world.component, filter, cursor, limit).await.unwrap()
    }
}

/// The step that it is at, how that stands, and for whom it waits.
#[track_caller]
pub(crate) fn at(onboarding: &Onboarding) -> (Step, StepState, Option<Whom>) {
    let current = onboarding.current().expect("it has not ended");
    (current.step, current.state, current.wait.as_ref().map(|wait| wait.whom))
}

/// What to do now, in English.
#[track_caller]
pub(crate) fn what_to_do(onboarding: &Onboarding) -> String {
    let wait = onboarding.current().expect("it has not ended").wait.as_ref();
    wait.expect("it waits").what_to_do.en.to_string()
}

const COMMIT: &str = "/wxa/commit";
const SUBMIT: &str = "/wxa/submit_audit";
const RELEASE: &str = "/wxa/release";
const CHANGES: [&str; 8] = [
    "/wxa/modify_domain_directly",
    "/wxa/setwebviewdomain_directly",
    "/cgi-bin/component/setprivacysetting",
    "/wxa/bind_tester",
    "/cgi-bin/wxopen/addcategory",
    COMMIT,
    SUBMIT,
    RELEASE,
];

#[tokio::test]
async fn every_step_of_a_plan_is_taken_and_the_mini_program_goes_online() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;

    let in_review = story.tick().await;
    assert_eq!(
        at(&in_review),
        (Step::Review, StepState::Waiting, Some(Whom::WeChat)),
        "{in_review:#?}"
    );
    let finished = story.approve().await;

    assert_eq!(finished.state(), Some(State::Finished), "{finished:#?}");
    assert!(finished.steps.iter().all(|step| step.state == StepState::Done), "{finished:#?}");
    assert_eq!(finished.next_look, None);
    for path in CHANGES {
        let times = if path == "/wxa/bind_tester" { 2 } else { 1 };
        assert_eq!(story.acted(path), times, "{path}");
    }
    let releases = &story.world.platform.releases;
    let online = releases.show(&story.world.component, &story.appid).await.unwrap().online.unwrap();
    assert_eq!(online.user_version, "1.0.0");
    let settings = releases.committed_settings(&story.world.component, &story.appid).await.unwrap();
    assert_eq!(settings.unwrap()["ext"]["title"], "城南面馆", "its variables are filled in");
    let kinds: Vec<String> = story.told().into_iter().map(|(kind, _)| kind).collect();
    let mut wanted = vec!["onboarding.began"];
    wanted.extend(["onboarding.step"; 8]);
    wanted.extend([
        "onboarding.waits",
        "onboarding.step",
        "onboarding.step",
        "onboarding.finished",
    ]);
    assert_eq!(kinds, wanted);
}

#[tokio::test]
async fn what_is_so_already_is_found_and_costs_no_change() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    story.tick().await;
    story.approve().await;
    story.world.wechat.clear_log();

    let onboardings = &story.world.platform.onboardings;
    onboardings.begin(&story.world.component, &story.appid).await.unwrap();
    let again = story.tick().await;

    assert_eq!(again.state(), Some(State::Finished), "{again:#?}");
    for path in CHANGES {
        assert_eq!(story.acted(path), 0, "{path}");
    }
}

#[tokio::test]
async fn parts_that_the_plan_has_not_are_left_out() {
    let story = Story::of(MERCHANT).await;
    let none = json!({ "server_domains": null, "business_domains": null, "privacy": null,
        "testers": null, "categories": null, "release": null });
    story.begin(none).await;
    story.tick().await;

    let finished = story.approve().await;

    assert_eq!(finished.state(), Some(State::Finished), "{finished:#?}");
    let left_out: Vec<Step> = finished
        .steps
        .iter()
        .filter(|step| step.state == StepState::LeftOut)
        .map(|step| step.step)
        .collect();
    assert_eq!(
        left_out,
        [
            Step::ServerDomains,
            Step::BusinessDomains,
            Step::Privacy,
            Step::Testers,
            Step::Categories,
            Step::Release,
        ]
    );
    assert_eq!(story.acted(RELEASE), 0);
}

#[tokio::test]
async fn it_begins_once_however_often_the_first_authorization_is_told_and_not_without_a_plan() {
    let story = Story::of(MERCHANT).await;
    let (component, appid) = (&story.world.component, &story.appid);
    let onboardings = &story.world.platform.onboardings;
    assert!(!onboardings.begin_first(component, appid).await.unwrap(), "there is no plan");
    story.put(story.plan(json!({ "automatic": false }))).await;
    assert!(!onboardings.begin_first(component, appid).await.unwrap(), "it is not automatic");
    story.put(story.plan(json!({}))).await;

    let begun = futures_of(10, || onboardings.begin_first(component, appid)).await;

    assert!(begun.into_iter().any(|begun| begun.unwrap_or(false)));
    let began = || story.told().iter().filter(|(kind, _)| kind == "onboarding.began").count();
    assert_eq!(began(), 1);
    onboardings.stop(component, appid).await.unwrap();
    assert!(onboardings.begin_first(component, appid).await.unwrap(), "it began before");
    assert_eq!(story.show().await.state(), Some(State::Stopped), "and stays as it is");
    assert_eq!(began(), 1);
}

async fn futures_of<F: Future>(count: usize, make: impl Fn() -> F) -> Vec<F::Output> {
    let mut made: Vec<_> = (0..count).map(|_| Box::pin(make())).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        made.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if made.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

/// A way to WeChat on which the answer to one call never comes back.
struct NoAnswer {
    http: HttpTransport,
    to: &'static str,
    reached: Arc<Notify>,
}

impl Transport for NoAnswer {
    fn send(&self, request: http::Request<Bytes>, timeout: Duration) -> Sending<'_> {
        if request.uri().path() != self.to {
            return self.http.send(request, timeout);
        }
        Box::pin(async move {
            self.http.send(request, timeout).await?;
            self.reached.notify_one();
            std::future::pending().await
        })
    }
}

#[tokio::test]
async fn whoever_comes_after_a_crash_goes_on_where_it_happened() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    // WeChat takes the code, and the process dies before it hears of that.
    let reached = Arc::new(Notify::new());
    let transport = NoAnswer { http: HttpTransport::new(), to: COMMIT, reached: reached.clone() };
    let dying = story.world.another_process_through(transport).await;
    let (component, appid) = (story.world.component.clone(), story.appid.clone());
    let running = tokio::spawn(async move {
        let until = Instant::now() + Duration::from_secs(60);
        dying.onboardings.advance(&component, &appid, until).await
    });
    reached.notified().await;
    running.abort();
    let _ = running.await;
    assert_eq!(at(&story.show().await).0, Step::Trial, "what was done before is written down");
    story.tick().await;
    assert_eq!(at(&story.show().await).0, Step::Trial, "it is not known to have died");

    let in_review = story.later(6).await;

    assert_eq!(at(&in_review).0, Step::Review, "{in_review:#?}");
    assert_eq!(story.acted(COMMIT), 1, "WeChat has it already");
    assert_eq!(story.approve().await.state(), Some(State::Finished));
    for path in CHANGES {
        let times = if path == "/wxa/bind_tester" { 2 } else { 1 };
        assert_eq!(story.acted(path), times, "{path}");
    }
}

#[tokio::test]
async fn a_plan_that_is_changed_meanwhile_is_for_those_who_begin_later() {
    let story = Story::of(MERCHANT).await;
    story.begin(json!({})).await;
    let trial = json!({ "template_id": story.template, "user_version": "2.0.0" });
    story.put(story.plan(json!({ "trial": trial }))).await;

    story.tick().await;
    let finished = story.approve().await;
    let releases = &story.world.platform.releases;
    let (component, appid) = (&story.world.component, &story.appid);
    let online = releases.show(component, appid).await.unwrap().online.unwrap();
    assert_eq!((finished.plan_version, &*online.user_version), (1, "1.0.0"));

    story.world.platform.onboardings.begin(component, appid).await.unwrap();
    story.tick().await;
    let finished = story.approve().await;
    let online = releases.show(component, appid).await.unwrap().online.unwrap();
    assert_eq!((finished.plan_version, &*online.user_version), (2, "2.0.0"));
}

#[tokio::test]
async fn the_board_counts_every_column_and_finds_those_who_wait() {
    let story = Story::of(UNFILED).await;
    let (world, component) = (&story.world, &story.world.component);
    world.authorized(MERCHANT).await;
    let filed = world.merchant(MERCHANT);
    world.platform.mini_programs.refresh_profile(component, &filed).await.unwrap();
    story.begin(json!({})).await;
    world.platform.onboardings.begin(component, &filed).await.unwrap();
    story.tick().await;
    world.wechat.clear_log();

    let all = story.board(Filter::default(), None, 50).await;

    let stages: Vec<_> = all.items.iter().map(|item| (item.name.clone(), item.row.stage)).collect();
    assert_eq!(stages.len(), 2, "{all:#?}");
    assert!(stages.contains(&(Some("城南面馆".to_owned()), platform::onboarding::Stage::Review)));
    let counts = all.counts.unwrap();
    let filing = counts[&platform::onboarding::Stage::Filing];
    assert_eq!((filing.all, filing.waiting, filing.failed), (1, 1, 0));
    assert_eq!(counts[&platform::onboarding::Stage::Review].waiting, 0, "WeChat is not somebody");
    let waiting = Filter { whom: Some(Whom::Operator), ..Filter::default() };
    let found = story.board(waiting, None, 50).await;
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].appid, story.appid);
    assert!(found.items[0].row.what_to_do.is_some(), "{found:#?}");
    let first = story.board(Filter::default(), None, 1).await;
    let second = story.board(Filter::default(), first.next.as_deref(), 1).await;
    assert_ne!(first.items[0].appid, second.items[0].appid);
    assert_eq!((second.next, second.counts), (None, None));
    assert!(world.wechat.log().calls.is_empty(), "WeChat is not asked");
}
