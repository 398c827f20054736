//! Whom the mini program serves: a part of its users first, all of them, or nobody; and from which
//! base library on.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Side, Whose};
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces::{self, Tone, badge},
    session::Role,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Plan {
    state: String,
    percentage: Option<i64>,
    members_first: Option<bool>,
    testers_first: Option<bool>,
    since: Option<String>,
}

#[derive(Deserialize)]
struct Visits {
    serving: bool,
}

#[derive(Deserialize)]
struct Support {
    version: Option<String>,
    users: Vec<Users>,
}

#[derive(Deserialize)]
struct Users {
    version: String,
    percentage: Option<f64>,
}

const VISITS: &str = "components/{component}/mini-programs/{appid}/visit-status";

pub(super) static ACTIONS: [Action; 5] = [
    Action {
        name: "set-gray-release",
        title: Text::fixed("按用户比例灰度", "Release to a part of the users"),
        rule: Text::fixed(
            "把审核通过的版本先给一部分用户。比例只能增大；线上须已有版本；全量或撤回之前，不能上传和回退",
            "gives the approved version to a part of the users first. The part only grows, something has to be online already, and until it is released to all or reverted nothing is uploaded or rolled back",
        ),
        button: Text::fixed("发布给这部分用户", "Release to that part"),
        done: Text::fixed("灰度已生效", "That part of the users has it"),
        least: Role::Releaser,
        danger: true,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/gray-release",
        fields: &[
            Field::new(
                "percentage",
                Text::fixed("用户比例（%）", "Per cent of the users"),
                Kind::Number,
            )
            .required()
            .hint(Text::fixed(
                "0 至 100；0 须勾选下面至少一项",
                "0 to 100; 0 goes with one of the two below",
            )),
            Field::new(
                "members_first",
                Text::fixed("项目成员优先", "The project's members first"),
                Kind::Check,
            ),
            Field::new(
                "testers_first",
                Text::fixed("体验者优先", "The testers first"),
                Kind::Check,
            ),
        ],
        then: Then::Back,
    },
    Action {
        name: "revert-gray-release",
        title: Text::fixed("撤回灰度", "Take the gray release back"),
        rule: Text::fixed(
            "已经拿到新版本的用户回到原来的版本；审核结果保留",
            "those who have the new version go back to the former one; it stays approved",
        ),
        button: Text::fixed("撤回", "Take back"),
        done: Text::fixed("灰度已撤回", "Nobody has it any more"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/gray-release",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "suspend",
        title: Text::fixed("暂停服务", "Suspend"),
        rule: Text::fixed(
            "全部用户立即无法打开这个小程序，直到恢复服务",
            "nobody can open the mini program from now on, until it is resumed",
        ),
        button: Text::fixed("暂停服务", "Suspend"),
        done: Text::fixed("已暂停服务", "It is suspended"),
        least: Role::Releaser,
        danger: true,
        method: Method::PUT,
        path: VISITS,
        fields: &[Field::always("serving", "false")],
        then: Then::Back,
    },
    Action {
        name: "resume-service",
        title: Text::fixed("恢复服务", "Resume"),
        rule: Text::fixed("用户可以重新打开小程序", "users can open the mini program again"),
        button: Text::fixed("恢复服务", "Resume"),
        done: Text::fixed("已恢复服务", "It serves its users"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: VISITS,
        fields: &[Field::always("serving", "true")],
        then: Then::Back,
    },
    Action {
        name: "set-support-version",
        title: Text::fixed("设置最低基础库版本", "Set the oldest base library"),
        rule: Text::fixed(
            "基础库更旧的用户会被要求升级微信；只能选微信列出的版本",
            "users with an older one are asked to update WeChat; one of the versions that WeChat lists",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("最低基础库版本已设置", "It is set"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/support-version",
        fields: &[Field::new("version", Text::fixed("基础库版本", "Base library"), Kind::Line)
            .required()
            .hint(Text::fixed("如 2.32.3", "such as 2.32.3"))],
        then: Then::Back,
    },
];

/// `GET …/serving`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (plan_path, visits_path, support_path) = (
        whose.path(&["gray-release"]),
        whose.path(&["visit-status"]),
        whose.path(&["support-version"]),
    );
    let (account, plan, visits, support) = tokio::join!(
        whose.account(&app, &signed),
        app.api.get::<Plan>(&signed.caller, &plan_path, &[]),
        app.api.get::<Visits>(&signed.caller, &visits_path, &[]),
        app.api.get::<Support>(&signed.caller, &support_path, &[]),
    );
    let account = account?;
    let [set_gray, revert, suspend, resume, set_support] = &ACTIONS;
    let known = whose.known();
    let gray_title = Text::fixed("灰度", "Gray release");
    let support_title = Text::fixed("基础库", "Base library");
    let content = html! {
        div.columns {
            div {
                (super::part(language, &Text::fixed("服务状态", "Service"), visits, |visits| html! {
                    p { @if visits.serving { (badge(Tone::Good, Text::fixed("服务中", "serving").read(language))) }
                        @else { (badge(Tone::Bad, Text::fixed("已暂停", "suspended").read(language))) } }
                    p.actions { (if visits.serving { suspend } else { resume }.link(&signed, &known)) }
                }))
                (super::part(language, &gray_title, plan, |plan| html! {
                    (draw_plan(&plan, language))
                    @if matches!(plan.state.as_str(), "running" | "paused") {
                        p.actions { (revert.link(&signed, &known)) }
                    }
                }))
                (set_gray.form(&app, &signed, &known))
            }
            div {
                (super::part(language, &support_title, support, |support| draw_support(&support, language)))
                (set_support.form(&app, &signed, &known))
            }
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Serving, content).await)
}

fn draw_plan(plan: &Plan, language: Language) -> Markup {
    let (tone, words) = match plan.state.as_str() {
        "none" => (Tone::Plain, Text::fixed("没有灰度", "none")),
        "running" => (Tone::Busy, Text::fixed("灰度中", "running")),
        "paused" => (Tone::Warn, Text::fixed("已暂停", "paused")),
        "done" => (Tone::Good, Text::fixed("已全量", "done")),
        "reverted" => (Tone::Plain, Text::fixed("已撤回", "reverted")),
        _ => (Tone::Plain, Text::fixed("未知", "unknown")),
    };
    let first = [
        (plan.members_first, Text::fixed("项目成员优先", "members first")),
        (plan.testers_first, Text::fixed("体验者优先", "testers first")),
    ];
    html! {
        p {
            (badge(tone, words.read(language)))
            @if let Some(percentage) = plan.percentage.filter(|_| plan.state != "none") { " " strong { (percentage) " %" } }
            @for (_, words) in first.iter().filter(|(first, _)| *first == Some(true)) { " · " (words.read(language)) }
        }
        @if let Some(since) = &plan.since { p.small { (pieces::time(since)) } }
        @if let Some(percentage) = plan.percentage.filter(|_| plan.state == "running") {
            progress max="100" value=(percentage) aria-label=(words.read(language)) {}
        }
    }
}

fn draw_support(support: &Support, language: Language) -> Markup {
    html! {
        p { (Text::fixed("最低版本：", "The oldest: ").read(language))
            strong { (support.version.as_deref().unwrap_or(words::NONE.read(language))) } }
        @if !support.users.is_empty() {
            div.table { table {
                thead { tr {
                    th scope="col" { (words::VERSION.read(language)) }
                    th scope="col" { (Text::fixed("用户占比", "Users").read(language)) }
                } }
                tbody { @for users in &support.users { tr {
                    th scope="row" { (users.version) }
                    td { @if let Some(percentage) = users.percentage { (percentage) " %" } @else { "—" } }
                } } }
            } }
        }
    }
}
