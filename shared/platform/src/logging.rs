//! One log line is one JSON object, with fields; never a token, a body or personal data.

use tracing_subscriber::EnvFilter;

/// Starts logging for a deployed function, by `RUST_LOG`, else at `info`.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start (a test that runs two functions in one process) changes nothing.
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_current_span(false)
        .without_time()
        .try_init();
    drop(started);
}
