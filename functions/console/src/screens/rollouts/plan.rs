//! The plan of a rollout: to whom, with what, for how long, and who is left out; and its start.

use maud::{Markup, html};
use platform::text::{Language, Text};

use super::{
    Whose, actions,
    data::{Count, Detail, LeftOut, Progress, Targets},
    new, targets, words,
};
use crate::{App, pieces, pieces::Tone, trouble::Trouble, visitor::Signed};

/// Requests that the plan itself shows whole.
const SHOWN: usize = 3;

/// The plan as it was made.
pub(super) async fn draw(
    app: &App,
    signed: &Signed,
    whose: &Whose,
    progress: &Progress,
) -> Result<Markup, Trouble> {
    let language = signed.language;
    let plan = &progress.rollout.plan;
    let (targets_path, left_out_path) = (whose.path(&["targets"]), whose.path(&["excluded"]));
    let (first, left_out) = tokio::join!(
        app.api.get::<Targets>(&signed.caller, &targets_path, &[("limit", "20")]),
        app.api.get::<LeftOut>(&signed.caller, &left_out_path, &[("limit", "5")]),
    );
    let (first, left_out) = (first?, left_out?);
    let mut details: Vec<Detail> = Vec::new();
    for target in first.targets.iter().take(SHOWN) {
        let path = whose.path(&["targets", &target.appid]);
        details.push(app.api.get(&signed.caller, &path, &[]).await?);
    }
    let excluded: u64 = plan.excluded.values().sum();
    let nobody = Text::fixed(
        "没有小程序可以发布。请看“排除的”里的原因。",
        "There is none to release to; see why under “Left out”.",
    );
    Ok(html! {
        (new::steps(3, language))
        div.cards.figures {
            (figure(&plan.targets.to_string(), &Text::fixed("个小程序得到新版本", "mini programs get it"), language))
            (figure(&plan.reviews_needed.to_string(), &Text::fixed("次审核额度", "reviews are needed"), language))
            @match (plan.reviews_left, plan.reviews_a_month) {
                (Some(left), Some(month)) => (figure(&format!("{left} / {month}"),
                    &Text::fixed("本月剩余审核额度", "reviews are left this month"), language)),
                _ => (figure("—", &Text::fixed("本月剩余额度，没有查到", "reviews left this month; WeChat did not say"), language)),
            }
            @if let Some(days) = plan.days {
                (figure(&days.to_string(), &Text::fixed("天后最快全部提审", "days until all are submitted, at the least"), language))
            }
        }
        @if plan.reviews_short > 0 {
            div.notice.warn { p { (Text::new(
                format!("本月额度不够：{} 个要等到以后的月份才能提审。", plan.reviews_short),
                format!("This month's reviews do not last: {} wait for a later month.", plan.reviews_short),
            ).read(language)) } }
        }
        @if plan.targets == 0 { (pieces::empty(language, &nobody, html! {})) }
        section aria-labelledby="plan-waves" {
            h2 #plan-waves { (Text::fixed("批次", "Waves").read(language)) }
            (waves(progress, language))
        }
        @if excluded > 0 {
            section aria-labelledby="plan-out" {
                h2 #plan-out { (Text::fixed("排除的", "Left out").read(language)) " " (pieces::badge(Tone::Warn, &excluded.to_string())) }
                ul.plain { @for one in &left_out.excluded {
                    li { strong { (one.name) } " " code { (one.appid) } " — " (one.words) }
                } }
                @if excluded > left_out.excluded.len() as u64 {
                    p { a href=(whose.address("/left-out")) { (Text::fixed("看全部", "See all").read(language)) } }
                }
            }
        }
        @if !details.is_empty() {
            section aria-labelledby="plan-requests" {
                h2 #plan-requests { (Text::fixed("每个小程序的请求", "The request of each").read(language)) }
                @for detail in &details {
                    details.card.request {
                        summary { strong { (detail.target.name) } " " code { (detail.target.appid) } " "
                            span.small { (targets::differs(detail, language)) } }
                        (targets::request(detail, language))
                    }
                }
                @if plan.targets > details.len() as u64 {
                    p { a href=(whose.address("/targets")) {
                        (Text::new(format!("全部 {} 个", plan.targets), format!("All {}", plan.targets)).read(language))
                    } }
                }
            }
        }
        @if plan.targets > 0 { (start(app, signed, whose, progress)) }
    })
}

/// The fourth step.
fn start(app: &App, signed: &Signed, whose: &Whose, progress: &Progress) -> Markup {
    let language = signed.language;
    let Some(action) = actions::action("start-rollout") else { return html! {} };
    let Some(digest) = progress.rollout.plan.digest.as_deref() else { return html! {} };
    let first = progress.waves.first().map(|wave| &wave.count);
    html! {
        @if signed.session.may(action.least) {
            section.card.start {
                h2 { (action.title.read(language)) }
                p { (begins(first, progress, language)) }
                form method="post" action={ "/console/do/" (action.name) } {
                    input type="hidden" name="_form" value=(signed.session.form_token);
                    input type="hidden" name="_once" value=(app.random.identifier(app.clock.now()));
                    input type="hidden" name="_back" value=(whose.address(""));
                    @for (name, value) in whose.known() { input type="hidden" name=(name) value=(value); }
                    input type="hidden" name="plan_digest" value=(digest);
                    p.buttons {
                        button { (action.button.read(language)) }
                        span.small { (Text::fixed("方案摘要", "digest of the plan").read(language)) " "
                            code { (digest.get(..12).unwrap_or(digest)) } }
                    }
                }
            }
        }
    }
}

fn begins(first: Option<&Count>, progress: &Progress, language: Language) -> String {
    let (version, all) = (&progress.rollout.user_version, progress.rollout.plan.targets);
    let first = first.map_or(0, |count| count.size);
    Text::new(
        format!("先给第 1 批的 {first} 个小程序上传并提审 {version}，之后按批次推进到全部 {all} 个。"),
        format!("Uploads and submits {version} for the {first} of wave 1, and goes on wave by wave to all {all}."),
    )
    .read(language)
    .to_owned()
}

fn figure(number: &str, words: &Text, language: Language) -> Markup {
    html! { div.card { p.version { (number) } p.small { (words.read(language)) } } }
}

fn waves(progress: &Progress, language: Language) -> Markup {
    html! {
        div.table { table {
            thead { tr {
                th scope="col" { (Text::fixed("批", "Wave").read(language)) }
                th scope="col" { (Text::fixed("累计", "Size in all").read(language)) }
                th scope="col" { (Text::fixed("小程序", "Mini programs").read(language)) }
                th scope="col" { (Text::fixed("开始条件", "Begins when").read(language)) }
            } }
            tbody { @for wave in &progress.waves {
                @let gates = words::gate(&wave.ordered.gate, wave.wave == 1, language);
                tr {
                    th scope="row" { (wave.wave) }
                    td { (words::size(&wave.ordered, language)) }
                    td { (wave.count.size) }
                    td { @if !gates.is_empty() { (gates.join(" · ")) }
                        @else if wave.wave == 1 { (Text::fixed("开始后立即", "at once").read(language)) }
                        @else { (Text::fixed("前一批处理完", "the wave before is through").read(language)) } }
                }
            } }
        } }
    }
}
