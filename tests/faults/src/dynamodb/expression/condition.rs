//! Conditions: of a write, of a filter, of a key.

use super::{Bindings, Name};
use crate::dynamodb::{
    number::Number,
    value::{Item, Value},
};

#[derive(Debug)]
pub(crate) enum Condition {
    Compare(Operand, Comparator, Operand),
    Between(Operand, Operand, Operand),
    In(Operand, Vec<Operand>),
    Exists(Name),
    Type(Name, String),
    BeginsWith(Operand, Operand),
    Contains(Operand, Operand),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Attribute(Name),
    /// The placeholder, `:value`.
    Value(String),
    Size(Name),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// `size` makes a value of its own.
enum Operated<'a> {
    Stored(&'a Value),
    Made(Value),
}

impl Condition {
    /// Whether it holds for an item; an item that is not there has no attributes.
    pub(crate) fn holds<'a>(&'a self, item: &'a Item, given: Bindings<'a>) -> Result<bool, String> {
        Ok(match self {
            Condition::Compare(left, comparator, right) => {
                match (left.of(item, given)?, right.of(item, given)?) {
                    (Some(left), Some(right)) => comparator.holds(left.value(), right.value()),
                    // What is not there is unlike anything, and neither more nor less.
                    _ => *comparator == Comparator::NotEqual,
                }
            }
            Condition::Between(operand, low, high) => {
                match (operand.of(item, given)?, low.of(item, given)?, high.of(item, given)?) {
                    (Some(value), Some(low), Some(high)) => {
                        Comparator::GreaterOrEqual.holds(value.value(), low.value())
                            && Comparator::LessOrEqual.holds(value.value(), high.value())
                    }
                    _ => false,
                }
            }
            Condition::In(operand, candidates) => {
                let Some(value) = operand.of(item, given)? else { return Ok(false) };
                for candidate in candidates {
                    let candidate = candidate.of(item, given)?;
                    if candidate.is_some_and(|candidate| candidate.value() == value.value()) {
                        return Ok(true);
                    }
                }
                false
            }
            Condition::Exists(name) => item.contains_key(given.name(name)?),
            Condition::Type(name, kind) => {
                let value = item.get(given.name(name)?);
                match (value, given.value(kind)?) {
                    (Some(value), Value::Text(kind)) => value.kind() == kind,
                    _ => false,
                }
            }
            Condition::BeginsWith(operand, prefix) => {
                match (operand.of(item, given)?, prefix.of(item, given)?) {
                    (Some(value), Some(prefix)) => begins_with(value.value(), prefix.value()),
                    _ => false,
                }
            }
            Condition::Contains(operand, part) => {
                match (operand.of(item, given)?, part.of(item, given)?) {
                    (Some(value), Some(part)) => contains(value.value(), part.value()),
                    _ => false,
                }
            }
            Condition::And(left, right) => left.holds(item, given)? && right.holds(item, given)?,
            Condition::Or(left, right) => left.holds(item, given)? || right.holds(item, given)?,
            Condition::Not(condition) => !condition.holds(item, given)?,
        })
    }

    /// What AWS finds wrong with it before it looks at any item.
    pub(crate) fn fault(&self, given: Bindings<'_>) -> Result<(), String> {
        let value = |operand: &Operand| match operand {
            Operand::Value(placeholder) => given.value(placeholder).map(Some),
            _ => Ok(None),
        };
        let incorrect = |operator: &str, kind: &str| {
            Err(format!(
                "Incorrect operand type for operator or function; operator or function: \
                 {operator}, operand type: {kind}"
            ))
        };
        match self {
            Condition::Compare(left, comparator, right) => {
                if left == right {
                    return Err("The first operand must be distinct from the remaining operands \
                                for this operator or function"
                        .into());
                }
                for operand in [left, right] {
                    if let Some(value) = value(operand)?
                        && !matches!(comparator, Comparator::Equal | Comparator::NotEqual)
                        && !value.has_order()
                    {
                        return incorrect(comparator.symbol(), value.kind());
                    }
                }
                Ok(())
            }
            Condition::Between(_, low, high) => {
                for bound in [low, high] {
                    if let Some(value) = value(bound)?
                        && !value.has_order()
                    {
                        return incorrect("BETWEEN", value.kind());
                    }
                }
                match (value(low)?, value(high)?) {
                    (Some(low), Some(high)) if low.kind() != high.kind() => {
                        Err("The BETWEEN operator requires same data type for lower and upper \
                             bounds"
                            .into())
                    }
                    (Some(low), Some(high))
                        if low.order(high).is_some_and(|order| order.is_gt()) =>
                    {
                        Err("The BETWEEN operator requires upper bound to be greater than or \
                             equal to lower bound"
                            .into())
                    }
                    _ => Ok(()),
                }
            }
            Condition::Type(_, kind) => match given.value(kind)? {
                Value::Text(kind) if KINDS.contains(&kind.as_str()) => Ok(()),
                Value::Text(kind) => {
                    Err(format!("Invalid attribute type name found; type: {kind}"))
                }
                other => incorrect("attribute_type", other.kind()),
            },
            Condition::BeginsWith(first, prefix) => {
                for operand in [first, prefix] {
                    match value(operand)? {
                        None | Some(Value::Text(_) | Value::Binary(_)) => {}
                        Some(other) => return incorrect("begins_with", other.kind()),
                    }
                }
                Ok(())
            }
            Condition::Contains(operand, part) if operand == part => {
                Err("The first operand must be distinct from the remaining operands for this \
                     operator or function; operator: contains"
                    .into())
            }
            Condition::And(left, right) | Condition::Or(left, right) => {
                left.fault(given)?;
                right.fault(given)
            }
            Condition::Not(condition) => condition.fault(given),
            Condition::In(..) | Condition::Exists(_) | Condition::Contains(..) => Ok(()),
        }
    }

    /// Every attribute it speaks of.
    pub(crate) fn attributes(&self) -> Vec<&Name> {
        match self {
            Condition::Compare(left, _, right)
            | Condition::BeginsWith(left, right)
            | Condition::Contains(left, right) => {
                left.attribute().into_iter().chain(right.attribute()).collect()
            }
            Condition::Between(operand, low, high) => {
                [operand, low, high].into_iter().filter_map(Operand::attribute).collect()
            }
            Condition::In(operand, candidates) => {
                let candidates = candidates.iter().filter_map(Operand::attribute);
                operand.attribute().into_iter().chain(candidates).collect()
            }
            Condition::Exists(name) | Condition::Type(name, _) => vec![name],
            Condition::And(left, right) | Condition::Or(left, right) => {
                let mut attributes = left.attributes();
                attributes.extend(right.attributes());
                attributes
            }
            Condition::Not(condition) => condition.attributes(),
        }
    }
}

const KINDS: [&str; 10] = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"];

impl Operand {
    fn of<'a>(
        &'a self,
        item: &'a Item,
        given: Bindings<'a>,
    ) -> Result<Option<Operated<'a>>, String> {
        Ok(match self {
            Operand::Attribute(name) => item.get(given.name(name)?).map(Operated::Stored),
            Operand::Value(placeholder) => Some(Operated::Stored(given.value(placeholder)?)),
            Operand::Size(name) => {
                let length = item.get(given.name(name)?).and_then(length);
                length.map(|length| Operated::Made(Value::Number(Number::of(length))))
            }
        })
    }

    fn attribute(&self) -> Option<&Name> {
        match self {
            Operand::Attribute(name) | Operand::Size(name) => Some(name),
            Operand::Value(_) => None,
        }
    }
}

impl Operated<'_> {
    fn value(&self) -> &Value {
        match self {
            Operated::Stored(value) => value,
            Operated::Made(value) => value,
        }
    }
}

impl Comparator {
    pub(super) fn holds(self, left: &Value, right: &Value) -> bool {
        let order = left.order(right);
        match self {
            Comparator::Equal => left == right,
            Comparator::NotEqual => left != right,
            Comparator::Less => order.is_some_and(|order| order.is_lt()),
            Comparator::LessOrEqual => order.is_some_and(|order| order.is_le()),
            Comparator::Greater => order.is_some_and(|order| order.is_gt()),
            Comparator::GreaterOrEqual => order.is_some_and(|order| order.is_ge()),
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Comparator::Equal => "=",
            Comparator::NotEqual => "<>",
            Comparator::Less => "<",
            Comparator::LessOrEqual => "<=",
            Comparator::Greater => ">",
            Comparator::GreaterOrEqual => ">=",
        }
    }
}

/// What `size` says; nothing for numbers and flags.
fn length(value: &Value) -> Option<usize> {
    Some(match value {
        // UTF-16 units, as Java counts.
        Value::Text(text) => text.encode_utf16().count(),
        Value::Binary(binary) => binary.0.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Texts(set) => set.0.len(),
        Value::Numbers(set) => set.0.len(),
        Value::Binaries(set) => set.0.len(),
        Value::Number(_) | Value::Flag(_) | Value::Null(_) => return None,
    })
}

pub(super) fn begins_with(value: &Value, prefix: &Value) -> bool {
    match (value, prefix) {
        (Value::Text(value), Value::Text(prefix)) => value.starts_with(prefix),
        (Value::Binary(value), Value::Binary(prefix)) => value.0.starts_with(&prefix.0),
        _ => false,
    }
}

fn contains(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Text(value), Value::Text(part)) => value.contains(part),
        (Value::Binary(value), Value::Binary(part)) => {
            part.0.is_empty() || value.0.windows(part.0.len()).any(|window| window == part.0)
        }
        (Value::Texts(set), Value::Text(member)) => set.0.contains(member),
        (Value::Numbers(set), Value::Number(member)) => set.0.contains(member),
        (Value::Binaries(set), Value::Binary(member)) => set.0.contains(member),
        (Value::List(list), member) => list.contains(member),
        _ => false,
    }
}
