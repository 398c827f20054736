//! Randomness, from outside.

use jiff::Timestamp;
use ulid::Ulid;

/// A source of unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's source.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has a source of randomness");
    }
}

impl dyn Random + '_ {
    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A new identifier that sorts by time: a ULID, 26 letters and digits.
    pub fn identifier(&self, now: Timestamp) -> String {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Ulid::from_parts(milliseconds, u128::from_be_bytes(self.bytes())).to_string()
    }
}
