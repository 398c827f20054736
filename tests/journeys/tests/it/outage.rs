//! J5: what the system lives on goes away. While it is away whatever lives goes on living; when it
//! is back, two ticks are enough.

use journeys::{MERCHANT, World};
use local::aws::{Fault as AwsFault, Service};
use simulator::{Authorize, Expire, Expiring, Fault, How, Via};

use crate::{
    attention::{attention, of_kind},
    shop::Shop,
};

const ASK_FOR_TICKET: &str = "/cgi-bin/component/api_start_push_ticket";

/// WeChat pushes no ticket, not even when it is asked to.
fn no_more_tickets(world: &World) {
    world.simulator().fail(Fault { times: 10_000, ..Fault::new(ASK_FOR_TICKET, How::Errcode(-1)) });
}

/// Lets `minutes` pass with a tick in every tenth. Steps may fail.
async fn minutes(world: &World, minutes: i64) {
    for passed in (0..minutes).step_by(10) {
        world.clock().advance(60 * (minutes - passed).min(10));
        world.system().tick().await;
    }
}

async fn two_ticks(world: &World) {
    for _ in 0..2 {
        world.clock().advance(60);
        world.system().tick().await;
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_eleven_hours_and_fifty_nine_minutes_is_enough() {
    let shop = Shop::open().await;
    no_more_tickets(&shop.world);

    minutes(&shop.world, 11 * 60 + 58).await;

    shop.get("server-domains").await.expect_status(200);
    let old = attention(&shop.world).await;
    assert_eq!(of_kind(&old, "ticket-old")["severity"], "critical");
    shop.world.push_ticket().await;
    two_ticks(&shop.world).await;
    assert!(attention(&shop.world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_ticket_for_twelve_hours_it_is_said_what_to_do_and_the_next_ticket_heals() {
    let shop = Shop::open().await;
    let world = &shop.world;
    no_more_tickets(world);

    minutes(world, 12 * 60 + 1).await;
    // The last component token outlives its ticket by two hours at most.
    minutes(world, 2 * 60).await;
    world.simulator().expire(Expire::of(Expiring::AuthorizerTokens, MERCHANT)).unwrap();
    shop.get("server-domains").await.expect_problem(503);
    let open = attention(world).await;
    assert_eq!(of_kind(&open, "ticket-old")["severity"], "critical");
    assert_eq!(of_kind(&open, "ticket-refused")["severity"], "critical");

    world.simulator().clear_faults();
    world.push_ticket().await;
    two_ticks(world).await;

    shop.get("server-domains").await.expect_status(200);
    assert!(attention(world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_minutes_without_the_tables_lose_no_push_and_no_token() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let newcomer = journeys::UNFILED_MERCHANT;
    let authorize = Authorize { via: Via::PushOnly, ..Authorize::new(newcomer) };

    world.aws().inject(Service::DynamoDb, AwsFault::Throttled);
    let authorized = world.simulator().authorize(authorize).await.unwrap();
    let ticket = world.simulator().push_ticket().await.unwrap();
    assert!(authorized.push.unwrap().accepted && ticket.delivery.accepted, "both were kept");
    shop.get("server-domains").await.expect_problem(503);
    world.clock().advance(300);
    let summary = world.system().tick().await;
    assert!(!summary.failed.is_empty(), "it is said that it failed");
    world.clock().advance(300);

    world.aws().restore(Service::DynamoDb);
    two_ticks(world).await;

    let account = world.operator().get(&world.mini_program(newcomer)).await.expect_status(200);
    assert_eq!(account.json()["authorized"], true);
    shop.get("server-domains").await.expect_status(200);
    assert!(attention(world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_who_comes_while_no_tick_does_is_taken_in_by_the_event() {
    let world = World::start().await;
    world.begin().await;
    // The component's token ends, and nothing but the event can need another.
    world.clock().advance(3 * 60 * 60);
    let authorize = Authorize { via: Via::PushOnly, ..Authorize::new(MERCHANT) };

    world.simulator().authorize(authorize).await.unwrap();
    world.settle().await;

    let account =
        world.operator().get(&world.mini_program(MERCHANT)).await.expect_status(200).json();
    assert_eq!(account["authorized"], true);
    assert_eq!(world.calls("/cgi-bin/component/api_component_token"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_nobody_told_us_of_is_found_by_an_ordered_reconciliation() {
    let world = World::start().await;
    world.begin().await;
    let authorize = Authorize { via: Via::Nothing, ..Authorize::new(MERCHANT) };
    world.simulator().authorize(authorize).await.unwrap();
    let path = format!("/v1/components/{}/reconciliations", world.component());
    let operator = world.operator();

    let ordered = operator.post(&path, serde_json::json!({})).await.expect_status(202);
    let location = ordered.header("location").to_owned();
    assert_eq!(ordered.json()["state"], "running");
    world.later(60).await;

    let report = operator.get(&location).await.expect_status(200).json();
    assert_eq!(report["state"], "done", "{report:#}");
    assert_eq!(report["changes"][0]["appid"], MERCHANT);
    assert_eq!(report["changes"][0]["what"], "taken-in");
    let account = operator.get(&world.mini_program(MERCHANT)).await.expect_status(200).json();
    assert_eq!(account["authorized"], true);
    let listed = operator.get(&path).await.expect_status(200).json();
    assert_eq!(listed["reconciliations"].as_array().unwrap().len(), 1);
    operator.get(&format!("{path}/nonsense")).await.expect_problem(404);
    operator.get(&format!("{path}?cursor=nonsense")).await.expect_problem(400);
}
