//! The merchant's browser: a page with the link, the way out to WeChat, the way back.
//!
//! WeChat's authorization page looks at where the browser comes from, so that the link stands on
//! a page of ours (`start`), and leads by a redirect of ours (`go`), which fetches what the
//! link must carry. WeChat sends the browser back with an authorization code (`back`), which is
//! exchanged before the merchant is told that it worked. The administrator of an official account
//! who gets a mini program goes the same way, with a ticket (`register`).
//!
//! Merchants read these pages on a phone: they are short, say what to do next, and work without
//! scripts. Nothing in them is secret, and nothing of a query gets into a log.

mod back;
mod confirm_file;
mod go;
mod headers;
mod pages;
mod qr;
mod register;
mod start;
mod text;
mod trouble;
mod visitor;

use axum::{Router, middleware, routing::get};
use platform::Platform;

/// What the function needs, made once.
#[derive(Clone)]
pub struct App {
    /// The platform's services.
    pub platform: Platform,
}

/// The routes for merchants' browsers, and for WeChat's confirm files.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/authorize/style.css", get(pages::style))
        .route("/authorize/{component}", get(start::page))
        .route("/authorize/{component}/go", get(go::redirect))
        .route("/authorize/{component}/return", get(back::page))
        .route("/authorize/{component}/register", get(register::page))
        .route("/authorize/{component}/registered", get(register::back))
        .route("/{file}", get(confirm_file::serve))
        .layer(middleware::map_response(headers::guard))
        .with_state(app)
}
