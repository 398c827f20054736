//! The functions' own code under seeded schedules of faults, in virtual time.
//!
//! A seed makes a [`plan`], a plan is [`run`] in a world of its own, and what is true there is
//! compared with what the functions believe. The same seed is the same schedule, on any machine.

mod check;
pub mod classes;
pub mod dynamodb;
mod moving;
pub mod mutations;
mod path;
pub mod plan;
mod play;
mod rollout;
pub mod run;
pub mod search;
mod setup;
pub mod shrink;
pub mod truth;
mod world;
