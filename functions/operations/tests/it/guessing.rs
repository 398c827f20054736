//! Whoever guesses keys is locked out, and nobody else is.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use local::aws::Service;
use platform::{
    clock::Clock,
    metric::Metrics,
    operators::{
        Limits, SHOWN, Source, VISITOR,
        guard::{BY_KEY, BY_NETWORK, UNDER_ATTACK, WINDOW},
    },
};

use serde_json::{Value, json};

use crate::{
    gateway::{Call, Reply},
    world::World,
};

const HERE: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.20";

/// A key like `key`, with another secret.
fn wrong(key: &str) -> String {
    let id = key.split('_').nth(1).unwrap();
    format!("wf_{id}_{}", "0".repeat(64))
}

async fn ask(world: &World, key: &str, from: &str) -> Reply {
    world.send(Call::get("/v1/operator").key(key).from(from)).await
}

#[tokio::test]
async fn a_key_that_is_guessed_at_opens_nothing_from_there_for_a_while() {
    let world = World::new().await;
    let (key, other) = (world.key("viewer").await, world.key("viewer").await);
    for _ in 0..BY_KEY {
        ask(&world, &wrong(&key), HERE).await.problem(401);
    }

    let locked = ask(&world, &key, HERE).await;

    let problem = locked.problem(429);
    assert_eq!(problem["type"], "urn:wechat-fleet:problem:too-many-requests");
    let seconds: i64 = locked.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=WINDOW).contains(&seconds), "{seconds}");
    assert_eq!(ask(&world, &key, ELSEWHERE).await.status, 200, "its owner is somewhere else");
    assert_eq!(ask(&world, &other, HERE).await.status, 200, "and so is nobody else's key");
    world.clock.forward(SignedDuration::from_secs(seconds));
    assert_eq!(ask(&world, &key, HERE).await.status, 200, "the lock ended by itself");
}

#[tokio::test]
async fn whoever_tries_many_keys_is_locked_out_altogether() {
    let world = World::new().await;
    let key = world.key("viewer").await;
    for guess in 0..BY_NETWORK {
        ask(&world, &format!("wf_01JZ{guess:022}_{}", "0".repeat(64)), HERE).await.problem(401);
    }

    let problem = world.send(Call::get("/v1/operator").key(&key).from(HERE).english()).await;

    let problem = problem.problem(429);
    assert!(problem["detail"].as_str().unwrap().contains("locked out"), "{problem}");
    assert!(problem["what_to_do"].as_str().unwrap().contains("by itself"), "{problem}");
    let chinese = ask(&world, &world.admin(), HERE).await.problem(429);
    assert!(chinese["detail"].as_str().unwrap().contains("锁定"), "{chinese}");
    assert_eq!(ask(&world, &key, ELSEWHERE).await.status, 200);
}

#[tokio::test]
async fn the_first_key_is_guarded_as_any_other() {
    let world = World::new().await;
    for _ in 0..BY_KEY {
        ask(&world, "wf_admin_wrong", HERE).await.problem(401);
    }
    ask(&world, &world.admin(), HERE).await.problem(429);
    assert_eq!(ask(&world, &world.admin(), ELSEWHERE).await.status, 200);
}

#[tokio::test]
async fn strangers_who_know_a_keys_id_do_not_keep_its_owner_out() {
    let world = World::new().await;
    let key = world.key("releaser").await;
    let network = |number: i64| format!("2001:db8:0:{number:x}::1");
    for number in 0..UNDER_ATTACK {
        ask(&world, &wrong(&key), &network(number)).await.problem(401);
    }

    assert_eq!(ask(&world, &key, ELSEWHERE).await.status, 200, "the right one, at the first try");
    ask(&world, &wrong(&key), HERE).await.problem(401);
    ask(&world, &key, HERE).await.problem(429);
    assert_eq!(ask(&world, &key, ELSEWHERE).await.status, 200);
}

/// What was counted of a metric: by its dimension's value.
fn counted(lines: &Mutex<Vec<String>>, metric: &str, dimension: &str) -> Vec<String> {
    let lines: Vec<Value> =
        lines.lock().unwrap().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_it = lines.iter().filter(|line| line[metric] == 1);
    of_it.map(|line| line[dimension].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lock_outs_are_counted_and_shown_for_a_day() {
    let mut world = World::new().await;
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = lines.clone();
    let metrics = Metrics::to(move |line| kept.lock().unwrap().push(line));
    world.app.operators.count_to(metrics);
    world.serve_again();
    let key = world.key("releaser").await;
    let id = key.split('_').nth(1).unwrap();
    let attention = async || {
        let items = world.get("/v1/attention").await.json()["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["kind"] == "keys-under-attack")
    };
    for _ in 0..BY_KEY + 3 {
        ask(&world, &wrong(&key), HERE).await;
    }
    for guess in 0..BY_NETWORK + 3 {
        ask(&world, &format!("wf_01JZ{guess:022}_{}", "0".repeat(64)), "192.0.2.1").await;
    }
    assert_eq!(counted(&lines, "LockOuts", "Locked"), ["key", "network"], "each is told once");
    assert!(attention().await.is_none());

    // The first ten counted too.
    for number in 0..UNDER_ATTACK - BY_KEY + 5 {
        ask(&world, &wrong(&key), &format!("2001:db8:0:{number:x}::1")).await.problem(401);
    }

    assert_eq!(counted(&lines, "KeysUnderAttack", "Key"), [id]);
    assert_eq!(counted(&lines, "LockOuts", "Locked"), ["key", "network", "everywhere"]);
    let list = world.get("/v1/keys").await.json();
    let shown = |locked: &str| {
        let mut all = list["lock_outs"].as_array().unwrap().iter();
        all.find(|it| it["locked"] == locked).unwrap_or_else(|| panic!("{list:#}")).clone()
    };
    assert_eq!(list["lock_outs"].as_array().unwrap().len(), 3, "{list:#}");
    assert_eq!((&shown("key")["key_id"], &shown("key")["network"]), (&json!(id), &json!(HERE)));
    assert_eq!(shown("network")["network"], "192.0.2.1");
    assert!(shown("network").get("key_id").is_none(), "{list:#}");
    assert_eq!(shown("everywhere")["key_id"], id);
    let needs = attention().await.unwrap();
    assert_eq!((&needs["count"], &needs["severity"]), (&json!(1), &json!("warning")));
    assert!(!needs.to_string().contains(id), "viewers are not told which: {needs:#}");
    world.clock.forward(SignedDuration::from_secs(SHOWN));
    assert!(attention().await.is_none());
    assert!(world.get("/v1/keys").await.json()["lock_outs"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn addresses_of_one_network_count_together() {
    let world = World::new().await;
    let key = world.key("viewer").await;
    for number in 0..BY_KEY {
        ask(&world, &wrong(&key), &format!("2001:db8::{number:x}")).await.problem(401);
    }
    ask(&world, &key, "2001:db8::ffff").await.problem(429);
    assert_eq!(ask(&world, &key, "2001:db8:0:1::1").await.status, 200);
}

#[tokio::test]
async fn a_key_that_has_expired_or_was_revoked_is_no_guess() {
    let world = World::new().await;
    let (revoked, good) = (world.key("admin").await, world.key("viewer").await);
    let id = revoked.split('_').nth(1).unwrap();
    world.send(Call::delete(&format!("/v1/keys/{id}"))).await;
    for _ in 0..BY_NETWORK + 1 {
        ask(&world, &revoked, HERE).await.problem(401);
    }
    assert_eq!(ask(&world, &good, HERE).await.status, 200);
}

#[tokio::test]
async fn a_good_key_costs_one_call_and_no_write() {
    let world = World::new().await;
    let key = world.key("viewer").await;
    let before = world.aws.calls(Service::DynamoDb);
    assert_eq!(ask(&world, &key, HERE).await.status, 200);
    assert_eq!(world.aws.calls(Service::DynamoDb) - before, 1);
}

#[tokio::test]
async fn no_header_of_a_client_says_where_it_is_and_the_consoles_does() {
    let world = World::new().await;
    let key = world.key("viewer").await;
    let guess = wrong(&key);
    for _ in 0..BY_KEY {
        let call = Call::get("/v1/operator").key(&guess).from(HERE);
        let call = call.header("x-forwarded-for", ELSEWHERE).header(VISITOR, ELSEWHERE);
        world.send(call).await.problem(401);
    }
    ask(&world, &key, HERE).await.problem(429);
    assert_eq!(ask(&world, &key, ELSEWHERE).await.status, 200);

    // The console asks for a visitor from elsewhere, from an address that is locked out.
    let authorization = format!("Bearer {key}");
    let visitor = |keys: &platform::sealed::SealingKeys, of: &str| {
        let source = Source::of_gateway(Some(ELSEWHERE));
        source.vouch(keys, world.clock.now(), of).unwrap()
    };
    let keys = world.app.platform.secrets.sealing();
    let call =
        |header: &str| Call::get("/v1/operator").key(&key).from(HERE).header(VISITOR, header);
    let by_the_console = world.send(call(&visitor(&keys, &authorization))).await;
    assert_eq!(by_the_console.status, 200, "{by_the_console:?}");
    world.send(call(&visitor(&keys, "Bearer another"))).await.problem(429);
    world.clock.forward(SignedDuration::from_secs(1));
    let made = world.send(
        Call::post("/v1/keys")
            .json(serde_json::json!({ "name": "x", "role": "viewer" }))
            .from(ELSEWHERE)
            .header(VISITOR, &{
                let of = format!("Bearer {}", world.admin());
                let source = Source::of_gateway(Some("192.0.2.99"));
                source.vouch(&keys, world.clock.now(), &of).unwrap()
            }),
    );
    assert_eq!(made.await.status, 201);
    let last = world.audit().await.pop().unwrap();
    assert_eq!(last["source_ip"], "192.0.2.99", "the audit log names the visitor, not the console");
}

#[tokio::test]
async fn whoever_asks_too_often_waits() {
    let mut world = World::new().await;
    world.app.operators.limit(Limits { per_second: 1 });
    world.serve_again();
    let (key, other) = (world.key("viewer").await, world.key("viewer").await);
    let mut replies = Vec::new();
    for _ in 0..7 {
        replies.push(ask(&world, &key, HERE).await);
    }

    let refused = replies.last().unwrap();
    assert_eq!(replies[0].status, 200);
    refused.problem(429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    ask(&world, &other, HERE).await.problem(429);
    assert_eq!(ask(&world, &other, ELSEWHERE).await.status, 200);
    world.clock.forward(SignedDuration::from_secs(2));
    assert_eq!(ask(&world, &key, HERE).await.status, 200);
}
