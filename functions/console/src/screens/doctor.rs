//! Whether the platform is well, and what to do where it is not.

use axum::{extract::State, response::Response};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Place, today};
use crate::{
    App,
    action::{Action, Then},
    api::Component,
    pieces::{self, Tone, badge},
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
    life_seconds: i64,
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

/// A ticket is asked for again after twenty minutes, and alarming after thirty.
const TICKET_LATE: i64 = 30 * 60;

/// `GET /console/doctor`
pub(super) async fn page(State(app): State<App>, signed: Signed) -> Result<Response, Trouble> {
    let language = signed.language;
    let components = app.api.components(&signed.caller).await?;
    let health = today::every_health(&app, &signed, &components).await;
    let mut parts = Vec::new();
    for (component, health, dead) in &health {
        let path = ["components", &component.appid, "reconciliations"];
        let runs: Runs = app.api.get(&signed.caller, &path, &[]).await?;
        parts.push(html! {
            section.card {
                h2 { (component.name) " " code { (component.appid) } }
                (checks(health, *dead, language))
                @if let Ok(health) = health { (addresses(health, language)) }
                h3 { (ACTIONS[0].title.read(language)) }
                @if let Some(run) = runs.reconciliations.first() { (draw_run(run, language)) }
                (ACTIONS[0].link(&signed, &[("component", &component.appid)]))
            }
        });
    }
    let content = html! {
        h1 { (Place::Doctor.title().read(language)) }
        @for part in &parts { (part) }
    };
    Ok(shell::page(&app, &signed, Some(Place::Doctor), &Place::Doctor.title(), content).await)
}

/// A component at a glance.
pub(super) fn card(
    component: &Component,
    health: &Result<Health, Trouble>,
    dead: Option<bool>,
    language: Language,
) -> Markup {
    html! {
        article.card {
            h3 { a href={ "/console/" (component.appid) "/mini-programs" } { (component.name) } }
            (checks(health, dead, language))
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
        Some(token) if token.state == "active" && token.life_seconds > 0 => (
            Tone::Good,
            Text::new(
                format!("还有 {} 分钟", token.life_seconds / 60),
                format!("good for {} min", token.life_seconds / 60),
            ),
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
