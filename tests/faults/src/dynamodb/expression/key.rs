//! A `KeyConditionExpression`: the partition, and perhaps a range of the sort key.

use super::{
    Bindings,
    condition::{Comparator, Condition, Operand},
};
use crate::dynamodb::value::Value;

/// What a query asks of the keys.
#[derive(Debug)]
pub(crate) struct KeyCondition<'a> {
    pub(crate) partition: &'a Value,
    pub(crate) sort: Option<SortCondition<'a>>,
}

#[derive(Debug)]
pub(crate) enum SortCondition<'a> {
    Compare(Comparator, &'a Value),
    Between(&'a Value, &'a Value),
    BeginsWith(&'a Value),
}

impl<'a> KeyCondition<'a> {
    /// Reads a condition as one of these two keys.
    pub(crate) fn read(
        condition: &'a Condition,
        given: Bindings<'a>,
        partition_key: &str,
        sort_key: &str,
    ) -> Result<KeyCondition<'a>, String> {
        let mut partition = None;
        let mut sort = None;
        let parts = match condition {
            Condition::And(left, right) => vec![&**left, &**right],
            other => vec![other],
        };
        for part in parts {
            let (name, part) = one(part, given)?;
            let twice =
                || "KeyConditionExpressions must only contain one condition per key".to_owned();
            match part {
                SortCondition::Compare(Comparator::Equal, value) if name == partition_key => {
                    if partition.replace(value).is_some() {
                        return Err(twice());
                    }
                }
                part if name == sort_key => {
                    if sort.replace(part).is_some() {
                        return Err(twice());
                    }
                }
                _ if name == partition_key => {
                    return Err("Query key condition not supported".into());
                }
                _ => {
                    let missing = if partition.is_none() { partition_key } else { sort_key };
                    return Err(format!("Query condition missed key schema element: {missing}"));
                }
            }
        }
        match partition {
            Some(partition) => Ok(KeyCondition { partition, sort }),
            None => Err(format!("Query condition missed key schema element: {partition_key}")),
        }
    }
}

/// One condition of one key.
fn one<'a>(
    condition: &'a Condition,
    given: Bindings<'a>,
) -> Result<(&'a str, SortCondition<'a>), String> {
    let unsupported = || "Invalid operator used in KeyConditionExpression".to_owned();
    let attribute = |operand: &'a Operand| match operand {
        Operand::Attribute(name) => given.name(name),
        _ => Err(unsupported()),
    };
    let value = |operand: &'a Operand| match operand {
        Operand::Value(placeholder) => given.value(placeholder),
        _ => Err(unsupported()),
    };
    Ok(match condition {
        Condition::Compare(_, Comparator::NotEqual, _) => return Err(unsupported()),
        Condition::Compare(left, comparator, right) => {
            (attribute(left)?, SortCondition::Compare(*comparator, value(right)?))
        }
        Condition::Between(operand, low, high) => {
            (attribute(operand)?, SortCondition::Between(value(low)?, value(high)?))
        }
        Condition::BeginsWith(operand, prefix) => {
            (attribute(operand)?, SortCondition::BeginsWith(value(prefix)?))
        }
        _ => return Err(unsupported()),
    })
}

impl SortCondition<'_> {
    /// The values it compares with.
    pub(crate) fn values(&self) -> Vec<&Value> {
        match self {
            SortCondition::Compare(_, value) | SortCondition::BeginsWith(value) => vec![value],
            SortCondition::Between(low, high) => vec![low, high],
        }
    }

    /// No key is less than this of those for which it holds.
    pub(crate) fn least(&self) -> Option<&Value> {
        use Comparator::{Equal, Greater, GreaterOrEqual};

        match self {
            SortCondition::Compare(Equal | Greater | GreaterOrEqual, value)
            | SortCondition::Between(value, _)
            | SortCondition::BeginsWith(value) => Some(value),
            SortCondition::Compare(..) => None,
        }
    }

    pub(crate) fn holds(&self, key: &Value) -> bool {
        match self {
            SortCondition::Compare(comparator, value) => comparator.holds(key, value),
            SortCondition::Between(low, high) => {
                Comparator::GreaterOrEqual.holds(key, low)
                    && Comparator::LessOrEqual.holds(key, high)
            }
            SortCondition::BeginsWith(prefix) => super::condition::begins_with(key, prefix),
        }
    }
}
