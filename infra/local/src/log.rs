//! The log of a system that somebody watches: one readable line an event, on standard error.

use std::{error::Error, fmt::Write};

use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise. The embedded DynamoDB warns of every condition
/// that does not hold, which is how our locks work.
const DEFAULT: &str = "info,dynoxide=error";

/// Starts the log.
///
/// # Errors
/// When `RUST_LOG` cannot be understood.
pub fn start() -> Result<(), Box<dyn Error>> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(directives) if !directives.is_empty() => EnvFilter::try_new(&directives)
            .map_err(|error| format!("environment variable RUST_LOG is malformed: {error}"))?,
        _ => EnvFilter::new(DEFAULT),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .compact()
        .init();
    Ok(())
}

/// The error and what caused it, in one line.
pub fn with_causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // A transparent error says what its cause says.
        if !line.ends_with(&words) {
            write!(line, ": {words}").expect("a string takes whatever is written");
        }
        cause = error.source();
    }
    line
}
