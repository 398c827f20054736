//! What WeChat lists, against what is on record.

use std::time::Duration;

use bytes::Bytes;
use platform::{
    attention::Need,
    grants::Source,
    mini_programs::AuthorizationState,
    reconcile::{Report, ReportState, What},
    tokens::{Subject, TokenError, TokenState},
};
use simulator::{Fault, How, Options, Punish, Revoke};
use tokio::time::Instant;
use wechat::transport::{HttpTransport, Sending, Transport};

use crate::simulated::World;

const LIST: &str = "/cgi-bin/component/api_get_authorizer_list";
const REFRESH: &str = "/cgi-bin/component/api_authorizer_token";
const INFO: &str = "/cgi-bin/component/api_get_authorizer_info";

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

async fn reconciled(world: &World) -> Report {
    let reconciliations = &world.platform.reconciliations;
    let asked = reconciliations.runs.request(&world.component, "somebody").await.unwrap();
    reconciliations.advance(soon()).await.unwrap();
    reconciliations.runs.find(&world.component, &asked.id).await.unwrap().unwrap()
}

fn changes(report: &Report) -> Vec<(String, What)> {
    report.changes.iter().map(|change| (change.appid.to_string(), change.what)).collect()
}

async fn state(world: &World, place: usize) -> AuthorizationState {
    let appid = world.merchant(place);
    let found = world.platform.mini_programs.find(&world.component, &appid).await.unwrap();
    found.unwrap().authorization.state
}

/// A WeChat whose list has one account a page, as one with five hundred times as many has.
struct ShortPages(HttpTransport);

impl Transport for ShortPages {
    fn send(&self, mut request: http::Request<Bytes>, timeout: Duration) -> Sending<'_> {
        if request.uri().path() == LIST {
            let mut body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
            body["count"] = serde_json::json!(1);
            *request.body_mut() = Bytes::from(body.to_string());
        }
        self.0.send(request, timeout)
    }
}

#[tokio::test]
async fn a_long_list_is_gone_through_once_for_all_who_look_for_a_refresh_token() {
    let options = Options { info_carries_refresh_token: false, ..Options::default() };
    let world = World::with(options).await;
    world.authorized(2).await;
    world.clock.advance(Duration::from_secs(1));
    let subjects = [world.authorized(0).await, world.authorized(1).await];
    let platform = world.another_process_through(ShortPages(HttpTransport::new())).await;
    for subject in &subjects {
        world.wechat.invalidate_refresh_token(subject.appid().as_str()).unwrap();
    }
    world.clock.advance(Duration::from_secs(7201));
    world.ticket().await;

    for subject in &subjects {
        for _ in 0..2 {
            let error = platform.tokens.access_token(subject).await.unwrap_err();
            assert!(matches!(error, TokenError::Healing(_)), "{error}");
        }
    }
    platform.reconciliations.advance(soon()).await.unwrap();

    let (runs, _) = platform.reconciliations.runs.list(&world.component, None, 10).await.unwrap();
    assert_eq!((runs.len(), runs[0].counts.healed), (1, 2), "{runs:?}");
    for subject in &subjects {
        platform.tokens.access_token(subject).await.unwrap();
    }
}

#[tokio::test]
async fn a_refresh_token_that_no_page_of_a_long_list_shows_needs_the_merchant() {
    let options = Options { info_carries_refresh_token: false, ..Options::default() };
    let world = World::with(options).await;
    world.authorized(1).await;
    world.clock.advance(Duration::from_secs(1));
    let subject = world.authorized(0).await;
    let platform = world.another_process_through(ShortPages(HttpTransport::new())).await;
    world.wechat.invalidate_refresh_token(subject.appid().as_str()).unwrap();
    world.wechat.hide_refresh_token(subject.appid().as_str(), true).unwrap();
    world.clock.advance(Duration::from_secs(7201));
    world.ticket().await;

    platform.tokens.access_token(&subject).await.unwrap_err();
    platform.reconciliations.advance(soon()).await.unwrap();
    let error = platform.tokens.access_token(&subject).await.unwrap_err();

    assert!(matches!(error, TokenError::NeedsAuthorization(_)), "{error}");
}

#[tokio::test]
async fn where_both_agree_nothing_changes() {
    let world = World::new().await;
    world.authorized(0).await;
    world.authorized(1).await;
    world.wechat.clear_log();

    let report = reconciled(&world).await;

    assert_eq!(report.state, ReportState::Done);
    assert_eq!((report.counts.listed, report.total), (2, 2));
    assert!(report.changes.is_empty(), "{report:?}");
    assert_eq!((world.wechat.count(LIST), world.wechat.count(INFO)), (1, 0));
}

#[tokio::test]
async fn a_refresh_token_that_is_stale_is_put_in_order() {
    let world = World::new().await;
    let subject = world.authorized(0).await;
    world.wechat.invalidate_refresh_token(subject.appid().as_str()).unwrap();

    let report = reconciled(&world).await;

    assert_eq!(changes(&report), [(subject.appid().to_string(), What::Healed)]);
    world.clock.advance(Duration::from_secs(7201));
    world.ticket().await;
    world.wechat.clear_log();
    world.platform.tokens.access_token(&subject).await.unwrap();
    assert_eq!(world.wechat.count(INFO), 0, "no healing was needed any more");
}

#[tokio::test]
async fn a_merchant_who_had_to_authorize_again_need_not_when_wechat_shows_its_token() {
    let world = World::new().await;
    let subject = world.authorized(0).await;
    let appid = subject.appid().clone();
    world.wechat.invalidate_refresh_token(appid.as_str()).unwrap();
    world.wechat.hide_refresh_token(appid.as_str(), true).unwrap();
    world.clock.advance(Duration::from_secs(7201));
    world.ticket().await;
    world.platform.tokens.access_token(&subject).await.unwrap_err();
    world.wechat.hide_refresh_token(appid.as_str(), false).unwrap();

    let report = reconciled(&world).await;

    assert_eq!(changes(&report), [(appid.to_string(), What::Healed)]);
    world.platform.tokens.access_token(&subject).await.unwrap();
    let attention = &world.platform.attention;
    let marks = attention.list(&world.component, Need::Authorization, 10).await.unwrap().0;
    assert!(marks.is_empty(), "{marks:?}");
}

#[tokio::test]
async fn a_merchant_that_nobody_told_us_of_is_taken_in() {
    let world = World::new().await;
    world.authorized(0).await;
    let appid = world.merchant(1);
    world.authorization_code(&appid).await;

    let report = reconciled(&world).await;

    assert_eq!(changes(&report), [(appid.to_string(), What::TakenIn)]);
    let subject = Subject::merchant(&world.component, &appid);
    world.platform.tokens.access_token(&subject).await.unwrap();
    assert_eq!(state(&world, 1).await, AuthorizationState::Authorized);
    assert_eq!(world.aws.bus().events_named("merchant.authorized").len(), 2);
}

#[tokio::test]
async fn a_withdrawal_that_nobody_told_us_of_is_recorded_once_wechat_confirms_it() {
    let world = World::new().await;
    world.authorized(0).await;
    world.authorized(1).await;
    world.clock.advance(Duration::from_secs(3600));
    world.ticket().await;
    let appid = world.merchant(0).to_string();
    let revoke = Revoke { appid: appid.clone(), silent: true, ..Revoke::default() };
    world.wechat.revoke(revoke).await.unwrap();

    let report = reconciled(&world).await;

    assert_eq!(changes(&report), [(appid, What::Withdrawn)]);
    assert_eq!(state(&world, 0).await, AuthorizationState::Unauthorized);
    assert_eq!(state(&world, 1).await, AuthorizationState::Authorized);
}

#[tokio::test]
async fn a_grant_after_a_withdrawal_that_was_found_counts_though_our_clock_is_ahead() {
    let world = World::new().await;
    world.authorized(0).await;
    world.clock.advance(Duration::from_secs(3600));
    world.ticket().await;
    let appid = world.merchant(0);
    let revoke = Revoke { appid: appid.to_string(), silent: true, ..Revoke::default() };
    world.wechat.revoke(revoke).await.unwrap();
    assert_eq!(changes(&reconciled(&world).await), [(appid.to_string(), What::Withdrawn)]);

    let code = world.authorization_code(&appid).await;
    let create_time = world.now() - 300;
    let push = Source::Authorized { create_time, appid: appid.clone() };
    world.platform.grants.exchange(&world.component, &code, &push).await.unwrap();

    assert_eq!(state(&world, 0).await, AuthorizationState::Authorized);
    let subject = Subject::merchant(&world.component, &appid);
    world.platform.tokens.access_token(&subject).await.unwrap();
}

#[tokio::test]
async fn a_merchant_on_record_whose_tokens_are_gone_gets_them_back() {
    let world = World::new().await;
    let subject = world.authorized(0).await;
    let item = world.platform.tokens.read(&subject).await.unwrap().unwrap();
    world.platform.tables.tokens.delete(&item.pk, &item.sk).await.unwrap();

    let report = reconciled(&world).await;

    assert_eq!(changes(&report), [(subject.appid().to_string(), What::Healed)]);
    world.platform.tokens.access_token(&subject).await.unwrap();
}

#[tokio::test]
async fn one_account_that_cannot_be_looked_up_does_not_stop_a_run() {
    let world = World::new().await;
    for place in 0..2 {
        world.authorized(place).await;
    }
    world.clock.advance(Duration::from_secs(3600));
    world.ticket().await;
    for place in 0..2 {
        let appid = world.merchant(place).to_string();
        let revoke = Revoke { appid, silent: true, ..Revoke::default() };
        world.wechat.revoke(revoke).await.unwrap();
    }
    world.wechat.fail(Fault { times: 1, ..Fault::new(INFO, How::Errcode(40013)) });

    let report = reconciled(&world).await;

    assert_eq!((report.state, report.counts.left), (ReportState::Done, 1), "{report:?}");
    assert_eq!(report.counts.withdrawn, 1);
}

#[tokio::test]
async fn an_absence_from_the_list_alone_revokes_nothing() {
    let world = World::new().await;
    let subject = world.authorized(0).await;
    world.clock.advance(Duration::from_secs(3600));
    world.ticket().await;
    let revoke = Revoke { appid: subject.appid().to_string(), silent: true, ..Revoke::default() };
    world.wechat.revoke(revoke).await.unwrap();
    world.wechat.fail(Fault { times: 100, ..Fault::new(INFO, How::Errcode(-1)) });

    let report = reconciled(&world).await;

    assert_eq!(report.state, ReportState::Running, "it goes on when WeChat answers");
    assert!(report.trouble.is_some() && report.changes.is_empty());
    assert_eq!(state(&world, 0).await, AuthorizationState::Authorized);
    let item = world.platform.tokens.read(&subject).await.unwrap().unwrap();
    assert_eq!(item.state, TokenState::Active);
}

#[tokio::test]
async fn a_run_without_time_goes_on_with_the_next_tick_and_one_is_enough_for_all() {
    let world = World::new().await;
    world.authorized(0).await;
    world.authorization_code(&world.merchant(1)).await;
    let reconciliations = &world.platform.reconciliations;
    let first = reconciliations.runs.request(&world.component, "one").await.unwrap();
    let second = reconciliations.runs.request(&world.component, "another").await.unwrap();
    assert_eq!(first.id, second.id);

    reconciliations.advance(Instant::now()).await.unwrap();
    let other = world.another_process().await;
    let (one, two) =
        tokio::join!(reconciliations.advance(soon()), other.reconciliations.advance(soon()),);
    one.unwrap();
    two.unwrap();

    let report = reconciliations.runs.find(&world.component, &first.id).await.unwrap().unwrap();
    assert_eq!((report.state, report.counts.taken_in), (ReportState::Done, 1), "{report:?}");
    let next = reconciliations.runs.request(&world.component, "one").await.unwrap();
    assert_ne!(next.id, first.id);
    let (all, more) = reconciliations.runs.list(&world.component, None, 10).await.unwrap();
    assert_eq!(all.iter().map(|report| &report.id).collect::<Vec<_>>(), [&next.id, &first.id]);
    assert!(more.is_none());
}

#[tokio::test]
async fn each_night_has_one_reconciliation_and_one_check_of_every_mini_program() {
    let world = World::new().await;
    world.authorized(0).await;
    let platform = &world.platform;
    // The test begins by day; it is made night in Beijing.
    let hour = (world.now() / 3600 + 8) % 24;
    world.clock.advance(Duration::from_secs(((24 + 3 - hour) % 24) as u64 * 3600));
    world.ticket().await;

    for _ in 0..3 {
        platform.reconciliations.begin_at_night(&world.component).await.unwrap();
        platform.reconciliations.advance(soon()).await.unwrap();
    }
    let first = platform.releases.check_at_night(&world.component, soon()).await.unwrap();
    let again = platform.releases.check_at_night(&world.component, soon()).await.unwrap();

    let (reports, _) =
        platform.reconciliations.runs.list(&world.component, None, 10).await.unwrap();
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].by, "clock");
    assert_eq!((first.checked, first.failed, again.checked), (1, 0, 0));
}

#[tokio::test]
async fn a_punishment_whose_event_was_lost_is_found_at_night() {
    let world = World::new().await;
    let subject = world.authorized(0).await;
    let platform = &world.platform;
    let punish = Punish { appid: subject.appid().to_string(), ..Punish::default() };
    let punish = Punish { reason: "内容涉嫌欺诈".to_owned(), ..punish };
    // It is pushed to nobody, here.
    world.wechat.punish(punish).await.unwrap();
    let by_day = platform.punishments.check_at_night(&world.component, soon()).await.unwrap();
    let hour = (world.now() / 3600 + 8) % 24;
    world.clock.advance(Duration::from_secs(((24 + 3 - hour) % 24) as u64 * 3600));
    world.ticket().await;

    let first = platform.punishments.check_at_night(&world.component, soon()).await.unwrap();
    let again = platform.punishments.check_at_night(&world.component, soon()).await.unwrap();

    assert_eq!((by_day.checked, first.checked, first.failed, again.checked), (0, 1, 0, 0));
    let shown = platform.punishments.show(&world.component, subject.appid()).await.unwrap();
    assert_eq!(shown.record.punishments.len(), 1);
    assert_eq!(world.aws.bus().events_named("punishment.recorded").len(), 1);
    let attention = &platform.attention;
    let (marks, _) = attention.list(&world.component, Need::Punished, 10).await.unwrap();
    assert_eq!(marks[0].appid, *subject.appid());
}

#[tokio::test]
async fn a_refresh_token_that_wechat_refuses_and_shows_is_tried_for_a_while_and_again_at_night() {
    let world = World::new().await;
    let subject = world.authorized(0).await;
    world.clock.advance(Duration::from_secs(7201));
    world.ticket().await;
    let tokens = &world.platform.tokens;
    let refused = Fault::new(REFRESH, How::Errcode(61023));
    world.wechat.fail(Fault { times: 2, ..refused.clone() });

    let first = tokens.access_token(&subject).await.unwrap_err();
    assert!(matches!(first, TokenError::Healing(_)), "{first}");
    assert_eq!(tokens.read(&subject).await.unwrap().unwrap().state, TokenState::Active);
    world.clock.advance(Duration::from_secs(31 * 60));
    let second = tokens.access_token(&subject).await.unwrap_err();
    assert!(matches!(second, TokenError::NeedsAuthorization(_)), "{second}");

    // WeChat still does not agree with itself when the next run asks, and then it does.
    world.wechat.fail(refused);
    assert_eq!(reconciled(&world).await.counts.healed, 0);
    let report = reconciled(&world).await;

    assert_eq!(changes(&report), [(subject.appid().to_string(), What::Healed)]);
    tokens.access_token(&subject).await.unwrap();
    let attention = &world.platform.attention;
    let (marks, _) = attention.list(&world.component, Need::Authorization, 10).await.unwrap();
    assert!(marks.is_empty());
}
