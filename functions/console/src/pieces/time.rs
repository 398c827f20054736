//! Moments. The server writes them as they are in Beijing; a script puts them into the operator's
//! own zone.

use jiff::{Timestamp, tz::Offset};
use maud::{Markup, html};
use platform::text::Language;

/// A moment, as the API writes it.
pub(crate) fn time(moment: &str) -> Markup {
    let Ok(at) = moment.parse::<Timestamp>() else { return html! { (moment) } };
    let there = Offset::constant(8).to_datetime(at);
    html! { time datetime=(moment) title="UTC+8" { (there.strftime("%Y-%m-%d %H:%M")) } }
}

/// How long ago a moment was.
pub(crate) fn ago(moment: &str, now: Timestamp, language: Language) -> Markup {
    let Ok(at) = moment.parse::<Timestamp>() else { return html! { (moment) } };
    let words = duration((now.as_second() - at.as_second()).max(0), language);
    let words = match language {
        Language::Chinese => format!("{words}前"),
        Language::English => format!("{words} ago"),
    };
    html! { time datetime=(moment) data-ago="" { (words) } }
}

fn duration(seconds: i64, language: Language) -> String {
    let (count, zh, en) = match seconds {
        0..60 => (seconds, "秒", "s"),
        60..3_600 => (seconds / 60, "分钟", "min"),
        3_600..86_400 => (seconds / 3_600, "小时", "h"),
        _ => (seconds / 86_400, "天", "d"),
    };
    match language {
        Language::Chinese => format!("{count} {zh}"),
        Language::English => format!("{count} {en}"),
    }
}
