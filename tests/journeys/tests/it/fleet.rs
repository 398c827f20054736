//! J6: a fleet gets a version in waves. Some are rejected, some withdraw midway, the month's reviews
//! run out, a wave is rolled back, the workers are killed again and again: in the end every mini
//! program is where it belongs, and WeChat was asked for nothing twice.
//!
//! A hundred mini programs; `FLEET=1000` makes it a thousand.

use std::collections::{BTreeMap, BTreeSet};

use journeys::World;
use serde_json::{Value, json};
use simulator::{Authorize, ChangeOutside, MerchantOptions, Outside, Quota, Revoke, Verdict, Via};

/// What users see before.
const BEFORE: &str = "3.1.0";
/// What they shall see.
const WANTED: &str = "3.2.0";
/// A minute, and the second that WeChat's detection may take longer.
const MINUTE: i64 = 61;

fn size() -> usize {
    std::env::var("FLEET").ok().and_then(|size| size.parse().ok()).unwrap_or(100)
}

fn appid(place: usize) -> String {
    format!("wx00000000f1ee{place:04x}")
}

struct Fleet {
    world: World,
    rollouts: String,
    kills: u64,
}

impl Fleet {
    /// A component with so many merchants who have authorized, all of them on the version before,
    /// and a template.
    async fn gather(size: usize) -> (Fleet, i64) {
        let world = World::start_with(|options| {
            let like = options.merchants[0].clone();
            options.merchants.extend((0..size).map(|place| MerchantOptions {
                appid: appid(place),
                user_name: format!("gh_{place:012x}"),
                nick_name: format!("面馆 {place}"),
                ..like.clone()
            }));
            options.push_time_limit = std::time::Duration::from_secs(30);
        })
        .await;
        world.begin().await;
        for places in (0..size).collect::<Vec<_>>().chunks(25) {
            for &place in places {
                let authorize = Authorize { via: Via::PushOnly, ..Authorize::new(appid(place)) };
                world.simulator().authorize(authorize).await.unwrap();
                let what = Outside::Online {
                    user_version: BEFORE.to_owned(),
                    user_desc: "by hand".to_owned(),
                };
                let change = ChangeOutside { appid: appid(place), what };
                world.simulator().change_outside(change).unwrap();
            }
            world.settle().await;
        }
        let component = format!("/v1/components/{}", world.component());
        let operator = world.operator();
        let drafts = operator.get(&format!("{component}/drafts")).await.expect_status(200).json();
        let draft = json!({ "draft_id": drafts["drafts"][0]["draft_id"] });
        let added = operator.post(&format!("{component}/templates"), draft).await;
        assert!(added.status.is_success(), "{}", added.text());
        let templates = operator.get(&format!("{component}/templates")).await.json();
        let template = templates["templates"][0]["template_id"].as_i64().unwrap();
        let rollouts = format!("{component}/rollouts");
        (Fleet { world, rollouts, kills: 0 }, template)
    }

    async fn label(&self, size: usize) {
        let component = format!("/v1/components/{}", self.world.component());
        for places in (0..size).collect::<Vec<_>>().chunks(200) {
            let appids: Vec<String> = places.iter().map(|place| appid(*place)).collect();
            let tags = json!({ "appids": appids, "add": ["restaurant"] });
            let tagged = self.world.operator().post(&format!("{component}/tags"), tags).await;
            assert_eq!(tagged.expect_status(200).json()["done"], appids.len());
            let variables: BTreeMap<String, Value> =
                places.iter().map(|place| (appid(*place), json!({ "shop": place }))).collect();
            let variables = json!({ "variables": variables });
            let path = format!("{component}/variables");
            self.world.operator().post(&path, variables).await.expect_status(200);
        }
    }

    async fn show(&self, id: &str) -> Value {
        let path = format!("{}/{id}", self.rollouts);
        self.world.operator().get(&path).await.expect_status(200).json()
    }

    async fn order(&self, id: &str, what: &str, body: Value) -> Value {
        let path = format!("{}/{id}/{what}", self.rollouts);
        let answer = self.world.operator().post(&path, body).await;
        assert!(answer.status.is_success(), "{what}: {}", answer.text());
        answer.json()
    }

    /// A minute passes; WeChat's reviewers decide; with `kill` the workers die in the middle of it.
    async fn minute(&mut self, rejected: &BTreeSet<String>, silent: bool, kill: bool) {
        self.world.clock().advance(MINUTE);
        self.world.tick().await;
        if kill {
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
            self.world.system().kill_workers();
            self.kills += 1;
        }
        self.settle().await;
        for (place, appid) in self.world.simulator().open_reviews().into_iter().enumerate() {
            // Now and then WeChat's event is lost, and only asking tells.
            let silent = silent && place % 10 == 0;
            let verdict = Verdict { silent, ..Verdict::on(&*appid) };
            let simulator = self.world.simulator();
            match rejected.contains(&appid) {
                true => {
                    let reason = "页面内容与类目不符".to_owned();
                    simulator.reject(Verdict { reason, ..verdict }).await.unwrap()
                }
                false => simulator.approve(verdict).await.unwrap(),
            };
        }
        self.settle().await;
    }

    /// Waits until every message is worked off, however many there are.
    async fn settle(&self) {
        let limit = std::time::Duration::from_secs(120);
        assert!(self.world.system().settle(limit).await, "the queues are not empty");
    }
}

fn count(rollout: &Value, state: &str) -> usize {
    rollout["total"]["by_state"][state].as_u64().unwrap_or(0) as usize
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_gets_a_version_in_waves_whatever_happens_meanwhile() {
    let size = size();
    let (mut fleet, template) = Fleet::gather(size).await;
    fleet.label(size).await;
    let rejected: BTreeSet<String> = (0..size).filter(|it| it % 33 == 5).map(appid).collect();
    let leaving: Vec<String> =
        (size * 4 / 10..size).filter(|it| it % 60 == 17 && it % 33 != 5).map(appid).collect();
    // Six of ten can be reviewed this month, and five are left for hot fixes.
    let audits = u32::try_from(size * 6 / 10 + 5).unwrap();
    fleet.world.simulator().set_quota(Quota { audits: Some(audits), ..Quota::default() }).unwrap();

    // All restaurants that are not on 3.2.0: ordered, looked at, started.
    let order = json!({
        "name": "夏季菜单",
        "query": { "tags": { "any": ["restaurant"] }, "version": { "not": [WANTED] } },
        "template_id": template,
        "user_version": WANTED,
        "ext": { "ext": { "shop": "{{shop}}", "title": "{{name}}" } },
        "waves": [
            { "count": 1 }, { "percent": 10, "gate": { "approved_percent": 50 } },
            { "percent": 40 }, { "percent": 100 },
        ],
        "stop": { "failed_percent": 50, "at_least": 10, "same_code": 20 },
        "reserve": 5,
    });
    let made = fleet.world.operator().post(&fleet.rollouts, order).await.expect_status(202).json();
    let id = made["id"].as_str().unwrap().to_owned();
    fleet.settle().await;
    let planned = fleet.show(&id).await;
    assert_eq!(planned["state"], "planned", "{planned:#}");
    assert_eq!(planned["plan"]["targets"], size);
    assert_eq!(planned["plan"]["reviews_short"], size - size * 6 / 10, "{planned:#}");
    let detail = fleet.rollouts.clone() + &format!("/{id}/targets/{}", appid(1));
    let detail = fleet.world.operator().get(&detail).await.expect_status(200).json();
    assert_eq!(detail["request"]["ext"]["ext"], json!({ "shop": 1, "title": "面馆 1" }));
    assert_eq!(fleet.world.calls("/wxa/commit"), 0, "nothing happens unseen");
    let path = format!("{}/{id}/start", fleet.rollouts);
    let other = json!({ "plan_digest": "another" });
    fleet.world.operator().post(&path, other).await.expect_status(409);
    let digest = planned["plan"]["digest"].clone();
    fleet.order(&id, "start", json!({ "plan_digest": digest })).await;

    // The first two waves, and the second one back again.
    let mut minutes = 0;
    while fleet.show(&id).await["waves"][2]["begun"] != true {
        minutes += 1;
        assert!(minutes < 60, "{:#}", fleet.show(&id).await);
        fleet.minute(&rejected, false, minutes % 2 == 0).await;
    }
    let released_before = fleet.world.calls("/wxa/release");
    let back = fleet.order(&id, "rollback", json!({ "wave": 2 })).await;
    assert_eq!(back["state"], "rolling-back");
    while fleet.show(&id).await["state"] != "paused" {
        minutes += 1;
        assert!(minutes < 90, "{:#}", fleet.show(&id).await);
        fleet.minute(&rejected, false, minutes % 2 == 0).await;
    }
    let paused = fleet.show(&id).await;
    let second = &paused["waves"][1]["count"]["by_state"];
    let gone_back = second["rolled-back"].as_u64().unwrap() as usize;
    assert_eq!(gone_back, size / 10 - 1 - second["rejected"].as_u64().unwrap_or(0) as usize);
    assert_eq!(
        fleet.world.calls("/wxa/release"),
        released_before,
        "nothing was released meanwhile"
    );

    // The rest: some withdraw, the reviews run out, and come again with the next month.
    fleet.order(&id, "resume", json!({})).await;
    for appid in &leaving {
        let revoke = Revoke { appid: appid.clone(), ..Revoke::default() };
        fleet.world.simulator().revoke(revoke).await.unwrap();
    }
    let mut waited = false;
    while fleet.show(&id).await["state"] != "finished" {
        minutes += 1;
        let rollout = fleet.show(&id).await;
        assert!(minutes < 240 && rollout["state"] == "running", "{rollout:#}");
        let submitted = fleet.world.calls("/wxa/submit_audit");
        let kill = fleet.kills < 10 || minutes % 7 == 0;
        fleet.minute(&rejected, true, kill).await;
        let rollout = fleet.show(&id).await;
        let standing = count(&rollout, "committed") > 0
            && count(&rollout, "in-review") + count(&rollout, "approved") == 0
            && count(&rollout, "queued") == 0
            && fleet.world.calls("/wxa/submit_audit") == submitted;
        if standing && !waited && fleet.all_wait_for("额度", &id).await {
            waited = true;
            let left = fleet.world.simulator().state();
            assert_eq!(reviews_left(&left), 5, "the reserve is kept");
            // A month later, and with it ten thousand tickets.
            fleet.world.clock().advance(31 * 24 * 3600);
            fleet.world.push_ticket().await;
        }
    }
    assert!(waited, "the reviews never ran out");
    assert!(fleet.kills >= 10, "{} kills", fleet.kills);

    // Where everybody is, by us and by WeChat.
    let finished = fleet.show(&id).await;
    let state = fleet.world.simulator().state();
    let targets = fleet.targets(&id).await;
    assert_eq!(targets.len(), size);
    let mut tally: BTreeMap<String, u64> = BTreeMap::new();
    let mut released = 0;
    for target in &targets {
        let appid = target["appid"].as_str().unwrap();
        let ours = target["state"].as_str().unwrap();
        *tally.entry(ours.to_owned()).or_default() += 1;
        let merchant = &state["merchants"][appid];
        let reviews = merchant["reviews"].as_array().unwrap();
        assert!(reviews.len() <= 1, "{appid} was submitted {} times", reviews.len());
        let online = merchant["online"]["version"]["user_version"].as_str().unwrap();
        let in_second_wave = target["wave"] == 2;
        match ours {
            "released" => assert_eq!(online, WANTED, "{appid}"),
            "rolled-back" => {
                assert!(in_second_wave, "{appid}");
                assert_eq!(online, BEFORE, "{appid}");
            }
            "rejected" => {
                assert!(rejected.contains(appid), "{appid}");
                assert_eq!(online, BEFORE, "{appid}");
            }
            "failed" => {
                assert!(leaving.contains(&appid.to_owned()), "{target:#}");
                assert_eq!(online, BEFORE, "{appid}");
            }
            other => panic!("{appid} is {other}: {target:#}"),
        }
        released += usize::from(reviews.iter().any(|review| review["released"] == true));
    }
    let counted: BTreeMap<String, u64> =
        serde_json::from_value(finished["total"]["by_state"].clone()).unwrap();
    assert_eq!(counted, tally, "the counters are what the targets are");
    assert_eq!(released as u64, tally["released"] + tally["rolled-back"], "none unasked");
    assert_eq!(tally["rejected"] as usize, rejected.len());
    assert_eq!(tally.get("failed").copied().unwrap_or(0) as usize, leaving.len());
    let triage = fleet.rollouts.clone() + &format!("/{id}/triage");
    let triage = fleet.world.operator().get(&triage).await.expect_status(200).json();
    let groups = triage["groups"].as_array().unwrap();
    assert_eq!(groups[0]["key"], "review.rejected", "{triage:#}");
    let merchants = groups.iter().filter(|group| group["owner"] == "merchant");
    for group in merchants {
        assert!(group["message"].as_str().unwrap().contains("/authorize/"), "{group:#}");
    }
    let dead = fleet.world.aws().queues().named("rollout").unwrap().dead_letters();
    assert!(dead.is_empty(), "{dead:?}");
}

fn reviews_left(state: &Value) -> i64 {
    let component = state["components"].as_object().unwrap().values().next().unwrap();
    component["audit_limit"].as_i64().unwrap() - component["audits"]["used"].as_i64().unwrap()
}

impl Fleet {
    /// Whether every target that is committed waits for this, and none for WeChat's detection, as a
    /// wave does that began in this minute.
    async fn all_wait_for(&self, what: &str, id: &str) -> bool {
        let committed = self.targets_that("&state=committed", id).await;
        committed
            .iter()
            .all(|target| target["waits_for"].as_str().is_some_and(|words| words.contains(what)))
    }

    /// Every target, read page by page.
    async fn targets(&self, id: &str) -> Vec<Value> {
        self.targets_that("", id).await
    }

    async fn targets_that(&self, query: &str, id: &str) -> Vec<Value> {
        let (mut targets, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{}/{id}/targets?limit=100{query}{cursor}", self.rollouts);
            let page = self.world.operator().get(&path).await.expect_status(200).json();
            targets.extend(page["targets"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return targets,
            }
        }
    }
}
