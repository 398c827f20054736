//! What an `UpdateExpression` does to an item.

use super::{Bindings, Name};
use crate::dynamodb::value::{Item, Value};

#[derive(Debug, Default)]
pub(crate) struct Update {
    pub(super) set: Vec<(Name, SetValue)>,
    pub(super) remove: Vec<Name>,
    /// Attributes and the placeholders of what is added.
    pub(super) add: Vec<(Name, String)>,
    pub(super) delete: Vec<(Name, String)>,
}

#[derive(Debug)]
pub(super) enum SetValue {
    Operand(SetOperand),
    Sum(SetOperand, SetOperand),
    Difference(SetOperand, SetOperand),
}

#[derive(Debug)]
pub(super) enum SetOperand {
    Attribute(Name),
    Value(String),
    IfNotExists(Name, Box<SetOperand>),
    ListAppend(Box<SetOperand>, Box<SetOperand>),
}

const OPERAND_TYPE: &str = "An operand in the update expression has an incorrect data type";

impl Update {
    /// The attributes it writes, or why it cannot be done to any item: one attribute twice, or a
    /// value of a type that its clause does not take.
    pub(crate) fn targets<'a>(&'a self, given: Bindings<'a>) -> Result<Vec<&'a str>, String> {
        let mut targets = Vec::new();
        let set = self.set.iter().map(|(name, _)| name);
        let pairs = self.add.iter().chain(&self.delete).map(|(name, _)| name);
        for name in set.chain(&self.remove).chain(pairs) {
            let name = given.name(name)?;
            if targets.contains(&name) {
                return Err(format!(
                    "Two document paths overlap with each other; must remove or rewrite one of \
                     these paths; path one: [{name}], path two: [{name}]"
                ));
            }
            targets.push(name);
        }
        let incorrect = |clause: &str, kind: &str| {
            Err(format!(
                "Incorrect operand type for operator or function; operator: {clause}, operand \
                 type: {kind}, typeSet: ALLOWED_FOR_ADD_OPERAND"
            ))
        };
        let is_set = |value: &Value| {
            matches!(value, Value::Texts(_) | Value::Numbers(_) | Value::Binaries(_))
        };
        for (_, placeholder) in &self.add {
            let value = given.value(placeholder)?;
            if !is_set(value) && !matches!(value, Value::Number(_)) {
                return incorrect("ADD", value.kind());
            }
        }
        for (_, placeholder) in &self.delete {
            let value = given.value(placeholder)?;
            if !is_set(value) {
                return incorrect("DELETE", value.kind());
            }
        }
        for (_, value) in &self.set {
            value.fault(given)?;
        }
        Ok(targets)
    }

    /// The item afterwards. Every value is worked out from the item as it was.
    pub(crate) fn apply(&self, before: &Item, given: Bindings<'_>) -> Result<Item, String> {
        let mut after = before.clone();
        for (name, value) in &self.set {
            after.insert(given.name(name)?.to_owned(), value.of(before, given)?);
        }
        for name in &self.remove {
            after.remove(given.name(name)?);
        }
        for (name, placeholder) in &self.add {
            let (name, added) = (given.name(name)?, given.value(placeholder)?);
            let sum = match (before.get(name), added) {
                (None, added) => added.clone(),
                (Some(Value::Number(left)), Value::Number(right)) => {
                    Value::Number(left.plus(*right)?)
                }
                (Some(Value::Texts(left)), Value::Texts(right)) => {
                    let mut sum = left.clone();
                    sum.0.extend(right.0.iter().cloned());
                    Value::Texts(sum)
                }
                (Some(Value::Numbers(left)), Value::Numbers(right)) => {
                    let mut sum = left.clone();
                    sum.0.extend(right.0.iter().copied());
                    Value::Numbers(sum)
                }
                (Some(Value::Binaries(left)), Value::Binaries(right)) => {
                    let mut sum = left.clone();
                    sum.0.extend(right.0.iter().cloned());
                    Value::Binaries(sum)
                }
                _ => return Err(OPERAND_TYPE.into()),
            };
            after.insert(name.to_owned(), sum);
        }
        for (name, placeholder) in &self.delete {
            let (name, taken) = (given.name(name)?, given.value(placeholder)?);
            let left_over = match (before.get(name), taken) {
                (None, _) => continue,
                (Some(Value::Texts(all)), Value::Texts(taken)) => {
                    let mut rest = all.clone();
                    rest.0.retain(|member| !taken.0.contains(member));
                    (!rest.0.is_empty()).then_some(Value::Texts(rest))
                }
                (Some(Value::Numbers(all)), Value::Numbers(taken)) => {
                    let mut rest = all.clone();
                    rest.0.retain(|member| !taken.0.contains(member));
                    (!rest.0.is_empty()).then_some(Value::Numbers(rest))
                }
                (Some(Value::Binaries(all)), Value::Binaries(taken)) => {
                    let mut rest = all.clone();
                    rest.0.retain(|member| !taken.0.contains(member));
                    (!rest.0.is_empty()).then_some(Value::Binaries(rest))
                }
                _ => return Err(OPERAND_TYPE.into()),
            };
            match left_over {
                Some(rest) => after.insert(name.to_owned(), rest),
                None => after.remove(name),
            };
        }
        Ok(after)
    }
}

impl SetValue {
    fn of(&self, item: &Item, given: Bindings<'_>) -> Result<Value, String> {
        let (left, right, minus) = match self {
            SetValue::Operand(operand) => return operand.of(item, given),
            SetValue::Sum(left, right) => (left, right, false),
            SetValue::Difference(left, right) => (left, right, true),
        };
        match (left.of(item, given)?, right.of(item, given)?) {
            (Value::Number(left), Value::Number(right)) => {
                let result = if minus { left.minus(right) } else { left.plus(right) };
                result.map(Value::Number)
            }
            _ => Err(OPERAND_TYPE.into()),
        }
    }

    /// A literal of a type that its operator never takes.
    fn fault(&self, given: Bindings<'_>) -> Result<(), String> {
        let (operands, operator) = match self {
            SetValue::Operand(operand) => return operand.fault(given),
            SetValue::Sum(left, right) => ([left, right], "+"),
            SetValue::Difference(left, right) => ([left, right], "-"),
        };
        for operand in operands {
            operand.fault(given)?;
            if let SetOperand::Value(placeholder) = operand
                && !matches!(given.value(placeholder)?, Value::Number(_))
            {
                return Err(format!(
                    "Incorrect operand type for operator or function; operator or function: \
                     {operator}, operand type: {}",
                    given.value(placeholder)?.kind()
                ));
            }
        }
        Ok(())
    }
}

impl SetOperand {
    fn of(&self, item: &Item, given: Bindings<'_>) -> Result<Value, String> {
        match self {
            SetOperand::Attribute(name) => item.get(given.name(name)?).cloned().ok_or_else(|| {
                "The provided expression refers to an attribute that does not exist in the item"
                    .to_owned()
            }),
            SetOperand::Value(placeholder) => given.value(placeholder).cloned(),
            SetOperand::IfNotExists(name, otherwise) => match item.get(given.name(name)?) {
                Some(value) => Ok(value.clone()),
                None => otherwise.of(item, given),
            },
            SetOperand::ListAppend(first, second) => {
                match (first.of(item, given)?, second.of(item, given)?) {
                    (Value::List(mut first), Value::List(second)) => {
                        first.extend(second);
                        Ok(Value::List(first))
                    }
                    _ => Err(OPERAND_TYPE.into()),
                }
            }
        }
    }

    fn fault(&self, given: Bindings<'_>) -> Result<(), String> {
        match self {
            SetOperand::IfNotExists(_, otherwise) => otherwise.fault(given),
            SetOperand::ListAppend(first, second) => {
                for operand in [first, second] {
                    operand.fault(given)?;
                    if let SetOperand::Value(placeholder) = &**operand
                        && !matches!(given.value(placeholder)?, Value::List(_))
                    {
                        return Err(format!(
                            "Incorrect operand type for operator or function; operator or \
                             function: list_append, operand type: {}",
                            given.value(placeholder)?.kind()
                        ));
                    }
                }
                Ok(())
            }
            SetOperand::Attribute(_) | SetOperand::Value(_) => Ok(()),
        }
    }
}
