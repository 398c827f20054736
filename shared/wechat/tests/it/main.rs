//! The protocol crate as its users see it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod callback;
mod client;
mod go_live;
mod hostile;
mod lenient;
mod push;
mod reference;
mod refusal;
mod samples;
mod vectors;
