//! Privacy: the guideline that users are shown, interfaces that have to be applied for, and what WeChat
//! finds of them in the code.

mod forms;

use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

pub(super) use self::forms::ACTIONS;
use super::{Side, Whose};
use crate::{
    App,
    pieces::{self, Tone, badge},
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Guideline {
    used: Vec<String>,
    undeclared: Vec<String>,
    statements: Vec<Statement>,
    owner: Option<Owner>,
    changed_at: Option<String>,
}

#[derive(Deserialize)]
struct Statement {
    key: String,
    purpose: String,
}

#[derive(Deserialize)]
struct Owner {
    email: Option<String>,
    phone: Option<String>,
    qq: Option<String>,
    wechat_id: Option<String>,
    notice_method: String,
    days_kept: Option<u32>,
    region: Option<String>,
}

#[derive(Deserialize)]
struct Interfaces {
    interfaces: Vec<Interface>,
}

#[derive(Deserialize)]
struct Interface {
    interface: String,
    name: String,
    description: String,
    state: String,
    reason: Option<String>,
    link: String,
}

#[derive(Deserialize)]
struct Detection {
    running: bool,
    without_permission: Vec<String>,
    undeclared: Vec<String>,
}

/// WeChat's code for a mini program without a trial version.
const NO_TRIAL: i64 = 86001;

/// `GET …/privacy`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (guideline, interfaces, detection) = (
        whose.path(&["privacy", "guideline", "development"]),
        whose.path(&["privacy", "interfaces"]),
        whose.path(&["privacy", "detection"]),
    );
    let (account, guideline, interfaces, detection) = tokio::join!(
        whose.account(&app, &signed),
        app.api.get::<Guideline>(&signed.caller, &guideline, &[]),
        app.api.get::<Interfaces>(&signed.caller, &interfaces, &[]),
        app.api.get::<Detection>(&signed.caller, &detection, &[]),
    );
    let account = account?;
    // Before the first upload there is nothing that WeChat could have looked at.
    let detection = match detection {
        Err(Trouble::Refused(problem)) if problem.errcode == Some(NO_TRIAL) => Ok(None),
        other => other.map(Some),
    };
    let [write, write_online, _] = &ACTIONS;
    let filled = guideline.as_ref().map(fill).unwrap_or_default();
    let known: Vec<(&str, &str)> = whose
        .known()
        .into_iter()
        .chain(filled.iter().map(|(name, value)| (*name, value.as_str())))
        .collect();
    let content = html! {
        div.columns {
            (super::part(language, &Text::fixed("隐私保护指引", "The guideline"), guideline, |it| draw_guideline(&it, language)))
            (super::part(language, &Text::fixed("代码中的隐私接口", "What the code uses"), detection, |it| draw_detection(it.as_ref(), language)))
        }
        (super::part(language, &Text::fixed("需要申请的接口", "Interfaces to be applied for"), interfaces, |it| {
            draw_interfaces(&signed, &whose, &it.interfaces)
        }))
        (write.form(&app, &signed, &known))
        p.actions { (write_online.link(&signed, &known)) }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Privacy, content).await)
}

/// The guideline as the form holds it.
fn fill(guideline: &Guideline) -> Vec<(&'static str, String)> {
    let lines = |statements: &[Statement]| {
        let line = |it: &Statement| format!("{} = {}", it.key, it.purpose);
        statements.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let mut filled = vec![("statements", lines(&guideline.statements))];
    if let Some(owner) = &guideline.owner {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        filled.extend([
            ("owner.email", text(&owner.email)),
            ("owner.phone", text(&owner.phone)),
            ("owner.qq", text(&owner.qq)),
            ("owner.wechat_id", text(&owner.wechat_id)),
            ("owner.notice_method", owner.notice_method.clone()),
            ("owner.days_kept", owner.days_kept.map(|days| days.to_string()).unwrap_or_default()),
            ("owner.region", text(&owner.region)),
        ]);
    }
    filled
}

fn draw_guideline(guideline: &Guideline, language: Language) -> Markup {
    html! {
        @if guideline.undeclared.is_empty() {
            p { (badge(Tone::Good, Text::fixed("代码用到的都已说明", "all that the code uses is stated").read(language))) }
        } @else {
            div.notice.warn {
                p { strong { (Text::fixed("代码用到、但指引没有说明（提审会被拒绝）：", "Used by the code and not stated; a review is refused for it:").read(language)) } }
                p { @for key in &guideline.undeclared { code.chip { (key) } " " } }
            }
        }
        (pieces::facts(language, &[
            (Text::fixed("代码使用", "The code uses"), chips(&guideline.used, language)),
            (Text::fixed("用途说明", "Stated"), html! {
                @if guideline.statements.is_empty() { span.small { (words::NONE.read(language)) } }
                @for statement in &guideline.statements { p { code { (statement.key) } " " (statement.purpose) } }
            }),
            (Text::fixed("最近修改", "Changed"), guideline.changed_at.as_deref().map_or_else(|| chips(&[], language), pieces::time)),
        ]))
    }
}

fn draw_detection(detection: Option<&Detection>, language: Language) -> Markup {
    let Some(detection) = detection else {
        let nothing =
            Text::fixed("上传代码后，微信才会检测。", "WeChat looks when code was uploaded.");
        return html! { p.small { (nothing.read(language)) } };
    };
    html! {
        @if detection.running {
            p { (badge(Tone::Busy, Text::fixed("检测中，一分钟后刷新", "WeChat still looks; reload in a minute").read(language))) }
        } @else if detection.without_permission.is_empty() && detection.undeclared.is_empty() {
            p { (badge(Tone::Good, Text::fixed("没有发现问题", "nothing is missing").read(language))) }
        }
        (pieces::facts(language, &[
            (Text::fixed("没有权限的接口", "Without permission"), chips(&detection.without_permission, language)),
            (Text::fixed("未声明的接口", "Not declared"), chips(&detection.undeclared, language)),
        ]))
    }
}

fn chips(names: &[String], language: Language) -> Markup {
    html! {
        @if names.is_empty() { span.small { (words::NONE.read(language)) } }
        @for name in names { code.chip { (name) } " " }
    }
}

fn draw_interfaces(signed: &Signed, whose: &Whose, interfaces: &[Interface]) -> Markup {
    let language = signed.language;
    let [.., apply] = &ACTIONS;
    let state = |state: &str| {
        let (tone, words) = match state {
            "may-apply" => (Tone::Plain, Text::fixed("可申请", "may be applied for")),
            "may-not-apply" => (Tone::Plain, Text::fixed("不可申请", "may not be applied for")),
            "applying" => (Tone::Busy, Text::fixed("审核中", "in review")),
            "refused" => (Tone::Bad, Text::fixed("未通过", "refused")),
            "granted" => (Tone::Good, Text::fixed("已开通", "granted")),
            other => (Tone::Plain, Text::new(other, other)),
        };
        badge(tone, words.read(language))
    };
    html! {
        div.table { table {
            thead { tr {
                th scope="col" { (Text::fixed("接口", "Interface").read(language)) }
                th scope="col" { (Text::fixed("作用", "What it does").read(language)) }
                th scope="col" { (words::STATE.read(language)) }
                td {}
            } }
            tbody { @for it in interfaces { tr {
                th scope="row" { (it.name) br; code.small { (it.interface) } }
                td { (it.description) " " a.small href=(it.link) rel="noreferrer" { (Text::fixed("文档", "reference").read(language)) } }
                td { (state(&it.state)) @if let Some(reason) = &it.reason { p.small { (reason) } } }
                td { @if matches!(it.state.as_str(), "may-apply" | "refused") {
                    (apply.link(signed, &[&whose.known()[..], &[("interface", it.interface.as_str())]].concat())) } }
            } } }
        } }
    }
}
