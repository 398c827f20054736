//! KMS: one key, which is a file. It makes data keys and opens them again, for whoever names the same
//! encryption context.
//!
//! Requests are signed without an SDK, so that the signature is calculated here once more, from its
//! description alone.

use std::{fs, io, path::Path, sync::Arc};

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use jiff::{civil::DateTime, tz::TimeZone};
use platform::clock::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    REGION,
    answer::{Refusal, text},
    objects::{hexadecimal, signature},
};
use crate::file;

/// The id of the key on this machine.
pub const KEY_ID: &str = "local-key";
/// How far a request's time may be from ours, in seconds.
const SKEW: i64 = 300;
const NONCE: usize = 12;

/// The key. Clones share it.
#[derive(Clone)]
pub(crate) struct Kms {
    key: Arc<[u8; 32]>,
    clock: Arc<dyn Clock>,
}

/// A request, as it came.
pub(super) struct Signed<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
}

impl Kms {
    /// The key in its file in `directory`, which is made where there is none; without a directory, one
    /// that nobody else ever has.
    pub(super) fn open(clock: Arc<dyn Clock>, directory: Option<&Path>) -> io::Result<Kms> {
        let path = directory.map(|directory| directory.join("kms.key"));
        let known = match &path {
            Some(path) if path.exists() => Some(fs::read(path)?),
            _ => None,
        };
        let key = match known {
            Some(key) => <[u8; 32]>::try_from(key)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a key has 32 bytes"))?,
            None => {
                let key = random::<32>();
                if let Some(path) = &path {
                    file::replace(path, &key)?;
                }
                key
            }
        };
        Ok(Kms { key: Arc::new(key), clock })
    }

    pub(super) fn answer(
        &self,
        operation: &str,
        request: &Value,
        signed: Signed<'_>,
    ) -> Result<Value, Refusal> {
        self.check(&signed)?;
        if text(request, "KeyId")? != KEY_ID {
            return Err(Refusal::new("NotFoundException", "Key does not exist"));
        }
        let context = request["EncryptionContext"].to_string();
        match operation {
            "GenerateDataKey" if request["KeySpec"] == "AES_256" => {
                let plain = random::<32>();
                let nonce = random::<NONCE>();
                let payload = Payload { msg: &plain, aad: context.as_bytes() };
                let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload);
                let sealed = sealed.map_err(|_| Refusal::internal("it cannot be encrypted"))?;
                Ok(json!({
                    "CiphertextBlob": STANDARD.encode([&nonce[..], &sealed].concat()),
                    "Plaintext": STANDARD.encode(plain),
                    "KeyId": KEY_ID,
                }))
            }
            "Decrypt" => {
                let wrong = || Refusal::new("InvalidCiphertextException", "null");
                let blob =
                    STANDARD.decode(text(request, "CiphertextBlob")?).map_err(|_| wrong())?;
                let (nonce, sealed) = blob.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
                let payload = Payload { msg: sealed, aad: context.as_bytes() };
                let plain = self.cipher().decrypt(&Nonce::from(*nonce), payload);
                let plain = plain.map_err(|_| wrong())?;
                Ok(json!({ "Plaintext": STANDARD.encode(plain), "KeyId": KEY_ID }))
            }
            _ => Err(Refusal::new("ValidationException", format!("KMS here has no {operation}"))),
        }
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new_from_slice(&self.key[..]).expect("a key has 32 bytes")
    }

    /// Whether the request is signed, now.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>
    fn check(&self, signed: &Signed<'_>) -> Result<(), Refusal> {
        let refused = |words: &str| Refusal::new("IncompleteSignatureException", words);
        let header = |name: &str| {
            let value = signed.headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or_else(|| refused(&format!("{name} is missing")))
        };
        let date = header("x-amz-date")?;
        let at = DateTime::strptime("%Y%m%dT%H%M%SZ", date)
            .and_then(|date| date.to_zoned(TimeZone::UTC))
            .map_err(|_| refused("x-amz-date"))?
            .timestamp();
        if (self.clock.now().as_second() - at.as_second()).abs() > SKEW {
            return Err(Refusal::new("InvalidSignatureException", "Signature expired"));
        }
        let authorization = header("authorization")?;
        let part = |name: &str| {
            let (_, rest) = authorization.split_once(name)?;
            rest.split([',', ' ']).next()
        };
        let scope = format!("{}/{REGION}/kms/aws4_request", date.get(..8).unwrap_or_default());
        let scoped = part("Credential=").and_then(|credential| credential.split_once('/'));
        if !authorization.starts_with("AWS4-HMAC-SHA256 ")
            || scoped.is_none_or(|(_, of)| of != scope)
        {
            return Err(refused("Credential"));
        }
        let names = part("SignedHeaders=").ok_or_else(|| refused("SignedHeaders"))?;
        for needed in ["host", "x-amz-date", "x-amz-target"] {
            if !names.split(';').any(|name| name == needed) {
                return Err(refused("a header that has to be signed is not"));
            }
        }
        let mut lines = String::new();
        for name in names.split(';') {
            lines.push_str(&format!("{name}:{}\n", header(name)?.trim()));
        }
        let body = hexadecimal(&Sha256::digest(signed.body));
        let (method, path) = (signed.method, signed.uri.path());
        let canonical = format!("{method}\n{path}\n\n{lines}\n{names}\n{body}");
        match part("Signature=") == Some(&signature(date, &scope, &canonical)) {
            true => Ok(()),
            false => Err(Refusal::new(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided.",
            )),
        }
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has a source of randomness");
    bytes
}
