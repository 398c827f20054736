//! What a component is set up with: its keys, its own domains, and what WeChat counts for it.

mod domains;
mod keys;
mod quotas;

use axum::{Router, response::Response, routing::get};
use maud::{Markup, html};
use platform::text::Text;

use super::Place;
use crate::{App, action::Action, shell, visitor::Signed};
pub(super) use quotas::{Quota, Quotas};

pub(super) static ACTIONS: &[&[Action]] = &[&domains::ACTIONS, &quotas::ACTIONS];

/// A part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Keys,
    Domains,
    Quotas,
}

impl Part {
    const ALL: [Part; 3] = [Part::Keys, Part::Domains, Part::Quotas];

    fn title(self) -> Text {
        match self {
            Part::Keys => Text::fixed("凭据与更换", "Credentials"),
            Part::Domains => Text::fixed("平台域名", "Domains"),
            Part::Quotas => Text::fixed("额度与调用", "Quotas and calls"),
        }
    }

    fn path(self) -> &'static str {
        match self {
            Part::Keys => "",
            Part::Domains => "/domains",
            Part::Quotas => "/quotas",
        }
    }
}

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/console/{component}/settings", get(keys::page))
        .route("/console/{component}/settings/domains", get(domains::page))
        .route("/console/{component}/settings/quotas", get(quotas::page))
}

async fn draw(
    app: &App,
    signed: &Signed,
    component: &str,
    part: Part,
    content: Markup,
) -> Response {
    let language = signed.language;
    let place = Place::Settings.title();
    let title = Text::new(
        format!("{} · {}", place.zh, part.title().zh),
        format!("{} · {}", place.en, part.title().en),
    );
    let page = html! {
        h1 { (place.read(language)) " " code.small { (component) } }
        nav.tabs aria-label=(place.read(language)) {
            @for known in Part::ALL {
                a href={ "/console/" (component) "/settings" (known.path()) } aria-current=[(known == part).then_some("page")] {
                    (known.title().read(language))
                }
            }
        }
        (content)
    };
    shell::page(app, signed, Some(Place::Settings), &title, page).await
}
