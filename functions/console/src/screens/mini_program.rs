//! One mini program: a screen for each of its sides, under one head.

pub(super) mod code;
pub(super) mod delivery;
pub(super) mod domains;
mod filing;
mod onboarding;
mod open_account;
mod order_path;
pub(super) mod overview;
mod payment;
mod plugins;
mod privacy;
mod profile;
mod punishments;
mod serving;
pub(super) mod testers;
mod timeline;
mod verification;

use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::get,
};
use maud::{Markup, html};
use platform::text::{Language, Text};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Place, mini_programs::Account};
use crate::{
    App, action::Action, pieces, shell, submitted::Fields, trouble::Trouble, visitor::Signed,
};

/// Which mini program a page is about.
#[derive(Deserialize)]
pub(super) struct Whose {
    pub(super) component: String,
    pub(super) appid: String,
}

/// A side of a mini program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Overview,
    Delivery,
    Serving,
    Timeline,
    Onboarding,
    Profile,
    Filing,
    Verification,
    Privacy,
    Domains,
    Testers,
    Code,
    Plugins,
    OrderPath,
    Payment,
    OpenAccount,
    Punishments,
}

/// What can be done on the sides that are settings.
pub(super) static ACTIONS: &[&[Action]] = &[
    &serving::ACTIONS,
    &profile::ACTIONS,
    &filing::ACTIONS,
    &verification::ACTIONS,
    &privacy::ACTIONS,
    &plugins::ACTIONS,
    &order_path::ACTIONS,
    &payment::ACTIONS,
    &overview::ACTIONS,
    &open_account::ACTIONS,
    &punishments::ACTIONS,
];

/// The pages of those sides, and of what happened.
pub(super) fn router() -> Router<App> {
    let below = |path: &str| format!("/console/{{component}}/mini-programs/{{appid}}{path}");
    Router::new()
        .route(&below("/serving"), get(serving::page))
        .route(&below("/timeline"), get(timeline::page))
        .route(&below("/onboarding"), get(onboarding::page))
        .route(&below("/profile"), get(profile::page))
        .route(&below("/filing"), get(filing::page))
        .route(&below("/verification"), get(verification::page))
        .route(&below("/privacy"), get(privacy::page))
        .route(&below("/plugins"), get(plugins::page))
        .route(&below("/order-path"), get(order_path::page))
        .route(&below("/payment"), get(payment::page))
        .route(&below("/open-account"), get(open_account::page))
        .route(&below("/punishments"), get(punishments::page))
}

impl Side {
    /// The sides in groups: what is delivered, who it is, and what it is set up with.
    const GROUPS: [&[Side]; 3] = [
        &[
            Side::Overview,
            Side::Delivery,
            Side::Serving,
            Side::Testers,
            Side::Code,
            Side::Onboarding,
            Side::Timeline,
        ],
        &[Side::Profile, Side::Filing, Side::Verification, Side::Privacy, Side::Punishments],
        &[Side::Domains, Side::Plugins, Side::OrderPath, Side::Payment, Side::OpenAccount],
    ];

    fn title(self) -> Text {
        match self {
            Side::Overview => Text::fixed("概况", "Overview"),
            Side::Delivery => Text::fixed("版本与审核", "Versions"),
            Side::Serving => Text::fixed("灰度与服务", "Serving"),
            Side::Timeline => Text::fixed("时间线", "Timeline"),
            Side::Onboarding => Text::fixed("上线流程", "Onboarding"),
            Side::Profile => Text::fixed("资料", "Profile"),
            Side::Filing => Text::fixed("备案", "ICP filing"),
            Side::Verification => Text::fixed("认证", "Verification"),
            Side::Privacy => Text::fixed("隐私", "Privacy"),
            Side::Domains => Text::fixed("域名", "Domains"),
            Side::Testers => Text::fixed("体验者", "Testers"),
            Side::Code => Text::fixed("小程序码", "Codes"),
            Side::Plugins => Text::fixed("插件", "Plugins"),
            Side::OrderPath => Text::fixed("订单页面", "Order page"),
            Side::Payment => Text::fixed("支付", "Payment"),
            Side::OpenAccount => Text::fixed("开放平台", "Open platform"),
            Side::Punishments => Text::fixed("违规", "Punishments"),
        }
    }

    /// Where something is done about what needs a person; the kind as the API has it.
    pub(super) fn of_need(kind: &str) -> Side {
        match kind {
            "changed-outside" | "unknown-outcome" | "review-rejected" | "review-failed" => {
                Side::Delivery
            }
            "filing-face" | "filing-rejected" | "filing-message" => Side::Filing,
            "verification-waits" | "verification-sent-back" | "verification-expires" => {
                Side::Verification
            }
            "privacy-refused" => Side::Privacy,
            "order-path-refused" => Side::OrderPath,
            "punished" => Side::Punishments,
            "payment-certificate-expires" => Side::Payment,
            "onboarding-waits" | "onboarding-failed" => Side::Onboarding,
            _ => Side::Overview,
        }
    }

    /// Its part of the address.
    pub(super) fn path(self) -> &'static str {
        match self {
            Side::Overview => "",
            Side::Delivery => "/delivery",
            Side::Serving => "/serving",
            Side::Timeline => "/timeline",
            Side::Onboarding => "/onboarding",
            Side::Profile => "/profile",
            Side::Filing => "/filing",
            Side::Verification => "/verification",
            Side::Privacy => "/privacy",
            Side::Domains => "/domains",
            Side::Testers => "/testers",
            Side::Code => "/code",
            Side::Plugins => "/plugins",
            Side::OrderPath => "/order-path",
            Side::Payment => "/payment",
            Side::OpenAccount => "/open-account",
            Side::Punishments => "/punishments",
        }
    }
}

impl Whose {
    /// The API's path of it, and what is below.
    pub(super) fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        [&["components", &*self.component, "mini-programs", &*self.appid], below].concat()
    }

    /// What every action on it is told.
    pub(super) fn known(&self) -> [(&str, &str); 2] {
        [("component", &self.component), ("appid", &self.appid)]
    }

    /// Its page.
    pub(super) fn address(&self, side: Side) -> String {
        format!("/console/{}/mini-programs/{}{}", self.component, self.appid, side.path())
    }

    /// The account, which the head of each side shows.
    pub(super) async fn account(&self, app: &App, signed: &Signed) -> Result<Account, Trouble> {
        app.api.get(&signed.caller, &self.path(&[]), &[]).await
    }

    /// The account and what the API says below it, both asked for at once. What WeChat may fail to
    /// show costs no more than its own part of a page.
    async fn with<T: DeserializeOwned>(
        &self,
        app: &App,
        signed: &Signed,
        below: &[&str],
    ) -> Result<(Account, Result<T, Trouble>), Trouble> {
        let path = self.path(below);
        let (account, shown) =
            tokio::join!(self.account(app, signed), app.api.get(&signed.caller, &path, &[]));
        Ok((account?, shown))
    }
}

/// A page of one side.
pub(super) async fn draw(
    app: &App,
    signed: &Signed,
    whose: &Whose,
    account: &Account,
    side: Side,
    content: Markup,
) -> Response {
    let language = signed.language;
    let title = Text::new(
        format!("{} · {}", account.shown(), side.title().zh),
        format!("{} · {}", account.shown(), side.title().en),
    );
    let page = html! {
        p.way { a href={ "/console/" (whose.component) "/mini-programs" } {
            "‹ " (Place::MiniPrograms.title().read(language))
        } }
        div.heading {
            (pieces::initial(account.shown()))
            div {
                h1 { (account.shown()) " " (account.state(language)) }
                p.about { code { (whose.appid) } " · " (account.principal) }
            }
        }
        nav.tabs.sides aria-label=(account.shown()) {
            @for group in Side::GROUPS {
                span.group { @for known in group {
                    a href=(whose.address(*known)) aria-current=[(*known == side).then_some("page")] {
                        (known.title().read(language))
                    }
                } }
            }
        }
        (content)
    };
    shell::page(app, signed, Some(Place::MiniPrograms), &title, page).await
}

/// A side's list of names and what stands for them, under a title.
pub(super) fn card(language: Language, title: &Text, content: Markup) -> Markup {
    html! { section.card { h2 { (title.read(language)) } (content) } }
}

/// A part of a page that WeChat may fail to show; the others stand nevertheless.
fn part<T>(
    language: Language,
    title: &Text,
    shown: Result<T, Trouble>,
    draw: impl FnOnce(T) -> Markup,
) -> Markup {
    match shown {
        Ok(shown) => card(language, title, draw(shown)),
        Err(trouble) => card(language, title, trouble.markup(language)),
    }
}

/// `GET …/picture?of=trial`: pictures that the API draws, for pages to show, or with `save` to keep.
pub(super) async fn picture(
    State(app): State<App>,
    signed: Signed,
    Path(whose): Path<Whose>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let below: &[&str] = match query.text("of") {
        "trial" => &["trial", "qr-code"],
        "screenshot" => &["review", "screenshots", query.text("media")],
        _ => return Err(Trouble::NoSuchPage),
    };
    let asked: Vec<(&str, &str)> =
        query.get("path").map(|path| ("path", path)).into_iter().collect();
    let answer = app.api.fetch(&signed.caller, &whose.path(below), &asked).await?;
    Ok(pieces::picture(&answer, query.get("save").is_some()))
}
