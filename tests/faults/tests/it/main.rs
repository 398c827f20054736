//! The harness itself, and some seeds of each class of faults.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod determinism;
mod dynamodb;
mod mutations;
mod schedules;
