//! Services against real conditional writes.

mod authorization;
mod confirm_files;
mod grants;
mod mini_programs;
mod wechat;
mod world;
