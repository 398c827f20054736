//! Checks: how each stands, what was found, and what to do about it.

use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Tone, badge};

/// A check, as the API tells it.
#[derive(Deserialize)]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) status: String,
    finding: Option<String>,
    what_to_do: Option<String>,
    link: Option<String>,
}

/// A list of checks; `way` draws the link to where something is done about one.
pub(crate) fn checks<'a>(
    language: Language,
    checks: impl IntoIterator<Item = &'a Check>,
    way: impl Fn(&Check) -> Option<Markup>,
) -> Markup {
    html! {
        ul.checks {
            @for check in checks {
                li class=(check.status) {
                    p { (status(language, &check.status)) " " strong { (check.title) }
                        @if let Some(finding) = &check.finding { " — " (finding) } }
                    @if let Some(what_to_do) = &check.what_to_do { p.do { (what_to_do)
                        @if let Some(way) = way(check) { " " (way) } } }
                }
            }
        }
    }
}

impl Check {
    /// The link to a page outside; what leads into the API is not for people.
    pub(crate) fn outside(&self) -> Option<Markup> {
        let link = self.link.as_ref().filter(|link| !link.contains("/v1/"))?;
        Some(html! { a href=(link) rel="noreferrer" { (link) } })
    }
}

fn status(language: Language, status: &str) -> Markup {
    let (tone, words) = match status {
        "pass" => (Tone::Good, Text::fixed("通过", "pass")),
        "warn" => (Tone::Warn, Text::fixed("注意", "warning")),
        "fail" => (Tone::Bad, Text::fixed("未通过", "fail")),
        _ => (Tone::Plain, Text::fixed("未知", "unknown")),
    };
    badge(tone, words.read(language))
}
