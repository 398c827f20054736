//! The journeys of the product, played through the real routes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod adopting;
mod attention;
mod audit;
mod bootstrap;
mod canaries;
mod checkup;
mod compliance;
mod components;
mod concurrency;
mod console;
mod console_fleet;
mod console_people;
mod console_settings;
mod endings;
mod erasure;
mod filing;
mod first_release;
mod forgeries;
mod form;
mod go_live;
mod gray_release;
mod hostile_pushes;
mod hostile_wechat;
mod mistakes;
mod onboarding;
mod outage;
mod payment;
mod refusal;
mod registration;
mod revocation;
mod shop;
mod timeline;
mod uploads;
mod verification;
mod webhooks;
