//! A push by somebody who has our token and our key, with any plaintext inside.

#![no_main]

use libfuzzer_sys::fuzz_target;
use simulator::crypto::{CallbackKey, signature};
use wechat::crypto::{CallbackKeys, EncodingAesKey, PushQuery, open, open_reply};

const TOKEN: &str = "spamtest";
const ENCODING_AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const COMPONENT: &str = "wx570bc396a51b8ff8";

fuzz_target!(|data: &[u8]| {
    let [cut, way, plaintext @ ..] = data else { return };
    let (cut, way) = (cut % 16, way % 4);
    // What is signed with it may be anything, too.
    let (timestamp, rest) = plaintext.split_at(plaintext.len().min(10));
    let timestamp = std::str::from_utf8(timestamp).unwrap_or("1795369521");
    let nonce = rest.first_chunk::<6>().and_then(|nonce| std::str::from_utf8(nonce).ok());
    let nonce = nonce.unwrap_or("nonce");
    let theirs = CallbackKey::parse(ENCODING_AES_KEY).expect("it is a key");
    let ciphertext = match way {
        // Bytes of one's own choice before the encryption, and whole blocks;
        0 => {
            let mut plaintext = plaintext.to_vec();
            plaintext.resize(plaintext.len().next_multiple_of(16), cut);
            theirs.encrypt_blocks(plaintext)
        }
        // padding as it should be, so that all depends on the length;
        1 => {
            let mut plaintext = plaintext.to_vec();
            let padding = 32 - plaintext.len() % 32;
            plaintext.resize(plaintext.len() + padding, padding as u8);
            theirs.encrypt_blocks(plaintext)
        }
        // a message as it should be;
        2 => match std::str::from_utf8(plaintext) {
            Ok(message) => theirs.encrypt([7; 16], message, COMPONENT),
            Err(_) => return,
        },
        // or a ciphertext that nobody made.
        _ => String::from_utf8_lossy(plaintext).into_owned(),
    };
    let tokens = [TOKEN.into()];
    let keys = CallbackKeys {
        tokens: &tokens,
        keys: &[EncodingAesKey::parse(ENCODING_AES_KEY).expect("it is a key")],
    };
    let msg_signature = signature(&[TOKEN, timestamp, nonce, &ciphertext]);
    let query = PushQuery { msg_signature: &msg_signature, timestamp, nonce };
    let body = format!("<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>");
    if let Ok(opened) = open(&keys, &query, body.as_bytes()) {
        assert!(opened.decrypted.message().len() + opened.decrypted.id.len() + 20 < body.len());
        if way == 2 {
            assert_eq!(opened.decrypted.message().as_bytes(), plaintext);
        }
    }
    let _ = open_reply(&keys, plaintext);
});
