//! The harness itself, and a thousand seeds of each class of faults.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod dynamodb;
