//! What a new mini program is given, written down once.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::Method;
use maud::html;
use platform::text::Text;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces,
    screens::Place,
    session::Role,
    shell,
    trouble::Trouble,
    visitor::Signed,
};

pub(super) const TITLE: Text = Text::fixed("上线方案", "The plan");

#[derive(Deserialize)]
struct Kept {
    version: u64,
    changed_at: Option<String>,
    changed_by: Option<String>,
    plan: Value,
}

static RELEASES: [(&str, Text); 2] = [
    ("by-hand", Text::fixed("由运营人员发布", "an operator releases")),
    ("on-approval", Text::fixed("审核通过后自动发布", "as soon as it is approved")),
];

const LINES: Text = Text::fixed("每行一个", "one a line");

const fn domains(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    Field::new(name, Text::fixed(zh, en), Kind::FewLines).hint(LINES)
}

const fn line(name: &'static str, zh: &'static str, en: &'static str) -> Field {
    Field::new(name, Text::fixed(zh, en), Kind::Line)
}

const DIRECT: Text =
    Text::fixed("直接设置，不看平台的域名库", "Set directly, whatever the platform's own list has");

pub(in crate::screens) static ACTIONS: [Action; 1] = [Action {
    name: "set-onboarding-plan",
    title: TITLE,
    rule: Text::fixed(
        "留空的部分不做，由人处理。已经开始的小程序继续按它开始时的方案走",
        "what is left empty is not done, and left to people. Mini programs that are under way keep the plan that they began with",
    ),
    button: Text::fixed("保存方案", "Save the plan"),
    done: Text::fixed("方案已保存", "The plan is saved"),
    least: Role::Releaser,
    danger: false,
    method: Method::PUT,
    path: "components/{component}/onboarding-plan",
    fields: &[
        Field::new(
            "automatic",
            Text::fixed("新授权、新注册的小程序自动开始", "Those that authorize or are registered begin by themselves"),
            Kind::Check,
        ),
        Field::heading(Text::fixed("服务器域名", "Server domains")),
        domains("server_domains.domains.requestdomain", "request", "request"),
        domains("server_domains.domains.wsrequestdomain", "socket", "socket"),
        domains("server_domains.domains.uploaddomain", "uploadFile", "uploadFile"),
        domains("server_domains.domains.downloaddomain", "downloadFile", "downloadFile"),
        domains("server_domains.domains.udpdomain", "udp", "udp"),
        domains("server_domains.domains.tcpdomain", "tcp", "tcp"),
        Field::new("server_domains.direct", DIRECT, Kind::Flag),
        Field::heading(Text::fixed("业务域名", "Business domains")),
        domains("business_domains.domains", "业务域名", "Business domains"),
        Field::new("business_domains.direct", DIRECT, Kind::Flag),
        Field::heading(Text::fixed("隐私保护指引", "The privacy guideline")),
        Field::new(
            "privacy.statements",
            Text::fixed("信息和用途", "What is used, and for what"),
            Kind::Pairs("key", "purpose"),
        )
        .hint(Text::fixed("每行一项，如 UserInfo = 展示头像和昵称", "one a line, such as UserInfo = shown at the top")),
        line("privacy.owner.email", "邮箱", "Email"),
        line("privacy.owner.phone", "电话", "Telephone"),
        line("privacy.owner.wechat_id", "微信号", "WeChat id"),
        line("privacy.owner.qq", "QQ", "QQ"),
        line("privacy.owner.notice_method", "通知方式", "How users are told"),
        Field::new("privacy.owner.days_kept", Text::fixed("保存天数", "Days that data are kept"), Kind::Number),
        line("privacy.owner.region", "存储地区", "Where they are kept"),
        line("privacy.owner.file", "指引文件", "File of the guideline"),
        Field::new(
            "privacy.sdks",
            Text::fixed("第三方 SDK", "SDKs of others"),
            Kind::Json,
        )
        .hint(Text::fixed("JSON 数组，格式与隐私指引接口相同；没有就留空", "a JSON list as the guideline's operation takes it; empty where there are none")),
        Field::heading(Text::fixed("体验者与类目", "Testers and categories")),
        Field::new("testers", Text::fixed("体验者微信号", "WeChat ids of testers"), Kind::FewLines).hint(LINES),
        Field::new(
            "categories.categories",
            Text::fixed("类目", "Categories"),
            Kind::Json,
        )
        .hint(Text::fixed(
            "JSON 数组，如 [{\"first\": 8, \"second\": 40}]；编号见小程序“资料”页的类目",
            "a JSON list such as [{\"first\": 8, \"second\": 40}]; a mini program's profile shows the numbers",
        )),
        Field::new("categories.reason", Text::fixed("申请理由", "Reason"), Kind::Prose),
        Field::heading(Text::fixed("代码", "Code")),
        Field::new("trial.template_id", Text::fixed("模板编号", "Template"), Kind::Number)
            .hint(Text::fixed("见“模板”页", "as the page Templates has it")),
        line("trial.user_version", "版本号", "Version"),
        line("trial.user_desc", "版本描述", "Description"),
        Field::new("trial.ext", Text::fixed("ext.json", "ext.json"), Kind::Json).hint(Text::fixed(
            "一个 JSON 对象，可写 {{shop}} 这样的变量，用每个商家自己的变量填入",
            "one JSON object with variables such as {{shop}} in it, filled in with each merchant's own",
        )),
        Field::heading(Text::fixed("提审与发布", "Review and release")),
        Field::new("review", Text::fixed("提审内容", "What is submitted"), Kind::Json).hint(Text::fixed(
            "填 {} 就自动提审；可加 {\"version_desc\": \"…\"}。留空则由运营人员提审",
            "{} submits by itself, and may have a {\"version_desc\": \"…\"}; empty leaves that to an operator",
        )),
        Field::new("release", Text::fixed("发布", "Release"), Kind::Choice(&RELEASES)),
    ],
    then: Then::Back,
}];

/// `GET /console/{component}/onboarding/plan`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let path = ["components", &component, "onboarding-plan"];
    let kept: Kept = app.api.get(&signed.caller, &path, &[]).await?;
    let [action] = &ACTIONS;
    let filled = action.filled(&kept.plan);
    let known: Vec<(&str, &str)> = [("component", component.as_str())]
        .into_iter()
        .chain(filled.iter().map(|(name, value)| (*name, value.as_str())))
        .collect();
    let content = html! {
        p.way { a href={ "/console/" (component) "/onboarding" } { "‹ " (Place::Onboarding.title().read(language)) } }
        h1 { (TITLE.read(language)) }
        @if kept.version > 0 { p.small {
            (Text::fixed("最近修改", "Changed").read(language)) " "
            @if let Some(at) = &kept.changed_at { (pieces::time(at)) }
            @if let Some(by) = &kept.changed_by { " · " code { (by) } }
        } }
        (action.form(&app, &signed, &known))
        @if !signed.session.may(action.least) { p { (crate::words::NOT_YOURS.read(language)) } }
    };
    Ok(shell::page(&app, &signed, Some(Place::Onboarding), &TITLE, content).await)
}
