//! Importing, cutting over and handing back, where it is interrupted or done twice at once.

use std::time::Duration;

use platform::{
    Platform,
    adoption::{Accepted, AdoptionError, FindingKind, Import, ImportPhase, Mode, Phase, Reason},
    grants::Source,
    reconcile::ReportState,
    storage::text,
    tokens::{Subject, TokenError, TokenState, Work},
};
use secrecy::SecretString;
use simulator::{Fault, How, MerchantOptions, Options};
use tokio::time::Instant;

use crate::simulated::{MERCHANT, World};

const INFO: &str = "/cgi-bin/component/api_get_authorizer_info";
const LIST: &str = "/cgi-bin/component/api_get_authorizer_list";
const COMPONENT_TOKEN: &str = "/cgi-bin/component/api_component_token";
const AUTHORIZER_TOKEN: &str = "/cgi-bin/component/api_authorizer_token";

fn long() -> Instant {
    Instant::now() + Duration::from_secs(300)
}

fn work() -> Work {
    Work::for_the_next(Duration::from_secs(30), 8)
}

/// A merchant of many.
fn account(number: usize) -> MerchantOptions {
    MerchantOptions {
        appid: format!("wx{number:016x}"),
        user_name: format!("gh_{number:012x}"),
        ..MerchantOptions::default()
    }
}

/// A component in shadow mode, the token of the system that runs it, and so many merchants.
async fn elsewhere(merchants: usize) -> (World, SecretString) {
    let merchants = (1..=merchants).map(account).collect();
    let world = World::with(Options { merchants, ..Options::default() }).await;
    let token = world.platform.tokens.access_token(&world.itself()).await.unwrap().secret;
    world.switch(Mode::Shadow).await.unwrap();
    world.go_on().await;
    let state = world.wechat.state();
    for appid in state["merchants"].as_object().unwrap().keys() {
        world.authorization_code(&appid.parse().unwrap()).await;
    }
    world.wechat.clear_log();
    (world, token)
}

impl World {
    async fn switch(&self, mode: Mode) -> Result<(), AdoptionError> {
        let adoption = &self.platform.adoption;
        adoption.switch(&self.component, mode, "admin", Accepted::default()).await.map(drop)
    }

    async fn go_on(&self) -> Phase {
        self.platform.adoption.go_on(&self.component, long()).await.unwrap().phase
    }

    async fn import(&self, token: &SecretString, until: Instant) -> Result<Import, AdoptionError> {
        self.platform.adoption.import(&self.component, Some(token.clone()), until).await
    }

    fn minted(&self) -> u64 {
        self.wechat.count(COMPONENT_TOKEN) + self.wechat.count(AUTHORIZER_TOKEN)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_runs_out_of_time_goes_on_where_it_stopped() {
    let (world, token) = elsewhere(520).await;

    let mut rounds = 0;
    let import = loop {
        let import = world.import(&token, Instant::now() + Duration::from_millis(250)).await;
        let import = import.unwrap();
        rounds += 1;
        if import.phase == ImportPhase::Finished {
            break import;
        }
    };

    assert!(rounds > 1, "it was interrupted");
    assert_eq!((import.total, import.done, import.new), (520, 520, 520), "{import:?}");
    assert_eq!((import.gone, import.without_profile, import.changed), (0, 0, 0));
    assert_eq!(world.wechat.count(INFO), 520, "nobody was asked for twice");
    assert_eq!(world.minted(), 0);
    let again = world.import(&token, long()).await.unwrap();
    assert_eq!(again.done, 520);
    assert!(again.run > import.run && again.unchanged == 520, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_count_every_merchant_once() {
    let (world, token) = elsewhere(60).await;
    let other = world.another_process().await;

    let (one, another) = tokio::join!(
        world.import(&token, long()),
        other.adoption.import(&world.component, Some(token.clone()), long()),
    );

    // One of them may have found the other at work on the very beginning.
    assert!(one.is_ok() || another.is_ok());
    let import = world.platform.adoption.latest_import(&world.component).await.unwrap().unwrap();
    assert_eq!((import.phase, import.total), (ImportPhase::Finished, 60));
    assert_eq!(import.new + import.unchanged, 60, "{import:?}");
    assert_eq!(world.minted(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_cannot_be_read_costs_no_token() {
    let (world, token) = elsewhere(3).await;
    let appid = "wx0000000000000002";
    let fault = Fault { appid: Some(appid.to_owned()), ..Fault::new(INFO, How::Errcode(-1)) };
    world.wechat.fail(fault);

    let import = world.import(&token, long()).await.unwrap();

    assert_eq!((import.new, import.without_profile), (3, 1));
    let adoption = &world.platform.adoption;
    let found = adoption.findings(&world.component, import.run, None, 50).await.unwrap();
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].appid.as_str(), appid);
    assert_eq!(found.items[0].kind, FindingKind::NoProfile);
    let subject = Subject::merchant(&world.component, &appid.parse().unwrap());
    let item = world.platform.tokens.read(&subject).await.unwrap().unwrap();
    assert_eq!(item.state, TokenState::Shadow);
    assert!(item.refresh_token.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_concerns_every_merchant_ends_the_import_and_loses_nothing() {
    let (world, token) = elsewhere(5).await;
    world.wechat.fail(Fault { times: 50, ..Fault::new(INFO, How::Errcode(45009)) });

    let refused = world.import(&token, long()).await.unwrap_err();
    assert!(matches!(&refused, AdoptionError::Call(error) if error.errcode() == Some(45009)));
    world.wechat.fail(Fault::new(LIST, How::Errcode(42001)));
    let lent = world.import(&token, long()).await.unwrap_err();
    assert!(matches!(lent, AdoptionError::LentTokenRefused(_)), "{lent}");
    world.wechat.clear_faults();

    let import = world.import(&token, long()).await.unwrap();
    assert_eq!((import.phase, import.new), (ImportPhase::Finished, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn shadow_mode_fences_off_a_renewal_that_is_under_way() {
    let world = World::new().await;
    let subject = world.authorized(MERCHANT).await;
    world.clock.advance(Duration::from_secs(7300));
    world.wechat.fail(Fault::new(COMPONENT_TOKEN, How::Slow(600)));

    let renewing = tokio::spawn({
        let (tokens, itself) = (world.platform.tokens.clone(), world.itself());
        async move { tokens.access_token(&itself).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.switch(Mode::Shadow).await.unwrap();
    assert_eq!(world.go_on().await, Phase::Settled);

    let fenced = renewing.await.unwrap().unwrap_err();
    assert!(matches!(fenced, TokenError::Shadow(_)), "{fenced}");
    let item = world.platform.tokens.read(&world.itself()).await.unwrap().unwrap();
    assert_eq!(item.state, TokenState::Shadow);
    assert!(item.access_token.is_none() && item.lease_owner.is_none());
    let refused = world.platform.tokens.access_token(&subject).await.unwrap_err();
    assert!(matches!(refused, TokenError::Shadow(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shadow_mode_ends_a_tick_that_is_renewing_merchants() {
    let merchants = (1..=40).map(account).collect();
    let world = World::with(Options { merchants, ..Options::default() }).await;
    for number in 1..=40 {
        let code = world.authorization_code(&account(number).appid.parse().unwrap()).await;
        let grants = &world.platform.grants;
        grants.exchange(&world.component, &code, &Source::Redirect).await.unwrap();
    }
    world.clock.advance(Duration::from_secs(3 * 3600));
    world.ticket().await;
    world.wechat.fail(Fault { times: 100, ..Fault::new(AUTHORIZER_TOKEN, How::Slow(300)) });

    let ticking = tokio::spawn({
        let (tokens, component) = (world.platform.tokens.clone(), world.component.clone());
        let work = Work::for_the_next(Duration::from_secs(60), 2);
        async move { tokens.keep_merchants(&component, work).await.unwrap() }
    });
    while world.wechat.count(AUTHORIZER_TOKEN) < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The merchants' own items stay as they are: whoever would put them away is stopped, too.
    world.switch(Mode::Shadow).await.unwrap();
    let kept = ticking.await.unwrap();

    assert!(kept.halted && kept.renewed >= 4, "{kept:?}");
    assert!(kept.renewed < 30, "it went on: {kept:?}");
    assert_eq!(world.go_on().await, Phase::Settled);
    let minted = world.minted();
    let kept = world.platform.tokens.keep_merchants(&world.component, work()).await.unwrap();
    assert_eq!((kept.renewed, world.minted()), (0, minted));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_shadow_mode_a_code_stays_whole_for_the_other_system() {
    let (world, _) = elsewhere(1).await;
    let appid = "wx0000000000000001".parse().unwrap();
    let code = world.authorization_code(&appid).await;

    let exchanged =
        world.platform.grants.exchange(&world.component, &code, &Source::Redirect).await;

    assert!(exchanged.is_err());
    assert_eq!(world.wechat.count("/cgi-bin/component/api_query_auth"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_over_is_refused_with_every_reason_and_changes_nothing() {
    let (world, _) = elsewhere(2).await;
    world.clock.advance(Duration::from_secs(12 * 3600 + 60));

    let refused = world.switch(Mode::Active).await.unwrap_err();

    let AdoptionError::Refused(reasons) = refused else { panic!("{refused}") };
    assert!(matches!(reasons[0], Reason::OldTicket(_)), "{reasons:?}");
    assert_eq!(reasons[1], Reason::NoImport);
    assert_eq!(world.platform.tokens.mode(&world.component).await.unwrap(), Mode::Shadow);
    assert_eq!(world.minted(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn first_renewals_after_a_cut_over_do_not_come_at_once() {
    let (world, token) = elsewhere(60).await;
    world.import(&token, long()).await.unwrap();
    world.switch(Mode::Active).await.unwrap();

    assert_eq!(world.go_on().await, Phase::ReadingReleases);
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 0, "taken over, and not renewed yet");
    assert_eq!(world.wechat.count(COMPONENT_TOKEN), 1);
    let kept = world.platform.tokens.keep_merchants(&world.component, work()).await.unwrap();
    assert_eq!(kept.minutes, 1, "the cycle begins now");
    let first = kept.renewed as u64;
    assert!(first < 10, "{kept:?}");
    world.go_on().await;
    assert!(world.wechat.count(AUTHORIZER_TOKEN) <= first + 8, "a portion");
    let mut portions = 1;
    while world.go_on().await != Phase::Settled {
        portions += 1;
    }

    assert!(portions >= 6, "{portions}");
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_a_cut_over_left_behind_is_taken_over_at_night() {
    let (world, token) = elsewhere(2).await;
    world.import(&token, long()).await.unwrap();
    // An import that slept through the cut-over puts one back.
    let subject = Subject::merchant(&world.component, &"wx0000000000000001".parse().unwrap());
    world.switch(Mode::Active).await.unwrap();
    while world.go_on().await != Phase::Settled {}
    let Platform { tokens, reconciliations, .. } = &world.platform;
    let item = tokens.read(&subject).await.unwrap().unwrap();
    let asleep = tokens.table.update(&item.pk, &item.sk).update_expression("SET #state = :shadow");
    let asleep = asleep
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":shadow", text("shadow"));
    tokens.table.apply(asleep).await.unwrap();

    reconciliations.runs.request(&world.component, "clock").await.unwrap();
    reconciliations.advance(long()).await.unwrap();

    assert_eq!(tokens.read(&subject).await.unwrap().unwrap().state, TokenState::Active);
    tokens.access_token(&subject).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconciliation_does_not_go_on_in_shadow_mode() {
    let (world, _) = elsewhere(1).await;
    let runs = &world.platform.reconciliations.runs;
    let asked = runs.request(&world.component, "clock").await.unwrap();

    world.platform.reconciliations.advance(long()).await.unwrap();

    let report = runs.find(&world.component, &asked.id).await.unwrap().unwrap();
    assert_eq!(report.state, ReportState::Failed, "{report:?}");
    assert_eq!(world.minted() + world.wechat.count(LIST), 0);
}
