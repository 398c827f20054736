//! How far a rollout is: its waves as bars, what each waits for, and what can be done about it.

use maud::{Markup, html};
use platform::text::{Language, Text};

use super::{
    Whose, actions,
    data::{Count, Progress, Wave},
    words,
};
use crate::{
    pieces::{self, Tone, badge, bar},
    visitor::Signed,
};

/// The part of the page that moves.
pub(super) fn draw(signed: &Signed, whose: &Whose, progress: &Progress) -> Markup {
    let language = signed.language;
    let rollout = &progress.rollout;
    html! {
        @if let Some(pause) = &rollout.pause {
            div.notice.warn { p { strong { (pause.words) } " " (pieces::time(&pause.at)) } }
        }
        @if rollout.state == "running" && !rollout.waits_for.is_empty() {
            div.notice { p { strong { (Text::fixed("下一批在等：", "The next wave waits: ").read(language)) }
                (rollout.waits_for.join(" ")) } }
        }
        section.card aria-labelledby="total" {
            div.split {
                h2 #total { (Text::fixed("总进度", "All waves").read(language)) }
                p.figure { strong { (progress.total.through) } " / " (progress.total.size) }
            }
            (whole(&progress.total, language))
            @if progress.total.failed > 0 {
                p { (badge(Tone::Bad, &progress.total.failed.to_string())) " "
                    (Text::fixed("个失败或被驳回", "failed or were rejected").read(language)) " · "
                    a href=(whose.address("/triage")) { (Text::fixed("按原因处理", "Go through the causes").read(language)) } }
            }
        }
        section aria-labelledby="waves" {
            h2 #waves { (Text::fixed("批次", "Waves").read(language)) }
            ol.waves { @for wave in &progress.waves { (draw_wave(signed, whose, progress, wave)) } }
        }
    }
}

fn draw_wave(signed: &Signed, whose: &Whose, progress: &Progress, wave: &Wave) -> Markup {
    let language = signed.language;
    let is_under_way = progress.rollout.is_under_way();
    let is_next = wave.wave == progress.rollout.waves_begun as usize + 1;
    let number = wave.wave.to_string();
    let said = progress.approvals.iter().filter(|said| said.wave as usize == wave.wave);
    let gates = words::gate(&wave.ordered.gate, wave.wave == 1, language);
    let release = progress.order.release["mode"] == "after-ok";
    let title = Text::new(format!("第 {number} 批"), format!("Wave {number}"));
    html! {
        li.wave.idle[!wave.begun] {
            div.split {
                h3 { (title.read(language)) " · " (words::size(&wave.ordered, language)) " "
                    @if wave.begun && wave.count.through == wave.count.size && wave.count.size > 0 {
                        (badge(Tone::Good, Text::fixed("完成", "through").read(language)))
                    } @else if wave.begun {
                        (badge(Tone::Busy, Text::fixed("进行中", "under way").read(language)))
                    } @else if is_next && is_under_way {
                        (badge(Tone::Warn, Text::fixed("下一批", "next").read(language)))
                    } }
                p.figure {
                    a href={ (whose.address("/targets")) "?wave=" (number) } {
                        (wave.count.through) " / " (wave.count.size)
                    }
                }
            }
            (whole(&wave.count, language))
            @if !gates.is_empty() {
                p.small { (Text::fixed("开始条件：", "Begins when: ").read(language)) (gates.join(" · ")) }
            }
            @for said in said {
                p.small {
                    @if said.what == "release" { (Text::fixed("上线放行", "release allowed").read(language)) }
                    @else { (Text::fixed("开始放行", "beginning allowed").read(language)) }
                    " · " code { (said.by) } " · " (pieces::time(&said.at))
                }
            }
            @if is_under_way {
                p.actions {
                    @if is_next && wave.ordered.gate.people > 0 {
                        (way(signed, whose, "approve-rollout", &[("wave", &number), ("what", "wave")]))
                    }
                    @if wave.begun && release && wave.count.of("approved") + wave.count.of("in-review") > 0 {
                        (way(signed, whose, "approve-rollout", &[("wave", &number), ("what", "release")]))
                    }
                }
            }
            @if wave.begun && wave.count.of("released") > 0 && progress.rollout.state != "rolling-back" {
                p.actions { (way(signed, whose, "roll-wave-back", &[("wave", &number)])) }
            }
        }
    }
}

/// A bar with its legend.
fn whole(count: &Count, language: Language) -> Markup {
    let parts: Vec<pieces::Part> =
        words::STATES.iter().map(|(state, class, _)| (*class, count.of(state))).collect();
    let there: Vec<_> = words::STATES.iter().filter(|(state, ..)| count.of(state) > 0).collect();
    let told: Vec<String> = there
        .iter()
        .map(|(state, _, words)| format!("{} {}", words.read(language), count.of(state)))
        .collect();
    html! {
        (bar(&parts, count.size, &told.join(", ")))
        p.legends {
            @for ((_, class, _), told) in there.iter().zip(&told) {
                span.legend { span class={ "key " (class) } {} (told) }
            }
        }
    }
}

/// A link to the page that says what an action would do.
pub(super) fn way(signed: &Signed, whose: &Whose, name: &str, known: &[(&str, &str)]) -> Markup {
    let action = actions::action(name).filter(|action| signed.session.may(action.least));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("action", name).extend_pairs(known);
    html! {
        @if let Some(action) = action {
            a.button.danger[action.danger] href={ (whose.address("/confirm")) "?" (query.finish()) } {
                (action.title.read(signed.language))
            }
        }
    }
}
