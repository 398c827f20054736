//! The platform against real conditional writes, with a scripted WeChat (`wechat`) and with the
//! simulated one (`simulated`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod adoption;
mod audit;
mod authorization;
mod breaker;
mod confirm_files;
mod erasure;
mod explain;
mod grants;
mod inbox;
mod mini_programs;
mod onboarding;
mod outbox;
mod overtaken;
mod payment_keys;
mod reconcile;
mod releases;
mod rollouts;
mod rotation;
mod secrets;
mod segments;
mod simulated;
mod tickets;
mod tokens;
mod uploads;
mod wechat;
mod world;
