//! How the mini program broke WeChat's rules, and the appeals against that.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Side, Whose, timeline::By};
use crate::{
    App,
    action::{Action, Then},
    pieces::{self, Tone, badge},
    session::Role,
    trouble::Trouble,
    visitor::Signed,
};

#[derive(Deserialize)]
struct Punishments {
    punishments: Vec<Punishment>,
    asked_at: Option<String>,
}

#[derive(Deserialize)]
struct Punishment {
    id: String,
    at: Option<String>,
    reason: String,
    content: String,
    rule: String,
    rule_url: String,
    appeals: Vec<Appeal>,
    acknowledged_at: Option<String>,
    acknowledged_by: Option<By>,
}

#[derive(Deserialize)]
struct Appeal {
    at: Option<String>,
    state: String,
    reason: Option<String>,
}

pub(super) static ACTIONS: [Action; 2] = [
    Action {
        name: "refresh-punishments",
        title: Text::fixed("向微信查询", "Ask WeChat"),
        rule: Text::fixed(
            "重新读取违规和申诉记录",
            "reads what WeChat has on record, appeals included",
        ),
        button: Text::fixed("查询", "Ask"),
        done: Text::fixed("已查询", "WeChat was asked"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/punishments/refresh",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "acknowledge-punishment",
        title: Text::fixed("标记为已处理", "Mark as seen to"),
        rule: Text::fixed(
            "从“今日”中移除这条提醒；不改变微信上的处罚",
            "takes it off Today; the punishment at WeChat stays as it is",
        ),
        button: Text::fixed("已处理", "Seen to"),
        done: Text::fixed("已标记", "Marked"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/punishments/{id}/acknowledgement",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET …/punishments`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (account, list) = whose.with::<Punishments>(&app, &signed, &["punishments"]).await?;
    let list = list?;
    let [refresh, acknowledge] = &ACTIONS;
    let known = whose.known();
    let nothing = Text::fixed("没有违规记录。", "It has broken no rules.");
    let content = html! {
        @if list.punishments.is_empty() {
            (pieces::empty(language, &nothing, html! {}))
        }
        @for punishment in &list.punishments {
            section.card {
                (draw(punishment, language))
                @if punishment.acknowledged_at.is_none() {
                    p.actions { (acknowledge.link(&signed, &[&known[..], &[("id", &punishment.id)]].concat())) }
                }
            }
        }
        p.actions {
            (refresh.link(&signed, &known))
            (pieces::asked(language, list.asked_at.as_deref()))
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Punishments, content).await)
}

fn draw(punishment: &Punishment, language: Language) -> Markup {
    html! {
        h2 { (punishment.reason) " "
            @if punishment.acknowledged_at.is_some() {
                (badge(Tone::Good, Text::fixed("已处理", "seen to").read(language)))
            } @else {
                (badge(Tone::Bad, Text::fixed("待处理", "open").read(language)))
            }
        }
        p { (punishment.content) }
        p.small {
            a href=(punishment.rule_url) rel="noreferrer" { (punishment.rule) }
            @if let Some(at) = &punishment.at { " · " (pieces::time(at)) }
            @if let Some(by) = &punishment.acknowledged_by { " · " (by.words(language)) }
        }
        @for appeal in &punishment.appeals {
            p { (Text::fixed("申诉", "Appeal").read(language)) " " (appeal_badge(&appeal.state, language))
                @if let Some(at) = &appeal.at { " " (pieces::time(at)) }
                @if let Some(reason) = &appeal.reason { " · " (reason) }
            }
        }
    }
}

fn appeal_badge(state: &str, language: Language) -> Markup {
    let (tone, words) = match state {
        "running" => (Tone::Busy, Text::fixed("处理中", "running")),
        "accepted" => (Tone::Good, Text::fixed("成功", "accepted")),
        "refused" => (Tone::Bad, Text::fixed("未通过", "refused")),
        "withdrawn" => (Tone::Plain, Text::fixed("已撤销", "withdrawn")),
        other => (Tone::Plain, Text::new(other, other)),
    };
    badge(tone, words.read(language))
}
