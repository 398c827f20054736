//! Releases to a part of the users, and what they stand in the way of.

use serde_json::{Value, json};
use simulator::Verdict;

use crate::support::{BOOKS, NOODLES, Shop, code};

async fn gray(shop: &Shop, body: Value) -> i64 {
    code(&shop.post("grayrelease", body).await)
}

async fn percent(shop: &Shop, percentage: i64) -> i64 {
    gray(shop, json!({ "gray_percentage": percentage })).await
}

async fn plan(shop: &Shop) -> Value {
    shop.get("getgrayreleaseplan").await["gray_release_plan"].clone()
}

async fn online(shop: &Shop) -> Value {
    shop.post("getversioninfo", json!({})).await["release_info"]["release_version"].clone()
}

/// A mini program with 1.0 online, 2.0 approved.
async fn approved() -> Shop {
    let shop = Shop::new(NOODLES).await;
    shop.live("1.0").await;
    shop.committed("2.0").await;
    shop.submit().await;
    shop.world.simulator.approve(Verdict::on(NOODLES)).await.unwrap();
    shop
}

#[tokio::test]
async fn a_gray_release_needs_a_version_online_and_another_one_approved() {
    let bare = Shop::new(BOOKS).await;
    assert_eq!(percent(&bare, 10).await, 86002);
    let shop = Shop::new(NOODLES).await;
    assert_eq!(percent(&shop, 10).await, 85079);
    assert_eq!(plan(&shop).await["status"], 0);
    shop.live("1.0").await;
    assert_eq!(percent(&shop, 10).await, 85080, "1.0 is released already");
    shop.committed("2.0").await;
    shop.submit().await;
    assert_eq!(percent(&shop, 10).await, 85080);
}

#[tokio::test]
async fn the_part_grows_from_call_to_call() {
    let shop = approved().await;
    for (body, expected) in [
        (json!({ "gray_percentage": 101 }), 85081),
        (json!({ "gray_percentage": 0 }), 85081),
        (json!({ "gray_percentage": 0, "support_debuger_first": true }), 0),
        (json!({ "gray_percentage": 10, "support_debugger_first": true }), 47001),
        (json!({ "gray_percentage": 10, "support_experiencer_first": true }), 0),
        (json!({ "gray_percentage": 10 }), 85082),
        (json!({ "gray_percentage": 5 }), 85082),
        (json!({ "gray_percentage": 11 }), 0),
    ] {
        assert_eq!(gray(&shop, body.clone()).await, expected, "{body}");
    }
    let plan = plan(&shop).await;
    assert_eq!((&plan["status"], &plan["gray_percentage"]), (&json!(1), &json!(11)));
    assert_eq!(online(&shop).await, "1.0");
}

#[tokio::test]
async fn nothing_is_rolled_back_while_it_runs() {
    let shop = Shop::new(NOODLES).await;
    shop.live("0.9").await;
    shop.live("1.0").await;
    shop.committed("2.0").await;
    shop.submit().await;
    shop.world.simulator.approve(Verdict::on(NOODLES)).await.unwrap();
    percent(&shop, 10).await;

    assert_eq!(code(&shop.get("revertcoderelease").await), 87011);
    assert_eq!(code(&shop.get("revertgrayrelease").await), 0);
    assert_eq!(plan(&shop).await["status"], 4);
    assert_eq!(code(&shop.get("revertcoderelease").await), 0);
    assert_eq!(online(&shop).await, "0.9");
}

#[tokio::test]
async fn a_full_release_ends_it_and_so_does_a_hundred_of_a_hundred() {
    let shop = approved().await;
    percent(&shop, 10).await;
    assert_eq!(code(&shop.post("release", json!({})).await), 0);
    assert_eq!(plan(&shop).await["status"], 3);
    assert_eq!(online(&shop).await, "2.0");

    let shop = approved().await;
    assert_eq!(percent(&shop, 100).await, 0);
    assert_eq!(plan(&shop).await["status"], 3);
    assert_eq!(online(&shop).await, "2.0");
    assert_eq!(code(&shop.post("release", json!({})).await), 85052);
}

#[tokio::test]
async fn a_commit_does_not_disturb_the_part_that_has_the_version() {
    let shop = approved().await;
    percent(&shop, 10).await;
    shop.commit("3.0").await;

    assert_eq!(percent(&shop, 20).await, 0);
    assert_eq!(code(&shop.post("release", json!({})).await), 85020);
}
