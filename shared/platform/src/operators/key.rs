//! A key as text, and what is kept of it.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::random::Random;

/// Longer than any key of ours; what is longer is not looked at.
const LONGEST: usize = 256;

/// A key to sign in with: `wf_<id>_<secret>`. The secret of a key that was made here is 256 random
/// bits in hexadecimal.
#[derive(Debug, Clone)]
pub struct OperatorKey(Parts);

/// What a key and an invitation are made of.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) id: String,
    pub(super) secret: SecretString,
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key looks like wf_<id>_<secret>")]
pub struct MalformedKey;

/// SHA-256 of a secret. A secret of 256 random bits needs no salt and no slow hash: it cannot be
/// guessed.
#[derive(Clone, Copy)]
pub(super) struct Digest([u8; 32]);

impl OperatorKey {
    /// A new key. Ids sort by time.
    pub fn generate(random: &dyn Random, now: Timestamp) -> Self {
        OperatorKey(Parts::generate(random, now))
    }

    /// The key's id, which is no secret.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The whole key, to be told once.
    pub fn reveal(&self) -> SecretString {
        SecretString::from(format!("wf_{}_{}", self.0.id, self.0.secret.expose_secret()))
    }

    pub(super) fn digest(&self) -> Digest {
        self.0.digest()
    }
}

impl FromStr for OperatorKey {
    type Err = MalformedKey;

    fn from_str(text: &str) -> Result<Self, MalformedKey> {
        Parts::parse("wf_", text).map(OperatorKey)
    }
}

impl Parts {
    /// New ones: an id that sorts by time, and 256 random bits.
    pub(super) fn generate(random: &dyn Random, now: Timestamp) -> Self {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(random.bytes());
        let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Parts { id: random.identifier(now), secret: SecretString::from(secret) }
    }

    /// Reads `<prefix><id>_<secret>`.
    pub(super) fn parse(prefix: &str, text: &str) -> Result<Self, MalformedKey> {
        let rest = text.strip_prefix(prefix).ok_or(MalformedKey)?;
        let (id, secret) = rest.split_once('_').ok_or(MalformedKey)?;
        let plain =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
        if text.len() > LONGEST || !plain(id) || !plain(secret) {
            return Err(MalformedKey);
        }
        Ok(Parts { id: id.to_owned(), secret: SecretString::from(secret) })
    }

    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.secret.expose_secret())
    }
}

impl Digest {
    pub(super) fn of(secret: &str) -> Self {
        Digest(sha2::Sha256::digest(secret.as_bytes()).into())
    }

    /// Compares in constant time.
    pub(super) fn is(&self, other: &Digest) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = MalformedKey;

    fn from_str(text: &str) -> Result<Self, MalformedKey> {
        let mut digest = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(MalformedKey);
        }
        for (place, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[place * 2..place * 2 + 2], 16)
                .map_err(|_| MalformedKey)?;
        }
        Ok(Digest(digest))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn a_new_key_reads_back_and_does_not_print_its_secret() {
        let key = OperatorKey::generate(&SystemRandom, Timestamp::UNIX_EPOCH);
        let text = key.reveal();
        let secret = text.expose_secret().rsplit('_').next().unwrap().to_owned();

        let read: OperatorKey = text.expose_secret().parse().unwrap();

        assert_eq!(read.id(), key.id());
        assert!(read.digest().is(&key.digest()));
        assert_eq!(secret.len(), 64);
        assert!(!format!("{key:?}").contains(&secret));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "wf_", "wf_a", "wf_a_", "wf__b", "wx_a_b", "wf_a_b c", "wf_a_b_c"] {
            assert!(text.parse::<OperatorKey>().is_err(), "{text}");
        }
        assert!(format!("wf_a_{}", "x".repeat(300)).parse::<OperatorKey>().is_err());
    }

    #[test]
    fn a_digest_is_stored_as_hexadecimal() {
        let digest = Digest::of("secret");
        let text = digest.to_string();
        assert!(text.parse::<Digest>().unwrap().is(&digest));
        assert!("zz".parse::<Digest>().is_err());
    }
}
