//! The board: how far each mini program is from its authorization to its first version online, and
//! what it waits for.

pub(super) mod plan;

use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::get,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::Place;
use crate::{
    App,
    action::{Action, Then},
    pieces::{self, Tone, badge},
    session::Role,
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Board {
    onboardings: Vec<Row>,
    next_cursor: Option<String>,
    /// With the first part of the list only.
    #[serde(default)]
    stages: Vec<Stage>,
}

#[derive(Deserialize)]
struct Stage {
    stage: String,
    title: String,
    count: u64,
    waiting: u64,
    failed: u64,
}

#[derive(Deserialize)]
struct Row {
    appid: String,
    name: String,
    stage_text: String,
    state: String,
    state_text: String,
    step_title: Option<String>,
    whom_text: Option<String>,
    why: Option<String>,
    what_to_do: Option<String>,
    since: String,
}

const NONE: Text = Text::fixed(
    "这里还没有小程序。写好上线方案并打开“自动开始”，新授权的小程序就会自己走到上线。",
    "No mini programs here. With a plan that begins by itself, those that authorize go online on their own.",
);

static STATES: [(&str, Text); 6] = [
    ("", words::ALL),
    ("running", Text::fixed("进行中", "going on")),
    ("waiting", Text::fixed("等待中", "waiting")),
    ("failed", Text::fixed("出错", "failed")),
    ("finished", Text::fixed("已完成", "finished")),
    ("stopped", Text::fixed("已停止", "stopped")),
];

const fn simple(
    name: &'static str,
    method: Method,
    path: &'static str,
    (zh, en): (&'static str, &'static str),
    rule: Text,
    done: Text,
    danger: bool,
) -> Action {
    Action {
        name,
        title: Text::fixed(zh, en),
        rule,
        button: Text::fixed(zh, en),
        done,
        least: Role::Releaser,
        danger,
        method,
        path,
        fields: &[],
        then: Then::Back,
    }
}

pub(super) static ACTIONS: [Action; 3] = [
    simple(
        "begin-onboarding",
        Method::POST,
        "components/{component}/mini-programs/{appid}/onboarding",
        ("按现在的方案开始", "Begin with the plan as it is"),
        Text::fixed(
            "从头走一遍上线方案；已经做好的会自动跳过，要人处理的会停下来说明",
            "goes through the plan from its beginning; what is done already is passed over, and it stops where a person is needed",
        ),
        Text::fixed("已开始", "It has begun"),
        false,
    ),
    simple(
        "retry-onboarding",
        Method::POST,
        "components/{component}/mini-programs/{appid}/onboarding/retry",
        ("再试一次", "Try again"),
        Text::fixed(
            "一分钟内再看一次现在的这一步",
            "the present step is looked at once more, within a minute",
        ),
        Text::fixed("一分钟内再试", "It is tried within a minute"),
        false,
    ),
    simple(
        "stop-onboarding",
        Method::DELETE,
        "components/{component}/mini-programs/{appid}/onboarding",
        ("停止", "Stop"),
        Text::fixed(
            "不再自动往下走；已经做好的保持不变，可以重新开始",
            "it goes no further by itself; what was done stays, and it can be begun again",
        ),
        Text::fixed("已停止", "Stopped"),
        true,
    ),
];

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/console/{component}/onboarding", get(page))
        .route("/console/{component}/onboarding/plan", get(plan::page))
}

/// What a state looks like.
pub(super) fn state_badge(state: &str, words: &str) -> Markup {
    let tone = match state {
        "running" | "pending" => Tone::Busy,
        "waiting" => Tone::Warn,
        "failed" => Tone::Bad,
        "finished" | "done" => Tone::Good,
        _ => Tone::Plain,
    };
    badge(tone, words)
}

/// `GET /console/{component}/onboarding`
async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.as_deref().unwrap_or("").as_bytes());
    let names = ["stage", "state", "cursor"];
    let asked: Vec<(&str, &str)> = names
        .into_iter()
        .map(|name| (name, query.text(name)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let path = ["components", &component, "onboardings"];
    let board: Board = app.api.get(&signed.caller, &path, &asked).await?;
    let title = Place::Onboarding.title();
    let here = format!("/console/{component}/onboarding");
    let content = html! {
        div.split {
            h1 { (title.read(language)) }
            a.button href={ (here) "/plan" } { (plan::TITLE.read(language)) }
        }
        div #live hx-get=(signed.here) hx-trigger="every 30s" hx-select="#live" hx-swap="outerHTML" {
            @if !board.stages.is_empty() { (columns(&board.stages, &query, &signed.here, language)) }
            nav.tabs aria-label=(words::STATE.read(language)) {
                @for (name, title) in &STATES {
                    a href=(pieces::with(&pieces::with(&signed.here, "cursor", ""), "state", name))
                        aria-current=[(*name == query.text("state")).then_some("page")] { (title.read(language)) }
                }
            }
            @if board.onboardings.is_empty() {
                (pieces::empty(language, &NONE, html! {}))
            } @else {
                (table(&app, &component, &board.onboardings, language))
                (pieces::more(language, &signed.here, board.next_cursor.as_deref()))
            }
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Onboarding), &title, content).await)
}

/// How many are where; each leads to those that are there.
fn columns(stages: &[Stage], query: &Fields, here: &str, language: Language) -> Markup {
    let chosen = query.text("stage");
    let clean = pieces::with(&pieces::with(here, "cursor", ""), "state", "");
    html! {
        ol.stages {
            @for stage in stages {
                @let is_chosen = stage.stage == chosen;
                @let to = if is_chosen { "" } else { stage.stage.as_str() };
                li { a href=(pieces::with(&clean, "stage", to)) aria-current=[is_chosen.then_some("true")] {
                    span.small { (stage.title) }
                    strong { (stage.count) }
                    @if stage.failed > 0 { (badge(Tone::Bad, Text::new(
                        format!("{} 出错", stage.failed), format!("{} failed", stage.failed),
                    ).read(language))) }
                    @if stage.waiting > 0 { (badge(Tone::Warn, Text::new(
                        format!("{} 等人", stage.waiting), format!("{} need somebody", stage.waiting),
                    ).read(language))) }
                } }
            }
        }
    }
}

fn table(app: &App, component: &str, rows: &[Row], language: Language) -> Markup {
    html! {
        div.table { table {
            thead { tr {
                th scope="col" { (Place::MiniPrograms.title().read(language)) }
                th scope="col" { (Text::fixed("到哪一步", "How far").read(language)) }
                th scope="col" { (Text::fixed("等什么，怎么办", "What it waits for, what to do").read(language)) }
                th scope="col" { (Text::fixed("已有多久", "For how long").read(language)) }
            } }
            tbody { @for row in rows { tr {
                th scope="row" {
                    a href={ "/console/" (component) "/mini-programs/" (row.appid) "/onboarding" } { (row.name) }
                    p.small { code { (row.appid) } }
                }
                td { (row.step_title.as_deref().unwrap_or(&row.stage_text)) " " (state_badge(&row.state, &row.state_text)) }
                td {
                    @if let Some(why) = &row.why { p { (why)
                        @if let Some(whom) = &row.whom_text { " " (badge(Tone::Plain, whom)) } } }
                    @if let Some(what_to_do) = &row.what_to_do { p.do { (what_to_do) } }
                }
                td { (pieces::ago(&row.since, app.clock.now(), language)) }
            } } }
        } }
    }
}
