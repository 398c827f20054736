//! WeChat's verification of the owner (微信认证).

mod forms;

use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

pub(super) use self::forms::ACTIONS;
use super::{
    Side, Whose,
    filing::{Remark, draw_remarks},
};
use crate::{
    App,
    pieces::{self, Tone, badge},
    trouble::Trouble,
    visitor::Signed,
};

#[derive(Deserialize)]
struct Verification {
    task: Option<Task>,
    procedure: Option<Procedure>,
    expires_at: Option<String>,
    expiry_words: Option<String>,
}

#[derive(Deserialize)]
struct Task {
    state: String,
    text: String,
    what_to_do: Option<String>,
    url: Option<String>,
    begun_at: String,
    order_id: Option<String>,
    reason: Option<String>,
    reviewer: Option<String>,
    reviewer_contact: Option<String>,
    asked_at: Option<String>,
}

#[derive(Deserialize)]
struct Procedure {
    state: String,
    text: String,
    what_to_do: Option<String>,
    pay_url: Option<String>,
    begun_at: String,
    order_id: Option<String>,
    reason: Option<String>,
    remarks: Vec<Remark>,
    asked_at: Option<String>,
}

/// `GET …/verification`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (account, verification) =
        whose.with::<Verification>(&app, &signed, &["verification"]).await?;
    let verification = verification?;
    let [begin, refresh] = &ACTIONS;
    let known = whose.known();
    let nothing = Text::fixed("还没有在这里发起过认证。", "No verification was begun here.");
    let begun = verification.task.is_some() || verification.procedure.is_some();
    let content = html! {
        @if let Some(expires_at) = &verification.expires_at {
            div.notice.warn {
                p { strong { (Text::fixed("认证有效期至", "Verified until").read(language)) " " (pieces::time(expires_at)) } }
                @if let Some(words) = &verification.expiry_words { p { (words) } }
            }
        }
        @if let Some(task) = &verification.task { (draw_task(task, language)) }
        @if let Some(procedure) = &verification.procedure { (draw_procedure(procedure, language)) }
        @if !begun { (pieces::empty(language, &nothing, html! {})) }
        p.actions {
            (begin.link(&signed, &known))
            @if begun { (refresh.link(&signed, &known)) }
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Verification, content).await)
}

fn draw_task(task: &Task, language: Language) -> Markup {
    let reviewer = task.reviewer.as_ref().map(|reviewer| {
        html! { (reviewer) @if let Some(contact) = &task.reviewer_contact { " · " (contact) } }
    });
    let facts = [
        (Text::fixed("管理员打开", "The administrator opens"), link(task.url.as_deref())),
        (Text::fixed("原因", "Why"), task.reason.as_ref().map(|reason| html! { (reason) })),
        (Text::fixed("审核机构", "Reviewer"), reviewer),
        (Text::fixed("订单号", "Order"), task.order_id.as_ref().map(|id| html! { code { (id) } })),
        (Text::fixed("发起", "Begun"), Some(pieces::time(&task.begun_at))),
    ];
    html! {
        section.card {
            h2 { (Text::fixed("微信认证", "Verification").read(language)) " " (state_badge(&task.state, &task.text)) }
            @if let Some(what_to_do) = &task.what_to_do { p.do { (what_to_do) } }
            (those_known(facts, language))
            (pieces::asked(language, task.asked_at.as_deref()))
        }
    }
}

fn draw_procedure(procedure: &Procedure, language: Language) -> Markup {
    let reason = procedure.reason.as_ref().map(|reason| html! { (reason) });
    let facts = [
        (Text::fixed("商家付款", "The merchant pays"), link(procedure.pay_url.as_deref())),
        (Text::fixed("原因", "Why"), reason),
        (
            Text::fixed("订单号", "Order"),
            procedure.order_id.as_ref().map(|id| html! { code { (id) } }),
        ),
        (Text::fixed("发起", "Begun"), Some(pieces::time(&procedure.begun_at))),
    ];
    html! {
        section.card {
            h2 { (Text::fixed("认证与备案合办", "Verification and filing in one").read(language)) " "
                (state_badge(&procedure.state, &procedure.text)) }
            @if let Some(what_to_do) = &procedure.what_to_do { p.do { (what_to_do) } }
            (draw_remarks(&procedure.remarks, language))
            (those_known(facts, language))
            (pieces::asked(language, procedure.asked_at.as_deref()))
        }
    }
}

fn link(address: Option<&str>) -> Option<Markup> {
    address.map(|address| html! { a href=(address) { (address) } (pieces::qr(address)) })
}

fn those_known<const N: usize>(facts: [(Text, Option<Markup>); N], language: Language) -> Markup {
    let known: Vec<(Text, Markup)> =
        facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    pieces::facts(language, &known)
}

fn state_badge(state: &str, text: &str) -> Markup {
    let tone = match state {
        "verified" => Tone::Good,
        "sent-back" | "failed" | "filing-rejected" => Tone::Bad,
        "waits-for-administrator" | "waits-for-payment" => Tone::Warn,
        _ => Tone::Busy,
    };
    badge(tone, text.trim_end_matches(['。', '.']))
}
