//! Mini programs that are registered for merchants: what to send to whom, and how far each is.

mod forms;

use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::get,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

pub(super) use self::forms::ACTIONS;
use super::Place;
use crate::{
    App,
    pieces::{self, Tone, badge},
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct List {
    registrations: Vec<Registration>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Registration {
    id: String,
    kind: String,
    state: String,
    text: String,
    what_to_do: Option<String>,
    invitation: Option<Invitation>,
    code: Option<i64>,
    appid: Option<String>,
    official_account: Option<String>,
    name: Option<String>,
    company_code: Option<String>,
    wechat_id: Option<String>,
    openid: Option<String>,
    attempt: u32,
    begun_at: String,
    deadline: Option<String>,
    asked_at: Option<String>,
    ended_at: Option<String>,
    acknowledged_at: Option<String>,
}

#[derive(Deserialize)]
struct Invitation {
    link: String,
    message: String,
    expires_at: String,
}

static KINDS: [(&str, Text); 6] = [
    ("enterprise", Text::fixed("企业", "Company")),
    ("personal", Text::fixed("个人", "Person")),
    ("trial", Text::fixed("试用", "Trial")),
    ("trial-verification", Text::fixed("试用转企业", "Trial to company")),
    ("trial-conversion", Text::fixed("试用转正", "Trial to ordinary")),
    ("official-account", Text::fixed("复用公众号", "From an official account")),
];

static STATES: [(&str, Text); 5] = [
    ("", words::ALL),
    ("waiting", Text::fixed("等待对方", "Waiting")),
    ("registered", Text::fixed("已注册", "Registered")),
    ("failed", Text::fixed("未成功", "Failed")),
    ("expired", Text::fixed("已过期", "Expired")),
];

const BEGIN: Text = Text::fixed("新的注册", "Begin a registration");
const NONE: Text = Text::fixed(
    "这里还没有注册。选择上面的一种，系统会生成链接，由商家在微信中确认。",
    "No registrations here. Choose a kind above; the merchant confirms by a link in WeChat.",
);

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/console/{component}/registrations", get(list))
        .route("/console/{component}/registrations/{id}", get(one))
}

/// `GET /console/{component}/registrations`
async fn list(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let state = STATES.iter().find(|(name, _)| *name == query.text("state")).unwrap_or(&STATES[0]);
    let asked: Vec<(&str, &str)> = [("state", state.0), ("cursor", query.text("cursor"))]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let path = ["components", &component, "registrations"];
    let list: List = app.api.get(&signed.caller, &path, &asked).await?;
    let title = Place::Registrations.title();
    let path = format!("/console/{component}/registrations");
    let content = html! {
        h1 { (title.read(language)) }
        @if signed.session.may(ACTIONS[0].least) {
            section.card aria-labelledby="begin" {
                h2 #begin { (BEGIN.read(language)) }
                ul.ways { @for action in &ACTIONS[..7] {
                    li {
                        a href=(action.address(&[("component", &component)], &path)) { (action.title.read(language)) }
                        p.small { (action.rule.sentence(language)) }
                    }
                } }
            }
        }
        nav.tabs aria-label=(words::STATE.read(language)) {
            @for (name, title) in &STATES {
                a href=(pieces::with(&path, "state", name)) aria-current=[(*name == state.0).then_some("page")] {
                    (title.read(language))
                }
            }
        }
        @if list.registrations.is_empty() {
            (pieces::empty(language, &NONE, html! {}))
        } @else {
            div.table { table {
                thead { tr {
                    th scope="col" { (Text::fixed("为谁", "For whom").read(language)) }
                    th scope="col" { (Text::fixed("种类", "Kind").read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                    th scope="col" { (Text::fixed("开始", "Begun").read(language)) }
                } }
                tbody { @for registration in &list.registrations { tr {
                    th scope="row" { a href={ (path) "/" (registration.id) } { (registration.whom()) } }
                    td { (registration.kind(language)) }
                    td { (registration.badge(language)) p.small { (registration.text) } }
                    td { (pieces::time(&registration.begun_at)) }
                } } }
            } }
            (pieces::more(language, &signed.here, list.next_cursor.as_deref()))
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Registrations), &title, content).await)
}

/// `GET /console/{component}/registrations/{id}`
async fn one(
    State(app): State<App>,
    signed: Signed,
    Path((component, id)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let path = ["components", &component, "registrations", &id];
    let registration: Registration = app.api.get(&signed.caller, &path, &[]).await?;
    let [.., check, renew, acknowledge] = &ACTIONS;
    let known = [("component", &*component), ("id", &*id)];
    let action = match registration.state.as_str() {
        "failed" | "expired" | "unknown" => Some(renew),
        "waiting" | "beginning" => Some(check),
        _ => None,
    };
    let content = html! {
        p.way { a href={ "/console/" (component) "/registrations" } { "‹ " (Place::Registrations.title().read(language)) } }
        div #live hx-get=(signed.here) hx-trigger="every 10s" hx-select="#live" hx-swap="outerHTML" {
            h1 { (registration.whom()) " " (registration.badge(language)) }
            p { (registration.text) }
            @if let Some(what_to_do) = &registration.what_to_do { p.do { (what_to_do) } }
            @if let Some(invitation) = &registration.invitation { (invite(invitation, language)) }
            section.card { (facts(&component, &registration, language)) }
        }
        p.actions {
            @if let Some(action) = action { (action.link(&signed, &known)) }
            @if matches!(registration.state.as_str(), "failed" | "expired") && registration.acknowledged_at.is_none() {
                (acknowledge.link(&signed, &known))
            }
        }
    };
    let title = Text::new(
        format!("{} · {}", registration.whom(), Place::Registrations.title().zh),
        format!("{} · {}", registration.whom(), Place::Registrations.title().en),
    );
    Ok(shell::page(&app, &signed, Some(Place::Registrations), &title, content).await)
}

/// What the person is to be sent, in three ways.
fn invite(invitation: &Invitation, language: Language) -> Markup {
    html! {
        section.card {
            h2 { (Text::fixed("发给对方", "Send this").read(language)) }
            div.sending {
                (pieces::qr(&invitation.link))
                div {
                    p { (Text::fixed("对方用微信扫码，或打开链接：", "To be scanned or opened in WeChat:").read(language)) }
                    p { a href=(invitation.link) { (invitation.link) } }
                    p { (Text::fixed("也可以复制这段话发给对方：", "Or copy this message:").read(language)) }
                    pre.secret lang="zh" { (invitation.message) }
                    p.small { (Text::fixed("有效至", "Good until").read(language)) " " (pieces::time(&invitation.expires_at)) }
                }
            }
        }
    }
}

fn facts(component: &str, registration: &Registration, language: Language) -> Markup {
    let text = |text: &Option<String>| text.as_ref().map(|text| html! { (text) });
    let moment = |at: &Option<String>| at.as_deref().map(pieces::time);
    let appid = registration.appid.as_ref().map(|appid| {
        html! { a href={ "/console/" (component) "/mini-programs/" (appid) } { code { (appid) } } }
    });
    let code = registration
        .code
        .map(|code| html! { a href={ "/console/errcodes?code=" (code) } { (code) } });
    let all = [
        (Text::fixed("种类", "Kind"), Some(html! { (registration.kind(language)) })),
        (words::NAME, text(&registration.name)),
        (Text::fixed("统一社会信用代码", "Credit code"), text(&registration.company_code)),
        (Text::fixed("微信号", "WeChat id"), text(&registration.wechat_id)),
        (Text::fixed("管理员 openid", "Openid"), text(&registration.openid)),
        (Text::fixed("公众号", "Official account"), text(&registration.official_account)),
        (Text::fixed("小程序", "Mini program"), appid),
        (Text::fixed("错误码", "Error code"), code),
        (Text::fixed("第几次发起", "Attempt"), Some(html! { (registration.attempt) })),
        (Text::fixed("发起", "Begun"), Some(pieces::time(&registration.begun_at))),
        (Text::fixed("截止", "Deadline"), moment(&registration.deadline)),
        (Text::fixed("最近一次查询", "Asked"), moment(&registration.asked_at)),
        (Text::fixed("结束", "Ended"), moment(&registration.ended_at)),
        (Text::fixed("不再跟进", "Left at that"), moment(&registration.acknowledged_at)),
    ];
    let known: Vec<(Text, Markup)> =
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    pieces::facts(language, &known)
}

impl Registration {
    /// Whom it is for, in the words there are.
    fn whom(&self) -> &str {
        [&self.name, &self.wechat_id, &self.official_account, &self.appid]
            .into_iter()
            .find_map(|it| it.as_deref())
            .unwrap_or(&self.id)
    }

    fn kind(&self, language: Language) -> &str {
        let known = KINDS.iter().find(|(name, _)| *name == self.kind);
        known.map_or(&self.kind, |(_, title)| title.read(language))
    }

    fn badge(&self, language: Language) -> Markup {
        let (tone, words) = match self.state.as_str() {
            "beginning" => (Tone::Busy, Text::fixed("发起中", "beginning")),
            "unknown" => (Tone::Warn, Text::fixed("结果未知", "unknown")),
            "waiting" => (Tone::Busy, Text::fixed("等待对方", "waiting")),
            "registered" => (Tone::Good, Text::fixed("已注册", "registered")),
            "failed" => (Tone::Bad, Text::fixed("未成功", "failed")),
            "expired" => (Tone::Warn, Text::fixed("已过期", "expired")),
            other => (Tone::Plain, Text::new(other, other)),
        };
        badge(tone, words.read(language))
    }
}
