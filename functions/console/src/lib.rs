//! The operators' pages.
//!
//! The console is a client of the operators' API and has no rights of its own: every page is drawn
//! from what the API answers to the key that the operator signed in with, and every form is one
//! request to it. So a rule, a role and the audit log stand in one place, the function touches no
//! table, and whatever can be done here can be done by a script.
//!
//! Pages are whole documents that work without JavaScript; htmx swaps the parts of them that move.

mod action;
mod api;
mod app;
mod assets;
mod pieces;
mod screens;
mod session;
mod shell;
mod submitted;
mod trouble;
mod visitor;
mod words;

pub use app::App;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get, post},
};

/// The pages, all below `/console`, and `/`, which leads to them.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(screens::home))
        .route("/console/sign-in", get(screens::sign_in::page).post(screens::sign_in::enter))
        .route("/console/sign-in/directory", get(screens::directory::back))
        .route("/console/sign-in/directory/begin", get(screens::directory::begin))
        .route("/console/sign-out", post(screens::sign_in::leave))
        .route("/console/preferences", post(screens::sign_in::prefer))
        .route("/console/do/{action}", get(action::page).post(action::carry_out))
        .route("/console/assets/{file}", get(assets::serve))
        .merge(screens::router())
        // Not a fallback: another function's routes may stand on the same port.
        .route("/console/{component}", any(trouble::no_such_page))
        .route("/console/{component}/{*rest}", any(trouble::no_such_page))
        .layer(DefaultBodyLimit::max(submitted::LONGEST))
        .layer(from_fn_with_state(app.clone(), trouble::render))
        .layer(from_fn(shell::guard))
        .with_state(app)
}
