//! The tables of a world.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use platform::clock::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dynamodb::{Dynamo, Snapshot};

/// The DynamoDB of one world, with its clock.
pub(crate) struct Tables {
    dynamo: Dynamo,
    clock: Arc<TablesClock>,
}

struct TablesClock(AtomicI64);

impl Clock for TablesClock {
    fn now(&self) -> Timestamp {
        let milliseconds = self.0.load(Ordering::Relaxed);
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The key of one item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) table: String,
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Tables {
    /// Empty tables.
    pub(crate) fn new() -> Self {
        let clock = Arc::new(TablesClock(AtomicI64::new(0)));
        Tables { dynamo: Dynamo::new(clock.clone()), clock }
    }

    /// Tables as they were.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let mut tables = Tables::new();
        tables.restore(snapshot);
        tables
    }

    /// Has the tables do something at a time (milliseconds). `stale` reads see what was there so
    /// long ago.
    pub(crate) fn ask<T>(
        &mut self,
        now: i64,
        stale: Option<u64>,
        perform: impl FnOnce(&mut Dynamo) -> T,
    ) -> T {
        self.clock.0.store(now, Ordering::Relaxed);
        if let Some(stale) = stale {
            let lag = i64::try_from(stale).unwrap_or(i64::MAX);
            self.dynamo.set_lag(SignedDuration::from_millis(lag));
        }
        let answer = perform(&mut self.dynamo);
        if stale.is_some() {
            self.dynamo.set_lag(SignedDuration::ZERO);
        }
        answer
    }

    /// An item as DynamoDB's JSON has it.
    pub(crate) fn read(&self, table: &str, pk: &str, sk: &str) -> Option<Value> {
        self.dynamo.item(table, pk, sk)
    }

    /// Puts an item, given as DynamoDB's JSON has it.
    pub(crate) fn put(&mut self, table: &str, item: &Value) {
        let request = json!({ "TableName": table, "Item": item });
        let _ = self.dynamo.answer("PutItem", request.to_string().as_bytes());
    }

    /// The items of a table whose keys, `pk` and `sk`, `wanted` takes.
    pub(crate) fn items_with(
        &self,
        table: &str,
        wanted: impl Fn(&str, &str) -> bool,
    ) -> Vec<Value> {
        self.dynamo.items_with(table, wanted)
    }

    /// The tables as they are.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.dynamo.snapshot()
    }

    /// The tables as they were.
    pub(crate) fn restore(&mut self, snapshot: &Snapshot) {
        self.dynamo.restore(snapshot);
    }
}

/// Whether a request writes.
pub(crate) fn is_write(operation: &str) -> bool {
    !matches!(operation, "GetItem" | "BatchGetItem" | "Query")
}

/// Whether a request is a read that need not be consistent.
pub(crate) fn is_eventual(operation: &str, body: &[u8]) -> bool {
    // Within a value the quotes would be escaped, and an attribute of that name is an object.
    let consistent = |body: &str| body.contains(r#""ConsistentRead":true"#);
    !is_write(operation) && std::str::from_utf8(body).is_ok_and(|body| !consistent(body))
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

#[derive(Deserialize)]
struct Keys {
    pk: Text,
    sk: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    table_name: String,
    #[serde(alias = "Item")]
    key: Keys,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    #[serde(alias = "Put", alias = "Delete", alias = "ConditionCheck")]
    update: One,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parts {
    transact_items: Vec<Part>,
}

/// The items that a write is about.
pub(crate) fn written(operation: &str, body: &[u8]) -> Vec<Key> {
    let parts = match operation {
        "TransactWriteItems" => serde_json::from_slice::<Parts>(body)
            .map(|parts| parts.transact_items.into_iter().map(|part| part.update).collect())
            .unwrap_or_default(),
        _ => serde_json::from_slice::<One>(body).into_iter().collect::<Vec<_>>(),
    };
    let key = |one: One| Key { table: one.table_name, pk: one.key.pk.text, sk: one.key.sk.text };
    parts.into_iter().map(key).collect()
}

/// What a request is about, for a trace.
pub(crate) fn describe(body: &[u8]) -> String {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: &Value| value["S"].as_str().unwrap_or_default().to_owned();
    let one = |request: &Value| {
        let key = if request["Key"].is_null() { &request["Item"] } else { &request["Key"] };
        let words = [&request["UpdateExpression"], &request["ConditionExpression"]];
        let words: Vec<&str> = words.iter().filter_map(|words| words.as_str()).collect();
        format!("{} {} | {}", text(&key["pk"]), text(&key["sk"]), words.join(" IF "))
    };
    match request["TransactItems"].as_array() {
        Some(parts) => {
            let parts = parts.iter().filter_map(|part| part.as_object()?.values().next().map(one));
            parts.collect::<Vec<_>>().join(" & ")
        }
        None if request["KeyConditionExpression"].is_string() => {
            let values = &request["ExpressionAttributeValues"];
            format!("{} {}", text(&values[":pk"]), text(&values[":shard"]))
        }
        None => one(&request),
    }
}
