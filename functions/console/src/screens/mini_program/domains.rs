//! Which servers the mini program may talk to, and which pages it may show.

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
    session::Role,
    trouble::Trouble,
    visitor::Signed,
};

#[derive(Deserialize)]
struct Server {
    effective: Lists,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Lists {
    requestdomain: Vec<String>,
    wsrequestdomain: Vec<String>,
    uploaddomain: Vec<String>,
    downloaddomain: Vec<String>,
    udpdomain: Vec<String>,
    tcpdomain: Vec<String>,
}

#[derive(Deserialize)]
struct Business {
    effective: Vec<String>,
}

const DIRECT: Text = Text::fixed("直接设置", "Set them directly");
const DIRECT_HINT: Text = Text::fixed(
    "不勾选：平台的域名库都有时通过平台设置、立即生效，否则直接设置。直接设置的在下次上传并发布后生效",
    "otherwise through the platform where its own list has all of them, at once; set directly they take effect with the next upload and release",
);
const ONE_A_LINE: Text = Text::fixed("每行一个", "one a line");

pub(in crate::screens) static ACTIONS: [Action; 3] = [
    Action {
        name: "set-server-domains",
        title: Text::fixed("设置服务器域名", "Set server domains"),
        rule: Text::fixed(
            "六个列表整体替换。每个列表最多 200 个，合计最多 1000 个；每月可修改 50 次；须写明协议，不能用 IP",
            "replaces all six lists. 200 a list and 1000 in all, 50 changes a month, each with its scheme and no IP address",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("服务器域名已更新", "Server domains are set"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/server-domains",
        fields: &[
            Field::new(
                "domains.requestdomain",
                Text::fixed("request（https://）", "request (https://)"),
                Kind::Lines,
            )
            .hint(ONE_A_LINE),
            Field::new(
                "domains.wsrequestdomain",
                Text::fixed("socket（wss://）", "socket (wss://)"),
                Kind::Lines,
            ),
            Field::new(
                "domains.uploaddomain",
                Text::fixed("uploadFile（https://）", "uploadFile (https://)"),
                Kind::Lines,
            ),
            Field::new(
                "domains.downloaddomain",
                Text::fixed("downloadFile（https://）", "downloadFile (https://)"),
                Kind::Lines,
            ),
            Field::new(
                "domains.udpdomain",
                Text::fixed("udp（udp://）", "udp (udp://)"),
                Kind::Lines,
            ),
            Field::new(
                "domains.tcpdomain",
                Text::fixed("tcp（tcp://）", "tcp (tcp://)"),
                Kind::Lines,
            ),
            Field::new("direct", DIRECT, Kind::Flag).hint(DIRECT_HINT),
        ],
        then: Then::Back,
    },
    Action {
        name: "set-business-domains",
        title: Text::fixed("设置业务域名", "Set business domains"),
        rule: Text::fixed(
            "网页（web-view）能打开的域名，整体替换。须为 https://，不带端口，并先能访问到校验文件",
            "what a web-view may open; replaces the list. Each with https:// and without a port, and the confirm file has to be reachable first",
        ),
        button: Text::fixed("保存", "Save"),
        done: Text::fixed("业务域名已更新", "Business domains are set"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/business-domains",
        fields: &[
            Field::new("domains", Text::fixed("业务域名", "Business domains"), Kind::Lines)
                .hint(ONE_A_LINE),
            Field::new("direct", DIRECT, Kind::Flag).hint(DIRECT_HINT),
        ],
        then: Then::Back,
    },
    Action {
        name: "fetch-confirm-file",
        title: Text::fixed("获取校验文件", "Fetch the confirm file"),
        rule: Text::fixed(
            "从微信取得业务域名的校验文件，由本系统的域名提供访问",
            "fetches WeChat's file for business domains and serves it from this system's domain",
        ),
        button: Text::fixed("获取", "Fetch"),
        done: Text::fixed("校验文件已就绪", "The confirm file is served"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/business-domains/confirm-file",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET …/domains`
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let (server_path, business_path) =
        (whose.path(&["server-domains"]), whose.path(&["business-domains"]));
    let (account, server, business) = tokio::join!(
        whose.account(&app, &signed),
        app.api.get::<Server>(&signed.caller, &server_path, &[]),
        app.api.get::<Business>(&signed.caller, &business_path, &[]),
    );
    let account = account?;
    let [set_server, set_business, confirm_file] = &ACTIONS;
    let known = whose.known();
    let content = html! {
        div.columns {
            @match server {
                Ok(server) => { (server_form(&app, &signed, set_server, &known, &server.effective)) }
                Err(trouble) => { (failed(language, set_server, &trouble)) }
            }
            div {
                @match business {
                    Ok(business) => {
                        @let lines = business.effective.join("\n");
                        (set_business.form(&app, &signed, &[&known[..], &[("domains", &lines)]].concat()))
                    }
                    Err(trouble) => { (failed(language, set_business, &trouble)) }
                }
                (confirm_file.form(&app, &signed, &known))
            }
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Domains, content).await)
}

fn server_form(
    app: &App,
    signed: &Signed,
    action: &Action,
    known: &[(&str, &str)],
    lists: &Lists,
) -> Markup {
    let lines = [
        ("domains.requestdomain", lists.requestdomain.join("\n")),
        ("domains.wsrequestdomain", lists.wsrequestdomain.join("\n")),
        ("domains.uploaddomain", lists.uploaddomain.join("\n")),
        ("domains.downloaddomain", lists.downloaddomain.join("\n")),
        ("domains.udpdomain", lists.udpdomain.join("\n")),
        ("domains.tcpdomain", lists.tcpdomain.join("\n")),
    ];
    let filled: Vec<(&str, &str)> = known
        .iter()
        .copied()
        .chain(lines.iter().map(|(name, list)| (*name, list.as_str())))
        .collect();
    action.form(app, signed, &filled)
}

fn failed(language: Language, action: &Action, trouble: &Trouble) -> Markup {
    super::card(language, &action.title, trouble.markup(language))
}
