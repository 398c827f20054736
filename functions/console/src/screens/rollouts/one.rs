//! One rollout: its plan until it is started, and then how far it is, without a reload.

use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};

use super::{Whose, data::Progress, new, plan, progress, words};
use crate::{
    App, pieces, screens::Place, shell, trouble::Trouble, visitor::Signed, words as common,
};

/// A side of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Progress,
    Targets,
    Triage,
    LeftOut,
}

impl Side {
    const ALL: [Side; 4] = [Side::Progress, Side::Targets, Side::Triage, Side::LeftOut];

    fn title(self) -> Text {
        match self {
            Side::Progress => Text::fixed("进度", "Progress"),
            Side::Targets => Text::fixed("小程序", "Mini programs"),
            Side::Triage => Text::fixed("失败原因", "Triage"),
            Side::LeftOut => Text::fixed("排除的", "Left out"),
        }
    }

    fn path(self) -> &'static str {
        match self {
            Side::Progress => "",
            Side::Targets => "/targets",
            Side::Triage => "/triage",
            Side::LeftOut => "/left-out",
        }
    }
}

/// A page of one side, under the head that all have.
pub(super) async fn draw(
    app: &App,
    signed: &Signed,
    whose: &Whose,
    progress: &Progress,
    side: Side,
    content: Markup,
) -> Response {
    let language = signed.language;
    let rollout = &progress.rollout;
    let title = Text::new(
        format!("{} · {}", rollout.name, side.title().zh),
        format!("{} · {}", rollout.name, side.title().en),
    );
    let count = |side: Side| match side {
        Side::Progress => 0,
        Side::Targets => rollout.plan.targets,
        Side::Triage => progress.total.failed,
        Side::LeftOut => rollout.plan.excluded.values().sum(),
    };
    let page = html! {
        p.way { a href={ "/console/" (whose.component) "/rollouts" } {
            "‹ " (Place::Rollouts.title().read(language))
        } }
        div.heading {
            div {
                h1 { (rollout.name) " " (words::rollout_badge(rollout, language)) }
                p.about { (rollout.user_version) " · " (Text::fixed("模板", "template").read(language)) " "
                    (rollout.template_id) " · " (pieces::time(&rollout.created_at)) }
            }
            div.actions { (ways(signed, whose, progress)) }
        }
        nav.tabs aria-label=(rollout.name) {
            @for known in Side::ALL {
                a href=(whose.address(known.path())) aria-current=[(known == side).then_some("page")] {
                    (known.title().read(language))
                    @if count(known) > 0 { " " span.count { (count(known)) } }
                }
            }
        }
        (content)
    };
    shell::page(app, signed, Some(Place::Rollouts), &title, page).await
}

/// What can be done with all of it.
fn ways(signed: &Signed, whose: &Whose, progress: &Progress) -> Markup {
    let way = |name| progress::way(signed, whose, name, &[]);
    let state = progress.rollout.state.as_str();
    html! {
        @match state {
            "running" => { (way("pause-rollout")) (way("abort-rollout")) },
            "paused" => { (way("resume-rollout")) (way("abort-rollout")) },
            "planned" => (way("abort-rollout")),
            _ => {},
        }
        @if progress.total.of("released") > 0 && state != "rolling-back" { (way("roll-rollout-back")) }
    }
}

/// `GET …/rollouts/{id}`
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let progress: Progress = app.api.get(&signed.caller, &whose.path(&[]), &[]).await?;
    let language = signed.language;
    let rollout = &progress.rollout;
    let here = pieces::with(&signed.here, "done", "");
    // A plan is there within seconds; a wave takes its time.
    let every = if rollout.state == "planning" { "every 2s" } else { "every 5s" };
    let moves = rollout.moves();
    let content = html! {
        div #live hx-get=[moves.then_some(&here)] hx-trigger=[moves.then_some(every)]
            hx-select="#live" hx-swap="outerHTML" {
            @match rollout.state.as_str() {
                "planning" => { (new::steps(3, language)) (planning(language)) },
                "planned" => (plan::draw(&app, &signed, &whose, &progress).await?),
                _ => (progress::draw(&signed, &whose, &progress)),
            }
        }
        @if moves { p.small { a href=(here) { (Text::fixed("刷新", "Reload").read(language)) } " · "
            (Text::fixed("打开脚本时自动刷新", "by itself where scripts run").read(language)) } }
        @if rollout.state != "planning" { (ordered(&progress, language)) }
    };
    Ok(draw(&app, &signed, &whose, &progress, Side::Progress, content).await)
}

fn planning(language: Language) -> Markup {
    let words = Text::fixed(
        "正在逐个核对符合条件的小程序，并算出每一个的请求……",
        "Going through the mini programs that match, and making the exact request of each…",
    );
    html! { div.empty role="status" { p { (words.read(language)) } } }
}

/// What was ordered.
fn ordered(progress: &Progress, language: Language) -> Markup {
    let order = &progress.order;
    let release = match order.release["mode"].as_str() {
        Some("window") => {
            let hours = serde_json::from_value(order.release["window"].clone());
            let hours = hours.map(|hours| words::window(&hours, language)).unwrap_or_default();
            Text::new(format!("只在 {hours}"), format!("only {hours}"))
        }
        Some("after-ok") => {
            let people = order.release["people"].as_u64().unwrap_or(1);
            Text::new(format!("{people} 人放行后"), format!("when {people} said so"))
        }
        _ => Text::fixed("审核通过就上线", "as soon as it is approved"),
    };
    let yes_or_no = |yes: bool| match yes {
        true => Text::fixed("是", "yes").read(language).to_owned(),
        false => Text::fixed("否", "no").read(language).to_owned(),
    };
    let facts = [
        (Text::fixed("版本描述", "Description"), html! { (order.user_desc) }),
        (Text::fixed("上线", "Goes online"), html! { (release.read(language)) }),
        (
            Text::fixed("先给一部分用户", "To parts of the users first"),
            html! {
                @if order.gray.is_empty() { span.small { (common::NONE.read(language)) } }
                @for part in &order.gray { (part.told(language)) " " }
            },
        ),
        (Text::fixed("保留额度", "Reserve"), html! { (progress.rollout.plan.reserve) }),
        (
            Text::fixed("后来的自动加入", "Takes later ones along"),
            html! { (yes_or_no(order.follow)) },
        ),
        (
            Text::fixed("先行者", "Canaries"),
            html! {
                @if order.canaries.is_empty() { span.small { (common::NONE.read(language)) } }
                @for appid in &order.canaries { code { (appid) } " " }
            },
        ),
    ];
    html! {
        details.card {
            summary { (Text::fixed("下单的内容", "What was ordered").read(language)) }
            (pieces::facts(language, &facts))
            @if !order.ext.is_empty() {
                pre.code { (serde_json::to_string_pretty(&order.ext).unwrap_or_default()) }
            }
        }
    }
}
