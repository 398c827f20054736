//! A push of our own making, for tests to spoil.

use proptest::prelude::*;
use secrecy::SecretString;
use wechat::crypto::{
    CallbackKeys, EncodingAesKey, Envelope, Opened, PushQuery, Refusal, decrypt, encrypt,
    encrypted_reply, msg_signature, open,
};

pub(crate) const TOKEN: &str = "QDG6eK";
pub(crate) const KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
pub(crate) const OTHER_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
pub(crate) const COMPONENT: &str = "wx5823bf96d3bd56c7";
pub(crate) const TIMESTAMP: &str = "1409659813";
pub(crate) const NONCE: &str = "1372623149";

pub(crate) struct Push {
    pub(crate) body: Vec<u8>,
    pub(crate) msg_signature: String,
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
}

impl Push {
    /// A genuine push of `message`.
    pub(crate) fn of(message: &[u8]) -> Self {
        Self::of_ciphertext(&encrypt(&key(KEY), *b"0960688932c47ef1", message, COMPONENT))
    }

    /// A push with a right signature around any ciphertext.
    pub(crate) fn of_ciphertext(encrypt: &str) -> Self {
        let body = format!(
            "<xml><AppId><![CDATA[{COMPONENT}]]></AppId><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
        );
        Self::of_body(body.into_bytes(), encrypt)
    }

    /// A push with a body that holds `encrypt` somehow.
    pub(crate) fn of_body(body: Vec<u8>, encrypt: &str) -> Self {
        Push {
            body,
            msg_signature: msg_signature(TOKEN, TIMESTAMP, NONCE, encrypt).to_string(),
            timestamp: TIMESTAMP.to_owned(),
            nonce: NONCE.to_owned(),
        }
    }

    pub(crate) fn open(&self) -> Result<Opened, Refusal> {
        self.open_with(&[TOKEN.into()], &[key(KEY)])
    }

    pub(crate) fn open_with(
        &self,
        tokens: &[SecretString],
        keys: &[EncodingAesKey],
    ) -> Result<Opened, Refusal> {
        let query = PushQuery {
            msg_signature: &self.msg_signature,
            timestamp: &self.timestamp,
            nonce: &self.nonce,
        };
        open(&CallbackKeys { tokens, keys }, &query, &self.body)
    }
}

pub(crate) fn key(text: &str) -> EncodingAesKey {
    EncodingAesKey::parse(text).unwrap()
}

#[test]
fn a_push_opens_with_the_current_or_the_previous_key_and_tells_which() {
    let push = Push::of(b"<xml/>");

    let current = push.open_with(&[TOKEN.into()], &[key(KEY), key(OTHER_KEY)]).unwrap();
    let previous =
        push.open_with(&["new".into(), TOKEN.into()], &[key(OTHER_KEY), key(KEY)]).unwrap();

    assert_eq!((current.token_index, current.decrypted.key_index), (0, 0));
    assert_eq!((previous.token_index, previous.decrypted.key_index), (1, 1));
    assert_eq!(current.decrypted.message(), "<xml/>");
    assert_eq!(previous.decrypted.message(), "<xml/>");
}

#[test]
fn an_envelope_may_be_any_that_wechat_has_shown() {
    let encrypt = encrypt(&key(KEY), [7; 16], b"hello", COMPONENT);
    let bodies = [
        format!(
            "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
        ),
        format!("<xml><Encrypt>{encrypt}</Encrypt></xml>"),
        format!(
            "\u{feff}<?xml version=\"1.0\"?>\n<xml>\n  <Encrypt>\n    {encrypt}\n  </Encrypt>\n</xml>\n"
        ),
        format!("<xml><Encrypt>\n<![CDATA[{encrypt}]]>\n</Encrypt></xml>"),
        format!(
            "<xml><Content><![CDATA[<Encrypt>no</Encrypt>]]></Content><a><Encrypt>no</Encrypt></a><b/><Encrypt><![CDATA[{encrypt}]]></Encrypt><!-- --></xml>"
        ),
        format!(r#"{{"ToUserName":"gh_1","Encrypt":"{encrypt}"}}"#),
    ];
    for body in bodies {
        let opened = Push::of_body(body.clone().into_bytes(), &encrypt).open();
        assert_eq!(opened.unwrap().decrypted.message(), "hello", "{body}");
    }
}

#[test]
fn a_reply_opens_as_a_push_does() {
    let timestamp = TIMESTAMP.parse().unwrap();
    // A nonce that would end its CDATA section.
    let nonce = "1]]>2";
    let body =
        encrypted_reply(&key(KEY), TOKEN, timestamp, nonce, [9; 16], "好".as_bytes(), COMPONENT);
    let encrypt = Envelope::parse(body.as_bytes()).unwrap().encrypt.into_owned();
    let msg_signature = msg_signature(TOKEN, TIMESTAMP, nonce, &encrypt).to_string();
    assert!(body.contains(&msg_signature));

    let push = Push {
        body: body.into_bytes(),
        msg_signature,
        timestamp: TIMESTAMP.to_owned(),
        nonce: nonce.to_owned(),
    };

    assert_eq!(push.open().unwrap().decrypted.message(), "好");
}

#[test]
fn a_decrypted_message_does_not_print() {
    let opened = Push::of(b"ticket@@@secret").open().unwrap();

    let printed = format!("{opened:?} {:?}", key(KEY));

    assert!(!printed.contains("ticket"), "{printed}");
    assert!(!printed.contains("116, 105"), "{printed}");
    assert!(!printed.contains(KEY), "{printed}");
}

proptest! {
    #[test]
    fn what_is_encrypted_is_decrypted(
        message in any::<String>(),
        id in "[a-z0-9]{0,40}",
        random in any::<[u8; 16]>(),
    ) {
        let encrypted = encrypt(&key(KEY), random, message.as_bytes(), &id);
        let decrypted = decrypt(&[key(KEY)], &encrypted).unwrap();
        prop_assert_eq!(decrypted.message(), message);
        prop_assert_eq!((decrypted.random, decrypted.id, decrypted.key_index), (random, id, 0));
    }

    #[test]
    fn no_body_makes_the_envelope_panic(body in any::<Vec<u8>>()) {
        let _ = Envelope::parse(&body);
    }

    #[test]
    fn nothing_like_xml_makes_the_envelope_panic(
        body in "(<xml>|</xml>|<Encrypt>|</Encrypt>|<!\\[CDATA\\[|\\]\\]>|&amp;|&#0;|&x;|<!DOCTYPE|<a/>|\\{\"Encrypt\":|\"|\\}|[a-z ]){0,40}"
    ) {
        if let Ok(envelope) = Envelope::parse(body.as_bytes()) {
            prop_assert!(!envelope.encrypt.is_empty());
        }
    }

    #[test]
    fn no_signed_ciphertext_makes_decryption_panic(blocks in prop::collection::vec(any::<[u8; 16]>(), 0..12), cut in 0usize..16) {
        use base64::Engine;
        let mut bytes = blocks.concat();
        bytes.truncate(bytes.len().saturating_sub(cut));
        let text = base64::engine::general_purpose::STANDARD.encode(bytes);
        let _ = decrypt(&[key(KEY), key(OTHER_KEY)], &text);
    }

    #[test]
    fn a_push_with_one_bit_flipped_is_refused_or_means_the_same(
        place in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let genuine = Push::of(b"<xml><InfoType>authorized</InfoType></xml>");
        let mut push = Push::of(b"<xml><InfoType>authorized</InfoType></xml>");
        let place = place.index(push.body.len());
        push.body[place] ^= 1 << bit;
        if let Ok(opened) = push.open() {
            // Outside of the ciphertext a bit may change the clear text, which is not read.
            prop_assert_eq!(opened, genuine.open().unwrap());
            let start = genuine.body.windows(9).position(|part| part == b"<Encrypt>").unwrap();
            let end = genuine.body.windows(10).position(|part| part == b"</Encrypt>").unwrap();
            prop_assert!(!(start..end).contains(&place));
        }
    }
}

#[test]
fn every_single_bit_of_signature_timestamp_nonce_and_ciphertext_counts() {
    let genuine = || Push::of(b"<xml><InfoType>authorized</InfoType></xml>");
    let flip = |text: &str, place: usize, bit: u8| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[place] ^= 1 << bit;
        String::from_utf8(bytes).unwrap()
    };
    // Seven bits keep it UTF-8, which a query parameter and an envelope have to be.
    for bit in 0..7 {
        for place in 0..40 {
            let mut push = genuine();
            push.msg_signature = flip(&push.msg_signature, place, bit);
            assert_eq!(push.open(), Err(Refusal::Signature));
        }
        for place in 0..TIMESTAMP.len() {
            let mut push = genuine();
            push.timestamp = flip(TIMESTAMP, place, bit);
            assert_eq!(push.open(), Err(Refusal::Signature));
            push = genuine();
            push.nonce = flip(NONCE, place, bit);
            assert_eq!(push.open(), Err(Refusal::Signature));
        }
        let push = genuine();
        let encrypt = Envelope::parse(&push.body).unwrap().encrypt.into_owned();
        let start = push.body.windows(9).position(|part| part == b"<![CDATA[").unwrap();
        let start = start
            + push.body[start + 1..].windows(9).position(|part| part == b"<![CDATA[").unwrap()
            + 10;
        for place in start..start + encrypt.len() {
            let mut push = genuine();
            push.body[place] ^= 1 << bit;
            assert!(push.open().is_err(), "bit {bit} of byte {place}");
        }
    }
}
