//! J7: a merchant withdraws, comes back, and old news of the withdrawal changes nothing.

use journeys::{MERCHANT, World};
use serde_json::Value;
use simulator::{Message, Push, Revoke};

use crate::shop::Shop;

async fn account(world: &World) -> Value {
    world.operator().get(&world.mini_program(MERCHANT)).await.expect_status(200).json()
}

/// WeChat's push that the merchant withdrew at `create_time`.
async fn unauthorized(world: &World, create_time: i64) {
    let fields = [("InfoType", "unauthorized"), ("AuthorizerAppid", MERCHANT)];
    let push = Push {
        message: Message::fields(fields),
        create_time: Some(create_time),
        ..Push::default()
    };
    let delivered = world.simulator().push(push).await.unwrap();
    assert!(delivered[0].accepted, "{delivered:?}");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_leaves_a_tombstone_and_a_new_authorization_keeps_the_history() {
    let shop = Shop::open().await;
    let world = &shop.world;
    shop.commit("1.0.0").await;
    world.clock().advance(3600);
    world.push_ticket().await;

    let revoke = Revoke { appid: MERCHANT.to_owned(), ..Revoke::default() };
    world.simulator().revoke(revoke).await.unwrap();
    world.settle().await;

    let gone = account(world).await;
    assert_eq!(gone["authorized"], false, "{gone:#}");
    assert!(gone["unauthorized_at"].is_string() && gone["name"].is_string(), "{gone:#}");
    assert_eq!(world.events("merchant.unauthorized").len(), 1);
    let problem = shop.get("server-domains").await.expect_problem(409);
    assert!(problem["authorization_link"].is_string(), "{problem:#}");
    let trial = shop.get("trial").await.expect_status(200).json();
    assert_eq!(trial["user_version"], "1.0.0", "what was done stays on record");

    world.clock().advance(3600);
    world.push_ticket().await;
    world.authorize(MERCHANT).await.expect_status(200);

    let back = account(world).await;
    assert_eq!(back["authorized"], true, "{back:#}");
    assert_eq!(back["unauthorized_at"], gone["unauthorized_at"], "the tombstone is remembered");
    assert_eq!(shop.get("trial").await.expect_status(200).json(), trial);
    shop.get("server-domains").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_unauthorized_does_not_undo_a_newer_grant() {
    let shop = Shop::open().await;
    let world = &shop.world;
    world.clock().advance(3600);
    world.push_ticket().await;
    let withdrawn_at = world.clock().now().as_second();
    let silently = Revoke { appid: MERCHANT.to_owned(), silent: true, ..Revoke::default() };
    world.simulator().revoke(silently).await.unwrap();
    world.clock().advance(3600);
    world.push_ticket().await;
    world.authorize(MERCHANT).await.expect_status(200);

    unauthorized(world, withdrawn_at).await;

    assert_eq!(account(world).await["authorized"], true);
    shop.get("server-domains").await.expect_status(200);
    assert!(world.events("merchant.unauthorized").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unauthorized_of_the_same_second_is_settled_by_asking_wechat() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let granted_at: jiff::Timestamp =
        account(world).await["authorized_at"].as_str().unwrap().parse().unwrap();

    unauthorized(world, granted_at.as_second()).await;
    assert_eq!(account(world).await["authorized"], true, "WeChat shows that it stands");

    let silently = Revoke { appid: MERCHANT.to_owned(), silent: true, ..Revoke::default() };
    world.simulator().revoke(silently).await.unwrap();
    // The same second, told in other words, or it would be the push from before.
    let xml = format!(
        "<xml><AppId>{}</AppId><CreateTime>{}</CreateTime><InfoType>unauthorized</InfoType>\
         <AuthorizerAppid>{MERCHANT}</AuthorizerAppid><Again>1</Again></xml>",
        world.component(),
        granted_at.as_second(),
    );
    let push = Push { message: Message::Xml(xml), ..Push::default() };
    world.simulator().push(push).await.unwrap();
    world.settle().await;

    assert_eq!(account(world).await["authorized"], false, "WeChat confirms it");
}
