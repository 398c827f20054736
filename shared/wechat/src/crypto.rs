//! The cryptography of WeChat's callbacks: bytes in, values out.
//!
//! A push is a POST whose query carries `msg_signature`, `timestamp` and `nonce`, and whose body
//! is an [`Envelope`] around one encrypted message. [`open`] does all of it: bounds, envelope,
//! signature, decryption. What it gives has been signed with one of our tokens and encrypted with
//! one of our keys; whether it was meant for us is the caller's last question, put to
//! [`Decrypted::require_id`].
//!
//! The query's other parameter, `signature`, does not cover the body and proves nothing about it;
//! [`signature`](fn@signature) is for the address check alone, a GET with an `echostr`.

mod cipher;
mod envelope;
mod key;
mod refusal;
mod reply;
mod signature;

pub use cipher::{Decrypted, decrypt, encrypt, encrypted_reply};
pub use envelope::{Envelope, MAX_BODY};
pub use key::{EncodingAesKey, InvalidKey};
pub use refusal::Refusal;
pub use reply::open_reply;
use secrecy::SecretString;
pub use signature::{Signature, msg_signature, signature, verify_msg_signature, verify_signature};

/// No query parameter of a push is longer than this many bytes.
pub const MAX_PARAMETER: usize = 64;

/// What a component's pushes are verified and decrypted with: the current value first, then the
/// previous one while a change is under way.
#[derive(Debug, Clone, Copy)]
pub struct CallbackKeys<'a> {
    /// The tokens that sign.
    pub tokens: &'a [SecretString],
    /// The keys that encrypt.
    pub keys: &'a [EncodingAesKey],
}

/// The query parameters of a push that matter.
#[derive(Debug, Clone, Copy)]
pub struct PushQuery<'a> {
    /// Covers timestamp, nonce and body.
    pub msg_signature: &'a str,
    /// Seconds of Unix time, as WeChat wrote them.
    pub timestamp: &'a str,
    /// A random string.
    pub nonce: &'a str,
}

/// A push that was verified and decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What was inside, with the key that opened it.
    pub decrypted: Decrypted,
    /// Which of the tokens signed.
    pub token_index: usize,
}

/// Verifies and decrypts a push. Work is bounded by the size of the body, which is bounded by
/// [`MAX_BODY`]; nothing is decrypted before its signature holds.
pub fn open(
    keys: &CallbackKeys<'_>,
    query: &PushQuery<'_>,
    body: &[u8],
) -> Result<Opened, Refusal> {
    if [query.msg_signature, query.timestamp, query.nonce]
        .iter()
        .any(|parameter| parameter.is_empty() || parameter.len() > MAX_PARAMETER)
    {
        return Err(Refusal::Query);
    }
    let envelope = Envelope::parse(body)?;
    let token_index = verify_msg_signature(
        keys.tokens,
        query.timestamp,
        query.nonce,
        &envelope.encrypt,
        query.msg_signature,
    )?;
    let decrypted = decrypt(keys.keys, &envelope.encrypt)?;
    Ok(Opened { decrypted, token_index })
}
