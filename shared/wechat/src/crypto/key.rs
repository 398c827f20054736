use std::fmt;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

/// An EncodingAESKey as the open platform's console shows it: 43 letters and digits that stand
/// for 32 bytes. Never printed, and wiped when dropped.
#[derive(Clone)]
pub struct EncodingAesKey(Zeroizing<[u8; 32]>);

/// This is no EncodingAESKey.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an EncodingAESKey has 43 letters and digits")]
pub struct InvalidKey;

/// 43 characters carry 258 bits. The two bits too many are often not zero, in Tencent's own
/// sample keys for one, and a strict decoder refuses those.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

impl EncodingAesKey {
    /// Reads a key; white space around it is dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim();
        if text.len() != 43 {
            return Err(InvalidKey);
        }
        let mut decoded = Zeroizing::new([0; 36]);
        let length = ENGINE.decode_slice(text, decoded.as_mut()).map_err(|_| InvalidKey)?;
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(decoded.get(..length).filter(|key| key.len() == 32).ok_or(InvalidKey)?);
        Ok(EncodingAesKey(key))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first half of the key.
    pub(super) fn initialization_vector(&self) -> &[u8; 16] {
        self.0.first_chunk().expect("32 bytes hold 16")
    }
}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncodingAesKey([REDACTED])")
    }
}

impl std::str::FromStr for EncodingAesKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        Self::parse(text)
    }
}
