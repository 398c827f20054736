//! One mini program: a screen for each of its sides, under one head.

pub(super) mod code;
pub(super) mod delivery;
pub(super) mod domains;
pub(super) mod overview;
pub(super) mod testers;

use axum::{
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use http::header;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Place, mini_programs::Account};
use crate::{App, pieces, shell, submitted::Fields, trouble::Trouble, visitor::Signed};

/// Which mini program a page is about.
#[derive(Deserialize)]
pub(super) struct Whose {
    pub(super) component: String,
    pub(super) appid: String,
}

/// A side of a mini program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Overview,
    Delivery,
    Domains,
    Testers,
    Code,
}

impl Side {
    const ALL: [Side; 5] =
        [Side::Overview, Side::Delivery, Side::Domains, Side::Testers, Side::Code];

    fn title(self) -> Text {
        match self {
            Side::Overview => Text::fixed("概况", "Overview"),
            Side::Delivery => Text::fixed("版本与审核", "Versions"),
            Side::Domains => Text::fixed("域名", "Domains"),
            Side::Testers => Text::fixed("体验者", "Testers"),
            Side::Code => Text::fixed("小程序码", "Codes"),
        }
    }

    fn path(self) -> &'static str {
        match self {
            Side::Overview => "",
            Side::Delivery => "/delivery",
            Side::Domains => "/domains",
            Side::Testers => "/testers",
            Side::Code => "/code",
        }
    }
}

impl Whose {
    /// The API's path of it, and what is below.
    pub(super) fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        [&["components", &*self.component, "mini-programs", &*self.appid], below].concat()
    }

    /// What every action on it is told.
    pub(super) fn known(&self) -> [(&str, &str); 2] {
        [("component", &self.component), ("appid", &self.appid)]
    }

    /// Its page.
    pub(super) fn address(&self, side: Side) -> String {
        format!("/console/{}/mini-programs/{}{}", self.component, self.appid, side.path())
    }

    /// The account, which the head of each side shows.
    pub(super) async fn account(&self, app: &App, signed: &Signed) -> Result<Account, Trouble> {
        app.api.get(&signed.caller, &self.path(&[]), &[]).await
    }
}

/// A page of one side.
pub(super) async fn draw(
    app: &App,
    signed: &Signed,
    whose: &Whose,
    account: &Account,
    side: Side,
    content: Markup,
) -> Response {
    let language = signed.language;
    let title = Text::new(
        format!("{} · {}", account.shown(), side.title().zh),
        format!("{} · {}", account.shown(), side.title().en),
    );
    let page = html! {
        p.way { a href={ "/console/" (whose.component) "/mini-programs" } {
            "‹ " (Place::MiniPrograms.title().read(language))
        } }
        div.heading {
            (pieces::initial(account.shown()))
            div {
                h1 { (account.shown()) " " (account.state(language)) }
                p.about { code { (whose.appid) } " · " (account.principal) }
            }
        }
        nav.tabs aria-label=(account.shown()) {
            @for known in Side::ALL {
                a href=(whose.address(known)) aria-current=[(known == side).then_some("page")] {
                    (known.title().read(language))
                }
            }
        }
        (content)
    };
    shell::page(app, signed, Some(Place::MiniPrograms), &title, page).await
}

/// A side's list of names and what stands for them, under a title.
pub(super) fn card(language: Language, title: &Text, content: Markup) -> Markup {
    html! { section.card { h2 { (title.read(language)) } (content) } }
}

/// `GET …/picture?of=trial`: pictures that the API draws, for pages to show.
pub(super) async fn picture(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let below: &[&str] = match query.text("of") {
        "trial" => &["trial", "qr-code"],
        _ => return Err(Trouble::NoSuchPage),
    };
    let asked: Vec<(&str, &str)> =
        query.get("path").map(|path| ("path", path)).into_iter().collect();
    let answer = app.api.fetch(&signed.caller, &whose.path(below), &asked).await?;
    let media_type = answer.headers.get(header::CONTENT_TYPE).cloned();
    let mut response = answer.body.into_response();
    if let Some(media_type) = media_type {
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    }
    Ok(response)
}
