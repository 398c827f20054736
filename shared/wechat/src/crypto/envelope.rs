use std::borrow::Cow;

use serde::Deserialize;

use super::Refusal;
use crate::xml::{Node, NotXml, Scanner};

/// The body of a push is never longer than this many bytes; WeChat's own stay below 10 KiB.
pub const MAX_BODY: usize = 256 * 1024;

/// The body of a push: one ciphertext, in XML or in JSON.
///
/// Only `Encrypt` matters. `AppId` or `ToUserName` beside it, and any other field in the clear,
/// is not covered by the signature and is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The ciphertext in base64, which is also what was signed.
    pub encrypt: Cow<'a, str>,
}

#[derive(Deserialize)]
struct JsonEnvelope<'a> {
    #[serde(rename = "Encrypt", borrow)]
    encrypt: Cow<'a, str>,
}

impl<'a> Envelope<'a> {
    /// Reads the body of a push.
    pub fn parse(body: &'a [u8]) -> Result<Self, Refusal> {
        if body.len() > MAX_BODY {
            return Err(Refusal::TooLarge);
        }
        let text = simdutf8::basic::from_utf8(body).map_err(|_| Refusal::NotUtf8)?;
        let encrypt = if text.trim_start().starts_with('{') {
            let envelope: JsonEnvelope<'a> =
                serde_json::from_str(text).map_err(|_| Refusal::Envelope)?;
            envelope.encrypt
        } else {
            from_xml(text).map_err(|NotXml| Refusal::Envelope)?
        };
        if encrypt.is_empty() {
            return Err(Refusal::Envelope);
        }
        Ok(Envelope { encrypt })
    }
}

/// The one `Encrypt` right below the root.
fn from_xml(text: &str) -> Result<Cow<'_, str>, NotXml> {
    let mut scanner = Scanner::new(text);
    let Node::Open(_root) = scanner.next()? else { return Err(NotXml) };
    let mut encrypt = None;
    loop {
        match scanner.next()? {
            Node::Open(element) if element.name() == "Encrypt" => {
                if encrypt.replace(scanner.text()?).is_some() {
                    return Err(NotXml);
                }
            }
            Node::Open(_) => scanner.skip()?,
            Node::Text(_) | Node::Literal(_) | Node::Close => {}
            Node::End => return encrypt.ok_or(NotXml),
        }
    }
}
