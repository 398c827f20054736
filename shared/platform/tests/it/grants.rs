//! Authorizations: the same code from several sides, in any order, with answers that get lost.

use jiff::SignedDuration;
use local::aws::{Fault, Service};
use platform::{
    AppId,
    event::kind,
    grants::{GrantError, Source, Withdrawal},
    mini_programs::AuthorizationState,
    tokens::{Subject, TokenError},
};
use secrecy::ExposeSecret;

use crate::{
    wechat::{AUTH_TIME, Accident},
    world::{MERCHANT, START, World, component_appid, merchant, secret},
};

const SETS: [i64; 4] = [17, 18, 25, 30];

fn push(create_time: i64) -> Source {
    Source::Authorized { create_time, appid: merchant() }
}

impl World {
    fn authorize(&self) -> secrecy::SecretString {
        secret(&self.wechat.authorize(MERCHANT, &SETS, AUTH_TIME))
    }

    async fn exchange(
        &self,
        code: &secrecy::SecretString,
        source: &Source,
    ) -> Result<platform::grants::Granted, GrantError> {
        self.platform.grants.exchange(&component_appid(), code, source).await
    }

    async fn unauthorized(&self, create_time: i64) -> Withdrawal {
        let grants = &self.platform.grants;
        grants.unauthorized(&component_appid(), &merchant(), create_time).await.unwrap()
    }

    async fn record(&self) -> platform::mini_programs::MiniProgram {
        let records = &self.platform.mini_programs;
        records.find(&component_appid(), &merchant()).await.unwrap().unwrap()
    }

    async fn access_token(&self) -> Result<String, TokenError> {
        let subject = Subject::merchant(&component_appid(), &merchant());
        let token = self.platform.tokens.access_token(&subject).await?;
        Ok(token.secret.expose_secret().to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirect_and_push_at_once_exchange_the_code_once() {
    let world = World::new().await;
    let code = world.authorize();

    let authorized = push(START - 2);
    let redirects = started(&world, &code, &Source::Redirect, 4);
    let pushes = started(&world, &code, &authorized, 4);
    let results = join(redirects.into_iter().chain(pushes)).await;

    for granted in results {
        let granted = granted.unwrap();
        assert_eq!(granted.appid, merchant());
        assert_eq!(granted.permission_sets, SETS);
        assert!(granted.is_current && granted.missing_permission_sets.is_empty());
    }
    assert_eq!(world.wechat.calls("api_query_auth"), 1);
    assert_eq!(world.wechat.calls("api_component_token"), 1);
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 1);
    assert_eq!(world.access_token().await.unwrap(), format!("access-of-{}", code.expose_secret()));
    let record = world.record().await;
    assert_eq!(record.authorization.order, START - 2);
    assert!(!record.authorization.provisional);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_after_the_redirect_replaces_the_provisional_order() {
    let world = World::new().await;
    world.wechat.set_date("Mon, 02 Feb 2026 02:40:30 GMT");
    let code = world.authorize();

    let provisional = world.exchange(&code, &Source::Redirect).await.unwrap();
    assert_eq!((provisional.order, provisional.is_provisional), (START + 30, true));
    assert!(world.record().await.authorization.provisional);
    let settled = world.exchange(&code, &push(START - 2)).await.unwrap();

    assert_eq!((settled.order, settled.is_provisional), (START - 2, false));
    let record = world.record().await.authorization;
    assert_eq!((record.order, record.provisional), (START - 2, false));
    // The token's item follows: a withdrawal right after the true time is taken.
    assert_eq!(world.unauthorized(START - 1).await, Withdrawal::Recorded);
    assert_eq!(world.wechat.calls("api_query_auth"), 1);
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_after_the_push_takes_its_result() {
    let world = World::new().await;
    let code = world.authorize();

    let first = world.exchange(&code, &push(START - 2)).await.unwrap();
    let second = world.exchange(&code, &Source::Redirect).await.unwrap();

    assert_eq!(first, second);
    assert_eq!((second.order, second.is_provisional), (START - 2, false));
    assert_eq!(world.wechat.calls("api_query_auth"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_push_has_no_second_effect() {
    let world = World::new().await;
    let code = world.authorize();
    world.exchange(&code, &push(START)).await.unwrap();
    world.unauthorized(START + 100).await;
    let before = world.record().await;

    world.exchange(&code, &push(START)).await.unwrap();
    assert_eq!(world.unauthorized(START + 100).await, Withdrawal::Late);

    assert_eq!(world.record().await, before);
    assert_eq!(before.authorization.state, AuthorizationState::Unauthorized);
    assert_eq!(world.wechat.calls("api_query_auth"), 1);
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 1);
    assert_eq!(world.told(kind::MERCHANT_UNAUTHORIZED), 1);
    assert!(matches!(world.access_token().await, Err(TokenError::Revoked(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_unauthorized_does_not_end_a_newer_grant() {
    let world = World::new().await;
    let first = world.authorize();
    world.exchange(&first, &push(START)).await.unwrap();
    world.clock.forward(SignedDuration::from_secs(2000));
    let second = world.authorize();
    world.exchange(&second, &push(START + 2000)).await.unwrap();

    assert_eq!(world.unauthorized(START + 1000).await, Withdrawal::Late);

    assert_eq!(world.record().await.authorization.state, AuthorizationState::Authorized);
    assert_eq!(world.wechat.calls("api_get_authorizer_info"), 0);
    let token = world.access_token().await.unwrap();
    assert_eq!(token, format!("access-of-{}", second.expose_secret()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_grant_does_not_replace_a_newer_one() {
    let world = World::new().await;
    let (first, second) = (world.authorize(), world.authorize());

    world.exchange(&second, &push(START + 50)).await.unwrap();
    let late = world.exchange(&first, &push(START)).await.unwrap();

    assert!(!late.is_current);
    let token = world.access_token().await.unwrap();
    assert_eq!(token, format!("access-of-{}", second.expose_secret()));
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_grant_does_not_revive_an_account_that_withdrew() {
    let world = World::new().await;
    let code = world.authorize();

    assert_eq!(world.unauthorized(START + 10).await, Withdrawal::Recorded);
    let late = world.exchange(&code, &push(START)).await.unwrap();

    assert!(!late.is_current);
    assert_eq!(world.record().await.authorization.state, AuthorizationState::Unauthorized);
    assert!(matches!(world.access_token().await, Err(TokenError::Revoked(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tie_is_settled_by_asking_wechat() {
    let world = World::new().await;
    let code = world.authorize();
    world.exchange(&code, &push(START)).await.unwrap();

    assert_eq!(world.unauthorized(START).await, Withdrawal::Stands);
    world.wechat.withdraw(MERCHANT);
    assert_eq!(world.unauthorized(START).await, Withdrawal::Recorded);

    assert_eq!(world.wechat.calls("api_get_authorizer_info"), 2);
    assert_eq!(world.record().await.authorization.state, AuthorizationState::Unauthorized);
}

#[tokio::test(flavor = "multi_thread")]
async fn near_a_provisional_grant_wechat_is_asked_before_the_tombstone() {
    let world = World::new().await;
    let code = world.authorize();
    world.exchange(&code, &Source::Redirect).await.unwrap();

    // Older than the grant, or so it seems: the truth is somewhat earlier.
    assert_eq!(world.unauthorized(START - 500).await, Withdrawal::Stands);
    assert_eq!(world.unauthorized(START - 700).await, Withdrawal::Late);
    world.wechat.withdraw(MERCHANT);
    assert_eq!(world.unauthorized(START - 500).await, Withdrawal::Recorded);

    let record = world.record().await.authorization;
    assert_eq!(record.state, AuthorizationState::Unauthorized);
    assert_eq!(record.unauthorized_at.unwrap().as_second(), START - 500);
    assert_eq!(world.wechat.calls("api_get_authorizer_info"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_withdrew_can_authorize_again_at_once() {
    let world = World::new().await;
    let first = world.authorize();
    world.exchange(&first, &Source::Redirect).await.unwrap();
    world.wechat.withdraw(MERCHANT);
    world.unauthorized(START + 5).await;

    let second = world.authorize();
    let again = world.exchange(&second, &Source::Redirect).await.unwrap();

    assert!(again.is_current);
    assert_eq!(world.record().await.authorization.state, AuthorizationState::Authorized);
    let token = world.access_token().await.unwrap();
    assert_eq!(token, format!("access-of-{}", second.expose_secret()));
    // And the push of the first grant, late, changes nothing.
    assert!(world.exchange(&first, &push(START)).await.is_ok());
    assert_eq!(world.access_token().await.unwrap(), token);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_grants_that_time_does_not_order_the_one_that_wechat_shows_counts() {
    let world = World::new().await;
    let (old, new) = (world.authorize(), world.authorize());

    // The redirect of the older grant is exchanged after the push of the newer one.
    world.exchange(&new, &push(START)).await.unwrap();
    world.clock.forward(SignedDuration::from_secs(5));
    let late = world.exchange(&old, &Source::Redirect).await.unwrap();

    assert!(!late.is_current);
    let token = world.access_token().await.unwrap();
    assert_eq!(token, format!("access-of-{}", new.expose_secret()));
    assert_eq!(world.wechat.calls("api_get_authorizer_info"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_whose_answer_was_lost_is_healed_for_a_push() {
    for hides in [false, true] {
        let world = World::new().await;
        if hides {
            world.wechat.hide_refresh_tokens();
        }
        let code = world.authorize();
        world.wechat.next("api_query_auth", Accident::LostAnswer);

        let granted = world.exchange(&code, &push(START)).await.unwrap();

        assert_eq!(granted.permission_sets, SETS);
        assert_eq!(world.access_token().await.unwrap(), "renewed-by-refreshtoken@@@1");
        assert_eq!(world.wechat.calls("api_query_auth"), 2);
        assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_whose_answer_was_lost_is_healed_for_a_redirect_alone() {
    let world = World::new().await;
    let other: AppId = "wx00000000000000a2".parse().unwrap();
    let known = secret(&world.wechat.authorize(other.as_str(), &SETS, AUTH_TIME + 1));
    let source = Source::Authorized { create_time: START + 1, appid: other };
    world.exchange(&known, &source).await.unwrap();
    world.wechat.authorize("wx00000000000000a3", &SETS, AUTH_TIME - 80_000);
    let code = world.authorize();
    world.wechat.next("api_query_auth", Accident::LostAnswer);

    let granted = world.exchange(&code, &Source::Redirect).await.unwrap();

    assert_eq!(granted.appid, merchant());
    assert!(granted.is_provisional);
    assert!(world.access_token().await.unwrap().starts_with("renewed-by-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_accounts_that_nobody_knows_a_lost_answer_is_taken_for_neither() {
    let world = World::new().await;
    world.wechat.authorize("wx00000000000000a2", &SETS, AUTH_TIME + 1);
    let code = world.authorize();
    world.wechat.next("api_query_auth", Accident::LostAnswer);

    let nobody_knows = world.exchange(&code, &Source::Redirect).await;
    let named = world.exchange(&code, &push(START)).await.unwrap();

    assert!(matches!(nobody_knows, Err(GrantError::Busy)), "{nobody_knows:?}");
    assert_eq!(named.appid, merchant());
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_names_another_account_than_a_lost_answer_was_made_up_for_counts() {
    let world = World::new().await;
    let other: AppId = "wx00000000000000a2".parse().unwrap();
    let code = world.authorize();
    // WeChat's list does not have the merchant yet, and has somebody else.
    world.wechat.withdraw(MERCHANT);
    world.wechat.spend(&code);
    world.wechat.authorize(other.as_str(), &SETS, AUTH_TIME + 1);
    world.wechat.next("api_query_auth", Accident::TimedOut);
    let taken_for = world.exchange(&code, &Source::Redirect).await.unwrap();
    world.authorize();

    let named = world.exchange(&code, &push(START)).await.unwrap();
    let again = world.exchange(&code, &push(START)).await.unwrap();

    assert_eq!((taken_for.appid, named.appid.clone()), (other, merchant()));
    assert_eq!(again, named);
    assert_eq!(world.access_token().await.unwrap(), "renewed-by-refreshtoken@@@3");
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_refresh_token_takes_no_newer_ones_place_while_wechat_cannot_be_asked() {
    let world = World::new().await;
    let (first, second) = (world.authorize(), world.authorize());
    world.exchange(&second, &push(START)).await.unwrap();
    world.wechat.next("api_get_authorizer_info", Accident::Refused(-1));

    world.exchange(&first, &push(START + 1)).await.unwrap();

    assert_eq!(world.access_token().await.unwrap(), "renewed-by-refreshtoken@@@2");
    assert_eq!(world.wechat.calls("api_authorizer_token"), 1, "it was the one in force");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_between_two_grants_does_not_hide_the_newer_one() {
    let world = World::new().await;
    let first = world.authorize();
    world.exchange(&first, &Source::Redirect).await.unwrap();
    let second = world.wechat.authorize(MERCHANT, &SETS, AUTH_TIME + 1);
    world.wechat.next("api_query_auth", Accident::Renewed(MERCHANT));

    let granted = world.exchange(&secret(&second), &push(START + 1)).await.unwrap();

    assert!(granted.is_current);
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 2);
    assert_eq!(world.access_token().await.unwrap(), "renewed-by-refreshtoken@@@3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_whose_redirect_told_too_little_is_found_to_be_the_newest_by_its_push() {
    let world = World::new().await;
    let first = world.authorize();
    world.exchange(&first, &Source::Redirect).await.unwrap();
    let second = secret(&world.wechat.authorize(MERCHANT, &SETS, AUTH_TIME + 1));
    world.wechat.next("api_query_auth", Accident::Renewed(MERCHANT));
    let unsure = world.exchange(&second, &Source::Redirect).await.unwrap();

    let sure = world.exchange(&second, &push(START + 1)).await.unwrap();
    world.exchange(&second, &push(START + 1)).await.unwrap();
    let late = world.exchange(&first, &push(START)).await.unwrap();

    assert!(!unsure.is_current && sure.is_current && late.is_current, "{late:?}");
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 2, "once of each");
    assert_eq!(world.record().await.authorization.order, START + 1);
    assert_eq!(world.access_token().await.unwrap(), "renewed-by-refreshtoken@@@3");
}

/// One of WeChat's own, for its check before a platform goes live.
const TEST_ACCOUNT: &str = "wxd101a85aa106f53e";

#[tokio::test(flavor = "multi_thread")]
async fn a_test_account_that_comes_by_its_redirect_becomes_no_merchant() {
    let world = World::new().await;
    let code = secret(&world.wechat.authorize(TEST_ACCOUNT, &SETS, AUTH_TIME));

    let granted = world.exchange(&code, &Source::Redirect).await.unwrap();
    let again = world.exchange(&code, &Source::Redirect).await.unwrap();

    assert_eq!(granted, again);
    assert!(granted.is_of_test_account() && !granted.is_current, "{granted:?}");
    assert_eq!(world.wechat.calls("api_query_auth"), 1);
    let appid: AppId = TEST_ACCOUNT.parse().unwrap();
    let found = world.platform.mini_programs.find(&component_appid(), &appid).await.unwrap();
    assert!(found.is_none());
    let tokens = &world.platform.tokens;
    let kept = tokens.read(&Subject::merchant(&component_appid(), &appid)).await.unwrap();
    assert!(kept.is_none());
    assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_not_healed_by_a_test_account_that_authorized_since() {
    let world = World::new().await;
    let code = world.authorize();
    world.wechat.authorize(TEST_ACCOUNT, &SETS, AUTH_TIME + 3);
    world.wechat.next("api_query_auth", Accident::LostAnswer);

    let granted = world.exchange(&code, &Source::Redirect).await.unwrap();

    assert_eq!(granted.appid, merchant());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_died_between_answer_and_storage_is_made_up_for() {
    let world = World::new().await;
    let code = world.authorize();
    let platform = world.platform.clone();
    platform.tokens.access_token(&Subject::Component(component_appid())).await.unwrap();
    world.wechat.close();
    let doomed = {
        let code = code.clone();
        tokio::spawn(async move {
            platform.grants.exchange(&component_appid(), &code, &Source::Redirect).await
        })
    };
    world.wechat.called("api_query_auth", 1).await;
    doomed.abort();
    assert!(doomed.await.unwrap_err().is_cancelled());
    // WeChat has exchanged the code all the same.
    world.wechat.open();
    world.wechat.spend(&code);
    world.clock.forward(SignedDuration::from_mins(11));

    let granted = world.exchange(&code, &Source::Redirect).await.unwrap();

    assert_eq!(granted.appid, merchant());
    assert_eq!(world.access_token().await.unwrap(), "renewed-by-refreshtoken@@@1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_nobody_exchanged_before_and_wechat_refuses_is_refused() {
    let world = World::new().await;
    world.authorize();

    for _ in 0..2 {
        let refused = world.exchange(&secret("made-up"), &Source::Redirect).await.unwrap_err();
        assert!(matches!(&refused, GrantError::CodeRefused(why) if why.errcode == 61010));
        assert!(refused.is_final() && !refused.to_string().contains("made-up"));
    }

    assert_eq!(world.wechat.calls("api_get_authorizer_list"), 0);
    let record = world.platform.mini_programs.find(&component_appid(), &merchant()).await;
    assert_eq!(record.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_whose_account_has_withdrawn_since_ends_there() {
    let world = World::new().await;
    let code = world.authorize();
    world.wechat.withdraw(MERCHANT);

    let error = world.exchange(&code, &push(START)).await.unwrap_err();

    assert!(matches!(&error, GrantError::Withdrawn(appid) if *appid == merchant()), "{error}");
    assert!(error.is_final());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_has_nothing_to_do_with_the_code_leaves_it_to_be_tried_again() {
    let world = World::new().await;
    let code = world.authorize();
    world.wechat.next("api_query_auth", Accident::Refused(61004));

    let error = world.exchange(&code, &Source::Redirect).await.unwrap_err();
    assert!(!error.is_final());
    let granted = world.exchange(&code, &Source::Redirect).await.unwrap();

    assert_eq!(granted.appid, merchant());
    assert_eq!(world.wechat.calls("api_query_auth"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_before_wechat_acted_costs_a_second_call_and_no_more() {
    let world = World::new().await;
    let code = world.authorize();
    world.wechat.next("api_query_auth", Accident::TimedOut);

    world.exchange(&code, &Source::Redirect).await.unwrap();

    assert_eq!(world.wechat.calls("api_query_auth"), 2);
    assert!(world.access_token().await.unwrap().starts_with("access-of-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_component_token_is_renewed_once() {
    let world = World::new().await;
    let code = world.authorize();
    world.wechat.next("api_query_auth", Accident::Refused(40001));

    world.exchange(&code, &push(START)).await.unwrap();

    assert_eq!(world.wechat.calls("api_component_token"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_granted_no_permission_is_recorded_without_tokens() {
    let world = World::new().await;
    let code = secret(&world.wechat.authorize(MERCHANT, &[], AUTH_TIME));
    world.wechat.hide_refresh_tokens();

    let granted = world.exchange(&code, &push(START)).await.unwrap();

    assert_eq!(granted.missing_permission_sets, [17, 18, 30]);
    let record = world.record().await;
    assert!(record.is_authorized());
    assert_eq!(record.missing_permission_sets, [17, 18, 30]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wechat_gave_is_stored_although_storage_fails_for_a_while() {
    for fault in [Fault::Failing, Fault::LostAnswer, Fault::Throttled] {
        let world = World::new().await;
        let code = world.authorize();
        let platform = world.platform.clone();
        platform.tokens.access_token(&Subject::Component(component_appid())).await.unwrap();
        world.wechat.close();
        let exchange = {
            let code = code.clone();
            tokio::spawn(async move {
                platform.grants.exchange(&component_appid(), &code, &push(START)).await
            })
        };
        world.wechat.called("api_query_auth", 1).await;
        world.aws.inject_next(Service::DynamoDb, 4, fault);
        world.wechat.open();

        exchange.await.unwrap().unwrap();

        assert_eq!(world.wechat.calls("api_query_auth"), 1, "{fault:?}");
        assert!(world.access_token().await.unwrap().starts_with("access-of-"), "{fault:?}");
        world.platform.outbox.sweep(10).await.unwrap();
        assert_eq!(world.told(kind::MERCHANT_AUTHORIZED), 1, "{fault:?}");
    }
}

fn started(
    world: &World,
    code: &secrecy::SecretString,
    source: &Source,
    count: usize,
) -> Vec<tokio::task::JoinHandle<Result<platform::grants::Granted, GrantError>>> {
    let one = || {
        let (grants, code, source) = (world.platform.grants.clone(), code.clone(), source.clone());
        tokio::spawn(async move { grants.exchange(&component_appid(), &code, &source).await })
    };
    std::iter::repeat_with(one).take(count).collect()
}

async fn join<T>(handles: impl Iterator<Item = tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut results = Vec::new();
    for handle in handles.collect::<Vec<_>>() {
        results.push(handle.await.unwrap());
    }
    results
}
