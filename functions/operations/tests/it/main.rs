//! The API as API Gateway calls it, over an embedded DynamoDB and a scripted WeChat.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod audit;
mod components;
mod errcodes;
mod errors;
mod gateway;
mod idempotency;
mod keys;
mod machines;
mod openapi;
mod refusals;
mod rollouts;
mod segments;
mod settings;
mod webhooks;
mod wechat;
mod world;
