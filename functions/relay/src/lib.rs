//! Any of WeChat's calls, with the right token put in:
//! `ANY /relay/{component}/{appid|component}/{path…}`.
//!
//! Who calls shows a machine's key, or, where an SDK cannot be told of keys, a `relay_token` that
//! it was given for one in WeChat's own way. `policy` says which paths are open to whom. What
//! WeChat answers goes back as it is, except for what is secret in it. A body that is too long to
//! come along is uploaded before, and named.

mod address;
mod answer;
mod app;
mod body;
mod call;
mod hide;
mod policy;
mod problem;
mod query;
mod record;
mod relay_token;
mod sign_in;
mod token_endpoint;

pub use app::App;
pub use policy::{Rule, rules};
pub use token_endpoint::ANSWERED_HERE;

use axum::{Router, routing::any};

/// The longest request and the longest answer, in bytes: in base64 both stay within what Lambda
/// takes and gives.
pub const LONGEST: usize = 4 * 1024 * 1024;

/// The relay.
pub fn router(app: App) -> Router {
    // The path is read where it is judged, as it was sent: no extractor decodes it before.
    Router::new()
        .route("/relay/{*rest}", any(answer::answer))
        .route("/relay/", any(answer::answer))
        .with_state(app)
}
