//! What went wrong, and the one place where it becomes a page.

use std::fmt::Display;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use platform::text::{Language, Text};

use crate::{App, api::ProblemDetails, pieces, screens::sign_in, shell, visitor::Visitor, words};

/// Why there is no page.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// Nobody is signed in, or no longer; and why, where the API said so.
    SignedOut(Option<String>),
    /// The API refused.
    Refused(Box<ProblemDetails>),
    /// The API did not answer, or not as it should; words for the log.
    Unreachable(String),
    /// There is no such page.
    NoSuchPage,
    /// A form that no page of this session has drawn.
    ForeignForm,
    /// A form that is longer than any of ours.
    TooLong,
}

impl Trouble {
    /// The API answered something else than it promises.
    pub(crate) fn unexpected(path: &[&str], error: &dyn Display) -> Self {
        Trouble::Unreachable(format!("answer of /v1/{}: {error}", path.join("/")))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Trouble::SignedOut(_) => StatusCode::UNAUTHORIZED,
            Trouble::Refused(problem) => {
                StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_GATEWAY)
            }
            Trouble::Unreachable(_) => StatusCode::BAD_GATEWAY,
            Trouble::NoSuchPage => StatusCode::NOT_FOUND,
            Trouble::ForeignForm => StatusCode::FORBIDDEN,
            Trouble::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// Words for the log.
    fn internal(&self) -> &str {
        match self {
            Trouble::Unreachable(why) => why,
            Trouble::Refused(problem) => &problem.r#type,
            _ => "",
        }
    }

    /// The trouble in words, to stand on a page.
    pub(crate) fn markup(&self, language: Language) -> Markup {
        let (title, what_to_do) = match self {
            Trouble::Refused(problem) => return pieces::problem(problem, language),
            Trouble::SignedOut(_) => (words::SIGNED_OUT, words::SIGN_IN_AGAIN),
            Trouble::Unreachable(_) => (
                Text::fixed("系统暂时没有应答", "The system does not answer at the moment"),
                Text::fixed("请稍后刷新此页", "Reload this page in a moment"),
            ),
            Trouble::NoSuchPage => (
                Text::fixed("没有这个页面", "There is no such page"),
                Text::fixed("请从左侧菜单进入", "The menu leads to every page"),
            ),
            Trouble::ForeignForm => (
                Text::fixed(
                    "这个表单已失效，没有执行任何操作",
                    "This form is stale; nothing was done",
                ),
                Text::fixed(
                    "请返回上一页，刷新后重新提交",
                    "Go back, reload the page and send it again",
                ),
            ),
            Trouble::TooLong => (
                Text::fixed("提交的内容过大", "This is more than a form may hold"),
                Text::fixed("文件请控制在 4 MB 以内", "Keep files below 4 MB"),
            ),
        };
        html! {
            div.notice.bad role="alert" {
                p { strong { (title.read(language)) } }
                p { (what_to_do.read(language)) }
            }
        }
    }
}

/// Carries the trouble out to `render`, which knows who looks.
impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An address below `/console` at which nothing is.
pub(crate) async fn no_such_page() -> Trouble {
    Trouble::NoSuchPage
}

/// The trouble as all that a page has.
fn page(trouble: &Trouble, language: Language) -> Markup {
    html! { h1 { (words::TROUBLE.read(language)) } (trouble.markup(language)) }
}

/// Draws the page of what went wrong.
pub(crate) async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let here = request.uri().path_and_query().map_or("/", |here| here.as_str());
    let visitor = Visitor::of(&app, request.headers(), request.extensions(), here);
    let mut response = next.run(request).await;
    let Some(trouble) = response.extensions_mut().remove::<Trouble>() else { return response };
    let (status, internal) = (trouble.status().as_u16(), trouble.internal());
    tracing::info!(status, internal, "answered with a problem");
    match (&trouble, visitor.signed()) {
        (Trouble::SignedOut(None), None) => {
            Redirect::to(&sign_in::address(&visitor.here)).into_response()
        }
        (Trouble::SignedOut(why), _) => sign_in::ended(&app, &visitor, why.as_deref()),
        (trouble, Some(signed)) => {
            let content = page(trouble, signed.language);
            let mut page = shell::page(&app, &signed, None, &words::TROUBLE, content).await;
            *page.status_mut() = trouble.status();
            page
        }
        (trouble, None) => {
            let mut page = shell::bare(&visitor, &words::TROUBLE, page(trouble, visitor.language));
            *page.status_mut() = trouble.status();
            page
        }
    }
}
