//! The routes of `authorize`, from events as API Gateway sends them, against a simulated WeChat.

mod back;
mod confirm_file;
mod pages;
mod way_out;
mod world;
