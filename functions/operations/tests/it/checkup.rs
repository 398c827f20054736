//! The check-up where things are not in order.

use std::{
    io::{Read, Write},
    net::{IpAddr, TcpListener},
    sync::Arc,
};

use jiff::SignedDuration;
use platform::{
    clock::Clock,
    configuration::Addresses,
    operators::guard::{BY_KEY, WINDOW},
    webhooks::{Names, Network, Reach, Resolving},
};
use serde_json::{Map, Value, json};

use crate::{
    gateway::Call,
    world::{World, component},
};

/// What the component's callbacks are signed with.
const TOKEN: &str = "spamtest";

/// Every name leads inside.
struct Inside;

impl Names for Inside {
    fn addresses<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(async { Ok(vec![IpAddr::from([10, 0, 0, 7])]) })
    }
}

/// A deployment whose own name leads inside.
async fn world() -> World {
    let mut world = World::new().await;
    world.app.platform.self_tests.network =
        Network { reach: Arc::new(Reach::public([443])), names: Arc::new(Inside) };
    world.serve_again();
    world
}

async fn checkup(world: &World) -> Value {
    let reply = world.send(Call::get(&component("/checkup")).english()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(!reply.contains(TOKEN), "{reply:?}");
    reply.json()
}

#[track_caller]
fn check<'a>(checkup: &'a Value, id: &str, status: &str) -> &'a Value {
    let mut checks = checkup["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["id"] == id).unwrap();
    assert_eq!(check["status"], status, "{check:#}");
    check
}

#[tokio::test]
async fn callbacks_that_nobody_reaches_fail_with_their_address_and_nothing_of_what_is_inside() {
    let world = world().await;

    let found = checkup(&world).await;

    assert_eq!(found["well"], false);
    let callbacks = check(&found, "callbacks", "fail");
    let finding = callbacks["finding"].as_str().unwrap();
    let events = "https://fleet.example.com/wechat/wx570bc396a51b8ff8/events";
    assert!(finding.starts_with(&format!("{events} cannot be reached: ")), "{finding}");
    assert!(!finding.contains("10.0.0.7") && !finding.contains("signature"), "{finding}");
    assert!(callbacks["what_to_do"].as_str().unwrap().contains("PUBLIC_URL"), "{callbacks:#}");
}

/// A deployment in the place of which something else answers every request with this.
async fn world_behind(answer: &'static str) -> World {
    let mut world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut asked in listener.incoming().flatten() {
            let _ = asked.read(&mut [0; 4096]).and_then(|_| asked.write_all(answer.as_bytes()));
        }
    });
    let platform = &mut world.app.platform;
    let addresses = Addresses { public: public.parse().unwrap(), ..(*platform.addresses).clone() };
    platform.addresses = Arc::new(addresses);
    platform.self_tests.network = Network::with_loopback();
    world.serve_again();
    world
}

#[tokio::test]
async fn somebody_else_at_the_address_is_told_from_this_system_with_another_token() {
    let refused = "HTTP/1.1 403 Forbidden\r\ncontent-length: 7\r\nconnection: close\r\n\r\nrefused";
    let parked = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nfor sale!";

    let with_another_token = checkup(&world_behind(refused).await).await;
    let somebody_else = checkup(&world_behind(parked).await).await;

    let finding =
        |found: &Value| check(found, "callbacks", "fail")["finding"].as_str().unwrap().to_owned();
    let another_token = finding(&with_another_token);
    assert!(another_token.ends_with("does not accept this system's Token"), "{another_token}");
    let other_system = finding(&somebody_else);
    assert!(other_system.ends_with("is not this system (status 200)"), "{other_system}");
}

#[tokio::test]
async fn a_component_that_has_nothing_yet_is_unknown_and_told_what_to_wait_for() {
    let world = world().await;

    let found = checkup(&world).await;

    check(&found, "ticket", "pass");
    check(&found, "component-token", "warn");
    for unheard in ["egress-address", "clock"] {
        let check = check(&found, unheard, "unknown");
        assert!(check["what_to_do"].as_str().unwrap().contains("ticket"), "{check:#}");
    }
    assert!(check(&found, "quotas", "unknown")["link"].as_str().unwrap().ends_with("/quotas"));
    check(&found, "self-test", "unknown");
    assert!(world.wechat.asked("/cgi-bin/component/api_component_token").is_empty());
}

#[tokio::test]
async fn what_wechat_says_of_the_address_counts_for_more_than_what_it_said() {
    let world = world().await;
    world.get(&component("/templates")).await;
    let path = "/cgi-bin/openapi/quota/get";
    let refusal = "access clientip is not registered requestIP: 203.0.113.7 rid: 6740c6b1-0c4a5b6d";
    world.wechat.says(path, json!({ "errcode": 61004, "errmsg": refusal }));
    let refused = checkup(&world).await;
    let quota = json!({ "daily_limit": 2000, "used": 1995, "remain": 5 });
    world.wechat.says(path, json!({ "errcode": 0, "quota": quota }));
    let few = checkup(&world).await;
    // Whoever is told this was let in.
    world.wechat.refuses(path, 76021);
    let unknown_path = checkup(&world).await;
    world.wechat.refuses(path, 40001);
    let other_token = checkup(&world).await;

    let address = check(&refused, "egress-address", "fail");
    assert!(address["what_to_do"].as_str().unwrap().starts_with("add 203.0.113.7 to"), "{address}");
    check(&few, "egress-address", "pass");
    let quotas = check(&few, "quotas", "warn");
    assert!(quotas["finding"].as_str().unwrap().starts_with("5 of today's 2000 calls"), "{quotas}");
    check(&unknown_path, "egress-address", "pass");
    check(&other_token, "egress-address", "unknown");
    check(&other_token, "component-token", "warn");
    check(&few, "component-token", "pass");
    check(&few, "clock", "unknown");
}

#[tokio::test]
async fn keys_that_end_within_two_weeks_are_counted_and_not_named() {
    let world = world().await;
    let key = async |days: i64| {
        let at = world.app.platform.clock.now() + SignedDuration::from_hours(24 * days);
        let body = json!({ "name": "季度外包", "role": "viewer", "expires_at": at.to_string() });
        let made = world.send(Call::post("/v1/keys").json(body)).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["key"]["id"].as_str().unwrap().to_owned()
    };
    key(60).await;
    check(&checkup(&world).await, "operator-keys", "pass");
    let (soon, _) = (key(9).await, key(13).await);

    let found = checkup(&world).await;
    world.send(Call::delete(&format!("/v1/keys/{soon}"))).await;
    let after = checkup(&world).await;

    let keys = check(&found, "operator-keys", "warn");
    let finding = keys["finding"].as_str().unwrap();
    assert!(
        finding.starts_with("2 operators' keys") && finding.contains("2026-12-02"),
        "{finding}"
    );
    assert!(!found.to_string().contains("季度外包") && !found.to_string().contains(&soon));
    let after = check(&after, "operator-keys", "warn")["finding"].as_str().unwrap();
    assert!(after.starts_with("1 ") && after.contains("2026-12-06"), "{after}");
}

#[tokio::test]
async fn whoever_may_read_may_look_and_nobody_else() {
    let world = world().await;
    let (viewer, machine) = (world.key("viewer").await, world.machine(&["relay"]).await);
    let call = || Call::get(&component("/checkup"));

    assert_eq!(world.send(call().key(&viewer)).await.status, 200);
    world.send(call().key(&machine)).await.problem(403);
    world.get("/v1/components/wx0000000000000001/checkup").await.problem(404);
}

#[tokio::test]
async fn whoever_guesses_at_keys_is_seen_and_neither_key_nor_network_is_named() {
    let world = world().await;
    check(&checkup(&world).await, "guesses", "pass");
    let key = world.key("viewer").await;
    let id = key.split('_').nth(1).unwrap();
    let wrong = format!("wf_{id}_{}", "0".repeat(64));
    for _ in 0..BY_KEY {
        let guess = Call::get("/v1/operator").key(&wrong).from("203.0.113.7");
        world.send(guess).await.problem(401);
    }

    let found = checkup(&world).await;

    let guesses = check(&found, "guesses", "warn");
    let finding = guesses["finding"].as_str().unwrap();
    assert!(
        finding.starts_with("in the last day: 1 lock-outs")
            && finding.contains("1 of these last now"),
        "{finding}"
    );
    assert!(guesses["link"].as_str().unwrap().ends_with("/v1/keys"), "{guesses:#}");
    let said = guesses.to_string();
    assert!(!said.contains(id) && !said.contains("203.0.113.7"), "{said}");
    world.clock.forward(SignedDuration::from_secs(WINDOW));
    let later = checkup(&world).await;
    let finding = check(&later, "guesses", "warn")["finding"].as_str().unwrap().to_owned();
    assert!(finding.contains("0 of these last now"), "{finding}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_log_that_was_changed_fails_the_check_up_after_a_night() {
    let world = world().await;
    let chain = &world.app.platform.audit_chain;
    let soon = || tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    let seal = async || {
        world.clock.forward(SignedDuration::from_mins(10));
        chain.seal(soon()).await.unwrap();
    };
    // Some minutes before it is night in Beijing.
    let now = world.clock.now().as_second();
    let night = (now.div_euclid(86_400) + 1) * 86_400 + 18 * 3600;
    world.clock.forward(SignedDuration::from_secs(night - now - 15 * 60));
    seal().await;
    world.key("viewer").await;
    seal().await;
    check(&checkup(&world).await, "audit-log", "pass");
    let until = chain.head().await.unwrap().unwrap().place.minute.unwrap();
    let (lines, _): (Vec<Map<String, Value>>, _) = world
        .app
        .platform
        .tables
        .fleet
        .page(&format!("audit#{until}"), "", None, 10)
        .await
        .unwrap();
    let mut changed = lines[0].clone();
    changed["name"] = "somebody else".into();
    let fleet = &world.app.platform.tables.fleet;
    fleet.put(fleet.item(&changed).unwrap()).await.unwrap();

    while chain.watch(soon()).await.unwrap() > 0 {}

    let found = checkup(&world).await;
    assert_eq!(found["well"], false);
    let audit = check(&found, "audit-log", "fail");
    let finding = audit["finding"].as_str().unwrap();
    assert!(finding.contains(&until.to_string()) && finding.contains("changed"), "{finding}");
    assert!(audit["link"].as_str().unwrap().ends_with("/v1/audit/verification"), "{audit:#}");
    let items = world.get("/v1/attention").await.json()["items"].as_array().unwrap().clone();
    let need = items.iter().find(|item| item["kind"] == "audit-broken").unwrap();
    assert_eq!((&need["severity"], &need["component"]), (&json!("critical"), &json!("platform")));
}
