//! The sender's side of WeChat's message encryption, and enough of the receiver's side to read
//! an encrypted reply.

use aes::Aes256;
use base64::{
    Engine,
    alphabet::STANDARD as ALPHABET,
    engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use sha1::{Digest, Sha1};

/// WeChat pads to multiples of 32 bytes although AES has blocks of 16.
const PADDING: usize = 32;

/// An EncodingAESKey, decoded.
#[derive(Clone)]
pub struct CallbackKey([u8; 32]);

impl CallbackKey {
    /// Reads the 43 characters of an EncodingAESKey; `None` if they are not that.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        // The last character's two low bits are unused and often not zero.
        let lenient = GeneralPurpose::new(
            &ALPHABET,
            GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
        );
        let bytes = lenient.decode(format!("{text}=")).ok()?;
        bytes.try_into().ok().map(CallbackKey)
    }

    /// Encrypts `message`: `16 random bytes ‖ length of message, 4 bytes big-endian ‖ message ‖
    /// id`, padded to a multiple of 32, AES-256-CBC with the key's first half as IV, base64.
    pub fn encrypt(&self, random: [u8; 16], message: &str, id: &str) -> String {
        let mut bytes = Vec::with_capacity(64 + message.len() + id.len());
        bytes.extend_from_slice(&random);
        bytes.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(message.as_bytes());
        bytes.extend_from_slice(id.as_bytes());
        let padding = PADDING - bytes.len() % PADDING;
        bytes.resize(bytes.len() + padding, padding as u8);
        self.encrypt_blocks(bytes)
    }

    /// Encrypts bytes as they are; their number must be a multiple of 16. For hostile pushes.
    pub fn encrypt_blocks(&self, mut bytes: Vec<u8>) -> String {
        let (key, iv) = self.key_and_iv();
        let mut encryptor = cbc::Encryptor::<Aes256>::new(key.into(), iv.into());
        for chunk in bytes.as_chunks_mut::<16>().0 {
            encryptor.encrypt_block(Block::<Aes256>::cast_from_core_mut(chunk));
        }
        STANDARD.encode(bytes)
    }

    /// Decrypts to (message, id); `None` if anything about it is wrong.
    pub fn decrypt(&self, encrypted: &str) -> Option<(String, String)> {
        let mut bytes = STANDARD.decode(encrypted).ok()?;
        if bytes.is_empty() || !bytes.len().is_multiple_of(16) {
            return None;
        }
        let (key, iv) = self.key_and_iv();
        let mut decryptor = cbc::Decryptor::<Aes256>::new(key.into(), iv.into());
        for chunk in bytes.as_chunks_mut::<16>().0 {
            decryptor.decrypt_block(Block::<Aes256>::cast_from_core_mut(chunk));
        }
        let padding = usize::from(*bytes.last()?);
        if padding == 0 || padding > PADDING || padding > bytes.len() {
            return None;
        }
        bytes.truncate(bytes.len() - padding);
        let length = u32::from_be_bytes(bytes.get(16..20)?.try_into().ok()?) as usize;
        let message = bytes.get(20..20_usize.checked_add(length)?)?.to_vec();
        let id = bytes.get(20 + length..)?.to_vec();
        Some((String::from_utf8(message).ok()?, String::from_utf8(id).ok()?))
    }

    fn key_and_iv(&self) -> (&[u8; 32], &[u8; 16]) {
        let iv = self.0.first_chunk().expect("32 bytes begin with 16");
        (&self.0, iv)
    }
}

/// The lower-case hexadecimal SHA-1 of the sorted and joined parts: of token, timestamp and nonce
/// it is `signature`, of these and the ciphertext `msg_signature`.
pub fn signature(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    Sha1::digest(parts.concat().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
