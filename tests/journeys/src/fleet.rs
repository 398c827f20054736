//! Many merchants of one component, who are given a version together.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use local::settings::Settings;
use serde_json::{Value, json};
use simulator::{Authorize, ChangeOutside, MerchantOptions, Outside, Verdict, Via};
use tokio::task::JoinSet;

use crate::{TestClock, World};

/// Merchants who authorize at once, and reviewers who decide at once.
const AT_ONCE: usize = 16;
/// Mini programs that are tagged in one request.
const PORTION: usize = 200;
/// A minute's work of the largest fleet is done by then.
const PATIENCE: Duration = Duration::from_secs(300);
/// Queues of which nobody takes anything for so long stand still.
const STANDSTILL: Duration = Duration::from_millis(500);
/// In seconds.
const MINUTE: i64 = 60;

/// A component with so many merchants, all of them authorized and online, and a template.
pub struct Fleet {
    world: World,
    size: usize,
    template: i64,
}

impl Fleet {
    /// The tag of all of them.
    pub const TAG: &str = "restaurant";

    /// The appid of the mini program at a place.
    pub fn appid(place: usize) -> String {
        format!("wx00000000f1ee{place:04x}")
    }

    /// Has so many merchants authorize, whose users see `version`, and a template added. Each has the
    /// tag [`Fleet::TAG`] and the variable `shop`, its place.
    pub async fn gather(
        clock: TestClock,
        size: usize,
        version: &str,
        change: impl FnOnce(&mut Settings, &mut simulator::Options),
    ) -> Fleet {
        let world = World::start_by(clock, |settings, options| {
            let like = options.merchants[0].clone();
            options.merchants.extend((0..size).map(|place| MerchantOptions {
                appid: Fleet::appid(place),
                user_name: format!("gh_{place:012x}"),
                nick_name: format!("面馆 {place}"),
                ..like.clone()
            }));
            options.push_time_limit = Duration::from_secs(30);
            change(settings, options);
        })
        .await;
        world.begin().await;
        let mut fleet = Fleet { world, size, template: 0 };
        fleet.authorize(version).await;
        fleet.template = fleet.add_template().await;
        fleet.label().await;
        fleet
    }

    /// The system that they are in.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The template's number.
    pub fn template(&self) -> i64 {
        self.template
    }

    /// The path of something of the component.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/components/{}/{rest}", self.world.component())
    }

    async fn authorize(&self, version: &str) {
        let mut under_way = JoinSet::new();
        for place in 0..self.size {
            if under_way.len() == AT_ONCE {
                ended(under_way.join_next().await);
            }
            let (simulator, version) = (self.world.simulator().clone(), version.to_owned());
            under_way.spawn(async move {
                let appid = Fleet::appid(place);
                let authorize = Authorize { via: Via::PushOnly, ..Authorize::new(appid.clone()) };
                let authorized = simulator.authorize(authorize).await.expect("it exists");
                let push = authorized.push.expect("somebody new is told");
                assert!(push.accepted, "refused: {push:?}");
                let user_desc = "by hand".to_owned();
                let what = Outside::Online { user_version: version, user_desc };
                simulator.change_outside(ChangeOutside { appid, what }).expect("it exists");
            });
        }
        while !under_way.is_empty() {
            ended(under_way.join_next().await);
        }
        self.settle().await;
    }

    async fn add_template(&self) -> i64 {
        let operator = self.world.operator();
        let drafts = operator.get(&self.path("drafts")).await.expect_status(200).json();
        let draft = json!({ "draft_id": drafts["drafts"][0]["draft_id"] });
        let added = operator.post(&self.path("templates"), draft).await;
        assert!(added.status.is_success(), "{}", added.text());
        let templates = operator.get(&self.path("templates")).await.expect_status(200).json();
        templates["templates"][0]["template_id"].as_i64().expect("there is a template")
    }

    async fn label(&self) {
        let operator = self.world.operator();
        for places in (0..self.size).collect::<Vec<_>>().chunks(PORTION) {
            let appids: Vec<String> = places.iter().map(|place| Fleet::appid(*place)).collect();
            let tags = json!({ "appids": appids, "add": [Fleet::TAG] });
            let tagged = operator.post(&self.path("tags"), tags).await.expect_status(200).json();
            assert_eq!(tagged["done"], places.len(), "{tagged:#}");
            let variables: BTreeMap<String, Value> = appids
                .into_iter()
                .zip(places)
                .map(|(appid, place)| (appid, json!({ "shop": place })))
                .collect();
            let variables = json!({ "variables": variables });
            operator.post(&self.path("variables"), variables).await.expect_status(200);
        }
    }

    /// Orders a rollout, waits for its plan, and answers its id.
    pub async fn order(&self, order: Value) -> String {
        let operator = self.world.operator();
        let made = operator.post(&self.path("rollouts"), order).await.expect_status(202).json();
        self.settle().await;
        made["id"].as_str().expect("a rollout has an id").to_owned()
    }

    /// A rollout as operators see it.
    pub async fn rollout(&self, id: &str) -> Value {
        let path = self.path(&format!("rollouts/{id}"));
        self.world.operator().get(&path).await.expect_status(200).json()
    }

    /// Tells a rollout what to do: `start`, `resume`, …
    pub async fn tell(&self, id: &str, what: &str, body: Value) -> Value {
        let path = self.path(&format!("rollouts/{id}/{what}"));
        let answer = self.world.operator().post(&path, body).await;
        assert!(answer.status.is_success(), "{what}: {}", answer.text());
        answer.json()
    }

    /// WeChat's reviewers decide on whatever is in review; `verdict` says how, and whether it is an
    /// approval.
    pub async fn review(&self, verdict: impl Fn(usize, &str) -> (bool, Verdict)) {
        let mut under_way = JoinSet::new();
        for (place, appid) in self.world.simulator().open_reviews().into_iter().enumerate() {
            if under_way.len() == AT_ONCE {
                ended(under_way.join_next().await);
            }
            let simulator = self.world.simulator().clone();
            let (approved, verdict) = verdict(place, &appid);
            under_way.spawn(async move {
                let decided = match approved {
                    true => simulator.approve(verdict).await,
                    false => simulator.reject(verdict).await,
                };
                decided.expect("the review is open");
            });
        }
        while !under_way.is_empty() {
            ended(under_way.join_next().await);
        }
        self.settle().await;
    }

    /// Waits until every message is worked off, however many there are. Where nothing moves, somebody
    /// waits for the lease of a worker that was killed: a minute passes, and it is over.
    pub async fn settle(&self) {
        let (system, began) = (self.world.system(), Instant::now());
        let mut before = None;
        while !system.settle(STANDSTILL).await {
            let (sent, left) = (system.aws().queues().sent(), system.aws().queues().unfinished());
            assert!(began.elapsed() < PATIENCE, "{left} messages are left of {sent}");
            if before.replace((sent, left)) == Some((sent, left)) {
                self.world.clock().advance(MINUTE);
            }
        }
    }
}

fn ended(ended: Option<Result<(), tokio::task::JoinError>>) {
    if let Some(Err(panic)) = ended {
        std::panic::resume_unwind(panic.into_panic());
    }
}
