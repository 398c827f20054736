//! What takes two: what waits for a second person, what became of it, and which decisions do.

use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{Method, StatusCode};
use maud::{Markup, html};
use platform::{
    approvals::Decision,
    text::{Language, Text},
};
use serde::Deserialize;
use serde_json::Value;

use super::Place;
use crate::{
    App,
    action::{Action, Boxes, Field, Kind, Then},
    api::Answer,
    pieces::{self, Tone, badge},
    session::Role,
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Approvals {
    approvals: Vec<Approval>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Approval {
    id: String,
    state: String,
    title: String,
    method: String,
    target: String,
    component: Option<String>,
    appid: Option<String>,
    request: String,
    requested_by: Party,
    requested_at: String,
    until: String,
    decided_by: Option<Party>,
    decided_at: Option<String>,
    note: Option<String>,
    status: Option<u16>,
    trouble: Option<String>,
}

#[derive(Deserialize)]
struct Party {
    key_id: String,
    name: String,
    role: String,
}

#[derive(Deserialize)]
struct Policy {
    required: Vec<String>,
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    decision: String,
    title: String,
}

const WHAT: Text = Text::fixed("申请", "What is asked for");
const WHO: Text = Text::fixed("申请人", "Asked by");
const WHEN: Text = Text::fixed("申请时间", "Asked");
const ANSWER: Text = Text::fixed("查看结果", "What it was answered");

/// What may take two, by what it is about.
static DECISIONS: [Boxes; 2] = [
    Boxes {
        title: Text::fixed("发布与回退", "Releases and rollbacks"),
        boxes: &[
            chosen(Decision::Release),
            chosen(Decision::Rollback),
            chosen(Decision::RolloutStart),
            chosen(Decision::RolloutRollback),
            chosen(Decision::RelayStateMachine),
        ],
    },
    Boxes {
        title: Text::fixed("人员与密钥", "People and keys"),
        boxes: &[
            chosen(Decision::Operators),
            chosen(Decision::PaymentKeys),
            chosen(Decision::SecretRotation),
        ],
    },
];

const fn chosen(decision: Decision) -> (&'static str, Text) {
    (decision.as_str(), decision.title())
}

pub(super) static ACTIONS: [Action; 4] = [
    Action {
        name: "approve-request",
        title: Text::fixed("批准", "Approve"),
        rule: Text::fixed(
            "批准后立即以申请人的名义执行，只执行一次。申请人本人、由同一人新建的密钥、邀请人与被邀请人之间都不能互相批准",
            "it is done at once, in the name of whoever asked, and once. Nobody approves what they asked for themselves, nor with another key of theirs, nor what was asked by somebody whom they invited",
        ),
        button: Text::fixed("批准并执行", "Approve and have it done"),
        done: Text::fixed("已批准，结果如下", "Approved; what came of it stands below"),
        least: Role::Releaser,
        danger: true,
        method: Method::POST,
        path: "approvals/{id}/approve",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "refuse-request",
        title: Text::fixed("拒绝", "Refuse"),
        rule: Text::fixed(
            "拒绝后不会执行，申请人需要重新提出",
            "nothing is done; it would have to be asked for anew",
        ),
        button: Text::fixed("拒绝", "Refuse"),
        done: Text::fixed("已拒绝", "Refused"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "approvals/{id}/refuse",
        fields: &[Field::new("note", Text::fixed("原因", "Why"), Kind::Line)
            .hint(Text::fixed("申请人会看到", "whoever asked reads it"))],
        then: Then::Back,
    },
    Action {
        name: "withdraw-request",
        title: Text::fixed("撤回", "Withdraw"),
        rule: Text::fixed("撤回后不会执行", "nothing is done"),
        button: Text::fixed("撤回申请", "Withdraw it"),
        done: Text::fixed("已撤回", "Withdrawn"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "approvals/{id}/withdraw",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "set-approval-policy",
        title: Text::fixed("双人审批策略", "What takes two"),
        rule: Text::fixed(
            "勾选的操作须由另一人批准后才会执行。开启后，更改此策略也需要另一人批准；全部取消即关闭。批准人须是以邀请或单点登录加入的另一人",
            "what is ticked is done only after another person has approved it. From then on changing this takes two as well; ticking nothing ends it. Another person is one who took their key by an invitation, or signed in with the company's directory",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("策略已保存", "Saved"),
        least: Role::Admin,
        danger: false,
        method: Method::PUT,
        path: "approval-policy",
        fields: &[Field::new(
            "required",
            Text::fixed("需要两人的操作", "Decisions that take two"),
            Kind::Boxes(&DECISIONS),
        )],
        then: Then::Back,
    },
];

/// The pages.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/console/approvals", get(list))
        .route("/console/approvals/{id}", get(one))
        .route("/console/approvals/{id}/answer", get(answer))
}

/// The way to what waits, where an order of an operator was answered that it takes two.
pub(crate) fn waiting(answer: &Answer) -> Option<Response> {
    if answer.status != StatusCode::ACCEPTED {
        return None;
    }
    let body = answer.json();
    let id = body.get("decision").and(body.get("id")).and_then(Value::as_str)?;
    Some(Redirect::to(&format!("/console/approvals/{id}?asked=1")).into_response())
}

/// `GET /console/approvals`
async fn list(
    State(app): State<App>,
    signed: Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let cursor: Vec<(&str, &str)> =
        query.get("cursor").map(|cursor| ("cursor", cursor)).into_iter().collect();
    let (waiting, all, policy) = tokio::join!(
        app.api.get::<Approvals>(&signed.caller, &["approvals"], &[("waiting", "true")]),
        app.api.get::<Approvals>(&signed.caller, &["approvals"], &cursor),
        app.api.get::<Policy>(&signed.caller, &["approval-policy"], &[]),
    );
    let (waiting, all, policy) = (waiting?.approvals, all?, policy?);
    let decided: Vec<&Approval> = all.approvals.iter().filter(|it| it.state != "waiting").collect();
    let title = Place::Approvals.title();
    let [.., set_policy] = &ACTIONS;
    let required: Vec<(&str, &str)> =
        policy.required.iter().map(|decision| ("required", &**decision)).collect();
    let content = html! {
        h1 { (title.read(language)) }
        div #live hx-get=(signed.here) hx-trigger="every 30s" hx-select="#live" hx-swap="outerHTML" {
            @if waiting.is_empty() {
                (pieces::empty(language, &Text::fixed("没有等待审批的申请。", "Nothing waits for a second person."), html! {}))
            } @else {
                (table(waiting.iter(), language))
            }
        }
        @if !decided.is_empty() {
            h2 { (Text::fixed("已处理", "Decided").read(language)) }
            (table(decided.into_iter(), language))
        }
        (pieces::more(language, &signed.here, all.next_cursor.as_deref()))
        @if signed.session.may(set_policy.least) {
            (set_policy.form(&app, &signed, &required))
        } @else {
            (policy_table(&policy, language))
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Approvals), &title, content).await)
}

/// The policy, for whoever may not change it.
fn policy_table(policy: &Policy, language: Language) -> Markup {
    html! {
        section.card {
            h2 { (Text::fixed("哪些操作需要两人", "Which decisions take two").read(language)) }
            div.table { table { tbody { @for choice in &policy.choices { tr {
                th scope="row" { (choice.title) " " code.small { (choice.decision) } }
                td {
                    @if policy.required.contains(&choice.decision) { (badge(Tone::Good, Text::fixed("两人", "two").read(language))) }
                    @else { (badge(Tone::Plain, Text::fixed("一人", "one").read(language))) }
                }
            } } } } }
        }
    }
}

fn table<'a>(approvals: impl Iterator<Item = &'a Approval>, language: Language) -> Markup {
    html! {
        div.table { table {
            thead { tr {
                th scope="col" { (WHAT.read(language)) }
                th scope="col" { (WHO.read(language)) }
                th scope="col" { (WHEN.read(language)) }
                th scope="col" { (words::STATE.read(language)) }
            } }
            tbody { @for approval in approvals { tr {
                th scope="row" { a href={ "/console/approvals/" (approval.id) } { (approval.title) }
                    @if let Some(about) = approval.appid.as_ref().or(approval.component.as_ref()) { br; code.small { (about) } } }
                td { (approval.requested_by.name) }
                td { (pieces::time(&approval.requested_at)) }
                td { (state(approval, language)) }
            } } }
        } }
    }
}

/// `GET /console/approvals/{id}`
async fn one(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let asked = Fields::parse(query.unwrap_or_default().as_bytes()).get("asked").is_some();
    let approval: Approval = app.api.get(&signed.caller, &["approvals", &id], &[]).await?;
    let is_mine = approval.requested_by.key_id == signed.session.who.id;
    let known = [("id", &*approval.id)];
    let [approve, refuse, withdraw, _] = &ACTIONS;
    let party = |party: &Party| {
        html! { (party.name) " " span.small { (words::role(&party.role).read(language)) } }
    };
    let mut facts = vec![
        (words::STATE, state(&approval, language)),
        (WHO, party(&approval.requested_by)),
        (WHEN, pieces::time(&approval.requested_at)),
    ];
    if let Some(about) = approval.appid.as_ref().or(approval.component.as_ref()) {
        facts.push((Text::fixed("对象", "About"), html! { code { (about) } }));
    }
    facts.push((
        Text::fixed("请求", "Request"),
        html! { code { (approval.method) " " (approval.target) } },
    ));
    if !approval.request.is_empty() {
        facts.push((Text::fixed("内容", "What it says"), html! { pre { (approval.request) } }));
    }
    if approval.state == "waiting" {
        facts.push((Text::fixed("有效至", "Waits until"), pieces::time(&approval.until)));
    }
    if let (Some(by), Some(at)) = (&approval.decided_by, &approval.decided_at) {
        let by = html! { (party(by)) " · " (pieces::time(at)) };
        facts.push((Text::fixed("处理人", "Decided by"), by));
    }
    if let Some(note) = &approval.note {
        facts.push((Text::fixed("原因", "Why"), html! { (note) }));
    }
    if let Some(trouble) = &approval.trouble {
        facts.push((Text::fixed("未成功", "What went wrong"), html! { (trouble) }));
    }
    let content = html! {
        p.way { a href="/console/approvals" { "‹ " (Place::Approvals.title().read(language)) } }
        h1 { (approval.title) }
        @if asked && approval.state == "waiting" {
            div.notice.good role="status" { p {
                (Text::fixed(
                    "已提交，等待另一人批准后执行。批准前什么都不会改变。",
                    "It was handed in, and is done when another person has approved it. Until then nothing changes.",
                ).read(language))
            } }
        }
        section.card { (pieces::facts(language, &facts)) }
        @if is_mine && approval.status.is_some() {
            p { a.button href={ "/console/approvals/" (approval.id) "/answer" } { (ANSWER.read(language)) } }
        }
        @if approval.state == "unknown" {
            div.notice.warn { p {
                (Text::fixed(
                    "已批准但没有看到结果，不会自动重做。请先查看对象的当前状态，再决定是否重新申请。",
                    "It was approved, and nobody saw the end of it; it is not done again by itself. Look at what it is about before it is asked for anew.",
                ).read(language))
            } }
        }
        @if approval.state == "waiting" {
            @if is_mine {
                (withdraw.form(&app, &signed, &known))
            } @else {
                (approve.form(&app, &signed, &known))
                (refuse.form(&app, &signed, &known))
            }
        }
    };
    let title = Text::new(&*approval.title, &*approval.title);
    Ok(shell::page(&app, &signed, Some(Place::Approvals), &title, content).await)
}

/// `GET /console/approvals/{id}/answer`: for whoever asked; it may be a secret.
async fn answer(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let answer = app.api.fetch(&signed.caller, &["approvals", &id, "answer"], &[]).await?.json();
    let told = ["secret", "link"].iter().find_map(|name| answer.get(*name)?.as_str());
    let content = html! {
        p.way { a href={ "/console/approvals/" (id) } { "‹ " (words::BACK.read(language)) } }
        h1 { (ANSWER.read(language)) }
        @match told {
            Some(told) => div.notice.warn {
                p { strong { (Text::fixed(
                    "只有你能看到，一天后删除。请现在复制并妥善保存。",
                    "Only you are shown this, for a day. Copy it now and keep it safe.",
                ).read(language)) } }
                p { code.secret { (told) } }
            },
            None => pre { (serde_json::to_string_pretty(&answer).unwrap_or_default()) },
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Approvals), &ANSWER, content).await)
}

fn state(approval: &Approval, language: Language) -> Markup {
    let (tone, words) = match (&*approval.state, approval.status) {
        ("waiting", _) => (Tone::Warn, Text::fixed("待批准", "waits")),
        ("performing", _) => (Tone::Warn, Text::fixed("执行中", "being done")),
        ("performed", Some(..400)) => (Tone::Good, Text::fixed("已执行", "done")),
        ("performed", _) => (Tone::Bad, Text::fixed("执行未成功", "failed")),
        ("refused", _) => (Tone::Bad, Text::fixed("已拒绝", "refused")),
        ("withdrawn", _) => (Tone::Plain, Text::fixed("已撤回", "withdrawn")),
        ("expired", _) => (Tone::Plain, Text::fixed("已过期", "expired")),
        _ => (Tone::Warn, Text::fixed("结果未知", "unknown")),
    };
    badge(tone, words.read(language))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_decision_that_a_policy_can_name_has_one_box() {
        let boxes: Vec<&str> = DECISIONS
            .iter()
            .flat_map(|group| group.boxes.iter().map(|(decision, _)| *decision))
            .collect();
        let choices: BTreeSet<&str> = Decision::CHOICES.iter().map(|it| it.as_str()).collect();
        assert_eq!(boxes.len(), choices.len());
        assert_eq!(boxes.into_iter().collect::<BTreeSet<_>>(), choices);
    }
}
