//! Every way in which a push is refused. Those behind the signature can only be met by somebody
//! who has our token, and must not do harm even then.

use aes::Aes256;
use base64::{Engine, engine::general_purpose::STANDARD};
use cbc::Encryptor;
use cipher::{Array, BlockModeEncrypt, KeyIvInit};
use wechat::{
    AppId,
    crypto::{EncodingAesKey, MAX_BODY, MAX_PARAMETER, Refusal},
};

use crate::push::{COMPONENT, KEY, OTHER_KEY, Push, TOKEN, key};

/// AES of any bytes, whatever they are, without padding.
fn raw(content: &[u8]) -> String {
    let key: [u8; 32] = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    )
    .decode(KEY)
    .unwrap()
    .try_into()
    .unwrap();
    let iv: [u8; 16] = *key.first_chunk().unwrap();
    let mut buffer = content.to_vec();
    let (blocks, rest) = Array::slice_as_chunks_mut(&mut buffer);
    assert!(rest.is_empty());
    Encryptor::<Aes256>::new(&key.into(), &iv.into()).encrypt_blocks(blocks);
    STANDARD.encode(buffer)
}

/// `[random][length][rest]` and as much right padding as `block` asks for.
fn content(length: u32, rest: &[u8], block: usize) -> Vec<u8> {
    let mut content = vec![b'r'; 16];
    content.extend_from_slice(&length.to_be_bytes());
    content.extend_from_slice(rest);
    let count = block - content.len() % block;
    content.resize(content.len() + count, u8::try_from(count).unwrap());
    content
}

#[track_caller]
fn assert_refused(push: &Push, expected: Refusal) {
    assert_eq!(push.open().unwrap_err(), expected);
}

#[test]
fn a_query_parameter_that_is_missing_or_too_long_is_refused() {
    for wrong in [String::new(), "1".repeat(MAX_PARAMETER + 1)] {
        let mut push = Push::of(b"x");
        push.msg_signature = wrong.clone();
        assert_refused(&push, Refusal::Query);
        let mut push = Push::of(b"x");
        push.timestamp = wrong.clone();
        assert_refused(&push, Refusal::Query);
        let mut push = Push::of(b"x");
        push.nonce = wrong;
        assert_refused(&push, Refusal::Query);
    }
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let mut push = Push::of(b"x");
    push.body.resize(MAX_BODY + 1, b' ');
    assert_refused(&push, Refusal::TooLarge);

    push.body.truncate(MAX_BODY);
    assert!(push.open().is_ok(), "white space after the root does no harm");
}

#[test]
fn a_body_that_is_not_utf8_is_refused() {
    let mut push = Push::of(b"x");
    push.body.extend_from_slice(&[0xFF, 0xFE]);
    assert_refused(&push, Refusal::NotUtf8);
}

#[test]
fn a_body_that_is_no_envelope_is_refused() {
    let deep = format!("<xml>{}</xml>", "<a>".repeat(50) + &"</a>".repeat(50));
    let very_deep = "<a>".repeat(80_000);
    let deep_json = format!(r#"{{"a":{}"#, "[".repeat(200_000));
    let bodies = [
        "",
        " ",
        "success",
        "<",
        "<xml>",
        "<xml></xml>",
        "<xml><Encrypt></Encrypt></xml>",
        "<xml><Encrypt/></xml>",
        "<xml><encrypt>a</encrypt></xml>",
        "<xml><Encrypt>a</Encrypt><Encrypt>a</Encrypt></xml>",
        "<xml><Encrypt><a>a</a></Encrypt></xml>",
        "<xml><Encrypt>a</Encrypt>",
        "<xml><Encrypt>a</encrypt></xml>",
        "<xml><Encrypt>a</Encrypt></xml><xml></xml>",
        "<xml><Encrypt>a</Encrypt></xml>more",
        "<Encrypt>a</Encrypt>",
        "<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>",
        "<!DOCTYPE xml [<!ENTITY a \"a\">]><xml><Encrypt>&a;</Encrypt></xml>",
        "<!DOCTYPE xml SYSTEM \"http://example.com/x.dtd\"><xml><Encrypt>a</Encrypt></xml>",
        "<xml><Encrypt>&a;</Encrypt></xml>",
        "<xml><Other>&a;</Other><Encrypt>a</Encrypt></xml>",
        "<xml><Encrypt>&#0;</Encrypt></xml>",
        "<xml><Encrypt>&</Encrypt></xml>",
        "{}",
        "{",
        r#"{"Encrypt":1}"#,
        r#"{"Encrypt":""}"#,
        r#"{"Encrypt":"a","Encrypt":"a"}"#,
        r#"{"Encrypt":"a"} more"#,
        "[]",
        &deep,
        &very_deep,
        &deep_json,
    ];
    for body in bodies {
        let push = Push::of_body(body.as_bytes().to_vec(), "a");
        assert_eq!(push.open().unwrap_err(), Refusal::Envelope, "{}", &body[..body.len().min(80)]);
    }
}

#[test]
fn a_signature_of_another_token_is_refused() {
    let push = Push::of(b"x");
    assert_eq!(push.open_with(&["other".into()], &[key(KEY)]), Err(Refusal::Signature));
    assert_eq!(push.open_with(&[], &[key(KEY)]), Err(Refusal::Signature));
}

#[test]
fn a_signature_in_upper_case_is_refused() {
    let mut push = Push::of(b"x");
    push.msg_signature.make_ascii_uppercase();
    assert_refused(&push, Refusal::Signature);
}

#[test]
fn a_signature_that_does_not_cover_the_body_is_refused() {
    let mut push = Push::of(b"x");
    push.msg_signature = wechat::crypto::signature(TOKEN, &push.timestamp, &push.nonce).to_string();
    assert_refused(&push, Refusal::Signature);
}

#[test]
fn a_ciphertext_that_is_not_base64_is_refused() {
    let good = raw(&content(1, b"x", 32));
    // Nothing but the standard alphabet, with its padding, to the last bit.
    let cases = ["%%%%".to_owned(), good.replace('=', ""), "A===".to_owned(), "AB==".to_owned()];
    for case in cases {
        if case == good {
            continue;
        }
        assert_refused(&Push::of_ciphertext(&case), Refusal::Base64);
    }
    assert_refused(&Push::of_ciphertext("__--"), Refusal::Base64);
}

#[test]
fn without_a_key_nothing_is_decrypted() {
    assert_eq!(Push::of(b"x").open_with(&[TOKEN.into()], &[]), Err(Refusal::Key));
}

#[test]
fn a_ciphertext_of_broken_blocks_is_refused() {
    for length in [1, 15, 17, 31, 33] {
        let push = Push::of_ciphertext(&STANDARD.encode(vec![0; length]));
        assert_refused(&push, Refusal::Length);
    }
}

#[test]
fn a_message_length_that_does_not_fit_is_refused() {
    for length in [10, 100, u32::MAX, u32::MAX - 19, i32::MAX as u32, 1 << 31] {
        assert_refused(
            &Push::of_ciphertext(&raw(&content(length, b"<xml/>", 32))),
            Refusal::Length,
        );
    }
    // Too short for what stands before the message.
    let mut short = vec![0; 16];
    short[15] = 1;
    assert_refused(&Push::of_ciphertext(&raw(&short)), Refusal::Length);
    let mut shorter = vec![32; 32];
    shorter[31] = 32;
    assert_refused(&Push::of_ciphertext(&raw(&shorter)), Refusal::Length);
}

#[test]
fn a_wrong_padding_is_refused() {
    let mut last_byte_zero = content(1, b"x", 32);
    *last_byte_zero.last_mut().unwrap() = 0;
    let mut last_byte_too_large = content(1, b"x", 32);
    *last_byte_too_large.last_mut().unwrap() = 33;
    let mut one_byte_wrong = content(1, b"x", 32);
    let place = one_byte_wrong.len() - 2;
    one_byte_wrong[place] ^= 1;
    let longer_than_all = vec![20; 16];
    for wrong in [last_byte_zero, last_byte_too_large, one_byte_wrong, longer_than_all] {
        assert_refused(&Push::of_ciphertext(&raw(&wrong)), Refusal::Padding);
    }
}

#[test]
fn a_padding_to_sixteen_bytes_is_understood() {
    let rest = format!("<xml/>{COMPONENT}");
    let content = content(6, rest.as_bytes(), 16);
    assert_eq!(content.len() % 32, 16);

    let opened = Push::of_ciphertext(&raw(&content)).open().unwrap();

    assert_eq!(opened.decrypted.message(), "<xml/>");
    assert_eq!(opened.decrypted.id, COMPONENT);
}

#[test]
fn another_key_is_refused_by_its_padding() {
    let push = Push::of(b"<xml/>");
    assert_eq!(push.open_with(&[TOKEN.into()], &[key(OTHER_KEY)]), Err(Refusal::Padding));
}

#[test]
fn a_message_or_an_id_that_is_not_utf8_is_refused() {
    let message = content(2, b"\xFF\xFEwx", 32);
    assert_refused(&Push::of_ciphertext(&raw(&message)), Refusal::NotUtf8);
    let id = content(2, b"wx\xFF\xFE", 32);
    assert_refused(&Push::of_ciphertext(&raw(&id)), Refusal::NotUtf8);
}

#[test]
fn a_message_for_another_component_is_refused_by_whoever_asks() {
    let decrypted = Push::of(b"<xml/>").open().unwrap().decrypted;
    let ours: AppId = COMPONENT.parse().unwrap();
    let other: AppId = "wx0000000000000000".parse().unwrap();
    assert_eq!(decrypted.require_id(&ours), Ok(()));
    assert_eq!(decrypted.require_id(&other), Err(Refusal::AppId));
}

#[test]
fn every_refusal_has_a_name_of_its_own_and_a_word() {
    let names: std::collections::BTreeSet<_> =
        Refusal::ALL.iter().map(|refusal| refusal.as_str()).collect();
    assert_eq!(names.len(), Refusal::ALL.len());
    for refusal in Refusal::ALL {
        assert!(!refusal.to_string().is_empty());
    }
}

#[test]
fn a_key_is_forty_three_characters_of_base64() {
    for wrong in ["", "abc", &KEY[1..], &format!("{KEY}="), &KEY.replace('j', "!"), &"é".repeat(43)]
    {
        assert!(EncodingAesKey::parse(wrong).is_err(), "{wrong}");
    }
    assert!(EncodingAesKey::parse(&format!(" {KEY}\n")).is_ok());
}
