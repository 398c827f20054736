use serde_json::{Map, Value, map::Entry};

use super::Unreadable;
use crate::{
    crypto::MAX_BODY,
    xml::{ElementText, Node, NotXml, Scanner},
};

/// The text of a message, and whether it is JSON.
pub(super) fn text(message: &[u8]) -> Result<(&str, bool), Unreadable> {
    if message.len() > MAX_BODY {
        return Err(Unreadable::TooLarge);
    }
    let text = simdutf8::basic::from_utf8(message).map_err(|_| Unreadable::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    Ok((text, text.starts_with('{')))
}

/// The fields of a message, from XML or JSON. What XML repeats becomes an array; an empty element
/// becomes null, for it may stand for a text, a number or a struct.
pub(super) fn read(message: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    let (text, is_json) = text(message)?;
    if is_json {
        serde_json::from_str(text).map_err(|_| Unreadable::Syntax)
    } else {
        from_xml(text).map_err(|NotXml| Unreadable::Syntax)
    }
}

#[derive(Default)]
struct OpenElement<'a> {
    name: String,
    text: ElementText<'a>,
    children: Map<String, Value>,
}

impl OpenElement<'_> {
    fn into_value(self) -> Value {
        if !self.children.is_empty() {
            return Value::Object(self.children);
        }
        match self.text.finish() {
            text if text.is_empty() => Value::Null,
            text => Value::String(text.into_owned()),
        }
    }

    fn add(&mut self, name: String, value: Value) {
        match self.children.entry(name) {
            Entry::Vacant(place) => {
                place.insert(value);
            }
            Entry::Occupied(mut place) => match place.get_mut() {
                Value::Array(values) => values.push(value),
                first => *first = Value::Array(vec![first.take(), value]),
            },
        }
    }
}

fn from_xml(text: &str) -> Result<Map<String, Value>, NotXml> {
    let mut scanner = Scanner::new(text);
    let mut outer: Vec<OpenElement<'_>> = Vec::new();
    let mut current = OpenElement::default();
    loop {
        match scanner.next()? {
            Node::Open(element) => {
                let opened = OpenElement { name: element.name().to_owned(), ..Default::default() };
                outer.push(std::mem::replace(&mut current, opened));
            }
            Node::Text(part) => current.text.push(part),
            Node::Literal(part) => current.text.push_literal(part),
            Node::Close => {
                let parent = outer.pop().ok_or(NotXml)?;
                let mut closed = std::mem::replace(&mut current, parent);
                if outer.is_empty() {
                    // The root: whatever its name, its children are the fields.
                    current.children = closed.children;
                } else {
                    let name = std::mem::take(&mut closed.name);
                    current.add(name, closed.into_value());
                }
            }
            Node::End => return Ok(current.children),
        }
    }
}
