//! A DynamoDB in memory: the operations and expressions that the functions use, by the wire's own
//! JSON, a few microseconds each. What it does not know it refuses by name, and never ignores.
//!
//! A test proves it equal to the embedded engine that the local system runs on.

mod expression;
mod number;
mod read;
mod refusal;
mod request;
mod table;
mod transaction;
mod units;
mod value;
mod write;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use jiff::{SignedDuration, Timestamp};
use platform::clock::Clock;
use serde_json::{Map, Value as Json, json};

use refusal::Refusal;
use request::{ReturnConsumedCapacity, Write};
use table::Table;
use transaction::Tokens;
use write::{Kind, Prepared};

pub use units::{Meter, Units};

/// The tables of the system, and what happened to them.
pub struct Dynamo {
    clock: Arc<dyn Clock>,
    tables: BTreeMap<String, Table>,
    tokens: Tokens,
    meter: Meter,
    lag: SignedDuration,
}

/// What goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200, or 400 with the error's name in `__type`.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
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

    /// Answers one request. The operation is what stands after the point in `x-amz-target`.
    pub fn answer(&mut self, operation: &str, body: &[u8]) -> Answer {
        let answer = match operation {
            "GetItem" => self.get(body),
            "Query" => self.query(body),
            "PutItem" => self.write("PutItem", Kind::Put, body),
            "UpdateItem" => self.write("UpdateItem", Kind::Update, body),
            "DeleteItem" => self.write("DeleteItem", Kind::Delete, body),
            "TransactWriteItems" => self.transact(body),
            other => Err(Refusal::NotModelled(format!("the operation {other}"))),
        };
        match answer {
            Ok(answer) => Answer { status: 200, body: Json::from(answer).to_string().into_bytes() },
            Err(refusal) => refusal.into_answer(),
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

    fn get(&mut self, body: &[u8]) -> Result<Map<String, Json>, Refusal> {
        let request: request::Get = request::read(body)?;
        let moment = self.moment();
        let table = self.tables.get(&request.table_name).ok_or(Refusal::NoTable)?;
        let read = read::get(&request, table, moment)?;
        self.count(&request.table_name, "GetItem", read.units, 0.0);
        let asked = request.return_consumed_capacity;
        Ok(with_capacity(read.answer, asked, &request.table_name, read.units))
    }

    fn query(&mut self, body: &[u8]) -> Result<Map<String, Json>, Refusal> {
        let request: request::Query = request::read(body)?;
        let moment = self.moment();
        let table = self.tables.get(&request.table_name).ok_or(Refusal::NoTable)?;
        let read = read::query(&request, table, moment)?;
        self.count(&request.table_name, "Query", read.units, 0.0);
        let asked = request.return_consumed_capacity;
        Ok(with_capacity(read.answer, asked, &request.table_name, read.units))
    }

    fn write(
        &mut self,
        operation: &'static str,
        kind: Kind,
        body: &[u8],
    ) -> Result<Map<String, Json>, Refusal> {
        let request: Write = request::read(body)?;
        let prepared = Prepared::new(kind, &request)?;
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
        let mut answer = Map::new();
        if let Some(item) = prepared.returned(&decided) {
            answer.insert("Attributes".into(), json!(item));
        }
        let mut units = units::write(decided.size());
        units += table.replace(&decided.key, decided.after, self.clock.now());
        self.count(&request.table_name, operation, 0.0, units);
        Ok(with_capacity(answer, request.return_consumed_capacity, &request.table_name, units))
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

/// `ConsumedCapacity`, where it was asked for.
fn with_capacity(
    mut answer: Map<String, Json>,
    asked: Option<ReturnConsumedCapacity>,
    table: &str,
    units: f64,
) -> Map<String, Json> {
    if asked == Some(ReturnConsumedCapacity::Total) {
        let capacity = json!({ "TableName": table, "CapacityUnits": units });
        answer.insert("ConsumedCapacity".into(), capacity);
    }
    answer
}
