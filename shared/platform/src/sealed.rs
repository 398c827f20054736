//! Secrets at rest. A [`Sealed`] value is AES-256-GCM under a key that is derived for one component, or
//! under a data key of KMS, and is bound to its owner and its kind: moved to another item, it does not
//! open.
//!
//! Bytes, in order: version (1), key id (4), nonce (12), ciphertext and tag; then base64url.

use std::{fmt, marker::PhantomData};

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wechat::AppId;
use zeroize::Zeroizing;

use crate::random::Random;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 12;

/// A kind of secret. The kind is part of what is authenticated.
pub trait Kind {
    /// The kind's name; changing it makes what is stored unreadable.
    const NAME: &'static str;
}

/// A secret as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed<K> {
    text: String,
    #[serde(skip)]
    kind: PhantomData<K>,
}

/// A sealed value that does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Not written by [`Sealed::seal`], or cut.
    #[error("sealed value is malformed")]
    Malformed,
    /// Sealed under a key that the platform secret no longer lists.
    #[error("sealed under a key that is no longer known; put it back under previous_sealing_keys")]
    UnknownKey,
    /// Altered, or moved from another owner or kind.
    #[error("sealed value does not belong here or was altered")]
    Forged,
}

impl<K: Kind> Sealed<K> {
    /// Seals `secret` of `owner` (a component, or a component and one of its merchants).
    pub fn seal(keys: &SealingKeys, random: &dyn Random, owner: &Owner, secret: &str) -> Self {
        Self::seal_under(&keys.current(&owner.component), random, owner, secret)
    }

    /// Seals `secret` under a data key.
    pub(crate) fn seal_under(
        key: &DataKey,
        random: &dyn Random,
        owner: &Owner,
        secret: &str,
    ) -> Self {
        let nonce: [u8; NONCE] = random.bytes();
        let aad = owner.associated_data(K::NAME);
        let ciphertext = Aes256Gcm::new_from_slice(key.bytes.as_slice())
            .expect("a key has 32 bytes")
            .encrypt(&Nonce::from(nonce), Payload { msg: secret.as_bytes(), aad: &aad })
            .expect("a secret is far below the limit of AES-GCM");
        let bytes = [&[VERSION], &key.id[..], &nonce[..], &ciphertext].concat();
        Sealed { text: URL_SAFE_NO_PAD.encode(bytes), kind: PhantomData }
    }

    /// The sealed value as text: base64url, without a character that an address would change.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// A value that somebody hands back as text. Whether it is one shows when it is opened.
    pub fn from_text(text: impl Into<String>) -> Self {
        Sealed { text: text.into(), kind: PhantomData }
    }

    /// Opens what was sealed for the same owner.
    pub fn open(&self, keys: &SealingKeys, owner: &Owner) -> Result<SecretString, UnsealError> {
        self.open_by(owner, |id| keys.find(&owner.component, id))
    }

    /// Whether it is sealed under the key that seals now, and not under one that will be forgotten.
    pub(crate) fn is_current(&self, keys: &SealingKeys, owner: &Owner) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(&self.text).unwrap_or_default();
        let id = bytes.get(1..=KEY_ID);
        id == Some(&keys.current(&owner.component).id[..])
    }

    /// Opens what was sealed for the same owner under a data key.
    pub(crate) fn open_under(
        &self,
        key: &DataKey,
        owner: &Owner,
    ) -> Result<SecretString, UnsealError> {
        self.open_by(owner, |id| (key.id == *id).then(|| key.clone()))
    }

    fn open_by(
        &self,
        owner: &Owner,
        find: impl FnOnce(&[u8; KEY_ID]) -> Option<DataKey>,
    ) -> Result<SecretString, UnsealError> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.text).map_err(|_| UnsealError::Malformed)?;
        let (&version, rest) = bytes.split_first().ok_or(UnsealError::Malformed)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID>().ok_or(UnsealError::Malformed)?;
        let (nonce, ciphertext) =
            rest.split_first_chunk::<NONCE>().ok_or(UnsealError::Malformed)?;
        if version != VERSION {
            return Err(UnsealError::Malformed);
        }
        let key = find(id).ok_or(UnsealError::UnknownKey)?;
        let aad = owner.associated_data(K::NAME);
        let plain = Aes256Gcm::new_from_slice(key.bytes.as_slice())
            .expect("a key has 32 bytes")
            .decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| UnsealError::Forged)?;
        let text = std::str::from_utf8(&plain).map_err(|_| UnsealError::Malformed)?;
        Ok(SecretString::from(text))
    }
}

impl<K> Clone for Sealed<K> {
    fn clone(&self) -> Self {
        Sealed { text: self.text.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Sealed<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K: Kind> fmt::Debug for Sealed<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sealed<{}>", K::NAME)
    }
}

/// Whose secret it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The component, which also chooses the key.
    pub component: AppId,
    /// What within the component: a merchant's appid, an item's key, or nothing.
    pub name: String,
}

impl Owner {
    /// The component itself.
    pub fn component(component: &AppId) -> Self {
        Owner { component: component.clone(), name: String::new() }
    }

    /// Something within the component.
    pub fn within(component: &AppId, name: impl Into<String>) -> Self {
        Owner { component: component.clone(), name: name.into() }
    }

    /// Something of operators, who belong to no component.
    pub fn operators(name: impl Into<String>) -> Self {
        let component = "operators".parse().expect("nine letters have the shape of an appid");
        Owner { component, name: name.into() }
    }

    /// Lengths in front of each part, so that no two owners read the same.
    fn associated_data(&self, kind: &str) -> Vec<u8> {
        let mut data = Vec::new();
        for part in [kind, self.component.as_str(), &self.name] {
            data.extend_from_slice(&(part.len() as u32).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

/// The roots from which every component's key is derived: the first seals, all of them open.
#[derive(Clone)]
pub struct SealingKeys {
    roots: Vec<SecretString>,
}

/// A key that seals.
#[derive(Clone)]
pub(crate) struct DataKey {
    id: [u8; KEY_ID],
    bytes: Zeroizing<[u8; 32]>,
}

/// A root key that is too short to protect anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a sealing key has at least 32 characters")]
pub struct WeakKey;

impl SealingKeys {
    /// `current` seals; `previous` ones still open what they sealed.
    pub fn new(current: SecretString, previous: Vec<SecretString>) -> Result<Self, WeakKey> {
        let roots: Vec<SecretString> = std::iter::once(current).chain(previous).collect();
        if roots.iter().any(|root| root.expose_secret().len() < 32) {
            return Err(WeakKey);
        }
        Ok(SealingKeys { roots })
    }

    /// A key for something else than sealing, such as signing the state of a redirect.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        expand(&self.roots[0], purpose)
    }

    /// Every root's key for `purpose`, the current one first: what was signed before a rotation
    /// is still recognized.
    pub fn derive_all(&self, purpose: &str) -> Vec<Zeroizing<[u8; 32]>> {
        self.roots.iter().map(|root| expand(root, purpose)).collect()
    }

    fn current(&self, component: &AppId) -> DataKey {
        DataKey::derive(&self.roots[0], component)
    }

    fn find(&self, component: &AppId, id: &[u8; KEY_ID]) -> Option<DataKey> {
        self.roots.iter().map(|root| DataKey::derive(root, component)).find(|key| key.id == *id)
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SealingKeys({})", self.roots.len())
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DataKey([REDACTED])")
    }
}

impl DataKey {
    fn derive(root: &SecretString, component: &AppId) -> Self {
        Self::of(expand(root, &format!("seal/{component}")))
    }

    /// A key of these bytes.
    pub(crate) fn of(bytes: Zeroizing<[u8; 32]>) -> Self {
        let digest = Sha256::digest(bytes.as_slice());
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        DataKey { id, bytes }
    }
}

/// HKDF-SHA256 (RFC 5869) without a salt: a root is 64 random characters.
fn expand(root: &SecretString, purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, root.expose_secret().as_bytes())
        .expand(format!("wechat-fleet/v1/{purpose}").as_bytes(), key.as_mut_slice())
        .expect("32 bytes are within the limit of HKDF");
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    struct Ticket;
    impl Kind for Ticket {
        const NAME: &'static str = "ticket";
    }
    struct Other;
    impl Kind for Other {
        const NAME: &'static str = "other";
    }

    fn keys(current: &str, previous: &[&str]) -> SealingKeys {
        let root = |name: &str| SecretString::from(name.repeat(32));
        SealingKeys::new(root(current), previous.iter().map(|name| root(name)).collect()).unwrap()
    }

    fn owner(name: &str) -> Owner {
        Owner::within(&"wx0000000000000001".parse().unwrap(), name)
    }

    #[test]
    fn opens_for_its_owner_and_kind_alone() {
        let keys = keys("a", &[]);
        let sealed = Sealed::<Ticket>::seal(&keys, &SystemRandom, &owner("x"), "ticket@@@1");
        assert_eq!(sealed.open(&keys, &owner("x")).unwrap().expose_secret(), "ticket@@@1");
        assert_eq!(sealed.open(&keys, &owner("y")).unwrap_err(), UnsealError::Forged);
        let moved = Sealed::<Other> { text: sealed.text, kind: PhantomData };
        assert_eq!(moved.open(&keys, &owner("x")).unwrap_err(), UnsealError::Forged);
    }

    #[test]
    fn opens_after_the_root_key_was_replaced_until_it_is_forgotten() {
        let sealed = Sealed::<Ticket>::seal(&keys("a", &[]), &SystemRandom, &owner("x"), "t");
        assert!(sealed.open(&keys("b", &["a"]), &owner("x")).is_ok());
        assert_eq!(sealed.open(&keys("b", &[]), &owner("x")).unwrap_err(), UnsealError::UnknownKey);
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let keys = keys("a", &[]);
        let sealed = Sealed::<Ticket>::seal(&keys, &SystemRandom, &owner("x"), "ticket");
        let bytes = URL_SAFE_NO_PAD.decode(&sealed.text).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let text = URL_SAFE_NO_PAD.encode(changed);
            assert!(Sealed::<Ticket> { text, kind: PhantomData }.open(&keys, &owner("x")).is_err());
        }
    }

    #[test]
    fn neither_a_key_nor_a_secret_prints() {
        let keys = keys("a", &[]);
        let sealed = Sealed::<Ticket>::seal(&keys, &SystemRandom, &owner("x"), "ticket");
        assert_eq!(format!("{keys:?} {sealed:?}"), "SealingKeys(1) Sealed<ticket>");
    }
}
