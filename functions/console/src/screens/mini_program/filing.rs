//! ICP filing (小程序备案), without which nothing goes online for the first time.

mod application;
mod forms;

use axum::{
    extract::{Path, RawQuery, State},
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
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Filing {
    state: String,
    text: String,
    what_to_do: Option<String>,
    remarks: Vec<Remark>,
    face_check: Option<FaceCheck>,
    since: Option<String>,
    applied_at: Option<String>,
    asked_at: Option<String>,
}

/// Something that has to be corrected.
#[derive(Deserialize)]
pub(super) struct Remark {
    field: String,
    error: String,
    suggestion: String,
}

#[derive(Deserialize)]
struct FaceCheck {
    state: String,
    url: Option<String>,
    waits_until: String,
    good_until: String,
}

#[derive(Deserialize)]
struct Choices {
    options: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    code: String,
    name: String,
    remark: Option<String>,
    #[serde(default)]
    within: Vec<Choice>,
}

/// What an application may choose from, by the names of the API.
static LISTS: [(&str, Text); 5] = [
    ("subject-types", Text::fixed("主体类型", "Kinds of owners")),
    ("certificate-types", Text::fixed("证件类型", "Kinds of documents")),
    ("service-content-types", Text::fixed("服务内容", "Services")),
    ("approval-types", Text::fixed("前置审批", "Approvals")),
    ("districts", Text::fixed("行政区划", "Districts")),
];

/// `GET …/filing`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (account, filing) = whose.with::<Filing>(&app, &signed, &["filing"]).await?;
    let filing = filing?;
    let chosen = LISTS.iter().find(|(name, _)| *name == query.text("list"));
    let choices = match chosen {
        Some((name, _)) => {
            let path = whose.path(&["filing", "options", name]);
            Some(app.api.get::<Choices>(&signed.caller, &path, &[]).await)
        }
        None => None,
    };
    let [apply, face, refresh, withdraw, cancel] = &ACTIONS;
    let known = whose.known();
    let state = filing.state.as_str();
    let content = html! {
        section.card {
            h2 { (Side::Filing.title().read(language)) " " (state_badge(state, &filing.text)) }
            @if let Some(what_to_do) = &filing.what_to_do { p.do { (what_to_do) } }
            (draw_remarks(&filing.remarks, language))
            (facts(&filing, language))
            p.actions {
                @if !matches!(state, "in-review" | "at-authority" | "filed" | "canceling") {
                    (face.link(&signed, &known))
                    (apply.link(&signed, &known))
                }
                (refresh.link(&signed, &known))
                @if matches!(state, "applying" | "in-review" | "rejected") { (withdraw.link(&signed, &known)) }
                @if state == "filed" { (cancel.link(&signed, &known)) }
                (pieces::asked(language, filing.asked_at.as_deref()))
            }
        }
        section.card {
            h2 { (Text::fixed("填表时要用的代码", "Codes that the application takes").read(language)) }
            p.actions { @for (name, title) in &LISTS {
                a.button href={ (pieces::with(&signed.here, "list", name)) "#options" } { (title.read(language)) }
            } }
            @if let (Some((_, title)), Some(choices)) = (chosen, choices) {
                h3 #options { (title.read(language)) }
                @match choices {
                    Ok(choices) => { (draw_choices(&choices.options)) }
                    Err(trouble) => { (trouble.markup(language)) }
                }
            }
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Filing, content).await)
}

fn state_badge(state: &str, text: &str) -> Markup {
    let tone = match state {
        "filed" => Tone::Good,
        "applying" | "in-review" | "at-authority" => Tone::Busy,
        "rejected" | "rejected-by-authority" => Tone::Bad,
        "not-filed" | "canceling" => Tone::Warn,
        _ => Tone::Plain,
    };
    badge(tone, text.trim_end_matches(['。', '.']))
}

/// What has to be corrected, field by field.
pub(super) fn draw_remarks(remarks: &[Remark], language: Language) -> Markup {
    html! {
        @if !remarks.is_empty() {
            div.notice.bad {
                p { strong { (Text::fixed("需要更正", "To be corrected").read(language)) } }
                ul { @for remark in remarks {
                    li { strong { (remark.field) } " · " (remark.error)
                        @if !remark.suggestion.is_empty() { br; (remark.suggestion) } }
                } }
            }
        }
    }
}

fn facts(filing: &Filing, language: Language) -> Markup {
    let none = || html! { span.small { (words::NONE.read(language)) } };
    let moment = |at: &Option<String>| at.as_deref().map_or_else(none, pieces::time);
    let face = filing.face_check.as_ref().map_or_else(none, |face| {
        let (tone, words, until) = match face.state.as_str() {
            "passed" => (Tone::Good, Text::fixed("已通过", "passed"), &face.good_until),
            "failed" => (Tone::Bad, Text::fixed("未通过", "failed"), &face.good_until),
            _ => (Tone::Busy, Text::fixed("等待管理员", "waits"), &face.waits_until),
        };
        html! {
            (badge(tone, words.read(language))) " "
            span.small { (Text::fixed("有效至", "until").read(language)) " " (pieces::time(until)) }
            @if let Some(url) = &face.url { p { a href=(url) { (url) } } (pieces::qr(url)) }
        }
    });
    pieces::facts(
        language,
        &[
            (Text::fixed("管理员人脸核身", "Face check"), face),
            (Text::fixed("进入此状态", "Since"), moment(&filing.since)),
            (Text::fixed("最近一次申请", "Applied"), moment(&filing.applied_at)),
        ],
    )
}

fn draw_choices(choices: &[Choice]) -> Markup {
    html! {
        ul.codes { @for choice in choices {
            li {
                @if choice.within.is_empty() { (one(choice)) }
                @else { details { summary { (one(choice)) } (draw_choices(&choice.within)) } }
            }
        } }
    }
}

fn one(choice: &Choice) -> Markup {
    html! {
        code { (choice.code) } " " (choice.name)
        @if let Some(remark) = &choice.remark { " " span.small { (remark) } }
    }
}
