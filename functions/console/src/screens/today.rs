//! What needs a person now, each with what to do; and whether the platform is well.

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{Place, doctor::Health, events, mini_programs::Account};
use crate::{
    App,
    api::Component,
    pieces::{self, Tone, badge},
    shell,
    trouble::Trouble,
    visitor::Signed,
};

/// One thing that needs a person.
#[derive(Deserialize)]
struct Need {
    severity: String,
    component: String,
    text: String,
    what_to_do: String,
    since: Option<String>,
    #[serde(default)]
    appids: Vec<String>,
    count: Option<u64>,
    more: bool,
    link: Option<String>,
}

#[derive(Deserialize)]
struct Needs {
    items: Vec<Need>,
}

#[derive(Deserialize)]
struct Accounts {
    mini_programs: Vec<Account>,
}

const ALL_WELL: Text = Text::fixed("现在没有需要处理的事。", "Nothing needs you now.");
const NEEDS: Text = Text::fixed("需要处理", "Needs you");
const WELL: Text = Text::fixed("平台状态", "The platform");
const MORE_THAN: Text = Text::fixed("等，共", "and more, in all");

/// `GET /console`
pub(super) async fn page(State(app): State<App>, signed: Signed) -> Result<Response, Trouble> {
    let language = signed.language;
    let components = app.api.components(&signed.caller).await?;
    let (needs, health) = tokio::join!(
        app.api.get::<Needs>(&signed.caller, &["attention"], &[]),
        every_health(&app, &signed, &components),
    );
    let needs = needs?.items;
    let begin = match components.first() {
        None => Some(first_component(language)),
        Some(component) => first_steps(&app, &signed, component).await?,
    };
    let content = html! {
        h1 { (Place::Today.title().read(language)) }
        div #live hx-get="/console" hx-trigger="every 30s" hx-select="#live" hx-swap="outerHTML" {
            @if let Some(begin) = begin { (begin) }
            section aria-labelledby="needs" {
                h2 #needs { (NEEDS.read(language)) " " (badge(tone_of(&needs), &needs.len().to_string())) }
                @if needs.is_empty() {
                    (pieces::empty(language, &ALL_WELL, html! {}))
                } @else {
                    ul.needs { @for need in &needs { (draw(&app, need, language)) } }
                }
            }
            section aria-labelledby="well" {
                h2 #well { (WELL.read(language)) }
                div.cards {
                    @for (component, health, dead) in &health {
                        (super::doctor::card(component, health, *dead, language))
                    }
                }
            }
        }
    };
    Ok(shell::page(&app, &signed, Some(Place::Today), &Place::Today.title(), content).await)
}

fn tone_of(needs: &[Need]) -> Tone {
    match needs {
        [] => Tone::Good,
        needs if needs.iter().any(|need| need.severity == "critical") => Tone::Bad,
        _ => Tone::Warn,
    }
}

fn draw(app: &App, need: &Need, language: Language) -> Markup {
    html! {
        li.need.critical[need.severity == "critical"] {
            p { strong { (need.text) }
                @if let Some(since) = &need.since { " " span.small { (pieces::ago(since, app.clock.now(), language)) } }
            }
            p.do { (need.what_to_do) }
            @if let Some(link) = &need.link { p.small { a href=(link) { (link) } } }
            @if !need.appids.is_empty() {
                p.small {
                    @for appid in need.appids.iter().take(8) {
                        a.chip href={ "/console/" (need.component) "/mini-programs/" (appid) } { (appid) } " "
                    }
                    @if need.more || need.appids.len() > 8 {
                        (MORE_THAN.read(language)) " "
                        (need.count.map_or_else(|| format!("{}+", need.appids.len()), |count| count.to_string()))
                    }
                }
            }
        }
    }
}

/// The health of each component, and whether pushes wait for a person.
pub(super) async fn every_health(
    app: &App,
    signed: &Signed,
    components: &[Component],
) -> Vec<(Component, Result<Health, Trouble>, Option<bool>)> {
    let mut all = Vec::with_capacity(components.len());
    for component in components {
        let path = ["components", &*component.appid];
        let (health, dead) = tokio::join!(
            app.api.get::<Health>(&signed.caller, &path, &[]),
            events::any_dead(app, signed, &component.appid),
        );
        all.push((component.clone(), health, dead.ok()));
    }
    all
}

fn first_component(language: Language) -> Markup {
    let what = Text::fixed(
        "还没有配置第三方平台。请把 AppID、AppSecret、消息校验 Token 和 EncodingAESKey 写入部署输出 PlatformSecretArn 所指的密钥，一分钟内生效。",
        "No third-party platform is configured yet. Put its AppID, AppSecret, Token and EncodingAESKey into the secret that the deployment's output PlatformSecretArn names; it takes effect within a minute.",
    );
    pieces::empty(language, &what, html! {})
}

/// The way to the first release, until there is a merchant.
async fn first_steps(
    app: &App,
    signed: &Signed,
    component: &Component,
) -> Result<Option<Markup>, Trouble> {
    let path = ["components", &component.appid, "mini-programs"];
    let accounts: Accounts = app.api.get(&signed.caller, &path, &[("limit", "1")]).await?;
    if !accounts.mini_programs.is_empty() {
        return Ok(None);
    }
    let language = signed.language;
    let link = format!("{}authorize/{}", app.addresses.public, component.appid);
    let steps: [(Text, Markup); 3] = [
        (
            Text::fixed(
                "在体检页核对回调地址和 ticket",
                "See that callbacks and the ticket arrive",
            ),
            html! { a href="/console/doctor" { (Place::Doctor.title().read(language)) } },
        ),
        (
            Text::fixed(
                "把授权链接发给第一个商家",
                "Send the first merchant the authorization link",
            ),
            html! { a href=(link) { (link) } (pieces::qr(&link)) },
        ),
        (
            Text::fixed(
                "把草稿加入模板库，上传、提审、发布",
                "Make a draft a template; upload, submit, release",
            ),
            html! {
                a href={ "/console/" (component.appid) "/templates" } {
                    (Place::Templates.title().read(language))
                }
            },
        ),
    ];
    Ok(Some(html! {
        section.card {
            h2 { (Text::fixed("第一次发布，三步", "Three steps to the first release").read(language)) }
            ol.steps { @for (what, way) in &steps { li { p { (what.read(language)) } (way) } } }
        }
    }))
}
