//! WeChat's check before a platform goes live (全网发布检测), played against a base URL.

use axum::{
    Router,
    extract::{Path, State},
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
    action::{Action, Field, Kind, Then},
    pieces::{self, Tone, badge},
    session::Role,
    shell,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Test {
    state: String,
    base_url: String,
    started_at: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    pair: Option<u8>,
    appid: Option<String>,
    what: String,
    state: String,
    milliseconds: u64,
    result: String,
    what_to_do: Option<String>,
}

pub(super) static ACTIONS: [Action; 1] = [Action {
    name: "self-test",
    title: Text::fixed("全网发布自检", "Play the go-live check"),
    rule: Text::fixed(
        "按微信全网发布检测的做法，用真实加密向这个地址推送票据、授权事件和五组测试账号的消息，逐条检查应答。几秒钟完成，不影响商家",
        "pushes the ticket, the authorization events and the messages of all five pairs of test accounts with the real cryptography, and looks at each answer. It takes seconds and touches no merchant",
    ),
    button: Text::fixed("开始自检", "Start"),
    done: Text::fixed("自检已开始，结果逐条显示在这里", "It has begun; what is found shows here"),
    least: Role::Admin,
    danger: false,
    method: Method::POST,
    path: "components/{component}/self-tests",
    fields: &[Field::new("base_url", Text::fixed("被测地址", "Where it is"), Kind::Line).hint(
        Text::fixed(
            "如 https://fleet.example.com，须为公网地址；留空则检测本系统",
            "such as https://fleet.example.com, a public address; empty for this deployment",
        ),
    )],
    then: Then::Open("/console/{component}/self-tests/{id}"),
}];

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/console/{component}/self-tests", get(page))
        .route("/console/{component}/self-tests/{id}", get(one))
}

/// `GET /console/{component}/self-tests`
async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
) -> Result<Response, Trouble> {
    let title = Place::SelfTest.title();
    let content = html! {
        h1 { (title.read(signed.language)) }
        @if signed.session.may(ACTIONS[0].least) {
            (ACTIONS[0].form(&app, &signed, &[("component", &component)]))
        } @else {
            p { (words::NOT_YOURS.read(signed.language)) }
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::SelfTest), &title, content).await)
}

/// `GET /console/{component}/self-tests/{id}`
async fn one(
    State(app): State<App>,
    signed: Signed,
    Path((component, id)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let path = ["components", &component, "self-tests", &id];
    let test: Test = app.api.get(&signed.caller, &path, &[]).await?;
    let passed = test.steps.iter().filter(|step| step.state == "passed").count();
    let running = (test.state == "running").then_some("every 1s");
    let list = format!("/console/{component}/self-tests");
    let title = Place::SelfTest.title();
    let content = html! {
        p.way { a href=(list) { "‹ " (title.read(language)) } }
        div #live hx-get=[running.map(|_| &signed.here)] hx-trigger=[running] hx-select="#live" hx-swap="outerHTML" {
            h1 { (test.base_url) " " (state(&test.state, language)) }
            p.about { (pieces::time(&test.started_at)) " · " (passed) " / " (test.steps.len()) }
            @if !test.steps.is_empty() {
                div.table tabindex="0" { table {
                    thead { tr {
                        th scope="col" { (Text::fixed("步骤", "Step").read(language)) }
                        th scope="col" { (Text::fixed("测试账号", "Test account").read(language)) }
                        th scope="col" { (Text::fixed("结果", "Result").read(language)) }
                        th scope="col" { (Text::fixed("耗时", "Took").read(language)) }
                    } }
                    tbody { @for step in &test.steps { (draw(step, language)) } }
                } }
            }
        }
        p.actions { (ACTIONS[0].link(&signed, &[("component", &component), ("base_url", &test.base_url)])) }
    };
    Ok(shell::page(&app, &signed, Some(Place::SelfTest), &title, content).await)
}

fn draw(step: &Step, language: Language) -> Markup {
    html! {
        tr {
            th scope="row" { (step.what) }
            td {
                @if let Some(pair) = step.pair { (pair) " · " }
                @if let Some(appid) = &step.appid { code { (appid) } } @else { "—" }
            }
            td {
                (state(&step.state, language))
                @if step.state != "passed" { p { (step.result) } }
                @if let Some(what_to_do) = &step.what_to_do { p.do { (what_to_do) } }
            }
            td { (step.milliseconds) " ms" }
        }
    }
}

fn state(state: &str, language: Language) -> Markup {
    let (tone, words) = match state {
        "passed" => (Tone::Good, Text::fixed("通过", "passed")),
        "failed" => (Tone::Bad, Text::fixed("未通过", "failed")),
        _ => (Tone::Busy, Text::fixed("进行中", "running")),
    };
    badge(tone, words.read(language))
}
