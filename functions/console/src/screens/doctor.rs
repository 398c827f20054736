//! Whether the platform is well, and what to do where it is not.

use axum::{extract::State, response::Response};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;
use tokio::task::JoinSet;

use super::{Place, settings::Quota};
use crate::{
    App,
    action::{Action, Then},
    api::Component,
    pieces::{self, Check, Tone, badge},
    session::Role,
    shell,
    trouble::Trouble,
    visitor::Signed,
};

/// A component as the API shows it.
#[derive(Deserialize)]
pub(super) struct Health {
    events_address: String,
    messages_address: String,
    authorization_link: String,
    ticket: Option<Ticket>,
    token: Option<Token>,
}

#[derive(Deserialize)]
struct Ticket {
    age_seconds: i64,
}

#[derive(Deserialize)]
struct Token {
    life_seconds: Option<i64>,
    state: String,
    failure: Option<String>,
}

#[derive(Deserialize)]
struct Runs {
    reconciliations: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    state: String,
    started_at: String,
    listed: u64,
    healed: u64,
    taken_in: u64,
    withdrawn: u64,
    trouble: Option<String>,
}

pub(super) static ACTIONS: [Action; 1] = [Action {
    name: "reconcile",
    title: Text::fixed("与微信核对授权名单", "Compare authorizations with WeChat"),
    rule: Text::fixed(
        "逐页读取微信的授权名单并与本地记录比对，补上漏收的授权、修复丢失的刷新令牌；不会仅因名单中没有就取消授权",
        "reads WeChat's list page by page, takes in what was missed and heals lost refresh tokens; nobody is revoked for an absence alone",
    ),
    button: Text::fixed("开始核对", "Start"),
    done: Text::fixed("核对已开始", "The comparison has begun"),
    least: Role::Releaser,
    danger: false,
    method: Method::POST,
    path: "components/{component}/reconciliations",
    fields: &[],
    then: Then::Back,
}];

const ABOUT: Text = Text::fixed(
    "打开本页即做一次检查：读取记录，向微信询问一次，并从公网访问回调地址。不改动任何内容。",
    "Opening this page looks at everything once: what is on record, one question to WeChat, and the callback addresses from outside. It changes nothing.",
);
const AGAIN: Text = Text::fixed("重新检查", "Check again");
const ADDRESSES: Text =
    Text::fixed("填写到开放平台的地址", "Addresses to enter at the open platform");

/// A ticket is asked for again after twenty minutes, and alarming after thirty.
const TICKET_LATE: i64 = 30 * 60;

/// What a check-up found.
#[derive(Deserialize)]
struct Checkup {
    well: bool,
    checked_at: String,
    checks: Vec<Check>,
}

/// `GET /console/doctor`
pub(super) async fn page(State(app): State<App>, signed: Signed) -> Result<Response, Trouble> {
    let language = signed.language;
    let components = app.api.components(&signed.caller).await?;
    // Each takes seconds where somebody does not answer: all at once.
    let mut looking = JoinSet::new();
    for (place, component) in components.iter().cloned().enumerate() {
        let (app, signed) = (app.clone(), signed.clone());
        looking.spawn(async move { (place, section(&app, &signed, &component).await) });
    }
    let mut sections = looking.join_all().await;
    sections.sort_by_key(|(place, _)| *place);
    let content = html! {
        h1 { (Place::Doctor.title().read(language)) }
        p.about { (ABOUT.read(language)) }
        @for (_, section) in sections { (section?) }
        p.actions { a.button href="/console/doctor" { (AGAIN.read(language)) } }
    };
    Ok(shell::page(&app, &signed, Some(Place::Doctor), &Place::Doctor.title(), content).await)
}

/// A component's check-up, the addresses to enter at WeChat, and its last reconciliation.
async fn section(app: &App, signed: &Signed, component: &Component) -> Result<Markup, Trouble> {
    let language = signed.language;
    let base = ["components", &*component.appid];
    let path = |last| [base[0], base[1], last];
    let (checkup, health, runs) = (path("checkup"), base, path("reconciliations"));
    let (checkup, health, runs) = tokio::join!(
        app.api.get::<Checkup>(&signed.caller, &checkup, &[]),
        app.api.get::<Health>(&signed.caller, &health, &[]),
        app.api.get::<Runs>(&signed.caller, &runs, &[]),
    );
    let runs = runs?;
    Ok(html! {
        section.card {
            h2 { (component.name) " " code { (component.appid) } }
            @match &checkup {
                Ok(checkup) => { (draw_checkup(checkup, &component.appid, signed)) }
                Err(trouble) => { (trouble.markup(language)) }
            }
            h3 { (ADDRESSES.read(language)) }
            @match &health {
                Ok(health) => { (addresses(health, language)) }
                Err(trouble) => { (trouble.markup(language)) }
            }
            h3 { (ACTIONS[0].title.read(language)) }
            @if let Some(run) = runs.reconciliations.first() { (draw_run(run, language)) }
            (ACTIONS[0].link(signed, &[("component", &component.appid)]))
        }
    })
}

/// What failed stands first, what passed last.
fn draw_checkup(checkup: &Checkup, component: &str, signed: &Signed) -> Markup {
    let language = signed.language;
    let mut checks: Vec<&Check> = checkup.checks.iter().collect();
    checks.sort_by_key(|check| match &*check.status {
        "fail" => 0,
        "warn" => 1,
        "pass" => 3,
        _ => 2,
    });
    let (tone, words) = match checkup.well {
        false => (Tone::Bad, Text::fixed("有检查未通过", "a check failed")),
        true if checks.iter().all(|check| check.status == "pass") => {
            (Tone::Good, Text::fixed("一切正常", "all is well"))
        }
        true => {
            (Tone::Warn, Text::fixed("没有故障，有几点请留意", "nothing failed; mind a few things"))
        }
    };
    html! {
        p { (badge(tone, words.read(language))) " " span.small { (pieces::time(&checkup.checked_at)) } }
        (pieces::checks(language, checks, |check| way(check, component, signed)))
    }
}

/// The page where something is done about a check; or a page outside.
fn way(check: &Check, component: &str, signed: &Signed) -> Option<Markup> {
    let (place, below) = match &*check.id {
        "quotas" => (Place::Settings, "/quotas"),
        "payment-certificates" => (Place::Today, ""),
        "operator-keys" | "guesses" => (Place::Keys, ""),
        "audit-log" => (Place::Audit, ""),
        "self-test" => (Place::SelfTest, ""),
        "dead-events" => (Place::Events, "?state=dead"),
        _ => return check.outside(),
    };
    let address = place.address(Some(component)).filter(|_| signed.session.may(place.least()))?;
    Some(html! { a href={ (address) (below) } { (place.title().read(signed.language)) } })
}

/// A component at a glance.
pub(super) fn card(
    component: &Component,
    health: &Result<Health, Trouble>,
    dead: Option<bool>,
    quotas: &[Quota],
    language: Language,
) -> Markup {
    let vital = quotas.iter().filter(|quota| quota.is_vital());
    let lines: Vec<_> = vital.map(|quota| quota.line(language)).collect();
    html! {
        article.card {
            h3 { a href={ "/console/" (component.appid) "/mini-programs" } { (component.name) } }
            (checks(health, dead, language))
            @if !lines.is_empty() { (pieces::facts(language, &lines)) }
        }
    }
}

fn checks(health: &Result<Health, Trouble>, dead: Option<bool>, language: Language) -> Markup {
    let health = match health {
        Ok(health) => health,
        Err(trouble) => return trouble.markup(language),
    };
    let ticket = match &health.ticket {
        None => (Tone::Bad, Text::fixed("还没有收到", "none yet")),
        Some(ticket) => (
            if ticket.age_seconds > TICKET_LATE { Tone::Bad } else { Tone::Good },
            Text::new(
                format!("{} 分钟前", ticket.age_seconds / 60),
                format!("{} min ago", ticket.age_seconds / 60),
            ),
        ),
    };
    let token = match &health.token {
        None => (Tone::Warn, Text::fixed("尚未获取", "none yet")),
        Some(Token { state, life_seconds: Some(life), .. }) if state == "active" && *life > 0 => (
            Tone::Good,
            Text::new(format!("还有 {} 分钟", life / 60), format!("good for {} min", life / 60)),
        ),
        Some(_) => (Tone::Bad, Text::fixed("已失效", "expired")),
    };
    let failure = health.token.as_ref().and_then(|token| token.failure.as_deref());
    let pushes = match dead {
        Some(false) => (Tone::Good, Text::fixed("全部已处理", "all worked off")),
        Some(true) => (Tone::Bad, Text::fixed("有处理失败的", "some failed")),
        None => (Tone::Plain, Text::fixed("未知", "unknown")),
    };
    html! {
        (pieces::facts(language, &[
            (Text::fixed("验证票据", "Ticket"), badge(ticket.0, ticket.1.read(language))),
            (Text::fixed("平台令牌", "Component token"), badge(token.0, token.1.read(language))),
            (Text::fixed("推送", "Pushes"), badge(pushes.0, pushes.1.read(language))),
        ]))
        @if let Some(failure) = failure { p.small { (failure) } }
    }
}

/// What is entered at WeChat's open platform.
fn addresses(health: &Health, language: Language) -> Markup {
    pieces::facts(
        language,
        &[
            (
                Text::fixed("授权事件接收 URL", "Authorization events URL"),
                html! { code.copy { (health.events_address) } },
            ),
            (
                Text::fixed("消息与事件接收 URL", "Messages and events URL"),
                html! { code.copy { (health.messages_address) } },
            ),
            (
                Text::fixed("授权链接", "Authorization link"),
                html! { a href=(health.authorization_link) { (health.authorization_link) } },
            ),
        ],
    )
}

fn draw_run(run: &Run, language: Language) -> Markup {
    let tone = match run.state.as_str() {
        "done" => Tone::Good,
        "running" => Tone::Busy,
        _ => Tone::Bad,
    };
    let state = match run.state.as_str() {
        "done" => Text::fixed("已完成", "done"),
        "running" => Text::fixed("进行中", "running"),
        _ => Text::fixed("失败", "failed"),
    };
    let found = Text::new(
        format!(
            "核对 {}，修复 {}，补录 {}，取消 {}",
            run.listed, run.healed, run.taken_in, run.withdrawn
        ),
        format!(
            "{} compared, {} healed, {} taken in, {} withdrawn",
            run.listed, run.healed, run.taken_in, run.withdrawn
        ),
    );
    html! {
        p { (badge(tone, state.read(language))) " " (pieces::time(&run.started_at)) " · " (found.read(language)) }
        @if let Some(trouble) = &run.trouble { p.small { (trouble) } }
    }
}
