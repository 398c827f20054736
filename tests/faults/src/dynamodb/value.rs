//! Attribute values as the wire writes them, and what they weigh.

use std::{cmp::Ordering, collections::BTreeMap, collections::BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use super::number::Number;

/// An item, or a part of one.
pub(crate) type Item = BTreeMap<String, Value>;

/// How deep lists and maps may be nested.
const DEPTH: usize = 32;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Value {
    #[serde(rename = "S")]
    Text(String),
    #[serde(rename = "N")]
    Number(Number),
    #[serde(rename = "B")]
    Binary(Binary),
    #[serde(rename = "BOOL")]
    Flag(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    #[serde(rename = "L")]
    List(Vec<Value>),
    #[serde(rename = "M")]
    Map(Item),
    #[serde(rename = "SS")]
    Texts(Set<String>),
    #[serde(rename = "NS")]
    Numbers(Set<Number>),
    #[serde(rename = "BS")]
    Binaries(Set<Binary>),
}

/// Bytes, in base64 on the wire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Binary(pub(crate) Vec<u8>);

/// A set: never empty, nothing twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<T>", into = "Vec<T>", bound(serialize = "T: Clone + Serialize"))]
#[serde(bound(deserialize = "T: Ord + Deserialize<'de>"))]
pub(crate) struct Set<T>(pub(crate) BTreeSet<T>);

impl Value {
    /// The wire's name of its type.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "S",
            Value::Number(_) => "N",
            Value::Binary(_) => "B",
            Value::Flag(_) => "BOOL",
            Value::Null(_) => "NULL",
            Value::List(_) => "L",
            Value::Map(_) => "M",
            Value::Texts(_) => "SS",
            Value::Numbers(_) => "NS",
            Value::Binaries(_) => "BS",
        }
    }

    /// The bytes that AWS charges for, without the attribute's name.
    pub(crate) fn size(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::Number(number) => number.size(),
            Value::Binary(binary) => binary.0.len(),
            Value::Flag(_) | Value::Null(_) => 1,
            Value::List(list) => 3 + list.iter().map(|value| 1 + value.size()).sum::<usize>(),
            Value::Map(map) => 3 + map.len() + size(map),
            Value::Texts(set) => set.0.iter().map(String::len).sum(),
            Value::Numbers(set) => set.0.iter().map(|number| number.size()).sum(),
            Value::Binaries(set) => set.0.iter().map(|binary| binary.0.len()).sum(),
        }
    }

    /// The order of two values of one of the types that have one.
    pub(crate) fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
            (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
            (Value::Binary(left), Value::Binary(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// Whether `<` and its like may be asked of it.
    pub(crate) fn has_order(&self) -> bool {
        matches!(self, Value::Text(_) | Value::Number(_) | Value::Binary(_))
    }

    /// What is wrong with it as a value to be stored or compared.
    pub(crate) fn fault(&self) -> Option<String> {
        match self {
            Value::Null(false) => {
                Some("Null attribute value types must have the value of true".into())
            }
            _ if self.depth() > DEPTH => Some(
                "Nesting Levels have exceeded supported limits: Attributes in the item have \
                 nested levels beyond supported limit"
                    .into(),
            ),
            Value::List(list) => list.iter().find_map(Value::fault),
            Value::Map(map) => map.values().find_map(Value::fault),
            _ => None,
        }
    }

    fn depth(&self) -> usize {
        match self {
            Value::List(list) => 1 + list.iter().map(Value::depth).max().unwrap_or(0),
            Value::Map(map) => 1 + map.values().map(Value::depth).max().unwrap_or(0),
            _ => 0,
        }
    }
}

/// The bytes of an item: names and values.
pub(crate) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value.size()).sum()
}

impl TryFrom<String> for Binary {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Binary, base64::DecodeError> {
        BASE64_STANDARD.decode(text).map(Binary)
    }
}

impl From<Binary> for String {
    fn from(binary: Binary) -> String {
        BASE64_STANDARD.encode(binary.0)
    }
}

impl<T: Ord> TryFrom<Vec<T>> for Set<T> {
    type Error = &'static str;

    fn try_from(members: Vec<T>) -> Result<Set<T>, &'static str> {
        let count = members.len();
        let set: BTreeSet<T> = members.into_iter().collect();
        if set.is_empty() {
            return Err("One or more parameter values were invalid: a set may not be empty");
        }
        if set.len() < count {
            return Err(
                "One or more parameter values were invalid: Input collection contains duplicates",
            );
        }
        Ok(Set(set))
    }
}

impl<T> From<Set<T>> for Vec<T> {
    fn from(set: Set<T>) -> Vec<T> {
        set.0.into_iter().collect()
    }
}
