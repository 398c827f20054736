//! What needs a person now, each with what to do; and whether the platform is well.

use axum::{extract::State, response::Response};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::Deserialize;

use super::{
    Place,
    doctor::Health,
    events,
    mini_program::Side,
    mini_programs::Account,
    settings::{Quota, Quotas},
};
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
    kind: String,
    severity: String,
    component: String,
    text: String,
    what_to_do: String,
    since: Option<String>,
    #[serde(default)]
    appids: Vec<String>,
    #[serde(default)]
    registrations: Vec<String>,
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
    let (needs, health, rollouts) = tokio::join!(
        app.api.get::<Needs>(&signed.caller, &["attention"], &[]),
        every_health(&app, &signed, &components),
        rollouts(&app, &signed, &components),
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
            (rollouts)
            section aria-labelledby="well" {
                h2 #well { (WELL.read(language)) }
                div.cards {
                    @for (component, health, dead, quotas) in &health {
                        (super::doctor::card(component, health, *dead, quotas, language))
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
            @if let Some(way) = way(need, language) { p.small { (way) } }
            @if !need.appids.is_empty() {
                @let side = Side::of_need(&need.kind).path();
                (named(need, &need.appids, language, |appid| format!("mini-programs/{appid}{side}")))
            }
            @if !need.registrations.is_empty() {
                (named(need, &need.registrations, language, |id| format!("registrations/{id}")))
            }
        }
    }
}

/// The page where something is done about it; for a merchant, the link to be sent.
fn way(need: &Need, language: Language) -> Option<Markup> {
    let (place, below) = match &*need.kind {
        "approvals-waiting" => (Place::Approvals, ""),
        "dead-events" => (Place::Events, "?state=dead"),
        "registration-unfinished" => (Place::Registrations, ""),
        "audit-broken" | "audit-not-anchored" | "audit-not-verified" => (Place::Audit, ""),
        "keys-under-attack" => (Place::Keys, ""),
        "ticket-missing" | "ticket-old" | "address-refused" => (Place::Doctor, ""),
        "component-quota" | "merchant-quota" => (Place::Settings, "/quotas"),
        _ => {
            let link = need.link.as_ref().filter(|link| !link.starts_with('/'))?;
            return Some(html! { a href=(link) { (link) } });
        }
    };
    let address = place.address(Some(&need.component))?;
    Some(html! { a href={ (address) (below) } { (place.title().read(language)) } })
}

/// The first of those that it concerns, each with the page where something is done about it.
fn named(need: &Need, ids: &[String], language: Language, page: impl Fn(&str) -> String) -> Markup {
    html! {
        p.small {
            @for id in ids.iter().take(8) {
                a.chip href={ "/console/" (need.component) "/" (page(id)) } { (id) } " "
            }
            @if need.more || ids.len() > 8 {
                (MORE_THAN.read(language)) " "
                (need.count.map_or_else(|| format!("{}+", ids.len()), |count| count.to_string()))
            }
        }
    }
}

/// The health of each component, whether pushes wait for a person, and what is left of what WeChat
/// counts, as far as it is on record: a page that stands open asks for this twice a minute.
async fn every_health(
    app: &App,
    signed: &Signed,
    components: &[Component],
) -> Vec<(Component, Result<Health, Trouble>, Option<bool>, Vec<Quota>)> {
    let mut all = Vec::with_capacity(components.len());
    for component in components {
        let path = ["components", &*component.appid];
        let counted = ["components", &*component.appid, "quotas"];
        let (health, dead, quotas) = tokio::join!(
            app.api.get::<Health>(&signed.caller, &path, &[]),
            events::any_dead(app, signed, &component.appid),
            app.api.get::<Quotas>(&signed.caller, &counted, &[("fresh", "false")]),
        );
        let quotas = quotas.map_or_else(|_| Vec::new(), |it| it.quotas);
        all.push((component.clone(), health, dead.ok(), quotas));
    }
    all
}

/// The rollouts that wait for somebody or go on, of each component.
async fn rollouts(app: &App, signed: &Signed, components: &[Component]) -> Markup {
    let language = signed.language;
    let mut found = Vec::new();
    for component in components {
        let path = ["components", &*component.appid, "rollouts"];
        // What needs a person is shown even where rollouts are not.
        let list = app.api.get::<super::rollouts::List>(&signed.caller, &path, &[]).await;
        let open = |it: &super::rollouts::Rollout| it.is_under_way() || it.state == "planned";
        let open: Vec<_> =
            list.into_iter().flat_map(|list| list.rollouts).filter(|it| open(it)).collect();
        if !open.is_empty() {
            found.push((component.appid.as_str(), open));
        }
    }
    html! {
        @if !found.is_empty() {
            section aria-labelledby="rollouts" {
                h2 #rollouts { (Place::Rollouts.title().read(language)) }
                @for (component, open) in &found { (super::rollouts::table(component, open, language)) }
            }
        }
    }
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
