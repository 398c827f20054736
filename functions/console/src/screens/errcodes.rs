//! WeChat's codes in words.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::Place;
use crate::{App, pieces, shell, submitted::Fields, trouble::Trouble, visitor::Signed, words};

#[derive(Deserialize)]
struct List {
    errcodes: Vec<Errcode>,
}

#[derive(Deserialize)]
struct Errcode {
    errcode: i64,
    meanings: Vec<Meaning>,
}

#[derive(Deserialize)]
struct Meaning {
    cause: String,
    what_to_do: String,
    who_acts: String,
    #[serde(default)]
    paths: Vec<String>,
}

/// `GET /console/errcodes`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let wanted = query.text("code").trim();
    let List { errcodes } = app.api.get(&signed.caller, &["errcodes"], &[]).await?;
    let found: Vec<&Errcode> = errcodes.iter().filter(|known| known.fits(wanted)).collect();
    let title = Place::Errcodes.title();
    let content = html! {
        h1 { (title.read(language)) }
        form.filter method="get" role="search" {
            label for="code" { (Text::fixed("错误码或关键字", "Code or word").read(language)) }
            input type="search" id="code" name="code" value=(wanted) autocomplete="off"
                hx-get="/console/errcodes" hx-trigger="input changed delay:250ms" hx-select="#found"
                hx-target="#found" hx-swap="outerHTML";
            button { (words::SEARCH.read(language)) }
        }
        div #found {
            @if found.is_empty() {
                (pieces::empty(language, &Text::fixed(
                    "没有这个错误码的说明。请把 rid 提供给微信客服。",
                    "There are no words for this code. Give its rid to WeChat's support.",
                ), html! {}))
            } @else {
                dl.errcodes { @for errcode in found.iter().take(60) { (draw(errcode, language)) } }
                @if found.len() > 60 { p.small { (Text::fixed("结果较多，请缩小范围", "There are more; narrow the search").read(language)) } }
            }
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Errcodes), &title, content).await)
}

fn draw(errcode: &Errcode, language: Language) -> Markup {
    html! {
        div.errcode {
            dt { (errcode.errcode) }
            @for meaning in &errcode.meanings {
                dd {
                    p { (meaning.cause) }
                    p.do { (meaning.what_to_do) }
                    p.small { (Text::fixed("由谁处理：", "Who acts: ").read(language)) (meaning.who_acts)
                        @if !meaning.paths.is_empty() { " · " code { (meaning.paths.join(", ")) } } }
                }
            }
        }
    }
}

impl Errcode {
    fn fits(&self, wanted: &str) -> bool {
        let holds = |text: &str| text.to_lowercase().contains(&wanted.to_lowercase());
        wanted.is_empty()
            || self.errcode.to_string().starts_with(wanted)
            || self
                .meanings
                .iter()
                .any(|meaning| holds(&meaning.cause) || holds(&meaning.what_to_do))
    }
}
