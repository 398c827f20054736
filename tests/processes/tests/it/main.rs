//! The functions' binaries, several processes of each, killed and stopped at random.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod function;
mod gateway;
mod torment;
mod world;
