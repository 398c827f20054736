//! The function over an embedded DynamoDB, with names and receivers in the tests' hands.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod log;
mod pace;
mod reach;
mod secret;
mod world;
