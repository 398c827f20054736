//! What surrounds every page: head, menu, and the way out.

use axum::{
    extract::Request,
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};
use maud::{DOCTYPE, Markup, html};
use platform::text::{Language, Text};

use crate::{
    App, assets, pieces,
    screens::{self, Place},
    submitted::Fields,
    visitor::{Colours, Signed, Visitor},
    words,
};

/// Nothing but our own files, no inline script or style, no frames.
const CONTENT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                       connect-src 'self'; base-uri 'none'; form-action 'self'; \
                       frame-ancestors 'none'";

/// A page of somebody who is signed in. `place` is where it stands in the menu.
pub(crate) async fn page(
    app: &App,
    signed: &Signed,
    place: Option<Place>,
    title: &Text,
    content: Markup,
) -> Response {
    // A page about what went wrong must not fail for want of names.
    let components = app.api.components(&signed.caller).await.unwrap_or_default();
    let language = signed.language;
    let here = here(&signed.here);
    let chosen = components
        .iter()
        .find(|component| here.path.split('/').any(|part| part == component.appid))
        .or(components.first());
    let menu = html! {
        nav.menu aria-label=(words::MENU.read(language)) {
            @for group in Place::GROUPS {
                ul {
                    @for known in group.iter().filter(|known| signed.session.may(known.least())) {
                        @if let Some(address) = known.address(chosen.map(|it| it.appid.as_str())) {
                            li {
                                a href=(address) aria-current=[(place == Some(*known)).then_some("page")] {
                                    (pieces::icon(known.icon())) (known.title().read(language))
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    let body = html! {
        a.skip href="#content" { (words::SKIP.read(language)) }
        header.top {
            a.brand href="/console" { (pieces::mark()) "wechat-fleet" }
            @if components.len() > 1 {
                details.chooser {
                    summary { (chosen.map_or("", |it| it.name.as_str())) }
                    ul {
                        @for component in components.iter() {
                            li { a href={ "/console/" (component.appid) "/mini-programs" } { (component.name) } }
                        }
                    }
                }
            } @else if let Some(component) = chosen {
                span.component { (component.name) }
            }
            div.who {
                (preferences(signed, &here.full))
                details.person {
                    summary { (signed.session.who.name) }
                    div {
                        p { (words::role(&signed.session.who.role).read(language)) }
                        form method="post" action="/console/sign-out" {
                            input type="hidden" name="_form" value=(signed.session.form_token);
                            button { (words::SIGN_OUT.read(language)) }
                        }
                    }
                }
            }
        }
        div.frame {
            (menu)
            main id="content" tabindex="-1" { (done(&signed.here, language)) (content) }
        }
    };
    document(language, signed.colours, title, body)
}

/// What was just done, as the address of a page says after a form.
fn done(here: &str, language: Language) -> Markup {
    let query = here.split_once('?').map_or("", |(_, query)| query);
    let query = Fields::parse(query.as_bytes());
    let action = query.get("done").and_then(screens::action);
    html! {
        @if let Some(action) = action {
            div.notice.good role="status" {
                p {
                    @if query.get("later").is_some() { (words::ACCEPTED.read(language)) }
                    @else { (action.done.read(language)) }
                }
            }
        }
    }
}

/// A page of somebody who may not be signed in.
pub(crate) fn bare(visitor: &Visitor, title: &Text, content: Markup) -> Response {
    let body = html! { main.bare id="content" { (content) } };
    document(visitor.language, visitor.colours, title, body)
}

fn document(language: Language, colours: Colours, title: &Text, body: Markup) -> Response {
    let theme = match colours {
        Colours::System => None,
        Colours::Light => Some("light"),
        Colours::Dark => Some("dark"),
    };
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content=(theme.unwrap_or("light dark"));
                // No inline style of its own, nothing evaluated, nothing remembered.
                meta name="htmx-config" content=(
                    r#"{"includeIndicatorStyles":false,"allowEval":false,"historyCacheSize":0,"selfRequestsOnly":true,"responseHandling":[{"code":"[23]..","swap":true},{"code":"[45]..","swap":false,"error":true}]}"#
                );
                title { (title.read(language)) " · wechat-fleet" }
                link rel="stylesheet" href=(assets::style());
                @for script in assets::scripts() { script src=(script) defer {} }
            }
            body { (body) }
        }
    };
    let mut response = Html(page.into_string()).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response
}

/// Where a page is.
struct Here<'a> {
    path: &'a str,
    full: String,
}

fn here(here: &str) -> Here<'_> {
    Here { path: here.split('?').next().unwrap_or_default(), full: here.to_owned() }
}

/// Language and colours, each at one click.
fn preferences(signed: &Signed, back: &str) -> Markup {
    let language = signed.language;
    let other = match language {
        Language::Chinese => ("en", "English"),
        Language::English => ("zh", "中文"),
    };
    let colours = match signed.colours {
        Colours::Dark => ("light", words::LIGHT),
        Colours::Light => ("system", words::AS_SYSTEM),
        Colours::System => ("dark", words::DARK),
    };
    html! {
        form.preferences method="post" action="/console/preferences" {
            input type="hidden" name="_form" value=(signed.session.form_token);
            input type="hidden" name="back" value=(back);
            button name="language" value=(other.0) lang=(other.0) { (other.1) }
            button name="colours" value=(colours.0) { (colours.1.read(language)) }
        }
    }
}

/// The headers that every answer has.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let fixed: [(HeaderName, &str); 6] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
