//! Credentials on their way to a payment service: encrypted to a public key of its own, so that
//! neither a proxy nor a log between them holds anything.
//!
//! HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The bytes are
//! the encapsulated key (32), then ciphertext and tag; `info` names whose credentials they are.

use std::{convert::Infallible, str::FromStr};

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use hpke::{
    Deserializable, Kem, OpModeS, Serializable,
    aead::AesGcm256,
    kdf::HkdfSha256,
    kem::X25519HkdfSha256,
    rand_core::{TryCryptoRng, TryRng},
    setup_sender_with_rng,
};
use sha2::{Digest, Sha256};
use wechat::AppId;

use crate::random::Random;

/// Base64url, padded or not.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A payment service's public key: X25519, 32 bytes in base64url.
#[derive(Clone)]
pub struct RecipientKey(<X25519HkdfSha256 as Kem>::PublicKey);

/// A text that is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a public key is 32 bytes of X25519 in base64url")]
pub struct MalformedPublicKey;

/// What was encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The encapsulated key, then ciphertext and tag; in base64.
    pub sealed: String,
    /// The `info` that it opens with.
    pub info: String,
}

impl RecipientKey {
    /// The first bytes of the key's SHA-256: names it in records.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.0.to_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Encrypts what belongs to a mini program.
    pub(super) fn encrypt(
        &self,
        random: &dyn Random,
        component: &AppId,
        appid: &AppId,
        content: &[u8],
    ) -> Result<Envelope, MalformedPublicKey> {
        let info = format!("wechat-fleet/payment-credentials/v1/{component}/{appid}");
        // A point of small order agrees on nothing secret, and is refused here.
        let (encapsulated, mut context) =
            setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &self.0,
                info.as_bytes(),
                &mut FromOutside(random),
            )
            .map_err(|_| MalformedPublicKey)?;
        let ciphertext =
            context.seal(content, b"").expect("some kilobytes are far below the limit of AES-GCM");
        let sealed = [&encapsulated.to_bytes()[..], &ciphertext[..]].concat();
        Ok(Envelope { sealed: STANDARD.encode(sealed), info })
    }
}

impl FromStr for RecipientKey {
    type Err = MalformedPublicKey;

    fn from_str(text: &str) -> Result<Self, MalformedPublicKey> {
        let bytes = URL_SAFE.decode(text).map_err(|_| MalformedPublicKey)?;
        let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&bytes);
        key.map(RecipientKey).map_err(|_| MalformedPublicKey)
    }
}

/// Our source of randomness, as the library wants it.
struct FromOutside<'a>(&'a dyn Random);

impl TryRng for FromOutside<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for FromOutside<'_> {}

#[cfg(test)]
mod tests {
    use hpke::{OpModeR, setup_receiver};

    use super::*;
    use crate::random::SystemRandom;

    // The pair of RFC 9180, appendix A.1.1: skRm and pkRm.
    const PRIVATE: &str = "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8";
    const PUBLIC: &str = "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digits).collect()
    }

    fn appid(text: &str) -> AppId {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_holder_of_the_private_key_reads_what_was_encrypted() {
        let recipient: RecipientKey = URL_SAFE.encode(bytes(PUBLIC)).parse().unwrap();
        let (component, merchant) = (appid("wx0000000000000001"), appid("wx0000000000000002"));

        let envelope =
            recipient.encrypt(&SystemRandom, &component, &merchant, b"the whole").unwrap();

        let sealed = STANDARD.decode(&envelope.sealed).unwrap();
        let (encapsulated, ciphertext) = sealed.split_at(32);
        let open = |info: &str| {
            let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&bytes(PRIVATE)).unwrap();
            let encapsulated =
                <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).unwrap();
            let context = setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
                &OpModeR::Base,
                &key,
                &encapsulated,
                info.as_bytes(),
            );
            context.unwrap().open(ciphertext, b"")
        };
        assert_eq!(open(&envelope.info).unwrap(), b"the whole");
        let of_another = envelope.info.replace(merchant.as_str(), "wx0000000000000003");
        assert!(open(&of_another).is_err(), "it is bound to the mini program");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in ["", "AAAA", "not base64!", &"A".repeat(44)] {
            assert!(wrong.parse::<RecipientKey>().is_err(), "{wrong}");
        }
        // All zeros is a point of small order.
        let weak: RecipientKey = URL_SAFE.encode([0; 32]).parse().unwrap();
        let app = appid("wx0000000000000001");
        assert_eq!(weak.encrypt(&SystemRandom, &app, &app, b"x"), Err(MalformedPublicKey));
    }
}
