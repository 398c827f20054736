//! The relay as API Gateway calls it, over an embedded DynamoDB and a strict simulated WeChat.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod gateway;
mod keys;
mod passing;
mod permissions;
mod refusals;
mod sdk;
mod secrets;
mod state_machine;
mod uploads;
mod wire;
mod world;
