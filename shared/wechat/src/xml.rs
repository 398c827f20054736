//! The little XML that WeChat writes: elements and text. No DOCTYPE, no entities beyond the five
//! that XML itself knows, attributes unread, a bounded depth. Borrows from the input where it can.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

/// Elements inside elements; WeChat's deepest message has four.
const MAX_DEPTH: usize = 16;
/// Elements, texts, entities and whatever else a document is made of, beginnings and ends apart; WeChat's
/// longest message has some hundred. What is longer without having more costs next to nothing.
const MAX_NODES: usize = 4096;

/// What a [`Scanner`] finds next.
pub(crate) enum Node<'a> {
    /// An element begins.
    Open(Element<'a>),
    /// Text, or a part of it: an entity splits it.
    Text(Cow<'a, str>),
    /// Text in a CDATA section, where white space counts.
    Literal(Cow<'a, str>),
    /// The innermost element ends.
    Close,
    /// The document ends.
    End,
}

/// The beginning of an element.
pub(crate) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    pub(crate) fn name(&self) -> &str {
        self.0.name().into_inner()
    }
}

/// This is not XML that WeChat would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotXml;

/// Walks over a document with one root element.
pub(crate) struct Scanner<'a> {
    reader: Reader<&'a [u8]>,
    nodes: usize,
    depth: usize,
    root_seen: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        Scanner { reader, nodes: 0, depth: 0, root_seen: false }
    }

    pub(crate) fn next(&mut self) -> Result<Node<'a>, NotXml> {
        loop {
            self.nodes += 1;
            if self.nodes > MAX_NODES {
                return Err(NotXml);
            }
            match self.reader.read_event().map_err(|_| NotXml)? {
                Event::Start(start) => return self.open(start),
                Event::Empty(_) => return Err(NotXml),
                Event::End(_) => {
                    self.depth = self.depth.checked_sub(1).ok_or(NotXml)?;
                    return Ok(Node::Close);
                }
                Event::Text(text) if self.depth == 0 => {
                    if !text.trim().is_empty() {
                        return Err(NotXml);
                    }
                }
                Event::Text(text) => return Ok(Node::Text(text.into_inner())),
                Event::CData(text) if self.depth > 0 => {
                    return Ok(Node::Literal(text.into_inner()));
                }
                Event::GeneralRef(reference) if self.depth > 0 => {
                    return Ok(Node::Text(resolve(&reference)?));
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::Eof if self.depth == 0 && self.root_seen => return Ok(Node::End),
                Event::DocType(_) | Event::CData(_) | Event::GeneralRef(_) | Event::Eof => {
                    return Err(NotXml);
                }
            }
        }
    }

    /// The text of the element that was just opened, up to its end. An element inside is refused.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, NotXml> {
        let mut text = ElementText::default();
        loop {
            match self.next()? {
                Node::Text(part) => text.push(part),
                Node::Literal(part) => text.push_literal(part),
                Node::Close => return Ok(text.finish()),
                Node::Open(_) | Node::End => return Err(NotXml),
            }
        }
    }

    /// Passes over the rest of the element that was just opened.
    pub(crate) fn skip(&mut self) -> Result<(), NotXml> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    fn open(&mut self, start: BytesStart<'a>) -> Result<Node<'a>, NotXml> {
        if self.depth == MAX_DEPTH || (self.depth == 0 && self.root_seen) {
            return Err(NotXml);
        }
        self.depth += 1;
        self.root_seen = true;
        Ok(Node::Open(Element(start)))
    }
}

/// The text of one element, put together from its parts. White space that only lays out the
/// document is dropped: all that surrounds plain text or a CDATA section.
#[derive(Default)]
pub(crate) struct ElementText<'a> {
    text: Cow<'a, str>,
    literal: bool,
}

impl<'a> ElementText<'a> {
    pub(crate) fn push(&mut self, part: Cow<'a, str>) {
        if !self.literal || !part.trim().is_empty() {
            self.append(part);
        }
    }

    pub(crate) fn push_literal(&mut self, part: Cow<'a, str>) {
        if self.text.trim().is_empty() && !self.literal {
            self.text = Cow::Borrowed("");
        }
        self.literal = true;
        self.append(part);
    }

    pub(crate) fn finish(self) -> Cow<'a, str> {
        match self.text {
            text if self.literal => text,
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        }
    }

    fn append(&mut self, part: Cow<'a, str>) {
        if self.text.is_empty() {
            self.text = part;
        } else {
            self.text.to_mut().push_str(&part);
        }
    }
}

/// One of XML's own five entities, or a character by its number.
fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, NotXml> {
    match &**reference {
        "amp" => Ok("&".into()),
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        _ => {
            let character = reference.resolve_char_ref().map_err(|_| NotXml)?.ok_or(NotXml)?;
            let legal = matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
            if legal { Ok(character.to_string().into()) } else { Err(NotXml) }
        }
    }
}

/// `text` as a CDATA section; where it holds the end of one, as two.
pub(crate) fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}
