//! The mini programs of a component: searched with every letter that is typed, by saved views, and
//! what can be done with all that match.

pub(super) mod bulk;
mod search;

pub(super) use search::{Found, Wanted, views};

use axum::{
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::{Html, IntoResponse, Response},
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use self::search::{Row, STAGES, stage_badge};
use super::{Place, mini_program::delivery::review_badge};
use crate::{
    App,
    pieces::{self, Csv, Tone, badge},
    session::Role,
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

/// A merchant's account as the API shows it.
#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) appid: String,
    pub(super) name: String,
    pub(super) principal: String,
    pub(super) authorized: bool,
    pub(super) authorized_at: Option<String>,
    pub(super) unauthorized_at: Option<String>,
    #[serde(default)]
    pub(super) missing_permission_sets: Vec<i64>,
    #[serde(default)]
    pub(super) categories: Vec<Vec<String>>,
    pub(super) introduction: Option<String>,
    pub(super) user_name: String,
}

const NOBODY: Text = Text::fixed(
    "还没有商家授权。把授权链接发给商家的管理员，用微信扫码即可。",
    "No merchant has authorized yet. Send the link to a merchant's administrator.",
);
const NOTHING: Text = Text::fixed(
    "没有符合的小程序。换个词，或清除条件。",
    "None matches. Try another word, or clear the conditions.",
);
const INVITE: Text = Text::fixed("邀请商家授权", "Invite a merchant");
/// Rows of a page.
const ROWS: usize = 50;

/// `GET /console/{component}/mini-programs`; to htmx, what was found alone.
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    // Going back, browsers ask for the page as htmx does, and want all of it.
    let restores = headers.contains_key("hx-history-restore-request");
    let is_part = headers.contains_key("hx-request") && !restores;
    // A letter that is typed is one request, unless it is typed within a view.
    let views = match is_part && query.text("view").is_empty() {
        true => Vec::new(),
        false => views(&app, &signed, &component).await?,
    };
    let wanted = Wanted::typed(&query, &views);
    let cursor = query.get("cursor");
    let found = Found::read(&app, &signed, &component, &wanted, cursor, ROWS).await?;
    let part = draw_found(&signed, &component, &wanted, &found);
    if is_part {
        return Ok(Html(part.into_string()).into_response());
    }
    let link = format!("{}authorize/{component}", app.addresses.public);
    let title = Place::MiniPrograms.title();
    let tagged = query.get("tagged").map(|count| {
        Text::new(format!("已写到 {count} 个小程序"), format!("Written on {count} mini programs"))
    });
    let content = html! {
        @if let Some(tagged) = tagged {
            div.notice.good role="status" { p { (tagged.read(language)) } }
        }
        div.heading {
            h1 { (title.read(language)) }
            details.invite {
                summary.button { (INVITE.read(language)) }
                div { p { a href=(link) { (link) } } (pieces::qr(&link)) }
            }
        }
        @if found.count == 0 && wanted.is_everything() {
            (pieces::empty(language, &NOBODY, html! { p { a href=(link) { (link) } } }))
        } @else {
            (draw_search(&signed, &component, &wanted, &found))
            (part)
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::MiniPrograms), &title, content).await)
}

/// The search, and the views that are saved.
fn draw_search(signed: &Signed, component: &str, wanted: &Wanted, found: &Found) -> Markup {
    let language = signed.language;
    let here = format!("/console/{component}/mini-programs");
    html! {
        form.filter.search role="search" action=(here) hx-get=(here) hx-target="#found" hx-swap="outerHTML"
            hx-push-url="true" hx-trigger="input changed delay:200ms from:#text, change, submit" {
            div.grow {
                label for="text" { (Text::fixed("名称、AppID、主体或标签", "Name, appid, principal or tag").read(language)) }
                input type="search" id="text" name="text" value=(wanted.text) autocomplete="off";
            }
            div {
                label for="view" { (Text::fixed("视图", "View").read(language)) }
                select id="view" name="view" {
                    option value="" { (words::ALL.read(language)) }
                    @for view in &wanted.views {
                        option value=(view.id) selected[wanted.view.as_deref() == Some(&*view.id)] { (view.name) }
                    }
                }
            }
            div {
                label for="tag" { (Text::fixed("标签", "Tag").read(language)) }
                select id="tag" name="tag" {
                    option value="" { (words::ALL.read(language)) }
                    @for tag in &found.tags {
                        option value=(tag.tag) selected[wanted.tag == tag.tag] { (tag.tag) " (" (tag.count) ")" }
                    }
                    @if !wanted.tag.is_empty() && found.tags.iter().all(|tag| tag.tag != wanted.tag) {
                        option value=(wanted.tag) selected { (wanted.tag) }
                    }
                }
            }
            div {
                label for="stage" { (Text::fixed("发布状态", "Releases").read(language)) }
                select id="stage" name="stage" {
                    option value="" { (words::ALL.read(language)) }
                    @for (stage, _, name) in &STAGES {
                        option value=(stage) selected[wanted.stage == *stage] { (name.read(language)) }
                    }
                }
            }
            button { (words::SEARCH.read(language)) }
        }
    }
}

/// What was found, and what can be done with it.
fn draw_found(signed: &Signed, component: &str, wanted: &Wanted, found: &Found) -> Markup {
    let language = signed.language;
    let here = wanted.address(&format!("/console/{component}/mini-programs"));
    let count = Text::new(format!("符合 {} 个", found.count), format!("{} match", found.count));
    let way = |name: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(wanted.pairs());
        format!("/console/{component}/mini-programs/{name}?{}", query.finish())
    };
    let begin = {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(wanted.target());
        format!("/console/{component}/rollouts/new?{}", query.finish())
    };
    html! {
        div #found aria-live="polite" {
            div.bulk {
                p { strong { (count.read(language)) } }
                div.actions {
                    @if found.count > 0 && signed.session.may(Role::Releaser) {
                        a.button.main href=(begin) { (Text::fixed("发起批量发布", "Start a rollout").read(language)) }
                        a.button href=(way("tag")) { (Text::fixed("加标签", "Tag them").read(language)) }
                        @if !wanted.is_everything() {
                            a.button href=(way("save")) { (Text::fixed("存为视图", "Save as a view").read(language)) }
                        }
                    }
                    @if let Some(view) = &wanted.view {
                        (bulk::forget(signed, component, view))
                    }
                    @if found.count > 0 { a.button href=(way("list.csv")) download { "CSV" } }
                }
            }
            @if let Some(told) = wanted.told(language) { p.small { (Text::fixed("视图条件：", "The view: ").read(language)) (told) } }
            @if found.mini_programs.is_empty() {
                (pieces::empty(language, &NOTHING, html! { p { a href={ "/console/" (component) "/mini-programs" } {
                    (Text::fixed("清除条件", "Clear").read(language)) } } }))
            } @else {
                (table(component, &found.mini_programs, language))
                (pieces::more(language, &here, found.next_cursor.as_deref()))
            }
        }
    }
}

fn table(component: &str, rows: &[Row], language: Language) -> Markup {
    html! {
        div.table {
            table {
                thead { tr {
                    th scope="col" { (words::NAME.read(language)) }
                    th.minor scope="col" { (Text::fixed("主体", "Principal").read(language)) }
                    th scope="col" { (Text::fixed("线上", "Online").read(language)) }
                    th scope="col" { (Text::fixed("审核", "Review").read(language)) }
                    th scope="col" { (Text::fixed("体验版", "Trial").read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" {
                                a.account href={ "/console/" (component) "/mini-programs/" (row.appid) } {
                                    (pieces::initial(row.shown()))
                                    span { (row.shown()) br; code { (row.appid) } }
                                }
                                @if !row.tags.is_empty() {
                                    p.tags { @for tag in &row.tags { span.tag { (tag) } } }
                                }
                            }
                            td.minor { (row.principal) }
                            td { (row.online.as_deref().unwrap_or("—")) }
                            td { @match &row.review {
                                Some(review) => { (review.user_version) br; (review_badge(language, &review.state)) }
                                None => "—",
                            } }
                            td { (row.trial.as_deref().unwrap_or("—")) }
                            td {
                                (authorized_badge(row.authorized, &row.missing_permission_sets, language)) " "
                                @if row.review.is_none() { (stage_badge(&row.stage, language)) }
                                @if row.changed_outside {
                                    (badge(Tone::Warn, Text::fixed("平台外改动", "changed outside").read(language)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `GET …/mini-programs/list.csv`
pub(super) async fn download(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Csv, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let wanted = Wanted::typed(&query, &views(&app, &signed, &component).await?);
    let columns = [
        "appid",
        "name",
        "principal",
        "tags",
        "authorized",
        "online",
        "trial",
        "review",
        "review_state",
        "stage",
    ];
    let mut csv = Csv::new("mini-programs", &columns);
    let mut cursor: Option<String> = None;
    loop {
        let found =
            Found::read(&app, &signed, &component, &wanted, cursor.as_deref(), search::MOST)
                .await?;
        for row in &found.mini_programs {
            let review = row.review.as_ref();
            csv.row([
                &*row.appid,
                &row.name,
                &row.principal,
                &row.tags.join(" "),
                if row.authorized { "true" } else { "false" },
                row.online.as_deref().unwrap_or_default(),
                row.trial.as_deref().unwrap_or_default(),
                review.map_or("", |review| &review.user_version),
                review.map_or("", |review| &review.state),
                &row.stage,
            ]);
        }
        cursor = found.next_cursor;
        if cursor.is_none() {
            return Ok(csv);
        }
    }
}

fn authorized_badge(authorized: bool, missing: &[i64], language: Language) -> Markup {
    let (tone, words) = if !authorized {
        (Tone::Bad, Text::fixed("已取消授权", "withdrawn"))
    } else if !missing.is_empty() {
        (Tone::Warn, Text::fixed("权限不全", "permissions missing"))
    } else {
        (Tone::Good, Text::fixed("已授权", "authorized"))
    };
    badge(tone, words.read(language))
}

impl Account {
    /// Its name, or its appid while it has none.
    pub(super) fn shown(&self) -> &str {
        if self.name.is_empty() { &self.appid } else { &self.name }
    }

    pub(super) fn category(&self) -> String {
        self.categories.first().map(|names| names.join(" / ")).unwrap_or_default()
    }

    pub(super) fn state(&self, language: Language) -> Markup {
        authorized_badge(self.authorized, &self.missing_permission_sets, language)
    }
}
