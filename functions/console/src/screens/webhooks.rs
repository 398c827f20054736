//! Where events are told to the company's own systems.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::Method;
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::Place;
use crate::{
    App,
    action::{Action, Field, Kind, Then},
    pieces::{self, Tone, badge},
    session::Role,
    shell,
    submitted::Fields,
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct List {
    webhooks: Vec<Webhook>,
}

#[derive(Deserialize)]
struct Webhook {
    id: String,
    url: String,
    description: String,
    active: bool,
    failing_since: Option<String>,
    paused: Option<Paused>,
    #[serde(default)]
    filter: Filter,
}

#[derive(Deserialize)]
struct Paused {
    reason: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Filter {
    kinds: Vec<String>,
    components: Vec<String>,
    appids: Vec<String>,
}

#[derive(Deserialize)]
struct Deliveries {
    deliveries: Vec<Delivery>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Delivery {
    id: String,
    kind: String,
    appid: Option<String>,
    state: String,
    attempts: u32,
    created_at: String,
    last_attempt: Option<Attempt>,
}

#[derive(Deserialize)]
struct Attempt {
    status: Option<u16>,
    problem: Option<String>,
}

const KINDS: Field =
    Field::new("filter.kinds", Text::fixed("事件种类", "Kinds of events"), Kind::FewLines).hint(
        Text::fixed(
            "每行一个，可用 * 结尾，如 release.*；留空为全部",
            "one a line, may end in *, such as release.*; empty for all",
        ),
    );

pub(super) static ACTIONS: [Action; 5] = [
    Action {
        name: "create-webhook",
        title: Text::fixed("新增 Webhook", "New webhook"),
        rule: Text::fixed(
            "事件以 HTTPS 推送到这个地址并签名，失败后一天多内重试九次。地址须为公网域名，端口 443 或 8443",
            "events go to this address over HTTPS, signed, and are tried nine times over more than a day. A public name at port 443 or 8443",
        ),
        button: Text::fixed("新增", "Create"),
        done: Text::fixed("Webhook 已创建，签名密钥如下", "Created; this is its signing secret"),
        least: Role::Admin,
        danger: false,
        method: Method::POST,
        path: "webhooks",
        fields: &[
            Field::new("url", Text::fixed("地址", "Address"), Kind::Line).required(),
            Field::new("description", Text::fixed("用途", "What for"), Kind::Line),
            KINDS,
        ],
        then: Then::TellOnce("secret"),
    },
    Action {
        name: "test-webhook",
        title: Text::fixed("测试投递", "Test delivery"),
        rule: Text::fixed("立即投递一个 webhook.ping", "delivers a webhook.ping at once"),
        button: Text::fixed("投递", "Deliver"),
        done: Text::fixed("测试已投递", "Delivered"),
        least: Role::Admin,
        danger: false,
        method: Method::POST,
        path: "webhooks/{id}/test",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "redeliver",
        title: Text::fixed("重新投递失败的", "Deliver failed ones again"),
        rule: Text::fixed(
            "把这个地址所有失败的投递重新排队",
            "puts every failed delivery to this address into the queue again",
        ),
        button: Text::fixed("重新投递", "Deliver again"),
        done: Text::fixed("已重新排队", "They are in the queue again"),
        least: Role::Admin,
        danger: false,
        method: Method::POST,
        path: "webhooks/{id}/redeliver",
        fields: &[],
        then: Then::Back,
    },
    Action {
        name: "rotate-webhook-secret",
        title: Text::fixed("更换签名密钥", "Rotate the signing secret"),
        rule: Text::fixed(
            "生成新密钥；过渡期内新旧密钥同时签名，请在此期间更新接收方",
            "makes a new secret; both sign during the overlap, in which the receiver is given the new one",
        ),
        button: Text::fixed("更换", "Rotate"),
        done: Text::fixed("新的签名密钥", "The new signing secret"),
        least: Role::Admin,
        danger: true,
        method: Method::POST,
        path: "webhooks/{id}/secret",
        fields: &[Field::new(
            "overlap_hours",
            Text::fixed("过渡期（小时）", "Overlap in hours"),
            Kind::Number,
        )],
        then: Then::TellOnce("secret"),
    },
    Action {
        name: "delete-webhook",
        title: Text::fixed("删除 Webhook", "Delete the webhook"),
        rule: Text::fixed(
            "不再向这个地址推送，未送达的事件一并放弃",
            "nothing is told there any more, and what was not delivered is dropped",
        ),
        button: Text::fixed("删除", "Delete"),
        done: Text::fixed("Webhook 已删除", "Deleted"),
        least: Role::Admin,
        danger: true,
        method: Method::DELETE,
        path: "webhooks/{id}",
        fields: &[],
        then: Then::Back,
    },
];

/// `GET /console/webhooks`
pub(super) async fn list(State(app): State<App>, signed: Signed) -> Result<Response, Trouble> {
    let language = signed.language;
    let List { webhooks } = app.api.get(&signed.caller, &["webhooks"], &[]).await?;
    let title = Place::Webhooks.title();
    let content = html! {
        h1 { (title.read(language)) }
        @if webhooks.is_empty() {
            (pieces::empty(language, &Text::fixed(
                "还没有 Webhook。新增一个，公司自己的系统就能收到授权、审核、发布等事件。",
                "No webhooks yet. With one, the company's own systems hear of authorizations, reviews and releases.",
            ), html! {}))
        } @else {
            div.table tabindex="0" { table {
                thead { tr {
                    th scope="col" { (ACTIONS[0].fields[0].label.read(language)) }
                    th scope="col" { (KINDS.label.read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                } }
                tbody { @for webhook in &webhooks { tr {
                    th scope="row" { a href={ "/console/webhooks/" (webhook.id) } { (webhook.url) } br; span.small { (webhook.description) } }
                    td { (kinds(webhook, language)) }
                    td { (state(webhook, language)) }
                } } }
            } }
        }
        (ACTIONS[0].form(&app, &signed, &[]))
    };
    Ok(shell::page(&app, &signed, Some(Place::Webhooks), &title, content).await)
}

/// `GET /console/webhooks/{id}`
pub(super) async fn one(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let asked: Vec<(&str, &str)> =
        query.get("cursor").map(|cursor| ("cursor", cursor)).into_iter().collect();
    let (webhook_path, deliveries_path) = (["webhooks", &id], ["webhooks", &id, "deliveries"]);
    let (webhook, deliveries) = tokio::join!(
        app.api.get::<Webhook>(&signed.caller, &webhook_path, &[]),
        app.api.get::<Deliveries>(&signed.caller, &deliveries_path, &asked),
    );
    let (webhook, deliveries) = (webhook?, deliveries?);
    let list = "/console/webhooks";
    let content = html! {
        p.way { a href=(list) { "‹ " (Place::Webhooks.title().read(language)) } }
        h1 { (webhook.url) " " (state(&webhook, language)) }
        p.about { (webhook.description) }
        (pieces::facts(language, &[
            (KINDS.label, kinds(&webhook, language)),
            (Text::fixed("第三方平台", "Components"), either(&webhook.filter.components, language)),
            (Text::fixed("小程序", "Mini programs"), either(&webhook.filter.appids, language)),
        ]))
        p.actions {
            @for action in &ACTIONS[1..4] { (action.link(&signed, &[("id", &id)])) }
            @if signed.session.may(Role::Admin) {
                a.button.danger href=(ACTIONS[4].address(&[("id", &id)], list)) { (ACTIONS[4].title.read(language)) }
            }
        }
        h2 { (Text::fixed("投递记录", "Deliveries").read(language)) }
        @if deliveries.deliveries.is_empty() {
            (pieces::empty(language, &Text::fixed("还没有投递。", "Nothing was delivered yet."), html! {}))
        } @else {
            div.table tabindex="0" { table {
                thead { tr {
                    th scope="col" { (Text::fixed("事件", "Event").read(language)) }
                    th scope="col" { (Text::fixed("小程序", "Mini program").read(language)) }
                    th scope="col" { (words::TIME.read(language)) }
                    th scope="col" { (words::STATE.read(language)) }
                } }
                tbody { @for delivery in &deliveries.deliveries { tr {
                    th scope="row" { (delivery.kind) br; code.small { (delivery.id) } }
                    td { code { (delivery.appid.as_deref().unwrap_or("—")) } }
                    td { (pieces::time(&delivery.created_at)) }
                    td { (delivered(delivery, language)) }
                } } }
            } }
            (pieces::more(language, &signed.here, deliveries.next_cursor.as_deref()))
        }
    };
    let title = Place::Webhooks.title();
    Ok(shell::page(&app, &signed, Some(Place::Webhooks), &title, content).await)
}

fn state(webhook: &Webhook, language: Language) -> Markup {
    let (tone, words) = match (&webhook.paused, &webhook.failing_since) {
        (Some(paused), _) if paused.reason == "gone" => {
            (Tone::Bad, Text::fixed("对方已停用（410）", "gone (410)"))
        }
        (Some(paused), _) if paused.reason == "failing" => {
            (Tone::Bad, Text::fixed("三天未成功，已暂停", "paused: three days without success"))
        }
        (Some(_), _) => (Tone::Plain, Text::fixed("已暂停", "paused")),
        (None, _) if !webhook.active => (Tone::Plain, Text::fixed("已停用", "off")),
        (None, Some(_)) => (Tone::Warn, Text::fixed("投递失败中", "failing")),
        (None, None) => (Tone::Good, Text::fixed("正常", "well")),
    };
    badge(tone, words.read(language))
}

fn kinds(webhook: &Webhook, language: Language) -> Markup {
    either(&webhook.filter.kinds, language)
}

fn either(list: &[String], language: Language) -> Markup {
    html! { @if list.is_empty() { (words::ALL.read(language)) } @else { (list.join(", ")) } }
}

fn delivered(delivery: &Delivery, language: Language) -> Markup {
    let (tone, words) = match delivery.state.as_str() {
        "delivered" => (Tone::Good, Text::fixed("已送达", "delivered")),
        "dead" => (Tone::Bad, Text::fixed("失败", "failed")),
        _ => (Tone::Busy, Text::fixed("等待重试", "waiting")),
    };
    let problem = delivery.last_attempt.as_ref().and_then(|attempt| {
        attempt.problem.clone().or_else(|| attempt.status.map(|status| status.to_string()))
    });
    html! {
        (badge(tone, words.read(language))) " " span.small { "×" (delivery.attempts) }
        @if let Some(problem) = problem { p.small { (problem) } }
    }
}
