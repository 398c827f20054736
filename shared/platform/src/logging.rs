//! One log line is one JSON object, with fields; never a token, a body or personal data.

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Starts logging for a deployed function, by `RUST_LOG`, else at `info`: a level for everything, and
/// levels for modules, as in `info,platform=debug`.
pub fn start() {
    let told = std::env::var("RUST_LOG").ok().filter(|told| !told.trim().is_empty());
    // Not the filter that also knows fields of spans: it is made of regular expressions, which are a
    // quarter of a megabyte in every function.
    let levels = told.and_then(|told| told.parse::<Targets>().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .without_time();
    // A second start (a test that runs two functions in one process) changes nothing.
    let started = tracing_subscriber::registry().with(lines).with(levels).try_init();
    drop(started);
}
