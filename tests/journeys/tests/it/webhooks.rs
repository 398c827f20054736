//! The company's own systems hear of what happens: once, signed, and as long as it takes.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use journeys::{MERCHANT, Received, Receiver, UNFILED_MERCHANT, World};
use serde_json::{Value, json};
use sha2::Sha256;

/// Makes a webhook; its path and its secret.
async fn create(world: &World, receiver: &Receiver, filter: Value) -> (String, String) {
    let url = format!("{}/hook?shop=1", receiver.url());
    let body = json!({ "url": url, "filter": filter });
    let made = world.operator().post("/v1/webhooks", body).await.expect_status(201).json();
    let id = made["webhook"]["id"].as_str().unwrap();
    (format!("/v1/webhooks/{id}"), made["secret"].as_str().unwrap().to_owned())
}

/// Verifies a message as its receiver would, by the specification alone.
fn is_signed_with(message: &Received, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert!((24..=64).contains(&key.len()));
    let (id, timestamp) = (message.header("webhook-id"), message.header("webhook-timestamp"));
    message.header("webhook-signature").split(' ').any(|signature| {
        let signature = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{id}.{timestamp}.{}", message.body).as_bytes());
        mac.verify_slice(&signature).is_ok()
    })
}

/// The deliveries of a webhook, the newest first.
async fn deliveries(world: &World, webhook: &str) -> Vec<Value> {
    let list = world.operator().get(&format!("{webhook}/deliveries")).await.expect_status(200);
    list.json()["deliveries"].as_array().unwrap().clone()
}

async fn post(world: &World, path: &str, status: u16) -> Value {
    world.operator().post(path, json!({})).await.expect_status(status).json()
}

async fn ping(world: &World, webhook: &str) -> String {
    let ping = post(world, &format!("{webhook}/test"), 202).await;
    world.settle().await;
    ping["id"].as_str().unwrap().to_owned()
}

/// Lets time pass until just after the next attempt of any delivery, and has it made; false if none
/// is to be tried any more.
async fn until_next_attempt(world: &World, webhook: &str) -> bool {
    let all = deliveries(world, webhook).await;
    let times = all.iter().filter_map(|delivery| delivery["next_attempt_at"].as_str());
    let Some(next) = times.map(|time| time.parse::<jiff::Timestamp>().unwrap()).min() else {
        return false;
    };
    let wait = next.duration_since(world.clock().now()).as_secs();
    pass(world, wait.max(0) + 1).await;
    true
}

/// Lets so many seconds pass, and the clock look once. WeChat's part of it is not what matters here.
async fn pass(world: &World, seconds: i64) {
    world.clock().advance(seconds);
    world.system().tick().await;
    world.settle().await;
}

#[tokio::test]
async fn an_event_reaches_whom_it_concerns_once_and_signed() {
    let world = World::start().await;
    let (all, releases, other_shop) =
        (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let (webhook, secret) = create(&world, &all, json!({ "kinds": ["merchant.*"] })).await;
    create(&world, &releases, json!({ "kinds": ["release.*"] })).await;
    create(&world, &other_shop, json!({ "appids": [UNFILED_MERCHANT] })).await;
    world.begin().await;

    world.authorize(MERCHANT).await;

    let [message] = &all.received()[..] else { panic!("{:?}", all.received()) };
    let [event] = &world.events("merchant.authorized")[..] else { panic!("one event") };
    assert!(is_signed_with(message, &secret));
    assert_eq!(message.path, "/hook?shop=1");
    assert_eq!(message.header("webhook-id"), event.detail["id"]);
    assert_eq!(message.header("content-type"), "application/json");
    let sent: i64 = message.header("webhook-timestamp").parse().unwrap();
    assert!((world.clock().now().as_second() - sent).abs() < 30);
    let body = message.json();
    assert_eq!(body["type"], "merchant.authorized");
    assert_eq!(body["timestamp"], event.detail["at"]);
    assert_eq!(body["data"]["appid"], MERCHANT);
    assert_eq!(body["data"]["component"], world.component());
    assert!(releases.received().is_empty() && other_shop.received().is_empty());
    let [delivery] = &deliveries(&world, &webhook).await[..] else { panic!("one delivery") };
    assert_eq!(delivery["state"], "delivered");
    assert_eq!(delivery["attempts"], 1);
    assert_eq!(delivery["last_attempt"]["status"], 204);
}

#[tokio::test]
async fn an_event_that_the_bus_repeats_is_sent_once() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    create(&world, &receiver, json!({ "kinds": ["merchant.authorized"] })).await;
    world.begin().await;
    world.authorize(MERCHANT).await;
    let [event] = &world.events("merchant.authorized")[..] else { panic!("one event") };

    for _ in 0..3 {
        world.aws().bus().repeat(event).unwrap();
    }
    world.settle().await;
    pass(&world, 120).await;

    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn a_target_that_fails_is_tried_for_a_day_then_given_up_and_an_operator_revives_it() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let (webhook, secret) = create(&world, &receiver, json!({})).await;
    receiver.answer(500, r#"{"error":"no","token":"canary"}"#);
    let start = world.clock().now();
    let (first, second) = (ping(&world, &webhook).await, ping(&world, &webhook).await);

    let mut rounds = 0;
    while until_next_attempt(&world, &webhook).await {
        rounds += 1;
        assert!(rounds <= 16, "eight more attempts for each of the two");
    }

    let hours = world.clock().now().duration_since(start).as_hours();
    assert!((27..40).contains(&hours), "{hours}");
    let dead = world.operator().get(&format!("{webhook}/deliveries?state=dead")).await;
    let dead = dead.expect_status(200);
    assert!(!dead.text().contains("canary"), "{}", dead.text());
    let dead = dead.json()["deliveries"].as_array().unwrap().clone();
    assert_eq!(dead.len(), 2);
    assert_eq!(dead[0]["attempts"], 9);
    assert_eq!(dead[0]["last_attempt"]["status"], 500);
    assert_eq!(dead[0]["last_attempt"]["answer"], r#"{"error":"no","token":"[hidden]"}"#);
    let messages = receiver.received();
    assert_eq!(messages.len(), 18);
    assert!(messages.iter().all(|message| is_signed_with(message, &secret)));
    let of_first = messages.iter().filter(|message| message.header("webhook-id") == first);
    let bodies: std::collections::BTreeSet<&str> = of_first.map(|message| &*message.body).collect();
    assert_eq!(bodies.len(), 1, "a repetition is the same, byte for byte");

    receiver.answer(200, "thank you");
    post(&world, &format!("{webhook}/deliveries/{first}/redeliver"), 202).await;
    world.settle().await;
    let all = post(&world, &format!("{webhook}/redeliver"), 202).await;
    world.settle().await;

    assert_eq!(all, json!({ "redelivered": 1, "more": false }));
    let sent: Vec<String> = receiver.received()[18..]
        .iter()
        .map(|message| message.header("webhook-id").to_owned())
        .collect();
    assert_eq!(sent, [first, second]);
    for delivery in deliveries(&world, &webhook).await {
        assert_eq!(delivery["state"], "delivered");
        assert_eq!(delivery["last_attempt"]["answer"], "thank you");
    }
    assert_eq!(post(&world, &format!("{webhook}/redeliver"), 202).await["redelivered"], 0);
    post(&world, &format!("{webhook}/deliveries/nothing/redeliver"), 404).await;
}

#[tokio::test]
async fn a_target_that_is_gone_is_paused_and_what_happens_meanwhile_is_kept_for_it() {
    let world = World::start().await;
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    let (webhook, _) = create(&world, &receiver, json!({ "kinds": ["merchant.*"] })).await;
    create(&world, &other, json!({ "kinds": ["webhook.*"] })).await;
    world.begin().await;
    receiver.answer(410, "");

    world.authorize(MERCHANT).await;

    let shown = world.operator().get(&webhook).await.expect_status(200).json();
    assert_eq!(shown["active"], false);
    assert_eq!(shown["paused"]["reason"], "gone");
    let [told] = &other.received()[..] else { panic!("{:?}", other.received()) };
    assert_eq!(told.json()["type"], "webhook.paused");
    assert_eq!(told.json()["data"]["webhook"], shown["id"]);
    assert!(!told.body.contains("http"), "its address may hold a secret: {}", told.body);
    post(&world, &format!("{webhook}/test"), 409).await;

    receiver.answer(204, "");
    world.authorize(UNFILED_MERCHANT).await;
    pass(&world, 4 * 3600).await;
    assert_eq!(receiver.received().len(), 1, "nothing is sent to a paused target");
    world.operator().patch(&webhook, json!({ "active": true })).await.expect_status(200);
    pass(&world, 60).await;

    let ids: Vec<String> = receiver.received()[1..]
        .iter()
        .map(|message| message.json()["data"]["appid"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&MERCHANT.to_owned()) && ids.contains(&UNFILED_MERCHANT.to_owned()));
}

#[tokio::test]
async fn a_target_that_fails_for_three_days_is_paused() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let (webhook, _) = create(&world, &receiver, json!({})).await;
    receiver.answer(503, "");
    ping(&world, &webhook).await;
    pass(&world, 2 * 24 * 3600).await;
    let shown = world.operator().get(&webhook).await.json();
    assert_eq!(shown["active"], true, "two days are not enough: {shown}");
    assert!(shown["failing_since"].is_string(), "{shown}");

    pass(&world, 25 * 3600).await;

    let shown = world.operator().get(&webhook).await.json();
    assert_eq!(shown["paused"]["reason"], "failing", "{shown}");
    assert_eq!(world.events("webhook.paused").len(), 1);
    world.operator().patch(&webhook, json!({ "active": true })).await.expect_status(200);
    receiver.answer(200, "");
    pass(&world, 24 * 3600).await;
    let shown = world.operator().get(&webhook).await.json();
    assert_eq!((&shown["active"], &shown["failing_since"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn both_secrets_sign_for_a_while_after_a_rotation() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let (webhook, old) = create(&world, &receiver, json!({})).await;
    let (path, overlap) = (format!("{webhook}/secret"), json!({ "overlap_hours": 2 }));

    let rotated = world.operator().post(&path, overlap).await.expect_status(200).json();

    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    ping(&world, &webhook).await;
    let message = receiver.received().pop().unwrap();
    assert!(is_signed_with(&message, &old) && is_signed_with(&message, &new));
    pass(&world, 2 * 3600).await;
    ping(&world, &webhook).await;
    let message = receiver.received().pop().unwrap();
    assert!(!is_signed_with(&message, &old) && is_signed_with(&message, &new));
    assert!(!world.operator().get(&webhook).await.text().contains("whsec_"));
}

#[tokio::test]
async fn a_deleted_target_is_sent_nothing_more() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    let (webhook, _) = create(&world, &receiver, json!({})).await;
    receiver.answer(500, "");
    ping(&world, &webhook).await;

    world.operator().delete(&webhook).await.expect_status(204);
    pass(&world, 3600).await;

    assert_eq!(receiver.received().len(), 1);
    world.operator().get(&webhook).await.expect_problem(404);
    world.operator().get(&format!("{webhook}/deliveries")).await.expect_problem(404);
    world.operator().delete(&webhook).await.expect_problem(404);
}
