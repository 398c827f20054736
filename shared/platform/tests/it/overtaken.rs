//! A grant and a refresh of the same merchant at the same time.

use std::time::Duration;

use platform::grants::Source;
use simulator::{Fault, How, Options, RefreshTokens, TokenBehaviour};
use wechat::endpoint::GetAccountBasicInfo;

use crate::simulated::{MERCHANT, World};

#[tokio::test]
async fn a_grant_that_a_refresh_overtook_does_not_bring_back_tokens_that_are_dead() {
    // A merchant authorizes again, and WeChat takes its time to answer for the code.
    let token_behaviour =
        TokenBehaviour { refresh_tokens: RefreshTokens::Rotate, ..TokenBehaviour::default() };
    let world = World::with(Options { token_behaviour, ..Options::default() }).await;
    let subject = world.authorized(MERCHANT).await;
    world.clock.advance(Duration::from_secs(3600));
    let code = world.authorization_code(subject.appid()).await;
    let slow = Fault::new("/cgi-bin/component/api_query_auth", How::Slow(600));
    world.wechat.fail(Fault { acted: true, ..slow });
    let (grants, component) = (world.platform.grants.clone(), world.component.clone());
    let exchange =
        tokio::spawn(async move { grants.exchange(&component, &code, &Source::Redirect).await });
    tokio::time::sleep(Duration::from_millis(200)).await;

    // Meanwhile the token is renewed, with the refresh token that WeChat shows.
    let tokens = &world.platform.tokens;
    let version = tokens.read(&subject).await.unwrap().unwrap().version;
    tokens.invalidate(&subject, version).await.unwrap();
    tokens.access_token(&subject).await.unwrap();
    assert!(exchange.await.unwrap().unwrap().is_current);

    // What is stored is what WeChat accepts.
    world.wechat.clear_log();
    let call = GetAccountBasicInfo {};
    let caller = &world.platform.caller;
    caller.merchant(&world.component, subject.appid(), &call).await.unwrap();
    let log = world.wechat.log();
    let refused = log.calls.iter().filter(|call| call.errcode.is_some_and(|code| code != 0));
    assert_eq!(refused.count(), 0, "{:?}", log.calls);
}

#[tokio::test]
async fn of_two_codes_that_are_exchanged_at_once_the_slower_brings_back_nothing_that_is_dead() {
    let token_behaviour =
        TokenBehaviour { refresh_tokens: RefreshTokens::Rotate, ..TokenBehaviour::default() };
    let world = World::with(Options { token_behaviour, ..Options::default() }).await;
    let subject = world.authorized(MERCHANT).await;
    world.clock.advance(Duration::from_secs(3600));
    let authorized_at = world.now();
    let codes = [
        world.authorization_code(subject.appid()).await,
        world.authorization_code(subject.appid()).await,
    ];
    let exchange = async |code, create_time| {
        let source = Source::Authorized { create_time, appid: subject.appid().clone() };
        let grants = &world.platform.grants;
        grants.exchange(&world.component, code, &source).await.unwrap()
    };
    // WeChat answers for the newer one first, and late.
    let slow = Fault::new("/cgi-bin/component/api_query_auth", How::Slow(600));
    world.wechat.fail(Fault { acted: true, ..slow });

    let older = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        exchange(&codes[0], authorized_at).await
    };
    let (newer, older) = tokio::join!(exchange(&codes[1], authorized_at + 1), older);

    assert!(newer.is_current && older.is_current, "{newer:?} {older:?}");
    world.wechat.clear_log();
    let caller = &world.platform.caller;
    let call = GetAccountBasicInfo {};
    caller.merchant(&world.component, subject.appid(), &call).await.unwrap();
    let log = world.wechat.log();
    let refused = log.calls.iter().filter(|call| call.errcode.is_some_and(|code| code != 0));
    assert_eq!(refused.count(), 0, "{:?}", log.calls);
}
