use std::borrow::Cow;

use super::{CallbackKeys, Decrypted, Refusal, decrypt, verify_msg_signature};
use crate::xml::{Node, NotXml, Scanner};

/// Opens an [`encrypted_reply`](super::encrypted_reply) as WeChat does: envelope, signature,
/// decryption. Whom it is from is the caller's last question; see [`Decrypted::require_id`].
pub fn open_reply(keys: &CallbackKeys<'_>, body: &[u8]) -> Result<Decrypted, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::NotUtf8)?;
    let reply = Reply::parse(text).map_err(|NotXml| Refusal::Envelope)?;
    verify_msg_signature(
        keys.tokens,
        &reply.timestamp,
        &reply.nonce,
        &reply.encrypt,
        &reply.signature,
    )?;
    decrypt(keys.keys, &reply.encrypt)
}

/// The envelope of a reply.
#[derive(Default)]
struct Reply<'a> {
    encrypt: Cow<'a, str>,
    signature: Cow<'a, str>,
    timestamp: Cow<'a, str>,
    nonce: Cow<'a, str>,
}

impl<'a> Reply<'a> {
    fn parse(text: &'a str) -> Result<Self, NotXml> {
        let mut scanner = Scanner::new(text);
        let Node::Open(_root) = scanner.next()? else { return Err(NotXml) };
        let mut reply = Reply::default();
        loop {
            match scanner.next()? {
                Node::Open(element) => match element.name() {
                    "Encrypt" => reply.encrypt = scanner.text()?,
                    "MsgSignature" => reply.signature = scanner.text()?,
                    "TimeStamp" => reply.timestamp = scanner.text()?,
                    "Nonce" => reply.nonce = scanner.text()?,
                    _ => scanner.skip()?,
                },
                Node::Text(_) | Node::Literal(_) | Node::Close => {}
                Node::End => break,
            }
        }
        match reply.encrypt.is_empty() {
            true => Err(NotXml),
            false => Ok(reply),
        }
    }
}
