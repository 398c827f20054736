//! The functions' own code under seeded schedules of faults, in virtual time.

pub mod dynamodb;
