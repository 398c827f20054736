//! A DynamoDB in memory: the operations and expressions that the functions use, a microsecond or a
//! few each, asked by the wire's own JSON or in the SDK's terms. What it does not know it refuses by
//! name, and never ignores.
//!
//! A test proves it equal to the embedded engine that the local system runs on.

mod engine;
mod expression;
mod number;
mod read;
mod refusal;
mod request;
mod sdk;
mod table;
mod transaction;
mod units;
mod value;
mod wire;
mod write;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use jiff::{SignedDuration, Timestamp};
use platform::clock::Clock;
use serde_json::{Value as Json, json};

use read::{Found, Shown};
use table::{KeyPart, Table};
use transaction::Tokens;
use value::{Item, Value};
use write::Prepared;

pub use engine::SharedTables;
pub(crate) use refusal::Refusal;
pub(crate) use request::{BatchGet, Get, Query, Transaction, Write};
pub(crate) use sdk::{Attributes, Refused};
pub use units::{Meter, Units};
pub use wire::Answer;
pub(crate) use write::Kind;

/// The most keys of a `BatchGetItem`.
const MOST_KEYS: usize = 100;

/// The tables of the system, and what happened to them.
pub struct Dynamo {
    clock: Arc<dyn Clock>,
    tables: BTreeMap<String, Table>,
    tokens: Tokens,
    meter: Meter,
    lag: SignedDuration,
}

/// What a `BatchGetItem` found in one table, and the read units of that.
struct Batch {
    items: Vec<Shown>,
    units: f64,
}

/// The tables as they were at one moment. Items are shared with the tables, not copied.
#[derive(Clone)]
pub struct Snapshot(BTreeMap<String, Table>);

impl Dynamo {
    /// The tables of [`tables::TABLES`], empty.
    pub fn new(clock: Arc<dyn Clock>) -> Dynamo {
        static EMPTY: LazyLock<BTreeMap<String, Table>> = LazyLock::new(|| {
            let table = |table: &tables::Table| {
                let made = Table::new(&table.create_request());
                (table.name.to_owned(), made.expect("the model knows the system's tables"))
            };
            tables::TABLES.iter().map(table).collect()
        });
        Dynamo {
            clock,
            tables: EMPTY.clone(),
            tokens: Tokens::default(),
            meter: Meter::new(),
            lag: SignedDuration::ZERO,
        }
    }

    /// Lets reads that need not be consistent, and queries of an index, see what was there so long
    /// ago, until this is called again. A minute at the most is remembered.
    pub fn set_lag(&mut self, lag: SignedDuration) {
        self.lag = lag.clamp(SignedDuration::ZERO, table::REMEMBERED);
    }

    /// The tables as they are.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.tables.clone())
    }

    /// The tables as they were, as a restored backup has them.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        self.tables.clone_from(&snapshot.0);
    }

    /// What was consumed since the beginning, or since [`Dynamo::reset_meter`].
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Begins to count anew.
    pub fn reset_meter(&mut self) {
        self.meter.clear();
    }

    /// Every item of a table, in the order of its keys; none if there is no such table.
    pub fn items(&self, table: &str) -> Vec<Json> {
        let items = self.tables.get(table).into_iter().flat_map(Table::items);
        items.map(|stored| json!(stored.item)).collect()
    }

    /// The items of a table whose keys, `pk` and `sk`, `wanted` takes.
    pub fn items_with(&self, table: &str, wanted: impl Fn(&str, &str) -> bool) -> Vec<Json> {
        let items = self.tables.get(table).into_iter().flat_map(Table::items);
        let wanted = items.filter(|stored| match [stored.item.get("pk"), stored.item.get("sk")] {
            [Some(Value::Text(pk)), Some(Value::Text(sk))] => wanted(pk, sk),
            _ => false,
        });
        wanted.map(|stored| json!(stored.item)).collect()
    }

    /// One item of a table.
    pub fn item(&self, table: &str, pk: &str, sk: &str) -> Option<Json> {
        let key = (KeyPart::Text(pk.to_owned()), KeyPart::Text(sk.to_owned()));
        self.tables.get(table)?.get(&key).map(|stored| json!(stored.item))
    }

    /// Forgets the items whose `expires_at` has passed, as AWS does within days, and says how many
    /// those were.
    pub fn forget_expired(&mut self) -> usize {
        let now = self.clock.now();
        let mut forgotten = 0;
        for definition in tables::TABLES.iter().filter(|table| table.expires) {
            let Some(table) = self.tables.get_mut(definition.name) else { continue };
            let expired = table.expired(tables::EXPIRY_ATTRIBUTE, now);
            forgotten += expired.len();
            for key in expired {
                table.replace(&key, None, now);
            }
        }
        forgotten
    }

    /// The item of a key, and the read units.
    fn get(&mut self, request: &Get) -> Result<(Option<Shown>, f64), Refusal> {
        let moment = self.moment();
        let table = self.tables.get(&request.table_name).ok_or(Refusal::NoTable)?;
        let (found, units) = read::get(request, table, moment)?;
        self.count(&request.table_name, "GetItem", units, 0.0);
        Ok((found, units))
    }

    /// The items of some keys, by table. One page is all of it: nothing is left out for its size.
    fn batch_get(&mut self, request: &BatchGet) -> Result<BTreeMap<String, Batch>, Refusal> {
        let keys = request.request_items.values().map(|wanted| wanted.keys.len());
        if keys.sum::<usize>() > MOST_KEYS {
            return Err(Refusal::invalid("Too many items requested for the BatchGetItem call"));
        }
        let moment = self.moment();
        let mut found = BTreeMap::new();
        for (name, wanted) in &request.request_items {
            let table = self.tables.get(name).ok_or(Refusal::NoTable)?;
            let reads = wanted.keys.iter().map(|key| {
                let get = Get::whole(name.clone(), key.clone(), wanted.consistent_read);
                read::get(&get, table, moment)
            });
            let reads = reads.collect::<Result<Vec<_>, _>>()?;
            let units = reads.iter().map(|(_, units)| units).sum();
            self.count(name, "BatchGetItem", units, 0.0);
            let items = reads.into_iter().filter_map(|(shown, _)| shown);
            found.insert(name.clone(), Batch { items: items.collect(), units });
        }
        Ok(found)
    }

    fn query(&mut self, request: &Query) -> Result<(Found, f64), Refusal> {
        let moment = self.moment();
        let table = self.tables.get(&request.table_name).ok_or(Refusal::NoTable)?;
        let (found, units) = read::query(request, table, moment)?;
        self.count(&request.table_name, "Query", units, 0.0);
        Ok((found, units))
    }

    /// What is to be shown of the item, and the write units.
    fn write(&mut self, kind: Kind, request: &Write) -> Result<(Option<Item>, f64), Refusal> {
        let operation = kind.operation();
        let prepared = Prepared::new(kind, request)?;
        let table = self.tables.get_mut(&request.table_name).ok_or(Refusal::NoTable)?;
        let decided = match prepared.decide(table) {
            Ok(decided) => decided,
            Err(refusal) => {
                if let Refusal::Condition(_) = refusal {
                    let units = prepared.refused_units(table);
                    self.count(&request.table_name, operation, 0.0, units);
                }
                return Err(refusal);
            }
        };
        let returned = prepared.returned(&decided);
        let mut units = units::write(decided.size());
        units += table.replace(&decided.key, decided.after, self.clock.now());
        self.count(&request.table_name, operation, 0.0, units);
        Ok((returned, units))
    }

    fn count(&mut self, table: &str, operation: &'static str, read: f64, write: f64) {
        let units = self.meter.entry((table.to_owned(), operation)).or_default();
        units.requests += 1;
        units.read += read;
        units.write += write;
    }

    /// What inconsistent reads see.
    fn moment(&self) -> Timestamp {
        self.clock.now() - self.lag
    }
}
