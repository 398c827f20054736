//! A version's way: uploaded as the trial version, reviewed, released, and taken back.

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
    pieces::{self, Check, Tone, badge},
    session::Role,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

/// The release record.
#[derive(Deserialize)]
pub(in crate::screens) struct Release {
    online: Option<Online>,
    trial: Option<Trial>,
    pub(in crate::screens) review: Option<Review>,
    pending: Option<String>,
    #[serde(default)]
    changed_outside: Vec<Outside>,
}

#[derive(Deserialize)]
struct Online {
    user_version: String,
    user_desc: String,
    released_at: Option<String>,
}

#[derive(Deserialize)]
struct Trial {
    user_version: String,
    user_desc: String,
    template_id: i64,
    committed_at: String,
    by: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::screens) struct Review {
    pub(in crate::screens) state: String,
    pub(in crate::screens) user_version: String,
    pub(in crate::screens) audit_id: Option<i64>,
    pub(in crate::screens) reason: Option<String>,
}

#[derive(Deserialize)]
struct Outside {
    noticed_at: String,
    seen: String,
    what: String,
}

#[derive(Deserialize)]
struct Preflight {
    ready: bool,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Versions {
    history: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    app_version: Option<i64>,
    user_version: String,
    user_desc: String,
    at: Option<String>,
}

#[derive(Deserialize)]
struct Templates {
    templates: Vec<super::super::templates::Template>,
}

pub(in crate::screens) static ACTIONS: [Action; 5] = [
    Action {
        name: "commit",
        title: Text::fixed("上传代码", "Upload code"),
        rule: Text::fixed(
            "用模板库中的模板生成体验版。同一小程序的上传依次进行；审核通过而未发布时，不能覆盖",
            "makes a template of the library the trial version. Uploads to one mini program go one after the other; an approved version has to be released first",
        ),
        button: Text::fixed("上传", "Upload"),
        done: Text::fixed("代码已上传，现在是体验版", "Uploaded; it is the trial version now"),
        least: Role::Releaser,
        danger: false,
        method: Method::PUT,
        path: "components/{component}/mini-programs/{appid}/trial",
        fields: &[
            Field::new("template_id", Text::fixed("模板 ID", "Template id"), Kind::Number)
                .required(),
            Field::new("user_version", Text::fixed("版本号", "Version"), Kind::Line)
                .required()
                .hint(Text::fixed(
                    "如 3.2.0，最多 64 个字符",
                    "such as 3.2.0, 64 characters at most",
                )),
            Field::new("user_desc", Text::fixed("版本描述", "Description"), Kind::Line),
            Field::new(
                "ext",
                Text::fixed("ext.json（本商家的变量）", "ext.json (this merchant's variables)"),
                Kind::Json,
            )
            .hint(Text::fixed("一个 JSON 对象，可留空", "one JSON object; may be left empty")),
            Field::new(
                "replace",
                Text::fixed(
                    "替换他人上传的体验版",
                    "Replace a trial version that somebody else uploaded",
                ),
                Kind::Check,
            ),
        ],
        then: Then::Back,
    },
    Action {
        name: "submit",
        title: Text::fixed("提交审核", "Submit for review"),
        rule: Text::fixed(
            "提交当前体验版。一次提审占用平台的一份审核额度，提交前请确认检查全部通过",
            "submits the present trial version. It takes one of the platform's reviews; see that all checks pass",
        ),
        button: Text::fixed("提交审核", "Submit"),
        done: Text::fixed("已提交审核", "Submitted"),
        least: Role::Releaser,
        danger: false,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/review",
        fields: &[
            Field::new(
                "version_desc",
                Text::fixed("给审核人员的版本说明", "For the reviewer"),
                Kind::Prose,
            )
            .hint(Text::fixed(
                "最多 200 个字符，可留空",
                "200 characters at most; may be left empty",
            )),
            Field::new(
                "feedback_info",
                Text::fixed("对上次驳回的说明", "About the last rejection"),
                Kind::Prose,
            ),
            Field::new(
                "order_path",
                Text::fixed("订单中心页面路径", "Path of the order centre"),
                Kind::Line,
            )
            .hint(Text::fixed("有交易功能的小程序必填", "needed by mini programs that sell")),
        ],
        then: Then::Back,
    },
    Action {
        name: "withdraw",
        title: Text::fixed("撤回审核", "Withdraw the review"),
        rule: Text::fixed(
            "撤回正在进行的审核。每个小程序每天最多 5 次、每月最多 10 次",
            "ends the review that runs. 5 a day and 10 a month for each mini program",
        ),
        button: Text::fixed("撤回", "Withdraw"),
        done: Text::fixed("已撤回", "Withdrawn"),
        least: Role::Releaser,
        danger: true,
        method: Method::DELETE,
        path: "components/{component}/mini-programs/{appid}/review",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "release",
        title: Text::fixed("发布上线", "Release"),
        rule: Text::fixed(
            "把审核通过的版本发布给这个小程序的全部用户，立即生效",
            "gives the approved version to every user of this mini program, at once",
        ),
        button: Text::fixed("发布给全部用户", "Release to everybody"),
        done: Text::fixed("已发布", "Released"),
        least: Role::Releaser,
        danger: true,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/release",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "roll-back",
        title: Text::fixed("回退版本", "Roll back"),
        rule: Text::fixed(
            "把线上版本换回所选的历史版本，全部用户立即看到旧版本；回退后，更新的版本不能再回退到",
            "puts the chosen earlier version online for every user at once; newer versions cannot be rolled back to afterwards",
        ),
        button: Text::fixed("回退到此版本", "Roll back to it"),
        done: Text::fixed("已回退", "Rolled back"),
        least: Role::Releaser,
        danger: true,
        method: Method::POST,
        path: "components/{component}/mini-programs/{appid}/rollback",
        fields: &[Field::new(
            "app_version",
            Text::fixed("内部版本号", "Internal version"),
            Kind::Number,
        )
        .required()],
        then: Then::Back,
    },
];

const VERSIONS: Text = Text::fixed("版本", "Versions");
const CHECKS: Text = Text::fixed("提审前检查", "Before a review");
const HISTORY: Text = Text::fixed("可回退的版本", "Versions to roll back to");

/// `GET …/delivery`
pub(in crate::screens) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (account, record) =
        tokio::join!(whose.account(&app, &signed), release(&app, &signed, &whose));
    let (account, record) = (account?, record?);
    let [commit, submit, withdraw, put_online, roll_back] = &ACTIONS;
    let known = whose.known();
    let state =
        record.as_ref().and_then(|record| record.review.as_ref()).map(|it| it.state.as_str());
    // Checks and history ask WeChat, so that they are read when somebody wants them.
    let checks = match query.get("show") {
        Some("checks") => {
            Some(app.api.get::<Preflight>(&signed.caller, &whose.path(&["preflight"]), &[]).await)
        }
        _ => None,
    };
    let history = match query.get("show") {
        Some("history") => {
            Some(app.api.get::<Versions>(&signed.caller, &whose.path(&["versions"]), &[]).await)
        }
        _ => None,
    };
    let templates: Templates = app
        .api
        .get(&signed.caller, &["components", &whose.component, "templates"], &[])
        .await
        .unwrap_or(Templates { templates: Vec::new() });
    let newest = templates.templates.iter().max_by_key(|template| template.template_id);
    let newest = newest.map(|newest| {
        let id = newest.template_id.to_string();
        [
            ("template_id", id),
            ("user_version", newest.user_version.clone()),
            ("user_desc", newest.user_desc.clone()),
        ]
    });
    let newest = newest.iter().flatten().map(|(name, value)| (*name, value.as_str()));
    let filled: Vec<(&str, &str)> = known.into_iter().chain(newest).collect();
    let show = |what: &str| pieces::with(&signed.here, "show", what);
    let content = html! {
        div #live hx-get=(signed.here) hx-trigger="every 10s" hx-select="#live" hx-swap="outerHTML" {
            (versions(language, &whose, record.as_ref()))
            @if let Some(record) = &record { (outside(language, record)) }
        }
        p.actions {
            @match state {
                Some("approved") => { (put_online.link(&signed, &known)) }
                Some("in-review" | "delayed" | "preparing" | "submitting") => { (withdraw.link(&signed, &known)) }
                _ => {}
            }
            a.button href={ (show("checks")) "#checks" } { (CHECKS.read(language)) }
            a.button href={ (show("history")) "#history" } { (HISTORY.read(language)) }
        }
        @if let Some(checks) = checks {
            section.card id="checks" { h2 { (CHECKS.read(language)) }
                @match checks { Ok(checks) => { (draw_checks(language, &checks)) } Err(trouble) => { (trouble.markup(language)) } }
            }
        }
        @if let Some(history) = history {
            section.card id="history" { h2 { (HISTORY.read(language)) }
                @match history {
                    Ok(history) => { (draw_history(&signed, &whose, &history, roll_back)) }
                    Err(trouble) => { (trouble.markup(language)) }
                }
            }
        }
        div.columns {
            (commit.form(&app, &signed, &filled))
            @if !matches!(state, Some("in-review" | "delayed" | "approved" | "preparing" | "submitting")) {
                (submit.form(&app, &signed, &known))
            }
        }
    };
    Ok(super::draw(&app, &signed, &whose, &account, Side::Delivery, content).await)
}

/// The release record, if anything was done yet.
pub(in crate::screens) async fn release(
    app: &App,
    signed: &Signed,
    whose: &Whose,
) -> Result<Option<Release>, Trouble> {
    app.api.find(&signed.caller, &whose.path(&["release"]), &[]).await
}

/// The three versions, side by side.
pub(super) fn versions(language: Language, whose: &Whose, record: Option<&Release>) -> Markup {
    let online = record.and_then(|record| record.online.as_ref());
    let review = record.and_then(|record| record.review.as_ref());
    let trial = record.and_then(|record| record.trial.as_ref());
    let nothing = || html! { p.version.none { "—" } };
    html! {
        section aria-label=(VERSIONS.read(language)) {
            div.cards.three {
                article.card {
                    h2 { (Text::fixed("线上版本", "Online").read(language)) }
                    @match online {
                        Some(online) => {
                            p.version { (online.user_version) }
                            p.small { (online.user_desc) }
                            @if let Some(at) = &online.released_at { p.small { (pieces::time(at)) } }
                        }
                        None => { (nothing()) }
                    }
                }
                article.card {
                    h2 { (Text::fixed("审核版本", "In review").read(language)) }
                    @match review {
                        Some(review) => {
                            p.version { (review.user_version) " " (review_badge(language, &review.state)) }
                            @if let Some(reason) = &review.reason { p.reason { (plain(reason)) } }
                            @if let Some(id) = review.audit_id { p.small { "auditid " code { (id) } } }
                        }
                        None => { (nothing()) }
                    }
                }
                article.card {
                    h2 { (Text::fixed("体验版", "Trial").read(language)) }
                    @match trial {
                        Some(trial) => {
                            p.version { (trial.user_version) }
                            p.small { (trial.user_desc) }
                            p.small { (pieces::time(&trial.committed_at)) " · "
                                (Text::fixed("模板", "template").read(language)) " " (trial.template_id)
                                @if let Some(by) = &trial.by { " · " (by) } }
                            details.code-picture {
                                summary { (Text::fixed("体验二维码", "QR code").read(language)) }
                                img loading="lazy" width="180" height="180"
                                    alt=(Text::fixed("体验版二维码，用微信扫码打开", "QR code of the trial version, for WeChat").read(language))
                                    src={ "/console/" (whose.component) "/mini-programs/" (whose.appid) "/picture?of=trial" };
                                p { a href={ "/console/" (whose.component) "/mini-programs/" (whose.appid) "/picture?of=trial&save=1" } download {
                                    (Text::fixed("下载图片", "Save the picture").read(language)) } }
                            }
                        }
                        None => { (nothing()) }
                    }
                }
            }
            @if let Some(pending) = record.and_then(|record| record.pending.as_deref()) {
                div.notice.busy { p { (Text::fixed("正在进行：", "Under way: ").read(language)) (pending) } }
            }
        }
    }
}

/// A review's state in a word.
pub(in crate::screens) fn review_badge(language: Language, state: &str) -> Markup {
    let tone = match state {
        "preparing" | "submitting" | "in-review" => Tone::Busy,
        "delayed" => Tone::Warn,
        "approved" | "released" => Tone::Good,
        "rejected" | "failed" => Tone::Bad,
        _ => Tone::Plain,
    };
    badge(tone, review_words(state).read(language))
}

/// What a review's state is called.
pub(in crate::screens) fn review_words(state: &str) -> Text {
    match state {
        "preparing" => Text::fixed("等待隐私检测", "privacy detection"),
        "submitting" => Text::fixed("提交中", "being submitted"),
        "in-review" => Text::fixed("审核中", "in review"),
        "delayed" => Text::fixed("审核延后", "delayed"),
        "approved" => Text::fixed("审核通过", "approved"),
        "rejected" => Text::fixed("被驳回", "rejected"),
        "withdrawn" => Text::fixed("已撤回", "withdrawn"),
        "released" => Text::fixed("已发布", "released"),
        "failed" => Text::fixed("未能提交", "not submitted"),
        "replaced" => Text::fixed("已被新版本取代", "replaced"),
        other => Text::new(other, other),
    }
}

/// WeChat's reasons come with line breaks of HTML.
pub(in crate::screens) fn plain(reason: &str) -> String {
    reason.replace("<br>", "\n").replace("<br/>", "\n")
}

fn outside(language: Language, record: &Release) -> Markup {
    html! {
        @for change in &record.changed_outside {
            div.notice.warn {
                p { strong { (Text::fixed("有人在平台之外改动了版本", "Somebody changed a version outside this platform").read(language)) } }
                p { (change.what) ": " (change.seen) " · " (pieces::time(&change.noticed_at)) }
            }
        }
    }
}

fn draw_checks(language: Language, preflight: &Preflight) -> Markup {
    html! {
        p { @if preflight.ready {
            (badge(Tone::Good, Text::fixed("可以提审", "ready").read(language)))
        } @else {
            (badge(Tone::Bad, Text::fixed("还不能提审", "not ready").read(language)))
        } }
        (pieces::checks(language, &preflight.checks, Check::outside))
    }
}

fn draw_history(signed: &Signed, whose: &Whose, versions: &Versions, roll_back: &Action) -> Markup {
    let language = signed.language;
    if versions.history.is_empty() {
        return pieces::empty(
            language,
            &Text::fixed("没有可以回退的版本。", "There is none."),
            html! {},
        );
    }
    html! {
        div.table { table {
            thead { tr {
                th scope="col" { (words::VERSION.read(language)) }
                th scope="col" { (Text::fixed("描述", "Description").read(language)) }
                th scope="col" { (words::TIME.read(language)) }
                td {}
            } }
            tbody { @for version in &versions.history {
                tr {
                    th scope="row" { (version.user_version) }
                    td { (version.user_desc) }
                    td { @if let Some(at) = &version.at { (pieces::time(at)) } }
                    td { @if let Some(app_version) = version.app_version {
                        @let app_version = app_version.to_string();
                        (roll_back.link(signed, &[&whose.known()[..], &[("app_version", &app_version)]].concat()))
                    } }
                }
            } }
        } }
    }
}
