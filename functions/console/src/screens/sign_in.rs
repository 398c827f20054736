//! Signing in with an operator's key, and out; and what a browser remembers.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, StatusCode, header};
use maud::{Markup, html};
use platform::text::{Language, Text};
use secrecy::SecretString;

use crate::{
    App, pieces,
    session::Operator,
    shell,
    submitted::{Fields, Open, Submitted},
    trouble::Trouble,
    visitor::Visitor,
    words,
};

const TITLE: Text = Text::fixed("登录", "Sign in");
const BY_DIRECTORY: Text = Text::fixed("用公司账号登录", "Sign in with the company's directory");
const KEY: Text = Text::fixed("登录密钥", "Key");
const KEY_HINT: Text = Text::fixed(
    "形如 wf_…，由管理员在“密钥与角色”中创建；第一个密钥在部署时生成。",
    "It looks like wf_… and is made by an administrator; the first one is made with the deployment.",
);
const MACHINES: Text = Text::fixed(
    "这是机器密钥，只能用于接口，不能登录控制台。",
    "This is a machine's key: it opens the API, not the console.",
);
const PREFER_FOR: u32 = 365 * 24 * 60 * 60;

/// Where one signs in to be led to `next`.
pub(crate) fn address(next: &str) -> String {
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("/console/sign-in?{query}")
}

/// `GET /console/sign-in`
pub(crate) async fn page(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let has_directory = app.api.has_directory(&visitor.stranger()).await;
    draw(&visitor, fields.text("next"), has_directory, None)
}

/// A page of ours to be led to afterwards, whatever a link says.
pub(crate) fn within(next: &str) -> &str {
    let ours = next.starts_with("/console") && !next.starts_with("/console/sign-in");
    if ours { next } else { "/console" }
}

/// `POST /console/sign-in`
pub(crate) async fn enter(State(app): State<App>, form: Open) -> Result<Response, Trouble> {
    let Open { visitor, fields, .. } = form;
    let next = fields.text("next");
    let key = SecretString::from(fields.text("key").trim());
    let who: Operator = match app.api.get(&visitor.caller(key.clone()), &["operator"], &[]).await {
        Ok(who) => who,
        Err(Trouble::SignedOut(why)) => {
            let why = why.unwrap_or_else(|| words::SIGN_IN_AGAIN.read(visitor.language).to_owned());
            return Ok(refused(&visitor, next, &html! { (why) }));
        }
        Err(Trouble::Refused(problem)) => {
            let why = if problem.status == 403 {
                html! { (MACHINES.read(visitor.language)) }
            } else {
                pieces::problem(&problem, visitor.language)
            };
            let mut page = refused(&visitor, next, &why);
            if problem.status == 429 {
                *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            }
            return Ok(page);
        }
        Err(trouble) => return Err(trouble),
    };
    let mut response = Redirect::to(within(next)).into_response();
    response.headers_mut().insert(header::SET_COOKIE, app.sessions.begin(&key, who));
    Ok(response)
}

/// `POST /console/sign-out`
pub(crate) async fn leave(State(app): State<App>, _: Submitted) -> Response {
    let mut response = Redirect::to("/console/sign-in").into_response();
    response.headers_mut().insert(header::SET_COOKIE, app.sessions.end());
    response
}

/// `POST /console/preferences`: language and colours, for a year.
pub(crate) async fn prefer(State(app): State<App>, form: Submitted) -> Response {
    let fields = &form.fields;
    let back = fields.text("back");
    let back = if back.starts_with("/console") { back } else { "/console" };
    let mut response = Redirect::to(back).into_response();
    let secure = if app.sessions.encrypted { "; Secure" } else { "" };
    for (name, values) in
        [("language", &["zh", "en"][..]), ("colours", &["system", "light", "dark"][..])]
    {
        if let Some(value) = values.iter().find(|value| fields.get(name) == Some(**value)) {
            let cookie = format!(
                "{name}={value}; Path=/console; Max-Age={PREFER_FOR}; HttpOnly; SameSite=Lax{secure}"
            );
            let cookie = HeaderValue::try_from(cookie).expect("the values are those above");
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// The page of a session that the API no longer takes; the session ends with it.
pub(crate) fn ended(app: &App, visitor: &Visitor, why: Option<&str>) -> Response {
    let signed_out = words::SIGNED_OUT;
    let why = why.unwrap_or(signed_out.read(visitor.language));
    let mut page = refused(visitor, &visitor.here, &html! { (why) });
    page.headers_mut().insert(header::SET_COOKIE, app.sessions.end());
    page
}

fn refused(visitor: &Visitor, next: &str, why: &Markup) -> Response {
    let mut page = draw(visitor, next, false, Some(why));
    *page.status_mut() = StatusCode::UNAUTHORIZED;
    page
}

/// The page; `has_directory` says whether it offers the company's.
pub(crate) fn draw(
    visitor: &Visitor,
    next: &str,
    has_directory: bool,
    why: Option<&Markup>,
) -> Response {
    let language = visitor.language;
    let content = html! {
        div.welcome { (pieces::mark()) "wechat-fleet" }
        h1 { (TITLE.read(language)) }
        @if let Some(why) = why { div.notice.bad role="alert" { p { (why) } } }
        @if has_directory {
            @let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            p.buttons { a.button href={ "/console/sign-in/directory/begin?" (query) } { (BY_DIRECTORY.read(language)) } }
        }
        form.form method="post" action="/console/sign-in" {
            input type="hidden" name="next" value=(next);
            div.field {
                label for="key" { (KEY.read(language)) }
                input id="key" name="key" type="password" autocomplete="current-password"
                    required autofocus aria-describedby="key-about";
                div.about id="key-about" { p { (KEY_HINT.read(language)) } }
            }
            p.buttons { button { (TITLE.read(language)) } }
        }
        @if language == Language::Chinese {
            p.small lang="en" { "English: set your browser's language, or sign in and choose it." }
        }
    };
    shell::bare(visitor, &TITLE, content)
}
