//! What pages are put together from.

mod badge;
mod bar;
mod chart;
mod checks;
mod csv;
mod icon;
mod picture;
mod problem;
mod qr;
mod time;

pub(crate) use badge::{Tone, badge};
pub(crate) use bar::{Part, bar};
pub(crate) use chart::{Series, chart};
pub(crate) use checks::{Check, checks};
pub(crate) use csv::Csv;
pub(crate) use icon::{icon, mark};
pub(crate) use picture::picture;
pub(crate) use problem::problem;
pub(crate) use qr::qr;
pub(crate) use time::{ago, time};

use maud::{Markup, html};
use platform::text::{Language, Text};

use crate::words;

/// Names and what stands for them.
pub(crate) fn facts(language: Language, facts: &[(Text, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts {
                div { dt { (name.read(language)) } dd { (value) } }
            }
        }
    }
}

/// What stands where there is nothing yet: why, and what to do.
pub(crate) fn empty(language: Language, what: &Text, next: Markup) -> Markup {
    html! { div.empty { p { (what.read(language)) } (next) } }
}

/// The way to the next part of a list.
pub(crate) fn more(language: Language, here: &str, cursor: Option<&str>) -> Markup {
    html! {
        @if let Some(cursor) = cursor {
            p.more { a.button href=(with(here, "cursor", cursor)) { (words::MORE.read(language)) } }
        }
    }
}

/// When WeChat was asked for what a page shows.
pub(crate) fn asked(language: Language, at: Option<&str>) -> Markup {
    html! {
        @if let Some(at) = at {
            p.small { (words::ASKED.read(language)) " " (time(at)) }
        }
    }
}

/// An account's initial, in a colour of its own.
pub(crate) fn initial(name: &str) -> Markup {
    let letter = name.chars().next().unwrap_or('?');
    let colour = name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte)) % 6;
    html! { span class={ "initial c" (colour) } aria-hidden="true" { (letter) } }
}

/// An address with one parameter of its query replaced.
pub(crate) fn with(here: &str, name: &str, value: &str) -> String {
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let kept = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(known, _)| known != name && !["done", "later"].contains(&&**known));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept);
    if !value.is_empty() {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_parameter_is_replaced_and_what_was_done_is_forgotten() {
        let here = "/console/wx1/events?state=dead&cursor=a&done=replay";
        assert_eq!(super::with(here, "cursor", "b c"), "/console/wx1/events?state=dead&cursor=b+c");
        assert_eq!(super::with("/console", "state", ""), "/console");
    }
}
