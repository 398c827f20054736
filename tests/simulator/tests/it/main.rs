//! The simulator's own behaviour, written against WeChat's documentation.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod checks;
mod code;
mod codes;
mod components;
mod cryptography;
mod domains;
mod faults;
mod filing;
mod gray_release;
mod media;
mod network;
mod open_platform;
mod order_path;
mod pages;
mod privacy;
mod profile;
mod pushes;
mod quota;
mod records;
mod reference;
mod registration;
mod release;
mod review;
mod service;
mod support;
mod templates;
mod tokens;
mod verification;
