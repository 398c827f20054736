//! A function's binary as Lambda runs it: a process that asks a double of the Runtime API for its
//! events.

pub mod process;
pub mod runtime_api;

pub use process::Process;
pub use runtime_api::{Failure, RuntimeApi};
