//! The journeys of the product, played through the real routes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod attention;
mod bootstrap;
mod components;
mod concurrency;
mod first_release;
mod fleet;
mod hostile_pushes;
mod hostile_wechat;
mod mistakes;
mod outage;
mod refusal;
mod revocation;
mod shop;
mod webhooks;
