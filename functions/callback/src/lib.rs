//! WeChat's pushes: verify, decrypt, store, answer.
//!
//! A push is answered `success` when it is kept: a ticket by its one conditional write, anything
//! else in the inbox, and if that does not answer in time, still encrypted, in the spill queue. A
//! push that is not genuine, or that could not be kept, gets another status, so that WeChat sends
//! it again; the body never says why. Only the test accounts of WeChat's check before a platform goes
//! live are given a reply.

mod answer;
mod app;
mod go_live;
mod push;

pub use app::App;

use axum::{Router, routing::get};

/// WeChat's pushes are some hundred bytes; this is the most that is read of one.
pub const MAX_BODY: usize = 256 * 1024;

/// The routes that are given to WeChat.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/wechat/{component}/events", get(push::check_address).post(push::event))
        .route(
            "/wechat/{component}/messages/{authorizer}",
            get(push::check_address_of_messages).post(push::message),
        )
        .layer(axum::extract::DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}
