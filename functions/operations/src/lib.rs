//! The operators' HTTPS API: JSON under `/v1`, described at `/v1/openapi.json`, and for people at
//! `/v1/reference`.
//!
//! Every operation goes through `pipeline`, which is the one place that knows who may do what,
//! that a request is done once, and that it is on record. What went wrong leaves as problem details
//! (RFC 9457), written in one place too: [`problem`].

mod app;
mod condition;
mod extract;
mod openapi;
mod pipeline;
pub mod problem;
mod reference;
mod rest;
mod routes;
mod schema;

pub use app::App;
pub use openapi::{Operation, Operations};

use std::sync::Arc;

use axum::{
    Extension, Router,
    middleware::{from_fn, from_fn_with_state},
    routing::any,
};

/// The API. A request is a `GET` that changes nothing, or it goes on record.
pub fn router(app: App) -> Router {
    let (signed_in, description) = routes::signed_in().split_for_parts();
    let (open, more) = routes::open().split_for_parts();
    let description = openapi::complete(description, more);
    let operations = Operations::of(&description);
    // Every route has its own copy of what its layers are given.
    let state = Arc::new((app.clone(), operations));
    let approved =
        signed_in.clone().route_layer(from_fn_with_state(state.clone(), pipeline::again));
    let approved = approved.layer(from_fn(problem::render)).with_state(app.clone());
    signed_in
        .route_layer(from_fn_with_state(state, pipeline::run))
        .merge(open)
        .merge(reference::router())
        .method_not_allowed_fallback(problem::method_not_allowed)
        // Not a fallback: another function's routes may stand on the same port.
        .route("/v1", any(problem::unknown_route))
        .route("/v1/{*rest}", any(problem::unknown_route))
        .layer(Extension(Arc::new(openapi::Served::new(description))))
        .layer(Extension(pipeline::Performer(approved)))
        .layer(from_fn(problem::render))
        .with_state(app)
}
