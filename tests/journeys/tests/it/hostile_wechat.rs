//! J4: WeChat repeats, reorders, fails in every way it can. Nothing is lost, nothing is done twice,
//! and each fault is shown.

use journeys::{MERCHANT, World};
use serde_json::json;
use simulator::{Expire, Expiring, Fault, How, Message, Push, Signing};

use crate::{
    attention::{attention, of_kind},
    shop::Shop,
};

const REFRESH: &str = "/cgi-bin/component/api_authorizer_token";
const EXCHANGE: &str = "/cgi-bin/component/api_query_auth";
const SUBMIT: &str = "/wxa/submit_audit";

fn pushed(fields: [(&str, &str); 2]) -> Push {
    Push { message: Message::fields(fields), ..Push::default() }
}

fn expire_token(world: &World) {
    world.simulator().expire(Expire::of(Expiring::AuthorizerTokens, MERCHANT)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_comes_by_both_ways_and_is_repeated_counts_once() {
    let world = World::start().await;
    world.begin().await;

    world.authorize_via(MERCHANT, "together").await.expect_status(200);
    world.settle().await;

    assert_eq!(world.calls(EXCHANGE), 1);
    assert_eq!(world.events("merchant.authorized").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_repeated_is_one_event_and_a_forged_one_is_none() {
    let world = World::start().await;
    world.begin().await;
    let events = format!("/v1/components/{}/events?state=done", world.component());
    let push = pushed([("InfoType", "something_of_next_year"), ("Detail", "1")]);
    let push = Push { create_time: Some(world.clock().now().as_second()), ..push };

    let repeated = Push { times: 3, afresh: true, ..push.clone() };
    let deliveries = world.simulator().push(repeated).await.unwrap();
    let forged = Push { signing: Signing::Wrong, ..push };
    let refused = world.simulator().push(forged).await.unwrap();
    world.settle().await;

    assert!(deliveries.iter().all(|delivery| delivery.accepted), "{deliveries:?}");
    assert!(!refused[0].accepted, "{refused:?}");
    let listed = world.operator().get(&events).await.expect_status(200).json();
    assert_eq!(listed["events"].as_array().unwrap().len(), 1, "{listed:#}");
    assert_eq!(listed["events"][0]["name"], "something_of_next_year");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_wechat_answers_instead_of_a_token_is_shown_and_the_next_caller_succeeds() {
    let shop = Shop::open().await;
    let simulator = shop.world.simulator();
    for how in [
        How::Errcode(-1),
        How::Html,
        How::CutJson,
        How::Status(502),
        How::CutConnection,
        How::Timeout,
    ] {
        for acted in [false, true] {
            expire_token(&shop.world);
            simulator.fail(Fault { acted, ..Fault::new(REFRESH, how) });

            let failed = shop.get("server-domains").await;
            assert!(failed.status.is_server_error(), "{how:?} {acted}: {}", failed.text());
            let status = failed.status.as_u16();
            failed.expect_problem(status);

            shop.get("server-domains").await.expect_status(200);
        }
    }
    assert!(attention(&shop.world).await.is_empty(), "all of it passed by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_went_stale_heals_unseen_and_one_that_is_lost_needs_the_merchant() {
    let shop = Shop::open().await;
    let (world, simulator) = (&shop.world, shop.world.simulator());

    expire_token(world);
    simulator.invalidate_refresh_token(MERCHANT).unwrap();
    shop.get("server-domains").await.expect_status(200);

    expire_token(world);
    simulator.invalidate_refresh_token(MERCHANT).unwrap();
    simulator.hide_refresh_token(MERCHANT, true).unwrap();
    let problem = shop.get("server-domains").await.expect_problem(409);
    assert!(problem["authorization_link"].is_string(), "{problem:#}");
    let needed = attention(world).await;
    let needed = of_kind(&needed, "authorization-needed");
    assert_eq!(needed["appids"], json!([MERCHANT]));
    assert_eq!(needed["link"], problem["authorization_link"]);

    simulator.hide_refresh_token(MERCHANT, false).unwrap();
    world.clock().advance(700);
    world.push_ticket().await;
    world.authorize(MERCHANT).await.expect_status(200);
    shop.get("server-domains").await.expect_status(200);
    assert!(attention(world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_used_up_is_not_hammered_is_shown_and_closes_by_itself() {
    let shop = Shop::open().await;
    let world = &shop.world;
    expire_token(world);
    world.simulator().fail(Fault { times: 100, ..Fault::new(REFRESH, How::Errcode(45009)) });
    world.simulator().clear_log();

    shop.get("server-domains").await.expect_problem(502);
    for _ in 0..5 {
        let problem = shop.get("server-domains").await.expect_problem(503);
        assert_eq!(problem["errcode"], 45009, "{problem:#}");
    }
    assert_eq!(world.calls(REFRESH), 1);
    let open = attention(world).await;
    assert_eq!(of_kind(&open, "merchant-quota")["severity"], "critical");

    world.simulator().clear_faults();
    world.clock().advance(301);
    shop.get("server-domains").await.expect_status(200);
    assert!(attention(world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_off_the_whitelist_says_which_one_to_put_on_it() {
    let shop = Shop::open().await;
    let world = &shop.world;
    expire_token(world);
    world.simulator().refuse_address(true);

    shop.get("server-domains").await.expect_problem(502);

    let open = attention(world).await;
    let open = of_kind(&open, "address-refused");
    assert!(open["what_to_do"].as_str().unwrap().contains("127.0.0.1"), "{open:#}");

    world.simulator().refuse_address(false);
    world.later(60).await;
    world.later(60).await;
    shop.get("server-domains").await.expect_status(200);
    assert!(attention(world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_whose_answer_was_lost_is_submitted_once() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    let lost = Fault { acted: true, ..Fault::new(SUBMIT, How::CutConnection) };
    shop.world.simulator().fail(lost);

    shop.post("review", json!({})).await;
    for _ in 0..3 {
        shop.world.later(60).await;
    }

    assert_eq!(shop.review().await["state"], "in-review");
    assert_eq!(shop.world.calls(SUBMIT), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_understands_waits_for_an_operator_and_is_replayed_on_order() {
    let world = World::start().await;
    world.begin().await;
    let operator = world.operator();
    let events = format!("/v1/components/{}/events", world.component());
    let broken = pushed([("InfoType", "authorized"), ("AuthorizerAppid", "no appid at all")]);
    world.simulator().push(broken).await.unwrap();
    world.settle().await;

    let waiting = attention(&world).await;
    assert_eq!(of_kind(&waiting, "dead-events")["count"], 1);
    let dead = operator.get(&events).await.expect_status(200).json();
    let event = &dead["events"][0];
    assert_eq!((&event["name"], &event["state"]), (&json!("authorized"), &json!("dead")));
    assert!(event["last_error"].is_string() && event.get("message").is_none(), "{event:#}");
    let one = format!("{events}/{}", event["id"].as_str().unwrap());
    operator.get(&one).await.expect_status(200);

    let replayed = operator.post(&format!("{one}/replay"), json!({})).await;
    assert_eq!(replayed.expect_status(202).json()["state"], "received");
    world.settle().await;
    assert_eq!(operator.get(&one).await.expect_status(200).json()["state"], "dead");
    let all = operator.post(&format!("{events}/replay"), json!({})).await;
    assert_eq!(all.expect_status(202).json(), json!({ "replayed": 1, "more": false }));
    world.settle().await;

    let nobody = format!("{events}/{}", "0".repeat(64));
    operator.get(&nobody).await.expect_problem(404);
    operator.post(&format!("{nobody}/replay"), json!({})).await.expect_problem(404);
    operator.get(&format!("{events}?cursor=nonsense")).await.expect_problem(400);
    operator.get(&format!("{events}?state=nonsense")).await.expect_problem(400);
}
