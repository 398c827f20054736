//! Writes: first what a request asks for, then what it comes to, then the doing of it, so that a
//! transaction can look at all of its writes before it does any.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    expression::{self, Bindings, Condition, Parsed, Update, invalid},
    refusal::Refusal,
    request::{OnFailure, ReturnValues, Write},
    table::{Key, Stored, Table},
    units,
    value::Item,
};

/// The largest item.
const MAX_ITEM: usize = 400 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Put,
    Update,
    Delete,
    Check,
}

/// A write whose expressions are understood.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    kind: Kind,
    pub(crate) request: &'a Write,
    given: Bindings<'a>,
    condition: Option<Arc<Parsed<Condition>>>,
    update: Option<Arc<Parsed<Update>>>,
    /// What the write makes of the item that it is about.
    subject: &'a Item,
}

/// What a write comes to.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) key: Key,
    pub(crate) before: Option<Arc<Stored>>,
    pub(crate) after: Option<Arc<Stored>>,
}

impl Kind {
    /// The operation that does it alone.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Kind::Put => "PutItem",
            Kind::Update => "UpdateItem",
            Kind::Delete => "DeleteItem",
            Kind::Check => "ConditionCheck",
        }
    }
}

impl<'a> Prepared<'a> {
    /// What AWS says without looking at a table.
    pub(crate) fn new(kind: Kind, request: &'a Write) -> Result<Prepared<'a>, Refusal> {
        let (subject, foreign) = match kind {
            Kind::Put => {
                (&request.item, request.key.is_some() || request.update_expression.is_some())
            }
            Kind::Update => (&request.key, request.item.is_some()),
            Kind::Delete | Kind::Check => {
                (&request.key, request.item.is_some() || request.update_expression.is_some())
            }
        };
        let subject = match subject {
            Some(subject) if !foreign => subject,
            _ => {
                return Err(Refusal::Invalid(format!(
                    "these are not the parameters of a {kind:?}"
                )));
            }
        };
        let returnable = match kind {
            Kind::Update => true,
            _ => matches!(request.return_values, ReturnValues::None | ReturnValues::AllOld),
        };
        if !returnable {
            return Err(Refusal::invalid("Return values set to invalid value"));
        }
        if subject.contains_key("") {
            return Err(Refusal::invalid("Empty attribute name"));
        }
        if let Some(fault) = subject.values().find_map(|value| value.fault()) {
            return Err(Refusal::Invalid(format!(
                "One or more parameter values were invalid: {fault}"
            )));
        }
        let given = request.bindings();
        let condition = request.condition_expression.as_deref();
        let condition =
            condition.map(|text| expression::condition("ConditionExpression", text)).transpose()?;
        let update = request.update_expression.as_deref();
        let update = update.map(expression::update).transpose()?;
        let mut used: Vec<(&str, &[String], &[String])> = Vec::new();
        if let Some(update) = &update {
            used.push(("UpdateExpression", &update.names, &update.values));
        }
        if let Some(condition) = &condition {
            used.push(("ConditionExpression", &condition.names, &condition.values));
        }
        given.check(&used)?;
        if let Some(update) = &update {
            let targets = update.expression.targets(given);
            targets.map_err(|why| invalid("UpdateExpression", &why))?;
        }
        if let Some(condition) = &condition {
            let fault = condition.expression.fault(given);
            fault.map_err(|why| invalid("ConditionExpression", &why))?;
        }
        Ok(Prepared { kind, request, given, condition, update, subject })
    }

    /// The key, if it is one.
    pub(crate) fn key(&self, table: &Table) -> Result<Key, Refusal> {
        table.key(self.subject, self.kind != Kind::Put)
    }

    /// The bytes that the request brings.
    pub(crate) fn size(&self) -> usize {
        let values = self.request.expression_attribute_values.iter().flatten();
        super::value::size(self.subject) + values.map(|(_, value)| value.size()).sum::<usize>()
    }

    /// What it comes to with what is there now.
    pub(crate) fn decide(&self, table: &Table) -> Result<Decided, Refusal> {
        let key = self.key(table)?;
        if self.kind == Kind::Put {
            table.check_index_keys(self.subject)?;
            if super::value::size(self.subject) > MAX_ITEM {
                return Err(Refusal::invalid("Item size has exceeded the maximum allowed size"));
            }
        }
        let before = table.get(&key).cloned();
        let nothing = BTreeMap::new();
        let item = before.as_ref().map_or(&nothing, |stored| &stored.item);
        if let Some(condition) = &self.condition {
            let holds = condition.expression.holds(item, self.given).map_err(Refusal::Invalid)?;
            if !holds {
                let wanted =
                    self.request.return_values_on_condition_check_failure == OnFailure::AllOld;
                let shown = before.filter(|_| wanted).map(|stored| stored.item.clone());
                return Err(Refusal::Condition(shown));
            }
        }
        let mut targets = Vec::new();
        if let Some(update) = &self.update {
            targets = update.expression.targets(self.given).map_err(Refusal::Invalid)?;
        }
        if let Some(part) = table.schema.names().into_iter().find(|name| targets.contains(name)) {
            return Err(Refusal::Invalid(format!(
                "One or more parameter values were invalid: Cannot update attribute {part}. This \
                 attribute is part of the key"
            )));
        }
        let after = match self.kind {
            Kind::Put => Some(Stored::new(self.subject.clone())),
            Kind::Delete => None,
            Kind::Check => before.clone(),
            Kind::Update => {
                let mut after = match &self.update {
                    Some(update) => {
                        update.expression.apply(item, self.given).map_err(Refusal::Invalid)?
                    }
                    None => item.clone(),
                };
                if before.is_none() {
                    after.extend(self.subject.clone());
                }
                if let Some(fault) = after.values().find_map(|value| value.fault()) {
                    return Err(Refusal::Invalid(fault));
                }
                table.check_index_keys(&after)?;
                let after = Stored::new(after);
                if after.size > MAX_ITEM {
                    return Err(Refusal::invalid(
                        "Item size to update has exceeded the maximum allowed size",
                    ));
                }
                Some(after)
            }
        };
        Ok(Decided { key, before, after })
    }

    /// What is to be shown of the item afterwards.
    pub(crate) fn returned(&self, decided: &Decided) -> Option<Item> {
        let targets = || {
            let targets = self.update.as_ref().map(|update| update.expression.targets(self.given));
            targets.and_then(Result::ok).unwrap_or_default()
        };
        let some = |stored: &Option<Arc<Stored>>| {
            let item = &stored.as_ref()?.item;
            let shown = targets().into_iter().filter_map(|name| item.get_key_value(name));
            let shown: Item = shown.map(|(name, value)| (name.clone(), value.clone())).collect();
            (!shown.is_empty()).then_some(shown)
        };
        match self.request.return_values {
            ReturnValues::None => None,
            ReturnValues::AllOld => decided.before.as_ref().map(|stored| stored.item.clone()),
            ReturnValues::AllNew => decided.after.as_ref().map(|stored| stored.item.clone()),
            ReturnValues::UpdatedOld => some(&decided.before),
            ReturnValues::UpdatedNew => some(&decided.after),
        }
    }

    /// The units of a write that was refused: those of what it looked at.
    pub(crate) fn refused_units(&self, table: &Table) -> f64 {
        let found = self.key(table).ok().and_then(|key| table.get(&key).map(|stored| stored.size));
        units::write(found.unwrap_or(0))
    }
}

impl Decided {
    /// The bytes that are charged for: of the larger of the item before and after.
    pub(crate) fn size(&self) -> usize {
        let size = |stored: &Option<Arc<Stored>>| stored.as_ref().map_or(0, |stored| stored.size);
        size(&self.before).max(size(&self.after))
    }
}
