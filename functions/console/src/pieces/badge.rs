//! A state in a word, told by its colour and by its words.

use maud::{Markup, html};

/// How good or bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    /// Under way.
    Busy,
    Warn,
    Bad,
    Plain,
}

/// A state in a word.
pub(crate) fn badge(tone: Tone, words: &str) -> Markup {
    let class = match tone {
        Tone::Good => "badge good",
        Tone::Busy => "badge busy",
        Tone::Warn => "badge warn",
        Tone::Bad => "badge bad",
        Tone::Plain => "badge",
    };
    html! { span class=(class) { (words) } }
}
