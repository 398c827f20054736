use std::fmt;

use aes::Aes256;
use base64_simd::STANDARD;
use cbc::{Decryptor, Encryptor};
use cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

use super::{EncodingAesKey, Refusal, msg_signature};
use crate::{AppId, xml::cdata};

/// WeChat pads to 32 bytes, twice the block of AES.
const PADDING: usize = 32;
const BLOCK: usize = 16;
const RANDOM: usize = 16;
const LENGTH: usize = 4;

/// What a ciphertext held. Its `Debug` shows no part of the message.
#[derive(Clone, PartialEq, Eq)]
pub struct Decrypted {
    /// What the sender put in front so that no two ciphertexts are alike.
    pub random: [u8; 16],
    /// UTF-8, as was seen when it was decrypted.
    message: Vec<u8>,
    /// The appid of the component that the message is meant for.
    pub id: String,
    /// Which of the keys fitted. A reply is encrypted with the same one.
    pub key_index: usize,
}

impl Decrypted {
    /// The message: XML or JSON.
    pub fn message(&self) -> &str {
        // Looked at again instead of kept as a String: this takes a tenth of what the standard library
        // takes for Chinese.
        simdutf8::basic::from_utf8(&self.message).expect("it was UTF-8 when it was decrypted")
    }

    /// Refuses a message that is meant for another component.
    pub fn require_id(&self, component: &AppId) -> Result<(), Refusal> {
        if self.id == component.as_str() { Ok(()) } else { Err(Refusal::AppId) }
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Decrypted")
            .field("id", &self.id)
            .field("length", &self.message.len())
            .field("key_index", &self.key_index)
            .finish_non_exhaustive()
    }
}

/// Decrypts `encrypt` with the first of the keys that fits, the current one before the previous
/// one. Does not compare the id; see [`Decrypted::require_id`].
///
/// Base64 of AES-256-CBC of `[16 random bytes][length of the message, 4 bytes, big endian]
/// [message][id][padding]`, where the padding is 1 to 32 bytes that each hold their number.
///
/// The refusal is that of the current key.
pub fn decrypt(keys: &[EncodingAesKey], encrypt: &str) -> Result<Decrypted, Refusal> {
    let mut refusal = Refusal::Key;
    for (key_index, key) in keys.iter().enumerate() {
        // The buffer is decrypted in place, so that a second key starts over.
        let ciphertext = STANDARD.decode_to_vec(encrypt).map_err(|_| Refusal::Base64)?;
        match decrypt_one(key, ciphertext) {
            Ok((random, message, id)) => {
                return Ok(Decrypted { random, message, id, key_index });
            }
            Err(first) if key_index == 0 => refusal = first,
            Err(_) => {}
        }
    }
    Err(refusal)
}

fn decrypt_one(
    key: &EncodingAesKey,
    mut buffer: Vec<u8>,
) -> Result<([u8; RANDOM], Vec<u8>, String), Refusal> {
    let (blocks, rest) = Array::slice_as_chunks_mut(&mut buffer);
    if blocks.is_empty() || !rest.is_empty() {
        return Err(Refusal::Length);
    }
    let iv = key.initialization_vector();
    Decryptor::<Aes256>::new(key.bytes().into(), iv.into()).decrypt_blocks(blocks);

    let content = buffer.len() - padding(&buffer)?;
    let (head, tail) = buffer[..content]
        .split_first_chunk::<RANDOM>()
        .and_then(|(random, rest)| {
            let (length, rest) = rest.split_first_chunk::<LENGTH>()?;
            Some(((*random, u32::from_be_bytes(*length)), rest))
        })
        .ok_or(Refusal::Length)?;
    let (random, length) = head;
    let length = usize::try_from(length).map_err(|_| Refusal::Length)?;
    let (message, id) = tail.split_at_checked(length).ok_or(Refusal::Length)?;
    simdutf8::basic::from_utf8(message).map_err(|_| Refusal::NotUtf8)?;
    let id = std::str::from_utf8(id).map_err(|_| Refusal::NotUtf8)?.to_owned();

    // In the place of what was before it: no buffer of its own.
    buffer.copy_within(RANDOM + LENGTH..RANDOM + LENGTH + length, 0);
    buffer.truncate(length);
    Ok((random, buffer, id))
}

/// How many bytes of padding stand at the end. A sender that pads to 16 bytes only is understood
/// too. What is decrypted here has been signed, so that the time this takes tells nobody anything.
fn padding(content: &[u8]) -> Result<usize, Refusal> {
    let value = *content.last().ok_or(Refusal::Length)?;
    let count = usize::from(value);
    if !(1..=PADDING).contains(&count) || count > content.len() {
        return Err(Refusal::Padding);
    }
    let padding = &content[content.len() - count..];
    if padding.iter().all(|byte| *byte == value) { Ok(count) } else { Err(Refusal::Padding) }
}

/// Encrypts `message` for the component `id`, the opposite of [`decrypt`]. `random` must be new
/// for every message.
pub fn encrypt(key: &EncodingAesKey, random: [u8; 16], message: &[u8], id: &str) -> String {
    let length = u32::try_from(message.len()).expect("a message is far shorter than 4 GiB");
    let content = RANDOM + LENGTH + message.len() + id.len();
    let count = PADDING - content % PADDING;
    let mut buffer = Vec::with_capacity(content + count);
    buffer.extend_from_slice(&random);
    buffer.extend_from_slice(&length.to_be_bytes());
    buffer.extend_from_slice(message);
    buffer.extend_from_slice(id.as_bytes());
    let value = u8::try_from(count).expect("1 to 32 fits a byte");
    buffer.resize(content + count, value);
    debug_assert_eq!(buffer.len() % BLOCK, 0);

    let (blocks, _) = Array::slice_as_chunks_mut(&mut buffer);
    let iv = key.initialization_vector();
    Encryptor::<Aes256>::new(key.bytes().into(), iv.into()).encrypt_blocks(blocks);
    STANDARD.encode_to_string(&buffer)
}

/// A reply to a push, where one is wanted: `message` encrypted, signed and put in an envelope.
///
/// `key` and `token` are those that opened the push, `nonce` is the push's own, `timestamp` is in
/// seconds of Unix time, and `id` is the component's appid, also where the push was about a
/// merchant's account.
pub fn encrypted_reply(
    key: &EncodingAesKey,
    token: &str,
    timestamp: i64,
    nonce: &str,
    random: [u8; 16],
    message: &[u8],
    id: &str,
) -> String {
    let encrypt = encrypt(key, random, message, id);
    let timestamp = timestamp.to_string();
    let signature = msg_signature(token, &timestamp, nonce, &encrypt);
    format!(
        "<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt>\
         <MsgSignature><![CDATA[{signature}]]></MsgSignature>\
         <TimeStamp>{timestamp}</TimeStamp><Nonce>{}</Nonce></xml>",
        cdata(nonce)
    )
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Padded, without white space, and with nothing in the bits that stand for nothing.
        #[test]
        fn base64_is_read_as_strictly_as_by_the_general_decoder(
            text in "[A-Za-z0-9+/]{0,100}[=_\\- \n!é]{0,1}[A-Za-z0-9+/]{0,100}={0,3}",
        ) {
            let general = general_purpose::STANDARD.decode(&text).ok();
            prop_assert_eq!(STANDARD.decode_to_vec(&text).ok(), general);
        }
    }
}
