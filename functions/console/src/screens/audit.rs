//! Who did what, when, from where, and what came of it.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::Place;
use crate::{
    App,
    pieces::{self, Tone, badge},
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    at: String,
    key_name: String,
    role: String,
    operation: String,
    title: String,
    component: Option<String>,
    appid: Option<String>,
    request: String,
    source_ip: Option<String>,
    approved_by_name: Option<String>,
    outcome: Option<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    status: u16,
    errcode: Option<i64>,
}

/// `GET /console/audit`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let day = query.text("day");
    let asked: Vec<(&str, &str)> = [("day", day), ("cursor", query.text("cursor"))]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let log: Log = app.api.get(&signed.caller, &["audit"], &asked).await?;
    let title = Place::Audit.title();
    let content = html! {
        h1 { (title.read(language)) }
        form.filter method="get" {
            label for="day" { (Text::fixed("日期（UTC）", "Day (UTC)").read(language)) }
            input type="date" id="day" name="day" value=(day);
            button { (Text::fixed("查看", "Show").read(language)) }
        }
        @if log.entries.is_empty() {
            (pieces::empty(language, &Text::fixed("这一天没有操作。", "Nothing was done on this day."), html! {}))
        } @else {
            div.table { table {
                thead { tr {
                    th scope="col" { (words::TIME.read(language)) }
                    th scope="col" { (Text::fixed("谁", "Who").read(language)) }
                    th scope="col" { (Text::fixed("做了什么", "What").read(language)) }
                    th scope="col" { (Text::fixed("结果", "Outcome").read(language)) }
                } }
                tbody { @for entry in &log.entries { tr {
                    td { (pieces::time(&entry.at)) }
                    th scope="row" { (entry.key_name) br; span.small { (words::role(&entry.role).read(language))
                        @if let Some(ip) = &entry.source_ip { " · " (ip) } }
                        @if let Some(by) = &entry.approved_by_name { br; span.small { (Text::fixed("批准：", "approved by ").read(language)) (by) } } }
                    td { (entry.title) " " code.small { (entry.operation) }
                        @if let Some(appid) = entry.appid.as_ref().or(entry.component.as_ref()) { br; code.small { (appid) } }
                        @if !entry.request.is_empty() { details.small { summary { (Text::fixed("请求", "Request").read(language)) } pre { (entry.request) } } } }
                    td { (outcome(entry.outcome.as_ref(), language)) }
                } } }
            } }
            (pieces::more(language, &signed.here, log.next_cursor.as_deref()))
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Audit), &title, content).await)
}

fn outcome(outcome: Option<&Outcome>, language: Language) -> Markup {
    let Some(outcome) = outcome else {
        return badge(Tone::Warn, Text::fixed("结果未知", "unknown").read(language));
    };
    let tone = if outcome.status < 400 { Tone::Good } else { Tone::Bad };
    html! {
        (badge(tone, &outcome.status.to_string()))
        @if let Some(errcode) = outcome.errcode { " " a href={ "/console/errcodes?code=" (errcode) } { (errcode) } }
    }
}
