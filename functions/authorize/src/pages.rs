//! The pages, made for a phone. They load one style sheet and nothing else.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use maud::{DOCTYPE, Markup, html};
use platform::{
    AppId,
    authorization::Page,
    grants::Granted,
    mini_programs::MiniProgram,
    registrations::{Offered, Registration},
    secrets::Component,
    text::Language,
};
use url::Url;

use crate::{
    qr,
    text::{self, fill},
    trouble::Words,
    visitor::Visitor,
};

/// What the first page shows.
pub(crate) struct Start<'a> {
    pub(crate) component: &'a Component,
    /// The one account that the link is for.
    pub(crate) account: Option<AppId>,
    /// The address of this page.
    pub(crate) here: Url,
    /// Which of WeChat's pages the link leads to.
    pub(crate) flow: Page,
}

/// What the last page shows.
pub(crate) struct Done<'a> {
    pub(crate) component: &'a Component,
    pub(crate) granted: &'a Granted,
    /// The account, where its name is known.
    pub(crate) account: Option<&'a MiniProgram>,
}

/// The page with the link.
pub(crate) fn start(visitor: &Visitor, start: &Start<'_>) -> Response {
    let language = visitor.language;
    let name = &start.component.name;
    let title = fill(&text::START_TITLE, language, "platform", name);
    let account = start.account.as_ref().map(AppId::as_str);
    let go = go_address(start, visitor);
    let content = html! {
        h1 { (title) }
        p { (fill(&text::START_WHAT, language, "platform", name)) }
        p { (text::START_WHO.read(language)) }
        @if let Some(account) = account {
            p { (fill(&text::START_ACCOUNT, language, "appid", account)) }
        }
        p { a.button href=(go) { (text::START_BUTTON.read(language)) } }
        @if start.flow == Page::Pc {
            section {
                @if visitor.on_phone {
                    p { (text::START_PHONE.read(language)) }
                    p.address { (start.here) }
                } @else if let Some(code) = qr::code(start.here.as_str()) {
                    p { (text::START_SCAN.read(language)) }
                    div.code role="img" aria-label=(start.here) { (code) }
                }
            }
        }
    };
    let other = other_language(start.here.clone(), language);
    layout(StatusCode::OK, language, &title, Some(&other), content)
}

/// The page that says that it worked.
pub(crate) fn done(visitor: &Visitor, done: &Done<'_>) -> Response {
    let language = visitor.language;
    let platform = &done.component.name;
    let granted = done.granted;
    let title = text::DONE_TITLE.read(language);
    let content = html! {
        p.sign aria-hidden="true" { "✓" }
        h1 { (title) }
        p.account {
            @if let Some(account) = done.account {
                strong { (account.profile.nick_name) }
                br; (account.profile.principal_name)
                br;
            }
            code { (granted.appid) }
        }
        @if granted.is_of_test_account() {
            p { (text::DONE_TEST.read(language)) }
        } @else {
            p { (fill(&text::DONE_WHAT, language, "platform", platform)) }
            @if !granted.is_current { p { (text::DONE_SUPERSEDED.read(language)) } }
        }
        @if !granted.missing_permission_sets.is_empty() {
            section.warning {
                p { (text::DONE_MISSING.read(language)) }
                ul {
                    @for id in &granted.missing_permission_sets {
                        li { (text::permission_set(*id, language)) }
                    }
                }
                p {
                    a.button href=(start_address(&done.component.appid, visitor)) {
                        (text::DONE_AGAIN.read(language))
                    }
                }
            }
        }
    };
    layout(StatusCode::OK, language, title, None, content)
}

/// The page with the link for the administrator of an official account.
pub(crate) fn register(
    visitor: &Visitor,
    component: &Component,
    offered: &Offered,
    address: &Url,
) -> Response {
    let language = visitor.language;
    let title = text::REGISTER_TITLE.read(language);
    let account = offered.account.as_str();
    let content = html! {
        h1 { (title) }
        p { (fill(&text::REGISTER_WHAT, language, "platform", &component.name)) }
        p { (fill(&text::REGISTER_WHO, language, "appid", account)) }
        @if offered.copy_verification { p { (text::REGISTER_COPY.read(language)) } }
        p { a.button href=(address) { (text::REGISTER_BUTTON.read(language)) } }
    };
    layout(StatusCode::OK, language, title, None, content)
}

/// The page that says what became of the mini program.
pub(crate) fn registered(
    visitor: &Visitor,
    component: &Component,
    registration: &Registration,
) -> Response {
    let language = visitor.language;
    let is_there = registration.is_registered();
    let title = if is_there { &text::REGISTERED_TITLE } else { &text::REGISTERING_TITLE };
    let title = title.read(language);
    let content = html! {
        @if is_there { p.sign aria-hidden="true" { "✓" } }
        h1 { (title) }
        @if let Some(appid) = &registration.appid {
            p.account { code { (appid) } }
        }
        @if is_there {
            p { (fill(&text::REGISTERED_WHAT, language, "platform", &component.name)) }
        } @else {
            p { (registration.words().sentence(language)) }
            p { (text::REGISTERING_WHAT.read(language)) }
        }
    };
    layout(StatusCode::OK, language, title, None, content)
}

/// A page that says what went wrong and what to do.
pub(crate) fn problem(
    visitor: &Visitor,
    component: Option<&AppId>,
    words: &Words,
    reference: &str,
) -> Response {
    let language = visitor.language;
    let title = words.title.read(language);
    let content = html! {
        p.sign.bad aria-hidden="true" { "!" }
        h1 { (title) }
        p { (words.what_to_do.read(language)) }
        @if let (true, Some(component)) = (words.restart, component) {
            p {
                a.button href=(start_address(component, visitor)) { (text::RESTART.read(language)) }
            }
        }
        p.reference { (text::REFERENCE.read(language)) " " code { (reference) } }
    };
    layout(words.status, language, title, None, content)
}

/// `GET /authorize/style.css`
pub(crate) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("pages/style.css")).into_response()
}

fn layout(
    status: StatusCode,
    language: Language,
    title: &str,
    other_language: Option<&str>,
    content: Markup,
) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href="/authorize/style.css";
            }
            body {
                main { (content) }
                @if let Some(address) = other_language {
                    footer { a href=(address) { (text::LANGUAGE_OTHER.read(language)) } }
                }
            }
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_LANGUAGE, language.tag()),
        (header::VARY, "Accept-Language, User-Agent"),
    ];
    (status, headers, page.into_string()).into_response()
}

/// Where the button leads: our own redirect.
fn go_address(start: &Start<'_>, visitor: &Visitor) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("flow", if start.flow == Page::H5 { "h5" } else { "pc" });
    if let Some(account) = &start.account {
        query.append_pair("biz_appid", account.as_str());
    }
    if visitor.chose_language {
        query.append_pair("lang", visitor.language.code());
    }
    format!("/authorize/{}/go?{}", start.component.appid, query.finish())
}

fn start_address(component: &AppId, visitor: &Visitor) -> String {
    let address = format!("/authorize/{component}");
    if visitor.chose_language {
        format!("{address}?lang={}", visitor.language.code())
    } else {
        address
    }
}

fn other_language(mut here: Url, language: Language) -> String {
    let other = match language {
        Language::Chinese => Language::English,
        Language::English => Language::Chinese,
    };
    here.query_pairs_mut().append_pair("lang", other.code());
    format!("{}?{}", here.path(), here.query().unwrap_or_default())
}

/// How `?lang=` names a language.
pub(crate) trait Code {
    /// `zh` or `en`.
    fn code(self) -> &'static str;
}

impl Code for Language {
    fn code(self) -> &'static str {
        match self {
            Language::Chinese => "zh",
            Language::English => "en",
        }
    }
}
