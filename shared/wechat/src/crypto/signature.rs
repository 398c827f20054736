use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use super::Refusal;

/// A signature as WeChat writes it: 40 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 40]);

impl Signature {
    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }

    /// Compares in constant time.
    pub fn matches(&self, given: &str) -> bool {
        self.0.ct_eq(given.as_bytes()).into()
    }

    /// SHA-1 of the parts in byte order, one after the other without anything between them.
    fn of<const N: usize>(mut parts: [&str; N]) -> Self {
        parts.sort_unstable();
        let mut hasher = Sha1::new();
        for part in parts {
            hasher.update(part);
        }
        let mut digits = [0; 40];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(hasher.finalize()) {
            pair[0] = HEXADECIMAL[usize::from(byte >> 4)];
            pair[1] = HEXADECIMAL[usize::from(byte & 15)];
        }
        Signature(digits)
    }
}

const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A right signature is what a forger lacks.
impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Signature([REDACTED])")
    }
}

/// The signature that covers a push or an encrypted reply: `msg_signature`.
pub fn msg_signature(token: &str, timestamp: &str, nonce: &str, encrypt: &str) -> Signature {
    Signature::of([token, timestamp, nonce, encrypt])
}

/// The signature that does not cover the body: `signature`. For the address check only.
pub fn signature(token: &str, timestamp: &str, nonce: &str) -> Signature {
    Signature::of([token, timestamp, nonce])
}

/// Tells which of the tokens made the `given` `msg_signature`.
pub fn verify_msg_signature(
    tokens: &[SecretString],
    timestamp: &str,
    nonce: &str,
    encrypt: &str,
    given: &str,
) -> Result<usize, Refusal> {
    let made = |token: &SecretString| {
        msg_signature(token.expose_secret(), timestamp, nonce, encrypt).matches(given)
    };
    tokens.iter().position(made).ok_or(Refusal::Signature)
}

/// Tells which of the tokens made the `given` `signature` of an address check.
pub fn verify_signature(
    tokens: &[SecretString],
    timestamp: &str,
    nonce: &str,
    given: &str,
) -> Result<usize, Refusal> {
    let made =
        |token: &SecretString| signature(token.expose_secret(), timestamp, nonce).matches(given);
    tokens.iter().position(made).ok_or(Refusal::Signature)
}
