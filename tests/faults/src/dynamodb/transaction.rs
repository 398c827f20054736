//! `TransactWriteItems`: all of the writes or none, and once for each token.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    Dynamo,
    refusal::Refusal,
    request::{ReturnValues, TransactItem, Transaction, Write},
    units,
    write::{Kind, Prepared},
};

/// The most writes in one transaction, and the most bytes.
const MAX_WRITES: usize = 100;
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// A token of a transaction that was done is good for so long.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);

/// Transactions that were done, by the tokens of their requests.
pub(super) type Tokens = HashMap<String, Done>;

pub(super) struct Done {
    at: Timestamp,
    writes: Vec<TransactItem>,
    /// The units of the reads that a repetition is charged for, by table.
    units: BTreeMap<String, f64>,
}

/// The units of a transaction, by table.
pub(super) enum Charged {
    Written(BTreeMap<String, f64>),
    /// It was done before.
    Read(BTreeMap<String, f64>),
}

impl Dynamo {
    pub(super) fn transact(&mut self, request: Transaction) -> Result<Charged, Refusal> {
        if !(1..=MAX_WRITES).contains(&request.transact_items.len()) {
            return Err(Refusal::Invalid(format!(
                "1 validation error detected: transactItems must have 1 to {MAX_WRITES} members"
            )));
        }
        let writes = request.transact_items.iter().map(kind_and_write);
        let writes = writes.collect::<Result<Vec<_>, _>>()?;
        let now = self.clock.now();
        if let Some(token) = &request.client_request_token {
            self.tokens.retain(|_, done| now.duration_since(done.at) < REMEMBERED);
            if let Some(done) = self.tokens.get(token) {
                if done.writes != request.transact_items {
                    return Err(Refusal::OtherTransaction);
                }
                let units = done.units.clone();
                for (table, units) in &units {
                    self.count(table, "TransactWriteItems", *units, 0.0);
                }
                return Ok(Charged::Read(units));
            }
        }

        let mut prepared = Vec::new();
        for (kind, write) in writes {
            prepared.push(Prepared::new(kind, write)?);
        }
        let mut targets = BTreeSet::new();
        for write in &prepared {
            let table = self.tables.get(&write.request.table_name).ok_or(Refusal::NoTable)?;
            // A key that is none is told as the reason of its write.
            if let Ok(key) = write.key(table)
                && !targets.insert((&write.request.table_name, key))
            {
                return Err(Refusal::invalid(
                    "Transaction request cannot include multiple operations on one item",
                ));
            }
        }
        if prepared.iter().map(Prepared::size).sum::<usize>() > MAX_BYTES {
            return Err(Refusal::invalid(
                "Collection size of items exceeded, which can also be caused by the aggregate \
                 size of the items in the transaction exceeding the 4MB limit",
            ));
        }

        let mut decided = Vec::new();
        let mut reasons = Vec::new();
        // Rounded for each item, and twice: once to prepare, once to commit.
        let mut write_units: BTreeMap<String, f64> = BTreeMap::new();
        let mut read_units: BTreeMap<String, f64> = BTreeMap::new();
        for write in &prepared {
            let name = &write.request.table_name;
            let table = self.tables.get(name).ok_or(Refusal::NoTable)?;
            let units = write_units.entry(name.clone()).or_default();
            match write.decide(table) {
                Ok(done) => {
                    *units += 2.0 * units::write(done.size());
                    *read_units.entry(name.clone()).or_default() +=
                        2.0 * units::read(done.size(), true);
                    decided.push((name, done));
                    reasons.push(None);
                }
                Err(refusal) => {
                    *units += 2.0 * write.refused_units(table);
                    reasons.push(Some(refusal));
                }
            }
        }
        if reasons.iter().any(Option::is_some) {
            for (table, units) in write_units {
                self.count(&table, "TransactWriteItems", 0.0, units);
            }
            return Err(Refusal::Cancelled(reasons));
        }
        for (name, done) in decided {
            if let Some(table) = self.tables.get_mut(name) {
                let unchanged = match (&done.before, &done.after) {
                    (Some(before), Some(after)) => Arc::ptr_eq(before, after),
                    (None, None) => true,
                    _ => false,
                };
                if !unchanged {
                    *write_units.entry(name.clone()).or_default() +=
                        table.replace(&done.key, done.after, now);
                }
            }
        }
        for (table, units) in &write_units {
            self.count(table, "TransactWriteItems", 0.0, *units);
        }
        if let Some(token) = request.client_request_token {
            let done = Done { at: now, writes: request.transact_items, units: read_units };
            self.tokens.insert(token, done);
        }
        Ok(Charged::Written(write_units))
    }
}

fn kind_and_write(item: &TransactItem) -> Result<(Kind, &Write), Refusal> {
    let kinds = [
        (Kind::Put, &item.put),
        (Kind::Update, &item.update),
        (Kind::Delete, &item.delete),
        (Kind::Check, &item.condition_check),
    ];
    let mut there = kinds.into_iter().filter_map(|(kind, write)| Some((kind, write.as_ref()?)));
    let (Some((kind, write)), None) = (there.next(), there.next()) else {
        return Err(Refusal::invalid(
            "TransactItems can only contain one of Check, Put, Update or Delete",
        ));
    };
    let missing = match kind {
        Kind::Update => write.update_expression.is_none(),
        Kind::Check => write.condition_expression.is_none(),
        Kind::Put | Kind::Delete => false,
    };
    if missing
        || write.return_values != ReturnValues::None
        || write.return_consumed_capacity.is_some()
    {
        return Err(Refusal::Invalid(format!(
            "these are not the parameters of a {kind:?} in a transaction"
        )));
    }
    Ok((kind, write))
}
