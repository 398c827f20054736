//! Who vouches for the chain: this platform, by a key that is derived from the sealing key. Whoever may
//! write to the tables and does not know it can break the chain, but cannot make another.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::chain::hexadecimal;
use crate::sealed::SealingKeys;

const PURPOSE: &str = "audit-chain";
/// Bytes of a key's id.
const KEY_ID: usize = 4;

/// The keys that vouch: the first makes seals, all of them know theirs. A seal is the id of its key in
/// eight hexadecimal digits, a point, and HMAC-SHA256 in hexadecimal.
pub struct Voucher {
    keys: Vec<(String, Zeroizing<[u8; 32]>)>,
}

impl Voucher {
    /// The keys that follow from the sealing keys.
    pub(crate) fn of(keys: &SealingKeys) -> Self {
        let named = |key: Zeroizing<[u8; 32]>| {
            let id = Sha256::digest(key.as_slice());
            (hexadecimal(&id[..KEY_ID]), key)
        };
        Voucher { keys: keys.derive_all(PURPOSE).into_iter().map(named).collect() }
    }

    /// A seal for a text.
    pub fn vouch(&self, text: &str) -> String {
        let (id, key) = &self.keys[0];
        seal(id, key, text)
    }

    /// Whether the seal is that of the text; none where its key is not known any more. Whoever vouches
    /// for a link vouches for all before it, so that an old seal may be one that nobody knows; the
    /// newest may not.
    pub fn check(&self, text: &str, given: &str) -> Option<bool> {
        let id = given.split_once('.').map_or("", |(id, _)| id);
        let (id, key) = self.keys.iter().find(|(known, _)| known == id)?;
        Some(seal(id, key, text).as_bytes().ct_eq(given.as_bytes()).into())
    }
}

fn seal(id: &str, key: &Zeroizing<[u8; 32]>, text: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    format!("{id}.{}", hexadecimal(&mac.finalize().into_bytes()))
}
