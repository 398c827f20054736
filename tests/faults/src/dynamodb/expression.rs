//! Expressions: parsed once, remembered by their text, evaluated against items.

mod condition;
mod key;
mod lexer;
mod parser;
mod update;

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{refusal::Refusal, value::Value};

pub(crate) use condition::Condition;
pub(crate) use key::{KeyCondition, SortCondition};
pub(crate) use update::Update;

/// Longer expressions are refused.
const MAX_BYTES: usize = 4096;

/// An attribute as an expression names it: by itself, or by a `#name`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Name {
    Plain(String),
    Placeholder(String),
}

/// A parsed expression and the placeholders it uses.
#[derive(Debug)]
pub(crate) struct Parsed<T> {
    pub(crate) expression: T,
    pub(crate) names: Vec<String>,
    pub(crate) values: Vec<String>,
}

/// Expressions of one kind, by their texts.
type Known<T> = RefCell<HashMap<String, Arc<Parsed<T>>>>;

// What a thread has parsed so far, for all the tables that it ever has.
thread_local! {
    static CONDITIONS: Known<Condition> = RefCell::default();
    static UPDATES: Known<Update> = RefCell::default();
    static PROJECTIONS: Known<Vec<Name>> = RefCell::default();
}

/// What the placeholders of a request stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bindings<'a> {
    pub(crate) names: Option<&'a BTreeMap<String, String>>,
    pub(crate) values: Option<&'a BTreeMap<String, Value>>,
}

/// A `ConditionExpression`, `FilterExpression` or `KeyConditionExpression`, by that name.
pub(crate) fn condition(parameter: &str, text: &str) -> Result<Arc<Parsed<Condition>>, Refusal> {
    CONDITIONS.with_borrow_mut(|known| remembered(known, parameter, text, parser::condition))
}

pub(crate) fn update(text: &str) -> Result<Arc<Parsed<Update>>, Refusal> {
    let parameter = "UpdateExpression";
    UPDATES.with_borrow_mut(|known| remembered(known, parameter, text, parser::update))
}

pub(crate) fn projection(text: &str) -> Result<Arc<Parsed<Vec<Name>>>, Refusal> {
    let parameter = "ProjectionExpression";
    PROJECTIONS.with_borrow_mut(|known| remembered(known, parameter, text, parser::projection))
}

fn remembered<T>(
    known: &mut HashMap<String, Arc<Parsed<T>>>,
    parameter: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<Parsed<T>, Trouble>,
) -> Result<Arc<Parsed<T>>, Refusal> {
    if let Some(parsed) = known.get(text) {
        return Ok(parsed.clone());
    }
    if text.is_empty() {
        return Err(invalid(parameter, "The expression can not be empty;"));
    }
    if text.len() > MAX_BYTES {
        return Err(invalid(parameter, "Expression size has exceeded the maximum allowed size;"));
    }
    let parsed = parse(text).map_err(|trouble| match trouble {
        Trouble::Wrong(why) => invalid(parameter, &why),
        Trouble::Unknown(what) => Refusal::NotModelled(format!("{what} in a {parameter}")),
    })?;
    let parsed = Arc::new(parsed);
    known.insert(text.to_owned(), parsed.clone());
    Ok(parsed)
}

/// Why an expression was not parsed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It is none.
    Wrong(String),
    /// It has a part that the model does not know.
    Unknown(String),
}

pub(crate) fn invalid(parameter: &str, why: &str) -> Refusal {
    Refusal::Invalid(format!("Invalid {parameter}: {why}"))
}

impl<'a> Bindings<'a> {
    pub(crate) fn name(&self, name: &'a Name) -> Result<&'a str, String> {
        match name {
            Name::Plain(name) => Ok(name),
            Name::Placeholder(placeholder) => {
                let found = self.names.and_then(|names| names.get(placeholder));
                found.map(String::as_str).ok_or_else(|| {
                    format!(
                        "An expression attribute name used in the document path is not defined; \
                         attribute name: {placeholder}"
                    )
                })
            }
        }
    }

    pub(crate) fn value(&self, placeholder: &str) -> Result<&'a Value, String> {
        self.values.and_then(|values| values.get(placeholder)).ok_or_else(|| {
            format!(
                "An expression attribute value used in expression is not defined; attribute \
                 value: {placeholder}"
            )
        })
    }

    /// Everything used is defined, everything defined is used, and the values are values.
    pub(crate) fn check(&self, used: &[(&str, &[String], &[String])]) -> Result<(), Refusal> {
        for (what, empty) in [
            ("ExpressionAttributeNames", self.names.map(BTreeMap::is_empty)),
            ("ExpressionAttributeValues", self.values.map(BTreeMap::is_empty)),
        ] {
            match empty {
                Some(_) if used.is_empty() => {
                    return Err(Refusal::Invalid(format!(
                        "{what} can only be specified when using expressions"
                    )));
                }
                Some(true) => {
                    return Err(Refusal::Invalid(format!("{what} must not be empty")));
                }
                _ => {}
            }
        }
        for (placeholder, value) in self.values.into_iter().flatten() {
            if let Some(fault) = value.fault() {
                return Err(Refusal::Invalid(format!(
                    "ExpressionAttributeValues contains invalid value: {fault} for key \
                     {placeholder}"
                )));
            }
        }
        for (parameter, names, values) in used {
            for name in *names {
                if !self.names.is_some_and(|names| names.contains_key(name)) {
                    let why = "An expression attribute name used in the document path is not \
                               defined; attribute name: ";
                    return Err(invalid(parameter, &format!("{why}{name}")));
                }
            }
            for value in *values {
                self.value(value).map_err(|why| invalid(parameter, &why))?;
            }
        }
        let unused = |what: &str, keys: Vec<&str>| match keys[..] {
            [] => Ok(()),
            _ => Err(Refusal::Invalid(format!(
                "Value provided in {what} unused in expressions: keys: {{{}}}",
                keys.join(", ")
            ))),
        };
        let names = self.names.into_iter().flatten().map(|(name, _)| name);
        let names = names.filter(|name| !used.iter().any(|(_, names, _)| names.contains(name)));
        unused("ExpressionAttributeNames", names.map(String::as_str).collect())?;
        let values = self.values.into_iter().flatten().map(|(value, _)| value);
        let values = values.filter(|value| !used.iter().any(|(.., values)| values.contains(value)));
        unused("ExpressionAttributeValues", values.map(String::as_str).collect())
    }
}
