//! Plugins that the mini program uses, and applications for one that it owns.

use axum::{
    extract::{Path, RawQuery, State},
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
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Plugins {
    plugins: Vec<Plugin>,
}

#[derive(Deserialize)]
struct Plugin {
    plugin_appid: String,
    state: String,
    name: String,
    user_version: Option<String>,
}

#[derive(Deserialize)]
struct Applications {
    applications: Vec<Application>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Application {
    appid: String,
    state: String,
    name: String,
    reason: Option<String>,
    applied_at: Option<String>,
}

const APPLICATIONS: Text = Text::fixed("对本账号插件的申请", "Applications for its own plugin");

pub(super) static ACTIONS: [Action; 6] = [
    Action {
        name: "apply-for-plugin",
        title: Text::fixed("申请使用插件", "Ask for a plugin"),
        rule: Text::fixed(
            "由插件的开发者同意后才能使用",
            "its owner has to agree before it can be used",
        ),
        button: Text::fixed("申请", "Ask"),
        done: Text::fixed("已申请", "Asked for"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/plugins",
        fields: &[
            Field::new("plugin_appid", Text::fixed("插件 AppID", "The plugin's appid"), Kind::Line)
                .required(),
            Field::new("reason", Text::fixed("申请说明", "A word to its owner"), Kind::Line)
                .required()
                .hint(Text::fixed("最多 200 个字符", "200 characters at most")),
        ],
        then: Then::Back,
    },
    Action {
        name: "update-plugin",
        title: Text::fixed("更新版本", "Use another version"),
        rule: Text::fixed(
            "立即改用所填的插件版本",
            "the mini program uses that version from now on",
        ),
        button: Text::fixed("更新", "Update"),
        done: Text::fixed("插件版本已更新", "It uses that version"),
        least: Role::Releaser,
        danger: false,
        method: Method::PATCH,
        path: "components/{component}/mini-programs/{appid}/plugins/{plugin_appid}",
        fields: &[Field::new("user_version", words::VERSION, Kind::Line)
            .required()
            .hint(Text::fixed("如 1.2.0", "such as 1.2.0"))],
        then: Then::Back,
    },
    Action {
        name: "unbind-plugin",
        title: Text::fixed("移除插件", "Remove the plugin"),
        rule: Text::fixed(
            "线上代码若仍引用它，相关页面会出错",
            "pages of the code online that refer to it fail",
        ),
        button: Text::fixed("移除", "Remove"),
        done: Text::fixed("插件已移除", "Removed"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/plugins/{plugin_appid}",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "agree-to-plugin-application",
        title: Text::fixed("同意", "Agree"),
        rule: Text::fixed("对方即可使用本账号的插件", "the other mini program may use the plugin"),
        button: Text::fixed("同意", "Agree"),
        done: Text::fixed("已同意", "Agreed"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/plugin-applications/{applicant}/approval",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "refuse-plugin-applications",
        title: Text::fixed("拒绝全部申请", "Refuse all that wait"),
        rule: Text::fixed(
            "微信只能一次拒绝全部待处理的申请",
            "WeChat refuses all that wait at once, or none",
        ),
        button: Text::fixed("全部拒绝", "Refuse all"),
        done: Text::fixed("已拒绝", "Refused"),
        least: Role::Releaser,
        danger: true,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/plugin-applications/refusal",
        fields: &[Field::new("reason", Text::fixed("理由", "Why"), Kind::Line)
            .required()
            .hint(Text::fixed("最多 200 个字符", "200 characters at most"))],
        then: Then::Back,
    },
    Action {
        name: "forget-refused-plugin-applications",
        title: Text::fixed("清除已拒绝的", "Forget those refused"),
        rule: Text::fixed("从列表中删除已拒绝的申请", "takes them off the list"),
        button: Text::fixed("清除", "Forget"),
        done: Text::fixed("已清除", "Forgotten"),
        least: Role::Releaser,
        danger: false,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/plugin-applications",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET …/plugins`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (account, plugins) = whose.with::<Plugins>(&app, &signed, &["plugins"]).await?;
    // Few accounts own a plugin, so that WeChat is asked when somebody wants to see.
    let applications = match query.get("show") {
        Some("applications") => {
            let asked: Vec<(&str, &str)> =
                query.get("cursor").map(|cursor| ("cursor", cursor)).into_iter().collect();
            let path = whose.path(&["plugin-applications"]);
            Some(app.api.get::<Applications>(&signed.caller, &path, &asked).await)
        }
        _ => None,
    };
    let known = whose.known();
    let content = html! {
        (super::part(language, &Side::Plugins.title(), plugins, |plugins| {
            list(&signed, &whose, &plugins.plugins)
        }))
        (ACTIONS[0].form(&app, &signed, &known))
        @match applications {
            Some(applications) => { (super::part(language, &APPLICATIONS, applications, |it| draw_applications(&signed, &whose, &it))) }
            None => { p.actions { a.button href=(pieces::with(&signed.here, "show", "applications")) { (APPLICATIONS.read(language)) } } }
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Plugins, content).await)
}

fn list(signed: &Signed, whose: &Whose, plugins: &[Plugin]) -> Markup {
    let language = signed.language;
    let [_, update, unbind, ..] = &ACTIONS;
    let nothing = Text::fixed("没有使用插件。", "It uses no plugins.");
    html! {
        @if plugins.is_empty() { p.small { (nothing.read(language)) } }
        @else { div.table { table {
            thead { tr {
                th scope="col" { (words::NAME.read(language)) }
                th scope="col" { (words::VERSION.read(language)) }
                th scope="col" { (words::STATE.read(language)) }
                td {}
            } }
            tbody { @for plugin in plugins {
                @let known = [&whose.known()[..], &[("plugin_appid", plugin.plugin_appid.as_str()), ("name", plugin.name.as_str())]].concat();
                tr {
                    th scope="row" { (plugin.name) br; code.small { (plugin.plugin_appid) } }
                    td { (plugin.user_version.as_deref().unwrap_or("—")) }
                    td { (state(&plugin.state, language)) }
                    td.actions { (update.link(signed, &known)) (unbind.link(signed, &known)) }
                }
            } }
        } } }
    }
}

fn draw_applications(signed: &Signed, whose: &Whose, list: &Applications) -> Markup {
    let language = signed.language;
    let [.., agree, refuse, forget] = &ACTIONS;
    let nothing = Text::fixed("没有申请。", "No applications.");
    html! {
        @if list.applications.is_empty() { p.small { (nothing.read(language)) } }
        @else {
            div.table { table {
                thead { tr {
                    th scope="col" { (words::NAME.read(language)) }
                    th scope="col" { (Text::fixed("用途", "What for").read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                    td {}
                } }
                tbody { @for application in &list.applications { tr {
                    th scope="row" { (application.name) br; code.small { (application.appid) } }
                    td { (application.reason.as_deref().unwrap_or("—"))
                        @if let Some(at) = &application.applied_at { br; span.small { (pieces::time(at)) } } }
                    td { (state(&application.state, language)) }
                    td { @if application.state == "applying" {
                        (agree.link(signed, &[&whose.known()[..], &[("applicant", application.appid.as_str())]].concat())) } }
                } } }
            } }
            (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
            p.actions { (refuse.link(signed, &whose.known())) (forget.link(signed, &whose.known())) }
        }
    }
}

fn state(state: &str, language: Language) -> Markup {
    let (tone, words) = match state {
        "applying" => (Tone::Busy, Text::fixed("申请中", "asked for")),
        "granted" => (Tone::Good, Text::fixed("可用", "granted")),
        "refused" => (Tone::Bad, Text::fixed("被拒绝", "refused")),
        "expired" => (Tone::Warn, Text::fixed("已过期", "expired")),
        _ => (Tone::Plain, Text::fixed("未知", "unknown")),
    };
    badge(tone, words.read(language))
}
