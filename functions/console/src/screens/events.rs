//! What WeChat pushed, what became of it, and a second try for what failed.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;
use serde_json::{Map, Value};

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
struct Events {
    events: Vec<Event>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    name: String,
    appid: Option<String>,
    state: String,
    attempts: u32,
    created_at: String,
    received_at: String,
    last_error: Option<String>,
    #[serde(default)]
    content: Option<Map<String, Value>>,
}

pub(super) static ACTIONS: [Action; 2] = [
    Action {
        name: "replay",
        title: Text::fixed("重新处理", "Try again"),
        rule: Text::fixed(
            "把这个事件再处理一遍。已经生效的部分不会重复生效",
            "works the event off once more. What already took effect does not take effect twice",
        ),
        button: Text::fixed("重新处理", "Try again"),
        done: Text::fixed("已重新排队", "It is in the queue again"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/events/{id}/replay",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "replay-all",
        title: Text::fixed("全部重新处理", "Try all failed ones again"),
        rule: Text::fixed(
            "把处理失败的事件全部重新排队，一次最多一批；还有剩余时再点一次",
            "puts every failed event into the queue again, a batch at a time; repeat while there are more",
        ),
        button: Text::fixed("全部重新处理", "Try all again"),
        done: Text::fixed("已重新排队", "They are in the queue again"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/events/replay",
        fields: &[],
        then: Then::Back,
    },
];

static STATES: [(&str, Text); 3] = [
    ("dead", Text::fixed("处理失败", "Failed")),
    ("received", Text::fixed("等待处理", "Waiting")),
    ("done", Text::fixed("已处理", "Done")),
];

/// `GET /console/{component}/events`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let state =
        STATES.iter().find(|(name, _)| query.get("state") == Some(name)).unwrap_or(&STATES[0]);
    let mut asked = vec![("state", state.0), ("limit", "50")];
    asked.extend(query.get("cursor").map(|cursor| ("cursor", cursor)));
    let path = ["components", &component, "events"];
    let list: Events = app.api.get(&signed.caller, &path, &asked).await?;
    let [replay, replay_all] = &ACTIONS;
    let title = Place::Events.title();
    let path = format!("/console/{component}/events");
    let content = html! {
        h1 { (title.read(language)) }
        nav.tabs aria-label=(words::STATE.read(language)) {
            @for (name, title) in &STATES {
                a href={ (path) "?state=" (name) } aria-current=[(*name == state.0).then_some("page")] {
                    (title.read(language))
                }
            }
        }
        @if list.events.is_empty() {
            (pieces::empty(language, &Text::fixed("没有事件。", "No events."), html! {}))
        } @else {
            @if state.0 == "dead" { p.actions { (replay_all.link(&signed, &[("component", &component)])) } }
            div.table { table {
                thead { tr {
                    th scope="col" { (Text::fixed("事件", "Event").read(language)) }
                    th scope="col" { (Text::fixed("小程序", "Mini program").read(language)) }
                    th scope="col" { (Text::fixed("收到", "Received").read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                    td {}
                } }
                tbody { @for event in &list.events { tr {
                    th scope="row" { a href={ (path) "/" (event.id) } { (event.name) } br; code.small { (event.id.get(..12).unwrap_or(&event.id)) } }
                    td { @if let Some(appid) = &event.appid {
                        a href={ "/console/" (component) "/mini-programs/" (appid) } { code { (appid) } } } }
                    td { (pieces::time(&event.received_at)) }
                    td { (state_badge(language, event)) @if let Some(error) = &event.last_error { p.small { (error) } } }
                    td { @if event.state == "dead" {
                        (replay.link(&signed, &[("component", &component), ("id", &event.id)])) } }
                } } }
            } }
            (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Events), &title, content).await)
}

/// `GET /console/{component}/events/{id}`
pub(super) async fn one(
    State(app): State<App>,
    signed: Signed,
    Path((component, id)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let event: Event =
        app.api.get(&signed.caller, &["components", &component, "events", &id], &[]).await?;
    let [replay, _] = &ACTIONS;
    let title = Place::Events.title();
    let content = html! {
        p.way { a href={ "/console/" (component) "/events" } { "‹ " (title.read(language)) } }
        h1 { (event.name) " " (state_badge(language, &event)) }
        (pieces::facts(language, &[
            (Text::fixed("编号", "Id"), html! { code { (event.id) } }),
            (Text::fixed("小程序", "Mini program"), html! {
                @match &event.appid {
                    Some(appid) => a href={ "/console/" (component) "/mini-programs/" (appid) } { code { (appid) } },
                    None => "—",
                }
            }),
            (Text::fixed("发生", "Happened"), pieces::time(&event.created_at)),
            (Text::fixed("收到", "Received"), pieces::time(&event.received_at)),
        ]))
        @if let Some(error) = &event.last_error {
            h2 { (Text::fixed("上次失败的原因", "Why it failed the last time").read(language)) }
            p { (error) }
        }
        @if event.state == "dead" {
            p.actions { (replay.link(&signed, &[("component", &component), ("id", &event.id)])) }
        }
        h2 { (Text::fixed("内容", "Content").read(language)) }
        @match &event.content {
            Some(content) => {
                p.about { (Text::fixed(
                    "本系统尚不认识这类事件，以下是微信发来的内容，可能涉密的已隐去",
                    "this kind of event is new to the system; this is what WeChat said, without what may be a secret",
                ).read(language)) }
                pre.code tabindex="0" { (format!("{:#}", Value::from(content.clone()))) }
            }
            None => p.about { (Text::fixed(
                "已按内容更新相应的记录；原文可能涉密，不在这里显示",
                "the records that it concerns were brought up to date; its text may hold a secret and is not shown",
            ).read(language)) }
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Events), &title, content).await)
}

/// Whether any push waits for a person.
pub(super) async fn any_dead(app: &App, signed: &Signed, component: &str) -> Result<bool, Trouble> {
    let path = ["components", component, "events"];
    let list: Events =
        app.api.get(&signed.caller, &path, &[("state", "dead"), ("limit", "1")]).await?;
    Ok(!list.events.is_empty())
}

fn state_badge(language: Language, event: &Event) -> Markup {
    let (tone, words) = match event.state.as_str() {
        "done" => (Tone::Good, Text::fixed("已处理", "done")),
        "dead" => (
            Tone::Bad,
            Text::new(
                format!("试了 {} 次仍失败", event.attempts),
                format!("failed {} times", event.attempts),
            ),
        ),
        _ => (Tone::Busy, Text::fixed("等待处理", "waiting")),
    };
    badge(tone, words.read(language))
}
