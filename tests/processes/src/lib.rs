//! A function's binary as Lambda runs it: a process that asks a double of the Runtime API for its
//! events, and doubles of AWS for the rest.

pub mod aws;
pub mod process;
pub mod runtime_api;

pub use aws::{Aws, client_of};
pub use process::Process;
pub use runtime_api::{Failure, RuntimeApi};
