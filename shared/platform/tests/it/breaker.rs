//! When WeChat refuses a component as a whole.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use local::aws::Service;
use platform::{
    breaker::{Cause, Open},
    storage::{Outcome, text},
    tokens::{TokenError, TokenState, Work},
};
use simulator::{Expire, Expiring, Fault, How};

use crate::simulated::{MERCHANT, World};

const COMPONENT_TOKEN: &str = "/cgi-bin/component/api_component_token";
const AUTHORIZER_TOKEN: &str = "/cgi-bin/component/api_authorizer_token";

async fn open(world: &World) -> Vec<Open> {
    world.platform.breakers.open(&world.component).await.unwrap()
}

fn work() -> Work {
    Work::for_the_next(Duration::from_secs(30), 8)
}

/// Three merchants whose tokens have expired; the component's token lives.
async fn with_expired_merchants() -> World {
    let world = World::new().await;
    for place in 0..3 {
        world.authorized(place).await;
    }
    world.clock.advance(Duration::from_secs(3 * 3600));
    world.ticket().await;
    world.platform.tokens.keep_component(&world.component).await.unwrap();
    world.wechat.clear_log();
    world
}

#[tokio::test]
async fn an_address_off_the_whitelist_is_probed_once_an_interval_and_heals_by_itself() {
    let world = with_expired_merchants().await;
    let tokens = &world.platform.tokens;
    world.wechat.refuse_address(true);

    let first = tokens.keep_merchants(&world.component, work()).await.unwrap();
    assert!(first.halted && first.unfinished && first.renewed == 0, "{first:?}");
    let opened = open(&world).await;
    assert_eq!(opened[0].cause, Cause::Address);
    assert_eq!(opened[0].address(), Some("127.0.0.1".parse().unwrap()));
    world.wechat.clear_log();
    for _ in 0..5 {
        let halted = tokens.keep_merchants(&world.component, work()).await.unwrap();
        assert!(halted.halted && halted.renewed == 0);
    }
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 0, "nobody hammers");
    for _ in 0..5 {
        world.clock.advance(Duration::from_secs(60));
        tokens.keep_merchants(&world.component, work()).await.unwrap();
    }
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 5, "one probe a minute");

    world.wechat.refuse_address(false);
    world.clock.advance(Duration::from_secs(60));
    let healed = tokens.keep_merchants(&world.component, work()).await.unwrap();

    assert_eq!((healed.renewed, healed.halted, healed.unfinished), (3, false, false));
    assert!(open(&world).await.is_empty());
}

#[tokio::test]
async fn whoever_asks_while_a_breaker_is_open_is_told_at_once_what_to_do() {
    let world = with_expired_merchants().await;
    let subject = platform::tokens::Subject::merchant(&world.component, &world.merchant(MERCHANT));
    let tokens = &world.platform.tokens;
    world.wechat.refuse_address(true);
    tokens.access_token(&subject).await.unwrap_err();
    world.wechat.clear_log();

    let error = tokens.access_token(&subject).await.unwrap_err();

    let TokenError::Halted(open) = &error else { panic!("{error}") };
    assert!(open.what_to_do().en.contains("127.0.0.1"), "{error}");
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 0);
}

#[tokio::test]
async fn a_token_that_lives_is_given_out_whatever_is_open() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    let other = world.authorized(1).await;
    let tokens = &world.platform.tokens;
    tokens.access_token(&subject).await.unwrap();
    let used = tokens.read(&other).await.unwrap().unwrap();
    tokens.invalidate(&other, used.version).await.unwrap();
    world.wechat.refuse_address(true);
    tokens.access_token(&other).await.unwrap_err();
    assert_eq!(open(&world).await.len(), 1);

    let before = world.aws.calls(Service::DynamoDb);
    tokens.access_token(&subject).await.unwrap();

    assert_eq!(world.aws.calls(Service::DynamoDb) - before, 1, "nobody looks at the breaker");
}

#[tokio::test]
async fn a_quota_that_is_used_up_halts_what_it_is_for_and_nothing_else() {
    let world = with_expired_merchants().await;
    let tokens = &world.platform.tokens;
    world.wechat.fail(Fault { times: 2, ..Fault::new(AUTHORIZER_TOKEN, How::Errcode(45009)) });

    let halted = tokens.keep_merchants(&world.component, work()).await.unwrap();
    assert!(halted.halted, "{halted:?}");
    let causes: Vec<Cause> = open(&world).await.into_iter().map(|open| open.cause).collect();
    assert_eq!(causes, [Cause::MerchantQuota]);
    let used = tokens.read(&world.itself()).await.unwrap().unwrap();
    tokens.invalidate(&world.itself(), used.version).await.unwrap();
    tokens.access_token(&world.itself()).await.expect("the component's own token is another call");
}

#[tokio::test]
async fn a_ticket_that_has_expired_halts_the_component_until_a_new_one_is_there() {
    let world = with_expired_merchants().await;
    let tokens = &world.platform.tokens;
    world.wechat.expire(Expire::new(Expiring::Tickets)).unwrap();
    let used = tokens.read(&world.itself()).await.unwrap().unwrap();
    tokens.invalidate(&world.itself(), used.version).await.unwrap();

    for _ in 0..4 {
        tokens.keep_component(&world.component).await.unwrap_err();
        assert!(tokens.keep_merchants(&world.component, work()).await.unwrap().halted);
    }
    let asked = world.wechat.count(COMPONENT_TOKEN);
    assert!(asked <= 2, "the newest ticket and the one before, once each: {asked}");

    world.clock.advance(Duration::from_secs(60));
    world.ticket().await;
    tokens.keep_component(&world.component).await.unwrap();
    let healed = tokens.keep_merchants(&world.component, work()).await.unwrap();

    assert_eq!(healed.renewed, 3, "{healed:?}");
    assert!(open(&world).await.is_empty());
}

#[tokio::test]
async fn a_merchant_whose_component_has_no_token_does_not_use_up_the_probe() {
    let world = with_expired_merchants().await;
    let subject = platform::tokens::Subject::merchant(&world.component, &world.merchant(MERCHANT));
    let tokens = &world.platform.tokens;
    world.wechat.refuse_address(true);
    tokens.access_token(&subject).await.unwrap_err();
    let used = tokens.read(&world.itself()).await.unwrap().unwrap();
    tokens.invalidate(&world.itself(), used.version).await.unwrap();

    world.wechat.refuse_address(false);
    world.clock.advance(Duration::from_secs(60));
    tokens.access_token(&subject).await.expect("the component's token is renewed first");

    assert!(open(&world).await.is_empty());
}

#[tokio::test]
async fn a_merchant_whom_wechat_refuses_for_itself_keeps_no_breaker_open() {
    let world = with_expired_merchants().await;
    let tokens = &world.platform.tokens;
    world.wechat.fail(Fault { times: 1, ..Fault::new(AUTHORIZER_TOKEN, How::Errcode(45009)) });
    let work_one_by_one = || Work::for_the_next(Duration::from_secs(30), 1);
    assert!(tokens.keep_merchants(&world.component, work_one_by_one()).await.unwrap().halted);
    world.wechat.fail(Fault { times: 2, ..Fault::new(AUTHORIZER_TOKEN, How::Errcode(40013)) });

    world.clock.advance(Duration::from_secs(301));
    let probed = tokens.keep_merchants(&world.component, work()).await.unwrap();

    assert_eq!((probed.renewed, probed.failed, probed.halted), (1, 2, false), "{probed:?}");
    assert!(open(&world).await.is_empty());
}

#[tokio::test]
async fn a_breaker_is_probed_although_no_token_is_due() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    let tokens = &world.platform.tokens;
    let used = tokens.access_token(&subject).await.unwrap();
    tokens.invalidate(&subject, used.version).await.unwrap();
    world.wechat.refuse_address(true);
    tokens.access_token(&subject).await.unwrap_err();
    tokens.keep_component(&world.component).await.expect("its token lives; no probe is due yet");

    world.wechat.refuse_address(false);
    world.clock.advance(Duration::from_secs(60));
    tokens.keep_component(&world.component).await.unwrap();

    assert!(open(&world).await.is_empty());
}

#[tokio::test]
async fn one_merchants_refresh_token_opens_nothing() {
    let world = with_expired_merchants().await;
    let tokens = &world.platform.tokens;
    let appid = world.merchant(MERCHANT);
    world.wechat.invalidate_refresh_token(appid.as_str()).unwrap();
    world.wechat.hide_refresh_token(appid.as_str(), true).unwrap();

    let progress = tokens.keep_merchants(&world.component, work()).await.unwrap();

    assert_eq!((progress.renewed, progress.failed, progress.halted), (2, 1, false));
    assert!(open(&world).await.is_empty());
    let subject = platform::tokens::Subject::merchant(&world.component, &appid);
    let item = tokens.read(&subject).await.unwrap().unwrap();
    assert_eq!(item.state, TokenState::NeedsAuthorization);
    assert!(item.lease_owner.is_none(), "a lease that stays would keep reconciliation away");
    let need = platform::attention::Need::Authorization;
    let (marks, more) = world.platform.attention.list(&world.component, need, 10).await.unwrap();
    assert_eq!((marks[0].appid.clone(), marks.len(), more), (appid, 1, false));
}

#[tokio::test]
async fn a_cause_that_only_a_later_version_knows_stops_nobody() {
    let world = with_expired_merchants().await;
    let refused = wechat::ApiError {
        path: AUTHORIZER_TOKEN,
        errcode: 61004,
        errmsg: "requestIP: 203.0.113.7".to_owned(),
        rid: None,
    };
    let breakers = &world.platform.breakers;
    breakers.trip(&world.component, Cause::Address, &refused).await.unwrap();
    // The row of a later version, made of one of ours.
    let key = format!("breakers#{}", world.component);
    let table = &world.platform.tables.fleet;
    let read = table.update(&key, "address").return_values(ReturnValue::AllNew);
    let Outcome::Written(Some(mut row)) = table.apply(read).await.unwrap() else {
        panic!("there is no row");
    };
    row.insert("sk".to_owned(), text("solar-flare"));
    table.create(row).await.unwrap();
    table.delete(&key, "address").await.unwrap();

    let kept = world.platform.tokens.keep_merchants(&world.component, work()).await.unwrap();

    assert_eq!((kept.renewed, kept.halted), (3, false));
    assert!(open(&world).await.is_empty());
}
