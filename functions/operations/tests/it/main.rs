//! The API as API Gateway calls it, over an embedded DynamoDB and a scripted WeChat.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod approvals;
mod audit;
mod checkup;
mod compliance;
mod components;
mod conditions;
mod errcodes;
mod errors;
mod faults;
mod gateway;
mod guessing;
mod idempotency;
mod invitations;
mod keys;
mod machines;
mod onboarding;
mod openapi;
mod permissions;
mod profile;
mod quotas;
mod refusals;
mod registrations;
mod rollouts;
mod segments;
mod serving;
mod settings;
mod webhooks;
mod wechat;
mod world;
