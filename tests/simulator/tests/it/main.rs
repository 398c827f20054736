//! The simulator's own behaviour, written against WeChat's documentation.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod checks;
mod code;
mod codes;
mod cryptography;
mod domains;
mod faults;
mod media;
mod network;
mod pages;
mod profile;
mod pushes;
mod registration;
mod release;
mod review;
mod support;
mod templates;
mod tokens;
