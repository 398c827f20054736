//! Vectors published by others: two halves of our own with the same mistake would agree.

use secrecy::SecretString;
use serde::Deserialize;
use wechat::crypto::{
    self, CallbackKeys, EncodingAesKey, Envelope, PushQuery, decrypt, encrypt, encrypted_reply,
    msg_signature, signature, verify_msg_signature, verify_signature,
};

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    token: String,
    encoding_aes_key: Option<String>,
    id_suffix: Option<String>,
    timestamp: String,
    nonce: String,
    random_16: Option<String>,
    cipher: Option<String>,
    msg_signature: Option<String>,
    signature: Option<String>,
    plaintext: Option<String>,
    outer_body: Option<String>,
    spec_conformant_padding: Option<bool>,
}

impl Vector {
    fn key(&self) -> Option<EncodingAesKey> {
        let key = self.encoding_aes_key.as_ref()?;
        Some(EncodingAesKey::parse(key).unwrap())
    }
}

fn vectors() -> Vec<Vector> {
    let vectors: Vectors = serde_json::from_str(include_str!("../data/vectors.json")).unwrap();
    vectors.vectors
}

#[test]
fn there_are_thirteen_vectors() {
    assert_eq!(vectors().len(), 13);
}

#[test]
fn every_signature_is_recomputed_and_verified() {
    let (mut with_body, mut without_body) = (0, 0);
    for vector in vectors() {
        let Vector { id, token, timestamp, nonce, .. } = &vector;
        let tokens = ["another".into(), SecretString::from(token.as_str())];
        if let (Some(cipher), Some(expected)) = (&vector.cipher, &vector.msg_signature) {
            assert_eq!(msg_signature(token, timestamp, nonce, cipher).as_str(), expected, "{id}");
            let which = verify_msg_signature(&tokens, timestamp, nonce, cipher, expected);
            assert_eq!(which, Ok(1), "{id}");
            with_body += 1;
        }
        if let Some(expected) = &vector.signature {
            assert_eq!(signature(token, timestamp, nonce).as_str(), expected, "{id}");
            assert_eq!(verify_signature(&tokens, timestamp, nonce, expected), Ok(1), "{id}");
            without_body += 1;
        }
    }
    assert_eq!((with_body, without_body), (10, 3));
}

#[test]
fn every_ciphertext_is_decrypted() {
    let mut decrypted = 0;
    for vector in vectors() {
        let (Some(key), Some(cipher)) = (vector.key(), &vector.cipher) else { continue };

        let opened = decrypt(&[key], cipher).unwrap();

        assert_eq!(Some(opened.message()), vector.plaintext.as_deref(), "{}", vector.id);
        assert_eq!(opened.random, vector.random_16.as_deref().unwrap().as_bytes(), "{}", vector.id);
        assert_eq!(Some(&opened.id), vector.id_suffix.as_ref(), "{}", vector.id);
        decrypted += 1;
    }
    assert_eq!(decrypted, 11);
}

#[test]
fn every_plaintext_is_encrypted_to_the_same_bytes() {
    let mut encrypted = 0;
    for vector in vectors() {
        let (Some(key), Some(cipher)) = (vector.key(), &vector.cipher) else { continue };
        let random = vector.random_16.as_deref().unwrap().as_bytes().try_into().unwrap();
        let message = vector.plaintext.as_deref().unwrap().as_bytes();

        let again = encrypt(&key, random, message, vector.id_suffix.as_deref().unwrap());

        // One SDK pads to 16 bytes, against the documented 32: understood, not copied.
        let conformant = vector.spec_conformant_padding == Some(true);
        assert_eq!(&again == cipher, conformant, "{}", vector.id);
        encrypted += usize::from(conformant);
    }
    assert_eq!(encrypted, 10);
}

#[test]
fn every_published_body_opens_as_a_push() {
    let mut opened = 0;
    for vector in vectors() {
        let (Some(key), Some(body)) = (vector.key(), &vector.outer_body) else { continue };
        let envelope = Envelope::parse(body.as_bytes()).unwrap();
        assert_eq!(Some(envelope.encrypt.as_ref()), vector.cipher.as_deref(), "{}", vector.id);
        let tokens = [SecretString::from(vector.token.as_str())];
        let keys = CallbackKeys { tokens: &tokens, keys: &[key] };
        let query = PushQuery {
            msg_signature: vector.msg_signature.as_deref().unwrap(),
            timestamp: &vector.timestamp,
            nonce: &vector.nonce,
        };

        let push = crypto::open(&keys, &query, body.as_bytes()).unwrap();

        assert_eq!(Some(push.decrypted.message()), vector.plaintext.as_deref());
        assert_eq!((push.token_index, push.decrypted.key_index), (0, 0));
        opened += 1;
    }
    assert_eq!(opened, 5);
}

#[test]
fn the_official_reply_is_made_again_field_by_field() {
    let vectors = vectors();
    let vector = vectors.iter().find(|vector| vector.id == "official-push-reply").unwrap();

    let reply = encrypted_reply(
        &vector.key().unwrap(),
        &vector.token,
        vector.timestamp.parse().unwrap(),
        &vector.nonce,
        vector.random_16.as_deref().unwrap().as_bytes().try_into().unwrap(),
        vector.plaintext.as_deref().unwrap().as_bytes(),
        vector.id_suffix.as_deref().unwrap(),
    );

    let without_layout = |xml: &str| xml.split_whitespace().collect::<String>();
    let published = without_layout(vector.outer_body.as_deref().unwrap());
    let cipher = vector.cipher.as_deref().unwrap();
    let signature = vector.msg_signature.as_deref().unwrap();
    assert!(published.contains(cipher));
    assert!(reply.contains(&format!("<Encrypt><![CDATA[{cipher}]]></Encrypt>")));
    assert!(reply.contains(&format!("<MsgSignature><![CDATA[{signature}]]></MsgSignature>")));
    assert!(reply.contains(&format!("<TimeStamp>{}</TimeStamp>", vector.timestamp)));
    assert!(reply.contains(&format!("<Nonce><![CDATA[{}]]></Nonce>", vector.nonce)));
}
