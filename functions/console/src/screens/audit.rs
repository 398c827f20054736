//! Who did what, when, from where, and what came of it.

mod export;

pub(super) use export::{file, parts};

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
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    what: String,
    before: Option<String>,
    after: Option<String>,
}

/// How far the log is chained.
#[derive(Deserialize)]
struct Chain {
    until: Option<String>,
    links: u64,
    lines: u64,
    hash: Option<String>,
    anchored: Option<String>,
    anchor_is_late: bool,
}

/// What a look at a part of the chain came to.
#[derive(Deserialize)]
struct Verified {
    intact: bool,
    after: String,
    until: String,
    links: u64,
    lines: u64,
    anchors: u64,
    broken: Option<Broken>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Broken {
    minute: String,
    flaw: String,
    text: String,
    entry: Option<String>,
}

const ABOUT: Text = Text::fixed(
    "每分钟的记录都与之前的链在一起，每天的链尾写入无法删改的存储桶；事后改动、删除、添加或对调任何一条，校验都会指出。",
    "Each minute's entries are chained to all before them, and each day's end is anchored in a bucket where nothing can be changed; whatever is changed, removed, added or swapped afterwards is found.",
);
const VERIFY: Text = Text::fixed("校验", "Verify");

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
    let (log, chain) = tokio::join!(
        app.api.get::<Log>(&signed.caller, &["audit"], &asked),
        app.api.get::<Chain>(&signed.caller, &["audit", "chain"], &[]),
    );
    let (log, chain) = (log?, chain?);
    let title = Place::Audit.title();
    let content = html! {
        h1 { (title.read(language)) }
        form.filter method="get" {
            label for="day" { (Text::fixed("日期（UTC）", "Day (UTC)").read(language)) }
            input type="date" id="day" name="day" value=(day);
            button { (Text::fixed("查看", "Show").read(language)) }
        }
        p.small { (ABOUT.read(language)) }
        p.small { (chained(&chain, language)) }
        form.filter method="get" action="/console/audit/verification" {
            input type="hidden" name="from" value=(day);
            button { (VERIFY.read(language)) }
        }
        (export::form(day, day, language))
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
                        @if !entry.request.is_empty() { details.small { summary { (Text::fixed("请求", "Request").read(language)) } pre { (entry.request) } } }
                        @if let Some(outcome) = entry.outcome.as_ref().filter(|it| !it.changes.is_empty()) { (changes(&outcome.changes, language)) } }
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

/// What was there before and after.
fn changes(changes: &[Change], language: Language) -> Markup {
    let none = Text::fixed("无", "nothing");
    let side =
        |side: &Option<String>| side.clone().unwrap_or_else(|| none.read(language).to_owned());
    html! {
        details.small {
            summary { (Text::fixed("变更", "Changes").read(language)) }
            @for Change { what, before, after } in changes {
                p { code { (what) } }
                pre { "− " (side(before)) "\n+ " (side(after)) }
            }
        }
    }
}

fn chained(chain: &Chain, language: Language) -> Markup {
    html! {
        @match &chain.until {
            None => (Text::fixed("还没有任何记录被链接。", "Nothing is chained yet.").read(language)),
            Some(until) => {
                (Text::new(
                    format!("已链接至 {until}（UTC）：{} 节，{} 行。", chain.links, chain.lines),
                    format!("Chained up to {until} (UTC): {} links, {} lines.", chain.links, chain.lines),
                ).read(language))
                @if let Some(hash) = &chain.hash { " " code { (hash) } }
            }
        }
        @if let Some(day) = &chain.anchored {
            " " (Text::new(format!("锚点写到 {day}。"), format!("Anchored up to {day}.")).read(language))
        }
        @if chain.anchor_is_late {
            " " (badge(Tone::Warn, Text::fixed("锚点缺失", "not anchored").read(language)))
        }
    }
}

/// `GET /console/audit/verification`: a part of the chain, and where the next part begins.
pub(super) async fn verification(
    State(app): State<App>,
    signed: Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let asked: Vec<(&str, &str)> = [("from", query.text("from")), ("cursor", query.text("cursor"))]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let found: Verified = app.api.get(&signed.caller, &["audit", "verification"], &asked).await?;
    let title = Text::fixed("校验操作记录", "Verify the audit log");
    let counted = Text::new(
        format!(
            "{} 之后至 {}（UTC）：{} 节、{} 行、{} 个锚点正确。",
            found.after, found.until, found.links, found.lines, found.anchors
        ),
        format!(
            "After {} up to {} (UTC): {} links, {} lines and {} anchors are right.",
            found.after, found.until, found.links, found.lines, found.anchors
        ),
    );
    let content = html! {
        h1 { (title.read(language)) }
        p {
            @if found.intact { (badge(Tone::Good, Text::fixed("完好", "intact").read(language))) }
            @else { (badge(Tone::Bad, Text::fixed("断裂", "broken").read(language))) }
            " " (counted.read(language))
        }
        @if let Some(broken) = &found.broken {
            div.card {
                p { strong { (broken.minute) } " " code { (broken.flaw) } }
                p { (broken.text) @if let Some(entry) = &broken.entry { " " code { (entry) } } }
                p.small { (Text::fixed(
                    "此后的记录没有检查。请保全现有数据，从时间点恢复的备份中取回原文，并查明谁能写入这些表。",
                    "What comes after it was not looked at. Keep what is there, take the original from a point-in-time backup, and find out who may write to the tables.",
                ).read(language)) }
            }
        }
        @match &found.next_cursor {
            Some(next) => p { a.button href={ "/console/audit/verification?cursor=" (next) } { (Text::fixed("继续校验", "Go on").read(language)) } },
            None if found.intact => p { (Text::fixed("已校验到链的末端。", "This is the end of the chain.").read(language)) },
            None => {}
        }
        p { a href="/console/audit" { (Place::Audit.title().read(language)) } }
    };
    Ok(shell::page(&app, &signed, Some(Place::Audit), &title, content).await)
}
