//! Importing, cutting over and handing back, where it is interrupted or done twice at once.

use std::{collections::BTreeMap, time::Duration};

use platform::{
    adoption::{AdoptionError, FindingKind, Import, Lent, Mode, Phase, Reason},
    grants::Source,
    reconcile::ReportState,
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

fn lent(token: &SecretString) -> Lent {
    Lent { component_token: token.clone(), refresh_tokens: BTreeMap::new() }
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
        adoption.switch(&self.component, mode, "admin", false).await.map(drop)
    }

    async fn go_on(&self) -> Phase {
        self.platform.adoption.go_on(&self.component, long()).await.unwrap().phase
    }

    async fn import(&self, token: &SecretString, until: Instant) -> Result<Import, AdoptionError> {
        self.platform.adoption.import(&self.component, lent(token), until).await
    }

    /// What the clock does until the cut-over is done with the records.
    async fn reconcile(&self) {
        assert_eq!(self.go_on().await, Phase::Reconciling);
        self.platform.reconciliations.advance(long()).await.unwrap();
        assert_eq!(self.go_on().await, Phase::ReadingReleases);
    }

    fn minted(&self) -> u64 {
        self.wechat.count(COMPONENT_TOKEN) + self.wechat.count(AUTHORIZER_TOKEN)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_runs_out_of_time_goes_on_where_it_stopped() {
    let (world, token) = elsewhere(70).await;

    let mut rounds = 0;
    let import = loop {
        // A page is always done, as a whole.
        let import = world.import(&token, Instant::now()).await.unwrap();
        rounds += 1;
        if import.finished_at.is_some() {
            break import;
        }
    };

    assert_eq!(rounds, 2, "64 and 6");
    assert_eq!((import.total, import.done, import.new), (70, 70, 70), "{import:?}");
    assert_eq!((import.renewed, import.without_profile), (0, 0));
    assert_eq!(world.wechat.count(INFO), 70, "nobody was asked for twice");
    assert_eq!(world.minted(), 0);
    world.clock.advance(Duration::from_secs(1));
    let again = world.import(&token, long()).await.unwrap();
    assert_eq!((again.done, again.unchanged), (70, 70), "{again:?}");
    assert!(again.started_at > import.started_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_count_every_merchant_once() {
    let (world, token) = elsewhere(60).await;
    let other = world.another_process().await;

    let (one, another) = tokio::join!(
        world.import(&token, long()),
        other.adoption.import(&world.component, lent(&token), long()),
    );

    // One of them may have found the other at work on the very beginning, or on every merchant.
    assert!(one.is_ok() || another.is_ok());
    world.import(&token, long()).await.unwrap();
    let import = world.platform.adoption.latest_import(&world.component).await.unwrap().unwrap();
    assert_eq!((import.total, import.done), (60, 60));
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
    assert_eq!(import.findings.len(), 1);
    assert_eq!(import.findings[0].appid.as_str(), appid);
    assert_eq!(import.findings[0].kind, FindingKind::NoProfile);
    let subject = Subject::merchant(&world.component, &appid.parse().unwrap());
    let item = world.platform.tokens.read(&subject).await.unwrap().unwrap();
    assert!(item.refresh_token.is_some() && item.access_token.is_none());
    let refused = world.platform.tokens.access_token(&subject).await.unwrap_err();
    assert!(matches!(refused, TokenError::Shadow(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_concerns_every_merchant_ends_the_import_and_loses_nothing() {
    let (world, token) = elsewhere(5).await;
    world.wechat.fail(Fault { times: 50, ..Fault::new(INFO, How::Errcode(45009)) });

    let refused = world.import(&token, long()).await.unwrap_err();
    let AdoptionError::WeChat(error) = &refused else { panic!("{refused}") };
    assert_eq!(error.as_wechat().map(|refusal| refusal.errcode), Some(45009));
    world.wechat.fail(Fault::new(LIST, How::Errcode(42001)));
    let lent = world.import(&token, long()).await.unwrap_err();
    assert!(matches!(lent, AdoptionError::LentTokenRefused(_)), "{lent}");
    world.wechat.clear_faults();

    let import = world.import(&token, long()).await.unwrap();
    assert!(import.finished_at.is_some());
    assert_eq!(import.new, 5);
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
async fn only_an_import_of_this_shadow_mode_counts() {
    let (world, token) = elsewhere(2).await;
    world.import(&token, long()).await.unwrap();
    world.switch(Mode::Active).await.unwrap();
    world.reconcile().await;
    world.clock.advance(Duration::from_secs(60));
    world.switch(Mode::Shadow).await.unwrap();
    world.go_on().await;

    let refused = world.switch(Mode::Active).await.unwrap_err();

    let AdoptionError::Refused(reasons) = refused else { panic!("{refused}") };
    assert_eq!(reasons, [Reason::NoImport]);
}

#[tokio::test(flavor = "multi_thread")]
async fn first_renewals_after_a_cut_over_do_not_come_at_once() {
    let (world, token) = elsewhere(60).await;
    world.import(&token, long()).await.unwrap();
    world.switch(Mode::Active).await.unwrap();

    world.reconcile().await;

    let renewed_first = world.wechat.count(AUTHORIZER_TOKEN);
    assert!(renewed_first <= 8, "no more than a portion of releases: {renewed_first}");
    assert_eq!(world.wechat.count(COMPONENT_TOKEN), 1);
    let kept = world.platform.tokens.keep_merchants(&world.component, work()).await.unwrap();
    assert_eq!(kept.minutes, 1, "the cycle begins now");
    assert!(kept.renewed < 10, "{kept:?}");
    let before = world.wechat.count(AUTHORIZER_TOKEN);
    world.go_on().await;
    assert!(world.wechat.count(AUTHORIZER_TOKEN) <= before + 8, "a portion");
    let mut portions = 2;
    while world.go_on().await != Phase::Settled {
        portions += 1;
    }

    assert!(portions >= 6, "{portions}");
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 60);
    let record = world.platform.adoption.show(&world.component).await.unwrap();
    assert_eq!((record.merchants, record.releases_read, record.releases_failed), (60, 60, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_dies_between_two_steps_of_a_cut_over_the_next_process_goes_on() {
    let (world, token) = elsewhere(20).await;
    let component = &world.component;
    world.import(&token, Instant::now()).await.unwrap();
    let process = world.another_process().await;
    process.adoption.import(component, lent(&token), long()).await.unwrap();

    // Each step is done by a process that dies after it, and ordered again by the next one.
    for _ in 0..2 {
        let process = world.another_process().await;
        process.adoption.switch(component, Mode::Active, "admin", false).await.unwrap();
    }
    assert_eq!(world.minted(), 0, "a change of mode mints nothing by itself");
    let mut phases = Vec::new();
    loop {
        let process = world.another_process().await;
        let phase = process.adoption.go_on(component, long()).await.unwrap().phase;
        phases.push(phase);
        if phase == Phase::Settled {
            break;
        }
        let process = world.another_process().await;
        process.reconciliations.advance(long()).await.unwrap();
    }

    phases.dedup();
    assert_eq!(phases, [Phase::Reconciling, Phase::ReadingReleases, Phase::Settled]);
    for number in 1..=20 {
        let appid = account(number).appid.parse().unwrap();
        let subject = Subject::merchant(component, &appid);
        world.platform.tokens.access_token(&subject).await.unwrap();
    }
    assert_eq!(world.wechat.count(AUTHORIZER_TOKEN), 20, "once for each");

    for _ in 0..2 {
        let process = world.another_process().await;
        process.adoption.switch(component, Mode::Shadow, "admin", false).await.unwrap();
    }
    let minted = world.minted();
    let process = world.another_process().await;
    let none = process.adoption.go_on(component, Instant::now()).await.unwrap();
    assert_eq!(none.phase, Phase::PuttingAway, "it had no time for anything");
    assert_eq!(world.go_on().await, Phase::Settled);
    for number in 1..=20 {
        let subject = Subject::merchant(component, &account(number).appid.parse().unwrap());
        let refused = world.platform.tokens.access_token(&subject).await.unwrap_err();
        assert!(matches!(refused, TokenError::Shadow(_)), "{refused}");
    }
    assert_eq!(world.minted(), minted, "nothing was minted on the way back");
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
