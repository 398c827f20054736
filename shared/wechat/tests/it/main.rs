//! The protocol crate as its users see it.
