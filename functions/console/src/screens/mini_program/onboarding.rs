//! Its way from the authorization to the first version online.

use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Side, Whose};
use crate::{
    App,
    pieces::{self, Tone, badge},
    screens::onboarding::{ACTIONS, state_badge},
    trouble::Trouble,
    visitor::Signed,
};

#[derive(Deserialize)]
struct Onboarding {
    state: String,
    state_text: String,
    began_at: String,
    ended_at: Option<String>,
    next_look_at: Option<String>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    title: String,
    state: String,
    state_text: String,
    since: Option<String>,
    whom_text: Option<String>,
    why: Option<String>,
    what_to_do: Option<String>,
    errcode: Option<i64>,
}

const NEVER: Text = Text::fixed(
    "还没有按上线方案走过。开始后，能自动做的会自动做，要人处理的会停下来说明。",
    "The plan was never gone through. What can be done by itself will be, and it stops where a person is needed.",
);

/// `GET …/onboarding`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (account, shown) = whose.with::<Onboarding>(&app, &signed, &["onboarding"]).await?;
    let [begin, retry, stop] = &ACTIONS;
    let known = whose.known();
    let content = match shown {
        Ok(shown) => html! {
            div #live hx-get=(signed.here) hx-trigger="every 15s" hx-select="#live" hx-swap="outerHTML" {
                (draw(&shown, language))
                p.actions {
                    @if shown.ended_at.is_some() { (begin.link(&signed, &known)) }
                    @else { (retry.link(&signed, &known)) (stop.link(&signed, &known)) }
                }
            }
        },
        Err(Trouble::Refused(problem)) if problem.status == 404 => {
            pieces::empty(language, &NEVER, html! { p { (begin.link(&signed, &known)) } })
        }
        Err(trouble) => trouble.markup(language),
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Onboarding, content).await)
}

fn draw(shown: &Onboarding, language: Language) -> Markup {
    html! {
        p { (state_badge(&shown.state, &shown.state_text)) " "
            span.small {
                (Text::fixed("开始", "begun").read(language)) " " (pieces::time(&shown.began_at))
                @if let Some(at) = &shown.ended_at { " · " (Text::fixed("结束", "ended").read(language)) " " (pieces::time(at)) }
                @if let Some(at) = &shown.next_look_at { " · " (Text::fixed("下次自动查看", "looked at again").read(language)) " " (pieces::time(at)) }
            }
        }
        ol.walk { @for step in &shown.steps {
            li class=(step.state) {
                p { strong { (step.title) } " " (state_badge(&step.state, &step.state_text))
                    @if let Some(whom) = &step.whom_text { " " (badge(Tone::Plain, whom)) }
                    @if let (Some(since), true) = (&step.since, step.state != "left-out" && step.state != "pending") {
                        " " span.small { (pieces::time(since)) }
                    }
                }
                @if let Some(why) = &step.why { p { (why)
                    @if let Some(errcode) = step.errcode { " " a href={ "/console/errcodes?code=" (errcode) } { (errcode) } } } }
                @if let Some(what_to_do) = &step.what_to_do { p.do { (what_to_do) } }
            }
        } }
    }
}
