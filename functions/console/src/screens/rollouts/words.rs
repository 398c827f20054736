//! What the pages of rollouts say of states, gates and sizes.

use maud::Markup;
use platform::text::{Language, Text};

use super::data::{Gate, Ordered, Rollout, Window};
use crate::pieces::{Tone, badge};

/// The states of a mini program of a rollout, in the order in which bars show them, and the class
/// of their colour.
pub(super) static STATES: [(&str, &str, Text); 12] = [
    ("released", "good", Text::fixed("已上线", "online")),
    ("approved", "ready", Text::fixed("审核通过", "approved")),
    ("in-review", "busy", Text::fixed("审核中", "in review")),
    ("committed", "begun", Text::fixed("已上传", "uploaded")),
    ("queued", "begun", Text::fixed("排队上传", "queued")),
    ("rejected", "bad", Text::fixed("被驳回", "rejected")),
    ("failed", "bad", Text::fixed("失败", "failed")),
    ("skipped", "plain", Text::fixed("已跳过", "skipped")),
    ("rolling-back", "warn", Text::fixed("回退中", "going back")),
    ("rolled-back", "plain", Text::fixed("已回退", "rolled back")),
    ("kept", "warn", Text::fixed("未回退", "not rolled back")),
    ("waiting", "rest", Text::fixed("未开始", "not begun")),
];

/// A mini program's state in a word.
pub(super) fn target_badge(state: &str, language: Language) -> Markup {
    let known = STATES.iter().find(|(name, ..)| *name == state);
    let tone = match known.map(|(_, class, _)| *class) {
        Some("good" | "ready") => Tone::Good,
        Some("busy" | "begun") => Tone::Busy,
        Some("bad") => Tone::Bad,
        Some("warn") => Tone::Warn,
        _ => Tone::Plain,
    };
    badge(tone, known.map_or(state, |(.., words)| words.read(language)))
}

/// A rollout's state in a word.
pub(in crate::screens) fn rollout_badge(rollout: &Rollout, language: Language) -> Markup {
    let (tone, words) = match rollout.state.as_str() {
        "planning" => (Tone::Busy, Text::fixed("正在生成方案", "planning")),
        "planned" => (Tone::Warn, Text::fixed("等待开始", "to be started")),
        "running" => (Tone::Busy, Text::fixed("进行中", "running")),
        "paused" => (Tone::Warn, Text::fixed("已暂停", "paused")),
        "rolling-back" => (Tone::Warn, Text::fixed("回退中", "going back")),
        "finished" => (Tone::Good, Text::fixed("已完成", "finished")),
        "aborted" => (Tone::Plain, Text::fixed("已终止", "ended")),
        "rolled-back" => (Tone::Plain, Text::fixed("已回退", "rolled back")),
        other => (Tone::Plain, Text::new(other, other)),
    };
    badge(tone, words.read(language))
}

/// How large a wave is.
pub(super) fn size(ordered: &Ordered, language: Language) -> String {
    match (ordered.count, ordered.percent, language) {
        (Some(count), _, Language::Chinese) => format!("{count} 个"),
        (Some(count), ..) => count.to_string(),
        (_, Some(percent), _) => format!("{percent}%"),
        _ => String::new(),
    }
}

/// What has to hold until a wave begins, one thing each.
pub(super) fn gate(gate: &Gate, is_first: bool, language: Language) -> Vec<String> {
    let mut all = Vec::new();
    let mut say = |zh: String, en: String| all.push(Text::new(zh, en).read(language).to_owned());
    if !is_first {
        if gate.through_percent < 100 {
            let percent = gate.through_percent;
            say(
                format!("前一批处理完 {percent}%"),
                format!("{percent}% of the wave before is through"),
            );
        }
        if let Some(percent) = gate.approved_percent {
            say(format!("通过率 ≥ {percent}%"), format!("≥ {percent}% approved"));
        }
        if let Some(percent) = gate.failed_percent {
            say(format!("失败率 ≤ {percent}%"), format!("≤ {percent}% failed"));
        }
        if gate.soak_minutes > 0 {
            let minutes = gate.soak_minutes;
            say(format!("观察 {minutes} 分钟"), format!("{minutes} min to settle"));
        }
    }
    if let Some(hours) = &gate.window {
        let hours = window(hours, language);
        say(format!("只在 {hours}"), format!("only {hours}"));
    }
    match gate.people {
        0 => {}
        1 => say("1 人放行".into(), "one person says so".into()),
        many => say(format!("{many} 人放行"), format!("{many} people say so")),
    }
    all
}

/// Hours of some days, in Beijing.
pub(super) fn window(window: &Window, language: Language) -> String {
    static NAMES: [Text; 7] = [
        Text::fixed("一", "Mon"),
        Text::fixed("二", "Tue"),
        Text::fixed("三", "Wed"),
        Text::fixed("四", "Thu"),
        Text::fixed("五", "Fri"),
        Text::fixed("六", "Sat"),
        Text::fixed("日", "Sun"),
    ];
    let names: Vec<&str> = window
        .days
        .iter()
        .filter_map(|day| NAMES.get(usize::try_from(*day).ok()?.checked_sub(1)?))
        .map(|name| name.read(language))
        .collect();
    let hours = format!("{}–{}", window.from, window.to);
    match (names.is_empty(), language) {
        (true, _) => hours,
        (false, Language::Chinese) => format!("周{} {hours}", names.join("、")),
        (false, Language::English) => format!("{} {hours}", names.join(", ")),
    }
}
