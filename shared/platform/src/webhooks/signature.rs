//! Signatures as Standard Webhooks defines them, so that a receiver verifies with a library.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random::Random;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Random bytes of a secret; the specification asks for 24 to 64.
const LENGTH: usize = 32;

/// What a target's messages are signed with: `whsec_` and 32 random bytes in base64.
#[derive(Debug, Clone)]
pub struct SigningSecret(SecretString);

/// A text that is no signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is whsec_ and base64")]
pub struct MalformedSecret;

impl SigningSecret {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        let bytes: Zeroizing<[u8; LENGTH]> = Zeroizing::new(random.bytes());
        let text = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
        SigningSecret(SecretString::from(format!("{PREFIX}{}", text.as_str())))
    }

    /// One that was made before.
    pub fn from_text(text: SecretString) -> Self {
        SigningSecret(text)
    }

    /// The secret as it is entered at the receiver.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// The signature of one message, `v1,` and base64. `timestamp` is in seconds.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> Result<String, MalformedSecret> {
        let encoded = self.reveal().strip_prefix(PREFIX).ok_or(MalformedSecret)?;
        let key = STANDARD.decode(encoded).map(Zeroizing::new).map_err(|_| MalformedSecret)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| MalformedSecret)?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body.as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
        SigningSecret::from_text(SecretString::from(secret)).sign(id, timestamp, body).unwrap()
    }

    #[test]
    fn the_published_vectors_are_met() {
        // Of the reference libraries' tests.
        let signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

        // Of the documentation that the specification grew from.
        let signature = sign(
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
        );
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_new_secret_has_the_length_that_the_specification_asks_for_and_does_not_print() {
        let secret = SigningSecret::generate(&SystemRandom);
        let encoded = secret.reveal().strip_prefix(PREFIX).unwrap().to_owned();

        assert!((24..=64).contains(&STANDARD.decode(&encoded).unwrap().len()));
        assert!(!format!("{secret:?}").contains(&encoded));
        assert_ne!(secret.reveal(), SigningSecret::generate(&SystemRandom).reveal());
    }

    #[test]
    fn each_part_of_a_message_is_signed() {
        let secret = SigningSecret::generate(&SystemRandom);
        let signed = |id, timestamp, body| secret.sign(id, timestamp, body).unwrap();

        let signature = signed("a", 1, "{}");

        assert_eq!(signature, signed("a", 1, "{}"));
        assert_ne!(signature, signed("b", 1, "{}"));
        assert_ne!(signature, signed("a", 2, "{}"));
        assert_ne!(signature, signed("a", 1, "{ }"));
    }

    #[test]
    fn what_is_no_secret_signs_nothing() {
        for text in ["", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            let secret = SigningSecret::from_text(SecretString::from(text));
            assert_eq!(secret.sign("a", 1, "{}").unwrap_err(), MalformedSecret);
        }
    }
}
