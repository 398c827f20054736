//! Seeded randomness: one seed, one history.

use serde::{Deserialize, Serialize};

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Stands in every secret that a simulator makes up: tokens, tickets, codes, session keys. Whoever searches
/// an output for this word finds any of them.
pub const CANARY: &str = "CanarY";

/// A generator (splitmix64). Unguessable it is not: nothing of a simulator needs to be.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `length` characters as WeChat's tokens have them.
    pub(crate) fn text(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(LETTERS[usize::from(self.next() as u8 & 63)])).collect()
    }

    /// The same for a secret: [`CANARY`] stands in its middle.
    pub(crate) fn secret(&mut self, length: usize) -> String {
        let mut text = self.text(length);
        let start = (length - CANARY.len()) / 2;
        text.replace_range(start..start + CANARY.len(), CANARY);
        text
    }

    /// `length` hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b"0123456789abcdef"[(self.next() & 15) as usize])).collect()
    }

    /// `length` decimal digits, the first not zero.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        (0..length)
            .map(|place| {
                let lowest = u64::from(place == 0);
                char::from(b'0' + (lowest + self.next() % (10 - lowest)) as u8)
            })
            .collect()
    }

    /// The 16 ASCII characters that begin a plaintext.
    pub(crate) fn block(&mut self) -> [u8; 16] {
        let mut block = [0; 16];
        for byte in &mut block {
            *byte = LETTERS[usize::from(self.next() as u8 & 31)];
        }
        block
    }
}
