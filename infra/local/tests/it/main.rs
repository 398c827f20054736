//! The local system's own parts; the system as a whole is tested by the journeys.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod arguments;
mod aws;
mod binary;
mod credentials;
mod delivery;
mod directory;
mod template;
