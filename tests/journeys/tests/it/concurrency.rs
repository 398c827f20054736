//! Many callers at once.

use std::sync::Arc;

use journeys::MERCHANT;
use simulator::{Expire, Expiring};

use crate::shop::Shop;

const REFRESH: &str = "/cgi-bin/component/api_authorizer_token";
const COMPONENT_TOKEN: &str = "/cgi-bin/component/api_component_token";

/// Fifty callers that need the merchant's token; all must succeed.
async fn fifty_callers(shop: &Arc<Shop>) {
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let shop = shop.clone();
            tokio::spawn(async move { shop.get("server-domains").await.expect_status(200) })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_callers_with_a_token_that_wechat_no_longer_takes_cause_one_refresh() {
    let shop = Arc::new(Shop::open().await);
    let simulator = shop.world.simulator();
    simulator.expire(Expire::of(Expiring::AuthorizerTokens, MERCHANT)).unwrap();
    simulator.clear_log();

    fifty_callers(&shop).await;

    assert_eq!(shop.world.calls(REFRESH), 1);
    assert_eq!(shop.world.calls(COMPONENT_TOKEN), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_callers_with_a_token_past_its_time_cause_one_refresh() {
    let shop = Arc::new(Shop::open().await);
    // Both tokens have run out, the component's and the merchant's.
    shop.world.clock().advance(2 * 3600 + 60);
    shop.world.simulator().clear_log();

    fifty_callers(&shop).await;

    assert_eq!(shop.world.calls(REFRESH), 1);
    assert_eq!(shop.world.calls(COMPONENT_TOKEN), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_order_fifty_times_at_once_is_one_order() {
    let shop = Arc::new(Shop::open().await);
    shop.commit("1.0.0").await;
    shop.world.simulator().clear_log();

    let orders: Vec<_> = (0..50)
        .map(|_| {
            let shop = shop.clone();
            tokio::spawn(async move { shop.post("review", serde_json::json!({})).await })
        })
        .collect();
    for order in orders {
        let status = order.await.unwrap().status.as_u16();
        // Taken, or told that the same is under way.
        assert!(matches!(status, 200 | 202 | 409), "{status}");
    }

    assert_eq!(shop.world.calls("/wxa/submit_audit"), 1);
    assert_eq!(shop.review().await["state"], "in-review");
}
