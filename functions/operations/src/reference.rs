//! The reference page: the API's description for people, made here and needing nothing from elsewhere.

mod contents;
mod page;
mod words;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Query, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use platform::text::Language;
use serde::Deserialize;

pub(crate) use self::contents::Contents;
pub(crate) use self::words::name;
use crate::{App, openapi::Served, problem};

/// One style sheet of our own, a form that leads here again, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
const STYLE: &str = include_str!("reference/style.css");

/// What a reader asks for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    /// Words that are sought.
    #[serde(default)]
    q: String,
    /// `zh` or `en`; the browser's own where there is none.
    #[serde(default)]
    lang: String,
}

/// The page and its style.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/v1/reference", get(reference))
        .route("/v1/reference/style.css", get(style))
}

async fn reference(
    Extension(served): Extension<Arc<Served>>,
    headers: HeaderMap,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Response {
    let Query(wish) = wish.unwrap_or_default();
    let language = match &*wish.lang {
        "zh" => Language::Chinese,
        "en" => Language::English,
        _ => problem::language(&headers),
    };
    let page = page::page(served.contents(), &wish.q, language);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let policy = HeaderValue::from_static(POLICY);
    let tag = HeaderValue::from_static(language.tag());
    let headers = [
        (header::CONTENT_TYPE, html),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CONTENT_LANGUAGE, tag),
    ];
    (headers, page.into_string()).into_response()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))], STYLE)
        .into_response()
}
