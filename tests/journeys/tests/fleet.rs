//! J6: a fleet gets a version in waves. Some are rejected, some withdraw midway, the month's reviews
//! run out, a wave is rolled back, the workers are killed again and again: in the end every mini
//! program is where it belongs, and WeChat was asked for nothing twice.
//!
//! A hundred mini programs; `FLEET=1000` makes it a thousand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use journeys::{Fleet, TestClock};
use serde_json::{Value, json};
use simulator::{Expire, Expiring, Quota, Revoke, Verdict};

/// What users see before.
const BEFORE: &str = "3.1.0";
/// What they shall see.
const WANTED: &str = "3.2.0";
/// A minute, and the second that WeChat's detection may take longer.
const MINUTE: i64 = 61;

fn size() -> usize {
    std::env::var("FLEET").ok().and_then(|size| size.parse().ok()).unwrap_or(100)
}

/// A fleet that gets a version, and how often its workers were killed.
struct Journey {
    fleet: Fleet,
    kills: u64,
}

impl Journey {
    /// A minute passes; WeChat's reviewers decide; with `kill` the workers die in the middle of it.
    async fn minute(&mut self, rejected: &BTreeSet<String>, silent: bool, kill: bool) {
        let world = self.fleet.world();
        world.clock().advance(MINUTE);
        world.tick().await;
        if kill {
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
            world.system().kill_workers();
            self.kills += 1;
        }
        self.fleet.settle().await;
        let reason = "页面内容与类目不符";
        self.fleet
            .review(|place, appid| {
                // Now and then WeChat's event is lost, and only asking tells.
                let verdict = Verdict { silent: silent && place % 10 == 0, ..Verdict::on(appid) };
                match rejected.contains(appid) {
                    true => (false, Verdict { reason: reason.to_owned(), ..verdict }),
                    false => (true, verdict),
                }
            })
            .await;
    }
}

fn count(rollout: &Value, state: &str) -> usize {
    rollout["total"]["by_state"][state].as_u64().unwrap_or(0) as usize
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_gets_a_version_in_waves_whatever_happens_meanwhile() {
    let size = size();
    let fleet = Fleet::gather(TestClock::new(), size, BEFORE, |_, _| {}).await;
    let mut journey = Journey { fleet, kills: 0 };
    let rejected: BTreeSet<String> =
        (0..size).filter(|it| it % 33 == 5).map(Fleet::appid).collect();
    let leaving: Vec<String> = (size * 4 / 10..size)
        .filter(|it| it % 60 == 17 && it % 33 != 5)
        .map(Fleet::appid)
        .collect();
    // Six of ten can be reviewed this month, and five are left for hot fixes.
    let audits = u32::try_from(size * 6 / 10 + 5).unwrap();
    let quota = Quota { audits: Some(audits), ..Quota::default() };
    journey.fleet.world().simulator().set_quota(quota).unwrap();

    // All restaurants that are not on 3.2.0: ordered, looked at, started.
    let order = json!({
        "name": "夏季菜单",
        "query": { "tags": { "any": [Fleet::TAG] }, "version": { "not": [WANTED] } },
        "template_id": journey.fleet.template(),
        "user_version": WANTED,
        "ext": { "ext": { "shop": "{{shop}}", "title": "{{name}}" } },
        "waves": [
            { "count": 1 }, { "percent": 10, "gate": { "approved_percent": 50 } },
            { "percent": 40 }, { "percent": 100 },
        ],
        "stop": { "failed_percent": 50, "at_least": 10, "same_code": 20 },
        "reserve": 5,
    });
    let id = journey.fleet.order(order).await;
    let planned = journey.show(&id).await;
    assert_eq!(planned["state"], "planned", "{planned:#}");
    assert_eq!(planned["plan"]["targets"], size);
    assert_eq!(planned["plan"]["reviews_short"], size - size * 6 / 10, "{planned:#}");
    let detail = journey.get(&format!("rollouts/{id}/targets/{}", Fleet::appid(1))).await;
    assert_eq!(detail["request"]["ext"]["ext"], json!({ "shop": 1, "title": "面馆 1" }));
    assert_eq!(journey.calls("/wxa/commit"), 0, "nothing happens unseen");
    let path = journey.fleet.path(&format!("rollouts/{id}/start"));
    let other = json!({ "plan_digest": "another" });
    journey.fleet.world().operator().post(&path, other).await.expect_status(409);
    let digest = planned["plan"]["digest"].clone();
    // Before the first step is done the tokens end: whoever works on it renews all it needs.
    for what in [Expiring::ComponentTokens, Expiring::AuthorizerTokens] {
        journey.fleet.world().simulator().expire(Expire::new(what)).unwrap();
    }
    journey.fleet.tell(&id, "start", json!({ "plan_digest": digest })).await;

    // The first two waves, and the second one back again.
    let mut minutes = 0;
    while journey.show(&id).await["waves"][2]["begun"] != true {
        minutes += 1;
        assert!(minutes < 60, "{:#}", journey.show(&id).await);
        journey.minute(&rejected, false, minutes % 2 == 0).await;
    }
    let released_before = journey.calls("/wxa/release");
    let back = journey.fleet.tell(&id, "rollback", json!({ "wave": 2 })).await;
    assert_eq!(back["state"], "rolling-back");
    while journey.show(&id).await["state"] != "paused" {
        minutes += 1;
        assert!(minutes < 90, "{:#}", journey.show(&id).await);
        journey.minute(&rejected, false, minutes % 2 == 0).await;
    }
    let paused = journey.show(&id).await;
    let second = &paused["waves"][1]["count"]["by_state"];
    let gone_back = second["rolled-back"].as_u64().unwrap() as usize;
    assert_eq!(gone_back, size / 10 - 1 - second["rejected"].as_u64().unwrap_or(0) as usize);
    assert_eq!(journey.calls("/wxa/release"), released_before, "nothing was released meanwhile");

    // The rest: some withdraw, the reviews run out, and come again with the next month.
    journey.fleet.tell(&id, "resume", json!({})).await;
    for appid in &leaving {
        let revoke = Revoke { appid: appid.clone(), ..Revoke::default() };
        journey.fleet.world().simulator().revoke(revoke).await.unwrap();
    }
    let mut waited = false;
    while journey.show(&id).await["state"] != "finished" {
        minutes += 1;
        let rollout = journey.show(&id).await;
        assert!(minutes < 240 && rollout["state"] == "running", "{rollout:#}");
        let submitted = journey.calls("/wxa/submit_audit");
        let kill = journey.kills < 10 || minutes % 7 == 0;
        journey.minute(&rejected, true, kill).await;
        let rollout = journey.show(&id).await;
        let standing = count(&rollout, "committed") > 0
            && count(&rollout, "in-review") + count(&rollout, "approved") == 0
            && count(&rollout, "queued") == 0
            && journey.calls("/wxa/submit_audit") == submitted;
        if standing && !waited && journey.all_wait_for("额度", &id).await {
            waited = true;
            let left = journey.fleet.world().simulator().state();
            assert_eq!(reviews_left(&left), 5, "the reserve is kept");
            // A month later, and with it ten thousand tickets.
            journey.fleet.world().clock().advance(31 * 24 * 3600);
            journey.fleet.world().push_ticket().await;
        }
    }
    assert!(waited, "the reviews never ran out");
    assert!(journey.kills >= 10, "{} kills", journey.kills);

    // Where everybody is, by us and by WeChat.
    let finished = journey.show(&id).await;
    let state = journey.fleet.world().simulator().state();
    let targets = journey.targets(&id).await;
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
    let triage = journey.get(&format!("rollouts/{id}/triage")).await;
    let groups = triage["groups"].as_array().unwrap();
    assert_eq!(groups[0]["key"], "review.rejected", "{triage:#}");
    let merchants = groups.iter().filter(|group| group["owner"] == "merchant");
    for group in merchants {
        assert!(group["message"].as_str().unwrap().contains("/authorize/"), "{group:#}");
    }
    let dead = journey.fleet.world().aws().queues().named("rollout").unwrap().dead_letters();
    assert!(dead.is_empty(), "{dead:?}");
}

fn reviews_left(state: &Value) -> i64 {
    let component = state["components"].as_object().unwrap().values().next().unwrap();
    component["audit_limit"].as_i64().unwrap() - component["audits"]["used"].as_i64().unwrap()
}

impl Journey {
    async fn show(&self, id: &str) -> Value {
        self.fleet.rollout(id).await
    }

    async fn get(&self, rest: &str) -> Value {
        let path = self.fleet.path(rest);
        self.fleet.world().operator().get(&path).await.expect_status(200).json()
    }

    fn calls(&self, path: &str) -> u64 {
        self.fleet.world().calls(path)
    }

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
            let page = self.get(&format!("rollouts/{id}/targets?limit=100{query}{cursor}")).await;
            targets.extend(page["targets"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return targets,
            }
        }
    }
}
