//! A component's credentials: where they are, and how each is exchanged without a push or a call lost.
//! They lie in the platform secret, which no page reads or writes.

use axum::{
    extract::{Path, State},
    response::Response,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::Part;
use crate::{
    App,
    pieces::{self, Tone, badge},
    trouble::Trouble,
    visitor::Signed,
    words,
};

#[derive(Deserialize)]
struct Components {
    disabled: Vec<Disabled>,
}

#[derive(Deserialize)]
struct Disabled {
    entry: String,
    why: String,
}

#[derive(Deserialize)]
struct Health {
    name: String,
    ticket: Option<Ticket>,
    token: Option<Token>,
}

#[derive(Deserialize)]
struct Ticket {
    created_at: String,
}

#[derive(Deserialize)]
struct Token {
    expires_at: String,
    failure: Option<String>,
}

/// How one credential is exchanged.
struct Rotation {
    id: &'static str,
    title: Text,
    /// What it is for.
    what: Text,
    steps: &'static [Text],
}

static ROTATIONS: [Rotation; 4] = [
    Rotation {
        id: "token",
        title: Text::fixed("消息校验 Token 与 EncodingAESKey", "Token and EncodingAESKey"),
        what: Text::fixed(
            "微信的推送用它们签名和加密。新旧可同时有效，更换期间不丢推送",
            "WeChat signs and encrypts its pushes with them. Old and new are good side by side, so that no push is lost",
        ),
        steps: &[
            Text::fixed(
                "在平台密钥的这个第三方平台条目中，把现在的 token 写入 previous_token，把现在的 encoding_aes_key 写入 previous_encoding_aes_key",
                "in this component's entry of the platform secret, put the present token into previous_token and the present encoding_aes_key into previous_encoding_aes_key",
            ),
            Text::fixed(
                "把新值写入 token 和 encoding_aes_key，保存，等一分钟",
                "put the new ones into token and encoding_aes_key, save, and wait a minute",
            ),
            Text::fixed(
                "在微信开放平台的第三方平台“开发资料”中填入同样的新值",
                "enter the same new ones at WeChat's open platform, among the platform's development data",
            ),
            Text::fixed(
                "看上方的票据时间：更换之后又收到新的票据，说明新值已生效",
                "watch the ticket above: one that came after the change says that the new ones work",
            ),
            Text::fixed(
                "一天后删除 previous_token 和 previous_encoding_aes_key",
                "after a day take previous_token and previous_encoding_aes_key out",
            ),
        ],
    },
    Rotation {
        id: "secret",
        title: Text::fixed("AppSecret", "AppSecret"),
        what: Text::fixed(
            "用来换取平台令牌。已有的平台令牌最长还能用两小时，请在此期间完成",
            "what the component's token is had with. The present token is good for two hours at most; be done by then",
        ),
        steps: &[
            Text::fixed(
                "在微信开放平台重置 AppSecret",
                "reset the AppSecret at WeChat's open platform",
            ),
            Text::fixed(
                "立即把新值写入平台密钥中这个条目的 secret",
                "put the new one into secret of this entry of the platform secret at once",
            ),
            Text::fixed(
                "看上方的平台令牌：下一次续期成功，说明新值已生效",
                "watch the component's token above: its next renewal says that the new one works",
            ),
        ],
    },
    Rotation {
        id: "sealing",
        title: Text::fixed("封存密钥 sealing_key", "The sealing key"),
        what: Text::fixed(
            "数据库中的令牌、推送和支付资料都用它加密。旧值必须保留，否则打不开以前的数据",
            "tokens, pushes and payment settings are encrypted under it. Former ones stay, or what was sealed before cannot be opened",
        ),
        steps: &[
            Text::fixed(
                "把现在的 sealing_key 加到 previous_sealing_keys 列表的最前面",
                "put the present sealing_key in front of the list previous_sealing_keys",
            ),
            Text::fixed(
                "把新的 64 个随机字符写入 sealing_key，保存，等一分钟",
                "put 64 new random characters into sealing_key, save, and wait a minute",
            ),
            Text::fixed(
                "此后写入的数据用新值；旧值不要删除",
                "what is written from then on is under the new one; do not take the former ones out",
            ),
        ],
    },
    Rotation {
        id: "operators",
        title: Text::fixed("登录密钥与签名密钥", "Operators' keys and signing secrets"),
        what: Text::fixed(
            "在“密钥与角色”中为同一人新建一个，换好后吊销旧的；Webhook 的签名密钥在其页面更换",
            "make another for the same person under Keys and roles and revoke the old one; a webhook's secret is exchanged on its page",
        ),
        steps: &[],
    },
];

/// `GET /console/{component}/settings`
pub(super) async fn page(
    State(app): State<App>,
    signed: Signed,
    Path(component): Path<String>,
) -> Result<Response, Trouble> {
    let language = signed.language;
    let path = ["components", &*component];
    let (all, health) = tokio::join!(
        app.api.get::<Components>(&signed.caller, &["components"], &[]),
        app.api.get::<Health>(&signed.caller, &path, &[]),
    );
    let (Components { disabled }, health) = (all?, health?);
    let content = html! {
        @if !disabled.is_empty() {
            div.notice.bad {
                p { strong { (Text::fixed("平台密钥中有无法使用的条目", "Entries of the platform secret that cannot be used").read(language)) } }
                ul { @for entry in &disabled { li { code { (entry.entry) } " " (entry.why) } } }
            }
        }
        section.card { h2 { (health.name) } (now(&health, language)) }
        @for rotation in &ROTATIONS {
            section.card aria-labelledby=(rotation.id) {
                h2 id=(rotation.id) { (rotation.title.read(language)) }
                p.rule { (rotation.what.sentence(language)) }
                @if !rotation.steps.is_empty() {
                    ol.steps { @for step in rotation.steps { li { (step.sentence(language)) } } }
                }
            }
        }
    };
    Ok(super::draw(&app, &signed, &component, Part::Keys, content).await)
}

/// What tells whether the present ones work.
fn now(health: &Health, language: Language) -> Markup {
    let none = || html! { span.small { (words::NONE.read(language)) } };
    let ticket = health.ticket.as_ref().map_or_else(none, |it| pieces::time(&it.created_at));
    let token = health.token.as_ref().map_or_else(none, |token| {
        html! {
            (Text::fixed("有效至", "good until").read(language)) " " (pieces::time(&token.expires_at))
            @if let Some(failure) = &token.failure { " " (badge(Tone::Bad, failure)) }
        }
    });
    pieces::facts(
        language,
        &[
            (Text::fixed("最新的票据", "Newest ticket"), ticket),
            (Text::fixed("平台令牌", "Component token"), token),
        ],
    )
}
