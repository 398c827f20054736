//! What failed, grouped by cause: why, what to do, who can do it, and what to write to a merchant.

use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::Text;

use super::{
    Whose, actions,
    data::{Group, Progress, Triage},
    one::{self, Side},
};
use crate::{
    App,
    pieces::{self, Tone, badge},
    screens::mini_program::delivery::plain,
    trouble::Trouble,
    visitor::Signed,
};

const NONE: Text = Text::fixed("没有失败的小程序。", "Nothing failed.");

/// `GET …/rollouts/{id}/triage`
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (rollout_path, path) = (whose.path(&[]), whose.path(&["triage"]));
    let (progress, triage) = tokio::join!(
        app.api.get::<Progress>(&signed.caller, &rollout_path, &[]),
        app.api.get::<Triage>(&signed.caller, &path, &[]),
    );
    let (progress, triage) = (progress?, triage?);
    let content = html! {
        @if triage.groups.is_empty() { (pieces::empty(language, &NONE, html! {})) }
        @if triage.is_partial {
            div.notice.warn { p { (Text::fixed(
                "失败的太多，最早的一些没有计入。",
                "There are so many that the oldest were not looked at.",
            ).read(language)) } }
        }
        @for group in &triage.groups { (draw(&signed, &whose, group)) }
        @if triage.groups.len() > 1 { p.actions { (retry(&signed, &whose, "")) } }
    };
    Ok(one::draw(&app, &signed, &whose, &progress, Side::Triage, content).await)
}

fn draw(signed: &Signed, whose: &Whose, group: &Group) -> Markup {
    let language = signed.language;
    let (tone, owner) = match group.owner.as_str() {
        "us" => (Tone::Warn, Text::fixed("我们处理", "ours to do")),
        "merchant" => (Tone::Busy, Text::fixed("商家处理", "the merchant's to do")),
        _ => (Tone::Plain, Text::fixed("等待即可", "it passes")),
    };
    let count = Text::new(format!("{} 个", group.count), group.count.to_string());
    let anchor = format!("group-{}", group.key.replace('.', "-"));
    html! {
        section.card.group aria-labelledby=(anchor) {
            div.split {
                h2 id=(anchor) { (badge(Tone::Bad, count.read(language))) " " (plain(&group.why)) " " (badge(tone, owner.read(language))) }
                (retry(signed, whose, &group.key))
            }
            p.do { (group.what_to_do) }
            p.small { code { (group.key) }
                @if let Some(errcode) = group.errcode { " · " a href={ "/console/errcodes?code=" (errcode) } { (errcode) } } }
            @if let Some(message) = &group.message {
                div.message {
                    div.split {
                        h3 { (Text::fixed("发给商家的话", "To be sent to the merchant").read(language)) }
                        button.button type="button" hidden data-copy={ (anchor) "-message" }
                            data-copied=(Text::fixed("已复制", "Copied").read(language)) {
                            (Text::fixed("复制", "Copy").read(language))
                        }
                    }
                    p.select lang="zh" id={ (anchor) "-message" } { (plain(message)) }
                }
            }
            details {
                summary { (Text::fixed("哪些小程序", "Which mini programs").read(language)) }
                p { @for one in &group.some {
                    a href={ (whose.address("/targets/")) (one.appid) } { (one.name) } " "
                }
                @if group.count > group.some.len() as u64 { "…" } }
            }
        }
    }
}

fn retry(signed: &Signed, whose: &Whose, cause: &str) -> Markup {
    let Some(action) = actions::action("retry-group") else { return html! {} };
    let known = [&whose.known()[..], &[("cause", cause)]].concat();
    html! {
        @if signed.session.may(action.least) {
            a.button href=(action.address(&known, &signed.here)) {
                @if cause.is_empty() { (Text::fixed("重试全部失败的", "Retry all that failed").read(signed.language)) }
                @else { (action.title.read(signed.language)) }
            }
        }
    }
}
