//! The component's own domains, of which mini programs are given theirs.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::Part;
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces,
    session::Role,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Lists {
    published: Vec<String>,
    testing: Vec<String>,
}

const DOMAINS: Field =
    Field::new("domains", Text::fixed("域名", "Domains"), Kind::Lines).hint(Text::fixed(
        "每行一个，不带协议、端口和路径，如 api.example.com",
        "one a line, without scheme, port or path, such as api.example.com",
    ));

pub(super) static ACTIONS: [Action; 3] = [
    Action {
        name: "set-platform-server-domains",
        title: Text::fixed("设置平台服务器域名", "Set the component's server domains"),
        rule: Text::fixed(
            "整体替换；之后小程序只能从这里选用，已设置的不受影响。每月可修改 50 次",
            "replaces the list, of which mini programs are given theirs from now on; they keep what they have. 50 changes a month",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("平台服务器域名已更新", "The server domains are set"),
        least: Role::Admin,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/server-domains",
        fields: &[DOMAINS],
        then: Then::Back,
    },
    Action {
        name: "set-platform-business-domains",
        title: Text::fixed("设置平台业务域名", "Set the component's business domains"),
        rule: Text::fixed(
            "整体替换；每个域名须先能访问到校验文件。每月可修改 50 次",
            "replaces the list; each has to serve the confirm file first. 50 changes a month",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("平台业务域名已更新", "The business domains are set"),
        least: Role::Admin,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/business-domains",
        fields: &[DOMAINS],
        then: Then::Back,
    },
    Action {
        name: "fetch-platform-confirm-file",
        title: Text::fixed("获取平台校验文件", "Fetch the component's confirm file"),
        rule: Text::fixed(
            "从微信取得平台业务域名的校验文件，由本系统的域名提供访问",
            "fetches WeChat's file for the component's business domains and serves it from this system's domain",
        ),
        button: Text::fixed("获取", "Fetch"),
        done: Text::fixed("校验文件已就绪", "The confirm file is served"),
        least: Role::Admin,
        danger: false,
        method: Method::POST,
        path: "components/{component}/business-domains/confirm-file",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET /console/{component}/settings/domains`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (server_path, business_path) = (
        ["components", &component, "server-domains"],
        ["components", &component, "business-domains"],
    );
    let (server, business) = tokio::join!(
        app.api.get::<Lists>(&signed.caller, &server_path, &[]),
        app.api.get::<Lists>(&signed.caller, &business_path, &[]),
    );
    let [set_server, set_business, confirm_file] = &ACTIONS;
    let titles =
        (Text::fixed("服务器域名", "Server domains"), Text::fixed("业务域名", "Business domains"));
    let half = |title: &Text, lists: Result<Lists, Trouble>, action: &Action| {
        let filled = lists.as_ref().map(|lists| lists.present().join("\n")).unwrap_or_default();
        html! {
            section.card { h2 { (title.read(language)) }
                @match lists {
                    Ok(lists) => { (draw(&lists, language)) }
                    Err(trouble) => { (trouble.markup(language)) }
                }
            }
            (action.form(&app, &signed, &[("component", &component), ("domains", &filled)]))
        }
    };
    let content = html! {
        div.columns {
            div { (half(&titles.0, server, set_server)) }
            div {
                (half(&titles.1, business, set_business))
                (confirm_file.form(&app, &signed, &[("component", &component)]))
            }
        }
    };
    Ok(super::draw(&app, &signed, &component, Part::Domains, content).await)
}

impl Lists {
    /// What a change begins with: a component that is not published has nothing but its test version.
    fn present(&self) -> &[String] {
        if self.published.is_empty() { &self.testing } else { &self.published }
    }
}

fn draw(lists: &Lists, language: Language) -> Markup {
    let list = |domains: &[String]| {
        html! {
            @if domains.is_empty() { span.small { (words::NONE.read(language)) } }
            @for domain in domains { code.chip { (domain) } " " }
        }
    };
    pieces::facts(
        language,
        &[
            (Text::fixed("全网发布版本", "Published"), list(&lists.published)),
            (Text::fixed("测试版本", "Test version"), list(&lists.testing)),
        ],
    )
}
