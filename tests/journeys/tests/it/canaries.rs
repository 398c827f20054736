//! The search for secrets that every journey ends with finds them, wherever one comes out.

use journeys::{MERCHANT, World};
use secrecy::ExposeSecret;
use serde_json::json;

#[track_caller]
fn expect_found(leaks: &[String], what: &str, place: &str) {
    let found = leaks.iter().any(|leak| leak.contains(&format!("{what} in {place}")));
    assert!(found, "{what} was not found in {place}: {leaks:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_logged_or_put_on_the_bus_or_into_a_table_is_found() {
    let world = World::start().await;
    world.begin().await;
    world.authorize(MERCHANT).await;
    let token = world.system().component().token.expose_secret().to_owned();

    // Each as a mistake of ours would be.
    tracing::info!("signed with {token}");
    tracing::info!(target: journeys::PLANTED, "refreshed refreshtoken@@@{}", simulator::CANARY);
    let request = http::Request::post(world.aws().endpoint())
        .header("x-amz-target", "AWSEvents.PutEvents")
        .header("content-type", "application/x-amz-json-1.1");
    let detail = json!({ "code": format!("queryauthcode@@@{}", simulator::CANARY) }).to_string();
    let entry = json!({ "EventBusName": "wechat-fleet", "Source": "test", "DetailType": "planted",
        "Detail": detail });
    let put = json!({ "Entries": [entry] }).to_string();
    world.request(request, put.into_bytes()).await.expect_status(200);

    let leaks = world.leaks();
    expect_found(&leaks, "the component's token", "the log");
    expect_found(&leaks, "WeChat's", "the log");
    expect_found(&leaks, "WeChat's", "the event planted");
    assert_eq!(leaks.len(), 3, "{leaks:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_was_told_once_is_looked_for_from_then_on() {
    let world = World::start().await;
    let viewer = json!({ "name": "someone", "role": "viewer" });
    let made = world.operator().post("/v1/keys", viewer).await.expect_status(201).json();
    let secret = made["secret"].as_str().unwrap().to_owned();

    world.operator().get("/v1/keys").await.expect_status(200);
    let is_the_key = |leak: &String| leak.contains("an operator's key");
    assert!(!world.leaks().iter().any(is_the_key), "to tell it once is no leak");

    tracing::info!("signed in as {secret}");
    expect_found(&world.leaks(), "an operator's key", "the log");
}
