//! The mini programs of a component.

use axum::{
    extract::{Path, RawQuery, State},
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

#[derive(Deserialize)]
struct List {
    mini_programs: Vec<Account>,
    next_cursor: Option<String>,
}

const NOBODY: Text = Text::fixed(
    "还没有商家授权。把授权链接发给商家的管理员，用微信扫码即可。",
    "No merchant has authorized yet. Send the link to a merchant's administrator.",
);
const INVITE: Text = Text::fixed("邀请商家授权", "Invite a merchant");

/// `GET /console/{component}/mini-programs`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut asked = vec![("limit", "50")];
    asked.extend(query.get("cursor").map(|cursor| ("cursor", cursor)));
    let path = ["components", &component, "mini-programs"];
    let list: List = app.api.get(&signed.caller, &path, &asked).await?;
    let link = format!("{}authorize/{component}", app.addresses.public);
    let title = Place::MiniPrograms.title();
    let content = html! {
        div.heading {
            h1 { (title.read(language)) }
            details.invite {
                summary.button { (INVITE.read(language)) }
                div { p { a href=(link) { (link) } } (pieces::qr(&link)) }
            }
        }
        @if list.mini_programs.is_empty() {
            (pieces::empty(language, &NOBODY, html! { p { a href=(link) { (link) } } }))
        } @else {
            (table(&component, &list.mini_programs, language))
            (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::MiniPrograms), &title, content).await)
}

fn table(component: &str, accounts: &[Account], language: Language) -> Markup {
    html! {
        div.table {
            table {
                thead { tr {
                    th scope="col" { (words::NAME.read(language)) }
                    th scope="col" { (Text::fixed("主体", "Principal").read(language)) }
                    th scope="col" { (Text::fixed("类目", "Category").read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                } }
                tbody {
                    @for account in accounts {
                        tr {
                            th scope="row" {
                                a.account href={ "/console/" (component) "/mini-programs/" (account.appid) } {
                                    (pieces::initial(account.shown()))
                                    span { (account.shown()) br; code { (account.appid) } }
                                }
                            }
                            td { (account.principal) }
                            td { (account.category()) }
                            td { (account.state(language)) }
                        }
                    }
                }
            }
        }
    }
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
        let (tone, words) = if !self.authorized {
            (Tone::Bad, Text::fixed("已取消授权", "withdrawn"))
        } else if !self.missing_permission_sets.is_empty() {
            (Tone::Warn, Text::fixed("权限不全", "permissions missing"))
        } else {
            (Tone::Good, Text::fixed("已授权", "authorized"))
        };
        badge(tone, words.read(language))
    }
}
