//! The whole system on this machine: every function on one port, an AWS it can be used with, and
//! a simulated WeChat.

pub mod arguments;
pub mod aws;
pub mod credentials;
pub mod data;
pub mod delivery;
mod file;
pub mod log;
pub mod metrics;
mod random;
pub mod ready;
pub mod settings;
pub mod system;
pub mod verify_audit;

pub use system::System;
