//! Request units as AWS bills them.

use std::collections::BTreeMap;

/// What a table's operations consumed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Requests that were answered, refused ones included.
    pub requests: u64,
    /// Read units: 4 KB each, half of one if the read need not be consistent.
    pub read: f64,
    /// Write units: 1 KB each, twice that in a transaction, those of indexes included.
    pub write: f64,
}

/// By table and operation.
pub type Meter = BTreeMap<(String, &'static str), Units>;

/// Units of writing so many bytes.
pub(crate) fn write(size: usize) -> f64 {
    size.div_ceil(1024).max(1) as f64
}

/// Units of reading so many bytes.
pub(crate) fn read(size: usize, consistent: bool) -> f64 {
    let units = size.div_ceil(4096).max(1) as f64;
    if consistent { units } else { units / 2.0 }
}
