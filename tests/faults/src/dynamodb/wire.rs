//! The wire: requests and answers as JSON.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use super::{
    Dynamo,
    read::Shown,
    refusal::Refusal,
    request::{self, ReturnConsumedCapacity},
    transaction::Charged,
    write::Kind,
};

/// What goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200, or 400 with the error's name in `__type`.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
}

type Members = Result<Map<String, Json>, Refusal>;

impl Dynamo {
    /// Answers one request. The operation is what stands after the point in `x-amz-target`.
    pub fn answer(&mut self, operation: &str, body: &[u8]) -> Answer {
        let answer = match operation {
            "GetItem" => self.answer_get(body),
            "BatchGetItem" => self.answer_batch_get(body),
            "Query" => self.answer_query(body),
            "PutItem" => self.answer_write(Kind::Put, body),
            "UpdateItem" => self.answer_write(Kind::Update, body),
            "DeleteItem" => self.answer_write(Kind::Delete, body),
            "TransactWriteItems" => self.answer_transaction(body),
            other => Err(Refusal::NotModelled(format!("the operation {other}"))),
        };
        match answer {
            Ok(answer) => Answer { status: 200, body: Json::from(answer).to_string().into_bytes() },
            Err(refusal) => refusal.into_answer(),
        }
    }

    fn answer_get(&mut self, body: &[u8]) -> Members {
        let request: request::Get = read(body)?;
        let (found, units) = self.get(&request)?;
        let mut answer = Map::new();
        if let Some(shown) = found {
            answer.insert("Item".into(), json!(shown.item()));
        }
        Ok(with_capacity(answer, request.return_consumed_capacity, &request.table_name, units))
    }

    fn answer_batch_get(&mut self, body: &[u8]) -> Members {
        let request: request::BatchGet = read(body)?;
        let found = self.batch_get(&request)?;
        let items = |shown: &[Shown]| shown.iter().map(|shown| json!(shown.item())).collect();
        let responses = found.iter().map(|(table, batch)| (table.clone(), items(&batch.items)));
        let mut answer = Map::new();
        if request.return_consumed_capacity == Some(ReturnConsumedCapacity::Total) {
            let tables = found.iter();
            let tables = tables
                .map(|(name, batch)| json!({ "TableName": name, "CapacityUnits": batch.units }));
            answer.insert("ConsumedCapacity".into(), tables.collect());
        }
        answer.insert("Responses".into(), Json::Object(responses.collect()));
        answer.insert("UnprocessedKeys".into(), json!({}));
        Ok(answer)
    }

    fn answer_query(&mut self, body: &[u8]) -> Members {
        let request: request::Query = read(body)?;
        let (found, units) = self.query(&request)?;
        let mut answer = Map::new();
        answer.insert("Count".into(), found.items.len().into());
        answer.insert("ScannedCount".into(), found.scanned.into());
        let items = found.items.iter().map(Shown::item).map(|item| json!(item));
        answer.insert("Items".into(), items.collect());
        if let Some(last) = found.last {
            answer.insert("LastEvaluatedKey".into(), json!(last));
        }
        Ok(with_capacity(answer, request.return_consumed_capacity, &request.table_name, units))
    }

    fn answer_write(&mut self, kind: Kind, body: &[u8]) -> Members {
        let request: request::Write = read(body)?;
        let (returned, units) = self.write(kind, &request)?;
        let mut answer = Map::new();
        if let Some(item) = returned {
            answer.insert("Attributes".into(), json!(item));
        }
        Ok(with_capacity(answer, request.return_consumed_capacity, &request.table_name, units))
    }

    fn answer_transaction(&mut self, body: &[u8]) -> Members {
        let request: request::Transaction = read(body)?;
        let asked = request.return_consumed_capacity;
        let (kind, units) = match self.transact(request)? {
            Charged::Written(units) => ("WriteCapacityUnits", units),
            Charged::Read(units) => ("ReadCapacityUnits", units),
        };
        Ok(capacities(asked, kind, &units))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let words = error.to_string();
        match words.starts_with("unknown field") {
            true => Refusal::NotModelled(words),
            false => Refusal::Invalid(words),
        }
    })
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

/// `ConsumedCapacity` of each table, where it was asked for.
fn capacities(
    asked: Option<ReturnConsumedCapacity>,
    kind: &str,
    units: &BTreeMap<String, f64>,
) -> Map<String, Json> {
    let mut answer = Map::new();
    if asked == Some(ReturnConsumedCapacity::Total) {
        let tables = units.iter();
        let tables = tables
            .map(|(name, units)| json!({ "TableName": name, "CapacityUnits": units, kind: units }));
        answer.insert("ConsumedCapacity".into(), tables.collect());
    }
    answer
}
