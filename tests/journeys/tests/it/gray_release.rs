//! A version that goes to a part of the users first, with the quotas that it costs.

use serde_json::{Value, json};

use crate::shop::Shop;

/// How one thing stands in its shortest period.
async fn used(shop: &Shop, counted: &str) -> Value {
    let quotas = shop.get("quotas").await.expect_status(200).json();
    let mut all = quotas["quotas"].as_array().unwrap().iter();
    all.find(|quota| quota["counted"] == counted).unwrap()["used"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_goes_to_some_then_to_nobody_then_to_more_and_then_to_all() {
    let shop = Shop::open().await;
    let world = &shop.world;
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    shop.approve().await;
    shop.release().await;
    shop.commit("1.1.0").await;
    shop.submit(json!({})).await;

    // Withdrawn once, submitted again and hurried.
    world.operator().delete(&shop.path("review")).await.expect_status(200);
    assert_eq!(used(&shop, "withdrawals").await, 1);
    shop.submit(json!({})).await;
    let hurried = shop.post("review/speed-up", json!({})).await;
    hurried.expect_status(200);
    shop.approve().await;

    // A tenth of the users, taken back, a half.
    let order = json!({ "percentage": 10, "testers_first": true });
    let some = shop.put("gray-release", order).await.expect_status(200).json();
    assert_eq!(some["gray"]["percentage"], 10, "{some:#}");
    assert_eq!(some["online"]["user_version"], "1.0.0");
    let plan = shop.get("gray-release").await.expect_status(200).json();
    assert_eq!((&plan["state"], &plan["testers_first"]), (&json!("running"), &json!(true)));
    shop.put("trial", shop.trial("1.2.0")).await.expect_problem(409);
    let versions = shop.get("versions").await.expect_status(200).json();
    let history = versions["history"].as_array().unwrap();
    let earlier = history.first().map_or(json!(1), |version| version["app_version"].clone());
    shop.post("rollback", json!({ "app_version": earlier })).await.expect_problem(409);

    let none = world.operator().delete(&shop.path("gray-release")).await.expect_status(200).json();
    assert_eq!(none["gray"], Value::Null);
    let half = json!({ "percentage": 50 });
    shop.put("gray-release", half).await.expect_status(200);
    shop.put("gray-release", json!({ "percentage": 20 })).await.expect_problem(409);
    shop.put("gray-release", json!({ "percentage": 101, "who": 1 })).await.expect_problem(422);

    // Everybody.
    let all = shop.release().await;
    assert_eq!((&all["gray"], &all["online"]["user_version"]), (&Value::Null, &json!("1.1.0")));
    let plan = shop.get("gray-release").await.expect_status(200).json();
    assert_eq!(plan["state"], "done");

    let kinds: Vec<String> =
        world.event_kinds().into_iter().filter(|kind| kind.starts_with("release.gray")).collect();
    assert_eq!(kinds, ["release.gray", "release.gray-reverted", "release.gray"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_withdrawal_of_a_day_is_refused_before_wechat_is_asked() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    for _ in 0..5 {
        shop.submit(json!({})).await;
        shop.world.operator().delete(&shop.path("review")).await.expect_status(200);
    }
    shop.submit(json!({})).await;

    let sixth = shop.world.operator().delete(&shop.path("review")).await.expect_problem(429);

    assert!(sixth["renews_at"].is_string(), "{sixth:#}");
    assert_eq!(shop.review().await["state"], "in-review");
    assert_eq!(shop.world.simulator().count("/wxa/undocodeaudit"), 5);
}
