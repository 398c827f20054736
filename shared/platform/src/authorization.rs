//! The merchant's way to WeChat's authorization page and back.
//!
//! On the way out a *state* is issued, which comes back in the redirect: signed, so that nobody
//! can make one up; bound to one component; and good for one authorization code, so that a
//! redirect cannot be played again with another. The same code again is a page that is reloaded.

mod link;

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use wechat::AppId;

pub use link::{AccountKinds, Link, Page};

use crate::{
    clock::Clock,
    random::Random,
    secrets::Secrets,
    storage::{Outcome, StorageError, Table, text},
};

const PURPOSE: &str = "authorization-state";
/// A pre-authorization code lives for half an hour at most, so that later nobody comes back.
const LIFE: SignedDuration = SignedDuration::from_hours(2);
const TIME: usize = 8;
const NONCE: usize = 16;
const TAG: usize = 32;

/// Issues states, and takes each back once. Cheap to clone.
#[derive(Clone)]
pub struct Authorizations {
    /// The table `fleet`.
    pub table: Table,
    /// Where the key is that signs.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Nonces.
    pub random: Arc<dyn Random>,
}

/// A state that is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Storage failed; try again.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Not issued by this deployment for this component.
    #[error("the state was not issued here")]
    Forged,
    /// Issued too long ago.
    #[error("the state has expired; begin again")]
    Expired,
    /// It came back before, with another authorization code.
    #[error("the state was used for another authorization; begin again")]
    Used,
}

impl Authorizations {
    /// A new state for one authorization of `component`: letters, digits, `-` and `_`.
    pub async fn issue(&self, component: &AppId) -> Result<String, StorageError> {
        let now = self.clock.now();
        let state = State { issued_at: now.as_second(), nonce: self.random.bytes() };
        let item = [
            ("pk", text(state.key(component))),
            ("sk", text("state")),
            ("expires_at", crate::storage::number((now + LIFE).as_second())),
        ];
        let item = item.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        match self.table.create(item).await? {
            Outcome::Written(_) => {
                Ok(state.sign(&self.secrets.sealing().derive(PURPOSE), component))
            }
            Outcome::Refused(_) => Err(self.table.error("issue a state", "a nonce came twice")),
        }
    }

    /// Takes back a state that came with `code`. Again with the same code it is accepted again.
    pub async fn consume(
        &self,
        component: &AppId,
        state: &str,
        code: &SecretString,
    ) -> Result<(), StateError> {
        let keys = self.secrets.sealing().derive_all(PURPOSE);
        let state = State::verify(keys.iter().map(|key| &**key), component, state)
            .ok_or(StateError::Forged)?;
        if !state.is_good(self.clock.now(), LIFE) {
            return Err(StateError::Expired);
        }
        let code = URL_SAFE_NO_PAD.encode(Sha256::digest(code.expose_secret()));
        let update = self
            .table
            .update(&state.key(component), "state")
            .update_expression("SET code = :code")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(code) OR code = :code)",
            )
            .expression_attribute_values(":code", text(code));
        match self.table.apply(update).await? {
            Outcome::Written(_) => Ok(()),
            Outcome::Refused(Some(_)) => Err(StateError::Used),
            Outcome::Refused(None) => Err(StateError::Expired),
        }
    }
}

/// What a state says. Bytes, in order: time of issue (8), nonce (16), HMAC-SHA256 (32); then
/// base64url.
pub(crate) struct State {
    /// In seconds.
    pub(crate) issued_at: i64,
    pub(crate) nonce: [u8; NONCE],
}

impl State {
    /// The key of its item.
    pub(crate) fn key(&self, component: &AppId) -> String {
        format!("state#{component}#{}", URL_SAFE_NO_PAD.encode(self.nonce))
    }

    /// Whether it was issued no longer than `life` ago.
    pub(crate) fn is_good(&self, now: Timestamp, life: SignedDuration) -> bool {
        let issued_at = Timestamp::from_second(self.issued_at);
        issued_at.is_ok_and(|issued_at| now <= issued_at + life)
    }

    pub(crate) fn sign(&self, key: &[u8; 32], component: &AppId) -> String {
        let tag = self.mac(key, component).finalize().into_bytes();
        let bytes = [&self.issued_at.to_be_bytes()[..], &self.nonce, &tag].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The state in `text`, if one of `keys` signed it for `component`.
    pub(crate) fn verify<'a>(
        keys: impl IntoIterator<Item = &'a [u8; 32]>,
        component: &AppId,
        text: &str,
    ) -> Option<State> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (time, rest) = bytes.split_first_chunk::<TIME>()?;
        let (nonce, tag) = rest.split_first_chunk::<NONCE>()?;
        let tag: &[u8; TAG] = tag.try_into().ok()?;
        let state = State { issued_at: i64::from_be_bytes(*time), nonce: *nonce };
        // `verify` compares in constant time.
        let signed = |key| state.mac(key, component).verify(tag.into()).is_ok();
        keys.into_iter().any(signed).then_some(state)
    }

    /// Over the time, the nonce, and the component, whose length alone varies.
    fn mac(&self, key: &[u8; 32], component: &AppId) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(&self.issued_at.to_be_bytes());
        mac.update(&self.nonce);
        mac.update(component.as_str().as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(last: char) -> AppId {
        format!("wx000000000000000{last}").parse().unwrap()
    }

    #[test]
    fn a_state_is_recognized_for_its_component_and_key_alone() {
        let state = State { issued_at: 1_700_000_000, nonce: [7; NONCE] };
        let signed = state.sign(&[1; 32], &component('1'));
        let verify = |keys: &[[u8; 32]], last| {
            State::verify(keys, &component(last), &signed).map(|state| state.issued_at)
        };
        assert_eq!(verify(&[[1; 32]], '1'), Some(1_700_000_000));
        assert_eq!(verify(&[[2; 32], [1; 32]], '1'), Some(1_700_000_000));
        assert_eq!(verify(&[[2; 32]], '1'), None);
        assert_eq!(verify(&[[1; 32]], '2'), None);
    }

    #[test]
    fn any_changed_byte_makes_a_state_a_forgery() {
        let state = State { issued_at: 1_700_000_000, nonce: [7; NONCE] };
        let signed = URL_SAFE_NO_PAD.decode(state.sign(&[1; 32], &component('1'))).unwrap();
        for position in 0..signed.len() {
            let mut changed = signed.clone();
            changed[position] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert!(State::verify([&[1; 32]], &component('1'), &changed).is_none());
        }
        for wrong in ["", "AAAA", "%", &URL_SAFE_NO_PAD.encode([signed, vec![0]].concat())] {
            assert!(State::verify([&[1; 32]], &component('1'), wrong).is_none(), "{wrong}");
        }
    }
}
