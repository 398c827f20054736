//! The routes of `authorize`, from events as API Gateway sends them, against a simulated WeChat.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod back;
mod confirm_file;
mod log;
mod pages;
mod way_out;
mod world;
