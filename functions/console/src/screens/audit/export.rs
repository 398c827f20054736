//! The log as files: part by part, since one answer holds only so much of it.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderName, header};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use platform::text::{Language, Text};

use super::Place;
use crate::{App, shell, submitted::Fields, trouble::Trouble, visitor::Signed, words};

/// Where the next part begins, as the API says.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");
const EXPORT: Text = Text::fixed("导出操作记录", "Export the audit log");
/// What is asked of the API; the page has its own part's number besides.
const ASKED: [&str; 4] = ["format", "from", "to", "cursor"];

/// From which day to which, and how. Both days may be empty: that is today.
pub(super) fn form(from: &str, to: &str, language: Language) -> Markup {
    html! {
        form.filter method="get" action="/console/audit/parts" {
            label for="export-from" { (Text::fixed("导出：从", "Export from").read(language)) }
            input type="date" id="export-from" name="from" value=(from);
            label for="export-to" { (Text::fixed("到（含，UTC）", "to, this day too (UTC)").read(language)) }
            input type="date" id="export-to" name="to" value=(to);
            button name="format" value="csv" { "CSV" }
            button name="format" value="jsonl" { "JSON Lines" }
        }
    }
}

/// `GET /console/audit/parts`: what one part holds, its file, and the way to the next one.
pub(in crate::screens) async fn parts(
    State(app): State<App>,
    signed: Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let asked = asked(&query);
    let answer = app.api.fetch(&signed.caller, &["audit", "export"], &asked).await?;
    let next = answer.headers.get(&NEXT_CURSOR).and_then(|next| next.to_str().ok());
    let number: u32 = query.text("part").parse().unwrap_or(1);
    let today = app.clock.now().to_zoned(TimeZone::UTC).date().to_string();
    let or = |text: &str, other: &str| (if text.is_empty() { other } else { text }).to_owned();
    let from = or(query.text("from"), &today);
    let to = or(query.text("to"), &from);
    let begins = query.get("cursor").and_then(place).unwrap_or_else(|| format!("{from} 00:00"));
    let ends = next.and_then(place).unwrap_or_else(|| format!("{to} 24:00"));
    let size = size(answer.body.len());
    let range = Text::new(
        format!("第 {number} 部分：{begins} 至 {ends}（UTC），{size}"),
        format!("Part {number}: {begins} to {ends} (UTC), {size}"),
    );
    let after = |cursor: &str| {
        let mut query = encoded(asked.iter().filter(|(name, _)| *name != "cursor"));
        query.append_pair("cursor", cursor).append_pair("part", &(number + 1).to_string());
        format!("/console/audit/parts?{}", query.finish())
    };
    let file = format!("/console/audit/export?{}", encoded(asked.iter()).finish());
    let content = html! {
        p.way { a href="/console/audit" { "‹ " (words::BACK.read(language)) } }
        h1 { (EXPORT.read(language)) }
        (form(&from, &to, language))
        section.card {
            h2 { (range.read(language)) }
            p.buttons {
                a.button href=(file) { (Text::fixed("下载这一部分", "Download this part").read(language)) }
                @if let Some(next) = next {
                    a.button href=(after(next)) { (Text::fixed("下一部分", "Next part").read(language)) }
                }
            }
            p.small {
                @match next {
                    Some(_) => (Text::fixed(
                        "一个文件最多约 4 MB，后面还有。请逐一下载，按顺序拼接即为全部。",
                        "A file has about 4 MB at most, and there is more. Download each; put together in order they are the whole.",
                    ).read(language)),
                    None => (Text::fixed("后面没有了。", "There is no more after this.").read(language)),
                }
            }
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Audit), &EXPORT, content).await)
}

/// `GET /console/audit/export`: a part of the log as a file, as the API answers it.
pub(in crate::screens) async fn file(
    State(app): State<App>,
    signed: Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let answer = app.api.fetch(&signed.caller, &["audit", "export"], &asked(&query)).await?;
    let mut response = Response::new(Body::from(answer.body));
    for name in [header::CONTENT_TYPE, header::CONTENT_DISPOSITION] {
        let value = answer.headers.get(&name).cloned();
        response.headers_mut().extend(value.map(|value| (name, value)));
    }
    Ok(response)
}

fn asked(query: &Fields) -> Vec<(&str, &str)> {
    let asked = ASKED.iter().map(|name| (*name, query.text(name)));
    asked.filter(|(_, value)| !value.is_empty()).collect()
}

fn encoded<'a>(
    pairs: impl Iterator<Item = &'a (&'a str, &'a str)>,
) -> url::form_urlencoded::Serializer<'static, String> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    query
}

/// The moment at which a part begins, as its cursor says: `2026-11-22.1745-01JZ…` is `2026-11-22 17:45`.
fn place(cursor: &str) -> Option<String> {
    let (day, within) = cursor.split_once('.')?;
    let time = within.get(..4).unwrap_or("0000");
    let (hours, minutes) = time.split_at_checked(2)?;
    Some(format!("{day} {hours}:{minutes}"))
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_where_it_begins_and_how_long_it_is() {
        assert_eq!(place("2026-11-22.1745-01JZ").as_deref(), Some("2026-11-22 17:45"));
        assert_eq!(place("2026-11-23.").as_deref(), Some("2026-11-23 00:00"));
        assert_eq!(place("x"), None);
        assert_eq!((size(1).as_str(), size(4_016_000).as_str()), ("1 KB", "4.0 MB"));
    }
}
