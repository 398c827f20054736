//! What an operator is told to look at.

use journeys::{MERCHANT, World};
use serde_json::{Value, json};
use simulator::{Authorize, Revoke, Verdict};

use crate::shop::Shop;

/// Everything that needs a person now, in English.
pub(crate) async fn attention(world: &World) -> Vec<Value> {
    let english = [("accept-language", "en")];
    let answer = world.operator().send("GET", "/v1/attention", &english, None).await;
    answer.expect_status(200).json()["items"].as_array().unwrap().clone()
}

/// The one thing of this kind that needs a person.
#[track_caller]
pub(crate) fn of_kind<'a>(items: &'a [Value], kind: &str) -> &'a Value {
    let found = items.iter().find(|item| item["kind"] == kind);
    let item = found.unwrap_or_else(|| panic!("no {kind} in {items:#?}"));
    for words in ["text", "what_to_do"] {
        assert!(item[words].as_str().is_some_and(|words| words.ends_with('.')), "{item:#}");
    }
    item
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_without_a_ticket_says_so_and_one_in_order_says_nothing() {
    let world = World::start().await;
    let missing = attention(&world).await;
    assert_eq!(of_kind(&missing, "ticket-missing")["severity"], "critical");

    world.begin().await;

    assert!(attention(&world).await.is_empty());
    world.stranger().get("/v1/attention").await.expect_problem(401);
    world.operator().send("POST", "/v1/attention", &[], None).await.expect_problem(405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_review_needs_a_person_until_other_code_is_there() {
    let shop = Shop::open().await;
    let world = &shop.world;
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    assert!(attention(world).await.is_empty());

    let reason = "首页无法打开".to_owned();
    world.simulator().reject(Verdict { reason, ..Verdict::on(MERCHANT) }).await.unwrap();
    world.settle().await;

    let items = attention(world).await;
    let rejected = of_kind(&items, "review-rejected");
    assert_eq!(rejected["appids"], json!([MERCHANT]), "{rejected:#}");
    assert_eq!(rejected["requests"][0], "GET …/review");
    shop.commit("1.0.1").await;
    assert!(attention(world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_could_not_be_submitted_needs_a_person() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    let refuse = simulator::Fault::new("/wxa/submit_audit", simulator::How::Errcode(86002));
    shop.world.simulator().fail(refuse);
    shop.post("review", json!({})).await.expect_problem(422);

    let items = attention(&shop.world).await;
    assert_eq!(of_kind(&items, "review-failed")["appids"], json!([MERCHANT]));
    shop.submit(json!({})).await;
    assert!(attention(&shop.world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_who_grants_too_little_needs_a_person_and_one_who_left_needs_none() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let fewer = Authorize { permission_sets: Some(vec![17, 30]), ..Authorize::new(MERCHANT) };
    world.clock().advance(60);
    world.simulator().update_authorization(fewer).await.unwrap();
    world.settle().await;

    let items = attention(world).await;
    let missing = of_kind(&items, "permission-missing");
    assert_eq!(missing["appids"], json!([MERCHANT]), "{missing:#}");
    assert!(missing["link"].as_str().unwrap().contains("/authorize/"), "{missing:#}");

    world.clock().advance(60);
    world.simulator().update_authorization(Authorize::new(MERCHANT)).await.unwrap();
    world.settle().await;
    assert!(attention(world).await.is_empty());

    let fewer = Authorize { permission_sets: Some(vec![17]), ..Authorize::new(MERCHANT) };
    world.clock().advance(60);
    world.simulator().update_authorization(fewer).await.unwrap();
    world.settle().await;
    assert_eq!(attention(world).await.len(), 1);
    world.clock().advance(3600);
    world.push_ticket().await;
    let revoke = Revoke { appid: MERCHANT.to_owned(), ..Revoke::default() };
    world.simulator().revoke(revoke).await.unwrap();
    world.settle().await;
    assert!(attention(world).await.is_empty(), "who left on purpose is news, and no task");
}
