use std::time::Duration;

use bytes::Bytes;
use local::aws::{Fault as AwsFault, Service};
use platform::{
    storage::{Table, text},
    tokens::{Subject, TokenError, TokenItem, TokenState, Work},
};
use secrecy::ExposeSecret;
use simulator::{
    Expire, Expiring, Fault, How, Options, RefreshTokens, ReplacedTokens, TokenBehaviour,
};
use wechat::{
    endpoint::GetCategory,
    transport::{HttpTransport, Sending, Transport},
};

use crate::simulated::{MERCHANT, World};

const COMPONENT_TOKEN: &str = "/cgi-bin/component/api_component_token";
const AUTHORIZER_TOKEN: &str = "/cgi-bin/component/api_authorizer_token";
const INFO: &str = "/cgi-bin/component/api_get_authorizer_info";

/// Every reading of what the documentation leaves open.
fn behaviours() -> impl Iterator<Item = TokenBehaviour> {
    let replaced = [ReplacedTokens::DieAtOnce, ReplacedTokens::LiveFiveMinutes];
    let refresh = [RefreshTokens::Constant, RefreshTokens::Rotate, RefreshTokens::RotateWithGrace];
    replaced.into_iter().flat_map(move |replaced_tokens| {
        refresh.map(|refresh_tokens| TokenBehaviour { replaced_tokens, refresh_tokens })
    })
}

async fn world(token_behaviour: TokenBehaviour) -> World {
    World::with(Options { token_behaviour, ..Options::default() }).await
}

#[tokio::test]
async fn a_component_token_is_asked_for_once_and_kept() {
    let world = World::new().await;
    let tokens = &world.platform.tokens;

    let first = tokens.access_token(&world.itself()).await.unwrap();
    let second = tokens.access_token(&world.itself()).await.unwrap();

    assert_eq!(first.secret.expose_secret(), second.secret.expose_secret());
    assert_eq!(world.wechat.count(COMPONENT_TOKEN), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_callers_with_an_expired_token_cause_one_refresh_and_all_succeed() {
    for behaviour in behaviours() {
        let world = world(behaviour).await;
        let subject = world.authorized(MERCHANT).await;
        world.clock.advance(Duration::from_secs(7201));
        let processes = [world.another_process().await, world.another_process().await];
        world.wechat.clear_log();

        let callers = (0..50).map(|caller| {
            let caller_of = processes[caller % 2].caller.clone();
            let (component, appid) = (world.component.clone(), subject.appid().clone());
            tokio::spawn(
                async move { caller_of.merchant(&component, &appid, &GetCategory {}).await },
            )
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap().unwrap();
        }

        assert_eq!(world.wechat.count(COMPONENT_TOKEN), 1, "{behaviour:?}");
        assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 1, "{behaviour:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_survives_a_month_of_refreshes_however_wechat_treats_it() {
    for behaviour in behaviours() {
        let world = world(behaviour).await;
        let subject = world.authorized(MERCHANT).await;
        for _ in 0..30 {
            world.clock.advance(Duration::from_secs(7300));
            world.ticket().await;
            world.platform.tokens.access_token(&subject).await.unwrap();
        }
        world
            .platform
            .caller
            .merchant(&world.component, subject.appid(), &GetCategory {})
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_token_that_wechat_refuses_is_renewed_once_and_the_call_repeated_once() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    world.wechat.expire(Expire::of(Expiring::AuthorizerTokens, subject.appid().as_str())).unwrap();
    world.wechat.clear_log();

    let caller = &world.platform.caller;
    caller.merchant(&world.component, subject.appid(), &GetCategory {}).await.unwrap();

    assert_eq!(world.wechat.count("/wxa/get_category"), 2);
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 1);
}

#[tokio::test]
async fn a_token_that_wechat_goes_on_refusing_is_an_error_and_no_endless_loop() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    world.wechat.fail(Fault { times: 9, ..Fault::new("/wxa/get_category", How::Errcode(40001)) });
    world.wechat.clear_log();

    let caller = &world.platform.caller;
    let answer = caller.merchant(&world.component, subject.appid(), &GetCategory {}).await;

    assert_eq!(answer.unwrap_err().errcode(), Some(40001));
    assert_eq!(world.wechat.count("/wxa/get_category"), 2);
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 1);
}

#[tokio::test]
async fn a_report_of_an_old_version_leaves_the_newer_token_alone() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    let tokens = &world.platform.tokens;
    let old = tokens.access_token(&subject).await.unwrap();
    world.clock.advance(Duration::from_secs(7201));
    let new = tokens.access_token(&subject).await.unwrap();
    world.wechat.clear_log();

    tokens.invalidate(&subject, old.version).await.unwrap();

    let same = tokens.access_token(&subject).await.unwrap();
    assert_eq!(same.version, new.version);
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 0);
}

#[tokio::test]
async fn a_write_whose_acknowledgement_was_lost_counts() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    world.clock.advance(Duration::from_secs(7201));
    world.platform.tokens.access_token(&world.itself()).await.unwrap();
    world.wechat.clear_log();

    // Every write is applied and its answer lost, once: the SDK repeats it and is refused.
    world.aws.inject_next(Service::DynamoDb, 1, AwsFault::LostAnswer);
    let token = world.platform.tokens.access_token(&subject).await.unwrap();

    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 1);
    let stored = world.platform.tokens.access_token(&subject).await.unwrap();
    assert_eq!(stored.secret.expose_secret(), token.secret.expose_secret());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_comes_during_a_refresh_wins_over_it() {
    let world = world(TokenBehaviour {
        refresh_tokens: RefreshTokens::Rotate,
        ..TokenBehaviour::default()
    })
    .await;
    let subject = world.authorized(MERCHANT).await;
    world.clock.advance(Duration::from_secs(7201));
    world.platform.tokens.access_token(&world.itself()).await.unwrap();

    // The refresh is at WeChat, and its answer takes a while.
    world.wechat.fail(Fault::new(AUTHORIZER_TOKEN, How::Slow(1500)));
    let (tokens, during) = (world.platform.tokens.clone(), subject.clone());
    let refresh = tokio::spawn(async move { tokens.access_token(&during).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.clock.advance(Duration::from_secs(2));
    world.authorized(MERCHANT).await;

    // Whatever became of the refresh, the grant's tokens are in force and work.
    drop(refresh.await.unwrap());
    let caller = &world.platform.caller;
    caller.merchant(&world.component, subject.appid(), &GetCategory {}).await.unwrap();
    world.clock.advance(Duration::from_secs(7201));
    world.platform.tokens.access_token(&subject).await.unwrap();
}

#[tokio::test]
async fn the_lease_of_a_dead_process_is_taken_over() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    world.clock.advance(Duration::from_secs(7201));
    world.platform.tokens.access_token(&world.itself()).await.unwrap();

    // A process takes the lease and dies while it calls WeChat.
    world.wechat.fail(Fault::new(AUTHORIZER_TOKEN, How::Timeout));
    let (tokens, dying) = (world.platform.tokens.clone(), subject.clone());
    let process = tokio::spawn(async move { tokens.access_token(&dying).await });
    tokio::time::sleep(Duration::from_millis(400)).await;
    process.abort();

    // Later than any clock can be apart, the lease is nobody's.
    world.clock.advance(Duration::from_secs(11 * 60));
    world.platform.tokens.access_token(&subject).await.unwrap();
}

#[tokio::test]
async fn a_refresh_token_that_is_stale_on_our_side_is_healed_from_what_wechat_shows() {
    for info_carries_refresh_token in [true, false] {
        let world = World::with(Options { info_carries_refresh_token, ..Options::default() }).await;
        let subject = world.authorized(MERCHANT).await;
        // The merchant authorizes again and nobody tells us: our refresh token is dead.
        world.authorization_code(subject.appid()).await;
        world.clock.advance(Duration::from_secs(7201));

        world.platform.tokens.access_token(&subject).await.unwrap();

        let caller = &world.platform.caller;
        caller.merchant(&world.component, subject.appid(), &GetCategory {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_refresh_token_that_is_lost_needs_the_merchant_and_nobody_asks_wechat_again() {
    let world =
        World::with(Options { info_carries_refresh_token: false, ..Options::default() }).await;
    let subject = world.authorized(MERCHANT).await;
    world.wechat.invalidate_refresh_token(subject.appid().as_str()).unwrap();
    world.wechat.hide_refresh_token(subject.appid().as_str(), true).unwrap();
    world.clock.advance(Duration::from_secs(7201));

    let error = world.platform.tokens.access_token(&subject).await.unwrap_err();
    assert!(matches!(error, TokenError::NeedsAuthorization(_)), "{error}");

    world.wechat.clear_log();
    let error = world.platform.tokens.access_token(&subject).await.unwrap_err();
    assert!(matches!(error, TokenError::NeedsAuthorization(_)), "{error}");
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 0);

    // Authorizing again mends it.
    world.clock.advance(Duration::from_secs(60));
    world.wechat.hide_refresh_token(subject.appid().as_str(), false).unwrap();
    world.authorized(MERCHANT).await;
    world.platform.tokens.access_token(&subject).await.unwrap();
}

#[tokio::test]
async fn a_merchant_that_never_authorized_says_so_and_wechat_is_not_asked() {
    let world = World::new().await;
    let subject = Subject::merchant(&world.component, &world.merchant(2));

    let error = world.platform.tokens.access_token(&subject).await.unwrap_err();

    assert!(matches!(error, TokenError::NotAuthorized(_)), "{error}");
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 0);
}

#[tokio::test]
async fn the_ticket_before_is_tried_when_wechat_refuses_the_newest() {
    let world = World::new().await;
    let later = world.now() + 1;
    world.platform.tickets.keep(&world.component, "ticket@@@of-a-test", later).await.unwrap();

    world.platform.tokens.access_token(&world.itself()).await.unwrap();

    assert_eq!(world.wechat.count(COMPONENT_TOKEN), 2);
}

#[tokio::test]
async fn a_whole_cycle_of_ticks_keeps_every_token_alive_and_renews_each_once() {
    let world = World::new().await;
    let subjects =
        [world.authorized(0).await, world.authorized(1).await, world.authorized(2).await];
    let work = || Work::for_the_next(Duration::from_secs(30), 8);
    let tokens = &world.platform.tokens;
    tokens.keep_component(&world.component).await.unwrap();
    tokens.keep_merchants(&world.component, work()).await.unwrap();
    world.wechat.clear_log();

    let mut renewed = 0;
    for _ in 0..85 {
        world.clock.advance(Duration::from_secs(60));
        world.ticket().await;
        tokens.keep_component(&world.component).await.unwrap();
        renewed += tokens.keep_merchants(&world.component, work()).await.unwrap().renewed;
        for subject in &subjects {
            let item = tokens.read(subject).await.unwrap().unwrap();
            assert_eq!(item.state, TokenState::Active);
            let left = item.access_expires_at - world.now();
            assert!(left >= 20 * 60, "{subject} has {left} s left");
        }
    }

    assert_eq!(renewed, subjects.len());
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), subjects.len() as u64);
}

#[tokio::test]
async fn ticks_that_were_missed_are_made_up_for() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    let tokens = &world.platform.tokens;
    let work = || Work::for_the_next(Duration::from_secs(30), 8);
    tokens.keep_merchants(&world.component, work()).await.unwrap();

    world.clock.advance(Duration::from_secs(3 * 3600));
    world.ticket().await;
    tokens.keep_component(&world.component).await.unwrap();
    let progress = tokens.keep_merchants(&world.component, work()).await.unwrap();

    assert_eq!(progress.renewed, 1);
    assert_eq!(tokens.read(&subject).await.unwrap().unwrap().state, TokenState::Active);
}

#[tokio::test]
async fn a_tick_without_time_does_nothing_and_the_next_one_goes_on() {
    let world = World::new().await;
    world.authorized(MERCHANT).await;
    let tokens = &world.platform.tokens;
    world.clock.advance(Duration::from_secs(7201));

    let late = tokens
        .keep_merchants(&world.component, Work::for_the_next(Duration::ZERO, 8))
        .await
        .unwrap();
    assert!(late.unfinished && late.renewed == 0);

    let next = tokens
        .keep_merchants(&world.component, Work::for_the_next(Duration::from_secs(30), 8))
        .await
        .unwrap();
    assert!(!next.unfinished && next.renewed == 1);
}

#[tokio::test]
async fn a_merchant_who_could_not_be_renewed_is_visited_again_in_the_next_tick() {
    let world = World::new().await;
    let subjects = [world.authorized(0).await, world.authorized(1).await];
    let tokens = &world.platform.tokens;
    let work = || Work::for_the_next(Duration::from_secs(30), 8);
    tokens.keep_merchants(&world.component, work()).await.unwrap();
    world.clock.advance(Duration::from_secs(3 * 3600));
    world.ticket().await;
    world.wechat.fail(Fault {
        appid: Some(subjects[0].appid().to_string()),
        ..Fault::new(AUTHORIZER_TOKEN, How::Errcode(-1))
    });

    let first = tokens.keep_merchants(&world.component, work()).await.unwrap();
    let same_minute = tokens.keep_merchants(&world.component, work()).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let next = tokens.keep_merchants(&world.component, work()).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let last = tokens.keep_merchants(&world.component, work()).await.unwrap();

    assert_eq!((first.renewed, first.failed), (1, 1));
    assert_eq!((same_minute.minutes, same_minute.renewed), (0, 0), "{same_minute:?}");
    assert_eq!((next.minutes, next.renewed, next.failed), (2, 1, 0));
    assert_eq!((last.minutes, last.renewed), (1, 0), "the minute is not visited for ever");
}

#[tokio::test]
async fn ticks_that_overlap_renew_each_token_once() {
    let world = World::new().await;
    for place in 0..3 {
        world.authorized(place).await;
    }
    let other = world.another_process().await;
    world.clock.advance(Duration::from_secs(3 * 3600));
    world.ticket().await;
    world.wechat.clear_log();
    for place in 0..3 {
        world.wechat.fail(Fault {
            appid: Some(world.merchant(place).to_string()),
            ..Fault::new(AUTHORIZER_TOKEN, How::Slow(200))
        });
    }
    let work = || Work::for_the_next(Duration::from_secs(30), 8);

    let (one, two) = tokio::join!(
        world.platform.tokens.keep_merchants(&world.component, work()),
        other.tokens.keep_merchants(&world.component, work()),
    );

    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.renewed + two.renewed, 3, "{one:?} {two:?}");
    assert_eq!(one.failed + two.failed, 0);
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 3);
}

#[tokio::test]
async fn a_renewal_by_the_clock_is_two_writes_and_reads_no_item() {
    let world = World::new().await;
    let tokens = &world.platform.tokens;
    for place in 0..3 {
        world.authorized(place).await;
    }
    let mut costs = Vec::new();
    for renewed in [0, 3] {
        let before = world.aws.calls(Service::DynamoDb);
        let work = Work::for_the_next(Duration::from_secs(30), 8);
        let progress = tokens.keep_merchants(&world.component, work).await.unwrap();
        assert_eq!((progress.minutes, progress.renewed), (85, renewed));
        costs.push(world.aws.calls(Service::DynamoDb) - before);
        world.clock.advance(Duration::from_secs(85 * 60));
        world.ticket().await;
        tokens.keep_component(&world.component).await.unwrap();
    }

    let (component_token, breakers) = (1, 1);
    assert_eq!(costs[1] - costs[0], 3 * 2 + component_token + breakers);
}

#[tokio::test]
async fn an_item_stays_within_what_one_unit_of_a_write_pays_for() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    let tokens = &world.platform.tokens;
    tokens.access_token(&subject).await.unwrap();
    world.clock.advance(Duration::from_secs(7201));
    world.wechat.fail(Fault::new(AUTHORIZER_TOKEN, How::Errcode(-1)));
    tokens.access_token(&subject).await.unwrap_err();

    let items = world.aws.database().items("tokens").unwrap();
    let item = items.iter().find(|item| item["sk"]["S"] == subject.appid().as_str()).unwrap();
    let attributes = item.as_object().unwrap().iter();
    let size: usize = attributes
        .map(|(name, value)| {
            let text = value.as_object().unwrap().values().next().unwrap();
            name.len() + text.as_str().map_or(1, str::len)
        })
        .sum();
    let lease = "lease_owner".len() + 26 + "lease_until".len() + 8;

    assert!(item["failure"]["S"].is_string() && size + lease < 1024, "{size} bytes: {item:#}");
}

/// A WeChat that is slow to say how an account stands: meanwhile somebody else takes the lease.
struct Overtaken {
    wechat: HttpTransport,
    table: Table,
    item: TokenItem,
}

impl Transport for Overtaken {
    fn send(&self, request: http::Request<Bytes>, timeout: Duration) -> Sending<'_> {
        Box::pin(async move {
            if request.uri().path() == INFO {
                let take = self
                    .table
                    .update(&self.item.pk, &self.item.sk)
                    .update_expression("SET lease_owner = :thief")
                    .expression_attribute_values(":thief", text("thief"));
                self.table.apply(take).await.unwrap();
            }
            self.wechat.send(request, timeout).await
        })
    }
}

#[tokio::test]
async fn whoever_lost_the_lease_marks_nobody_as_lapsed() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    world.wechat.invalidate_refresh_token(subject.appid().as_str()).unwrap();
    world.wechat.hide_refresh_token(subject.appid().as_str(), true).unwrap();
    let item = world.platform.tokens.read(&subject).await.unwrap().unwrap();
    world.platform.tokens.invalidate(&subject, item.version).await.unwrap();
    let table = world.platform.tables.tokens.clone();
    let slow = Overtaken { wechat: HttpTransport::new(), table, item };
    let platform = world.another_process_through(slow).await;

    let error = platform.tokens.access_token(&subject).await.unwrap_err();

    assert!(matches!(error, TokenError::Busy(_)), "{error}");
    let item = platform.tokens.read(&subject).await.unwrap().unwrap();
    assert_eq!(item.state, TokenState::Active, "the other one's result counts");
    let need = platform::attention::Need::Authorization;
    assert!(platform.attention.list(&world.component, need, 10).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn no_token_is_to_be_read_in_the_table() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    let tokens = &world.platform.tokens;
    let secrets = [
        tokens.access_token(&subject).await.unwrap().secret,
        tokens.access_token(&world.itself()).await.unwrap().secret,
    ];

    let mut all = String::new();
    for table in ["inbox", "tokens", "fleet"] {
        all += &serde_json::to_string(&world.aws.database().items(table).unwrap()).unwrap();
    }

    for secret in secrets {
        assert!(!all.contains(secret.expose_secret()));
    }
}
