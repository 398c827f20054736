//! Published vectors of WeChat's message encryption.

use serde_json::Value;
use simulator::crypto::{CallbackKey, signature};

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

#[test]
fn every_published_vector_decrypts() {
    let mut decrypted = 0;
    for vector in vectors() {
        let (Some(key), Some(cipher)) =
            (vector["encoding_aes_key"].as_str(), vector["cipher"].as_str())
        else {
            continue;
        };
        let (message, id) = CallbackKey::parse(key).unwrap().decrypt(cipher).unwrap();
        if let Some(plaintext) = vector["plaintext"].as_str() {
            assert_eq!(message, plaintext, "{}", vector["id"]);
        }
        if let Some(suffix) = vector["id_suffix"].as_str() {
            assert_eq!(id, suffix, "{}", vector["id"]);
        }
        decrypted += 1;
    }
    assert!(decrypted >= 10, "only {decrypted} vectors have a ciphertext");
}

#[test]
fn the_official_push_is_reproduced_to_the_byte() {
    let vectors = vectors();
    let official = vectors.iter().find(|it| it["id"] == "official-push-inbound").unwrap();
    let field = |name: &str| official[name].as_str().unwrap();
    let key = CallbackKey::parse(field("encoding_aes_key")).unwrap();
    let random: [u8; 16] = field("random_16").as_bytes().try_into().unwrap();

    let cipher = key.encrypt(random, field("plaintext"), field("id_suffix"));
    let (token, timestamp, nonce) = (field("token"), field("timestamp"), field("nonce"));

    assert_eq!(cipher, field("cipher"));
    assert_eq!(signature(&[token, timestamp, nonce, &cipher]), field("msg_signature"));
    assert_eq!(signature(&[token, timestamp, nonce]), field("signature"));
}

#[test]
fn a_key_is_43_letters_and_digits() {
    assert!(CallbackKey::parse(&"A".repeat(43)).is_some());
    assert!(CallbackKey::parse(&"A".repeat(42)).is_none());
    assert!(CallbackKey::parse(&format!("{}+", "A".repeat(42))).is_none());
}
