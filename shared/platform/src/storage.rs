//! DynamoDB, concretely. Tables are apart by sensitivity: the inbox with tickets, the tokens, and
//! the fleet with everything else. Every condition stands in the write itself; nothing relies on
//! what a process remembers.
//!
//! Items that still have something to do carry `due_shard` and `due_at` (milliseconds), and are
//! found by the sparse index [`DUE`]; what is finished drops both, or moves to a shard that lists
//! what is finished.

mod engine;
mod versioned;
mod watched;

use std::{collections::HashMap, fmt, sync::Arc};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{AttributeValue, KeysAndAttributes, TransactWriteItem},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use engine::{Answer, Engine};

/// The index of what still has something to do.
pub const DUE: &str = "due";

/// Items that are read in one call.
const BATCH: usize = 100;

/// An item as DynamoDB speaks of it.
pub type Item = HashMap<String, AttributeValue>;

/// One table.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    engine: Option<Arc<dyn Engine>>,
    name: Arc<str>,
}

/// The three tables.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Tickets and what WeChat pushed.
    pub inbox: Table,
    /// Access and refresh tokens.
    pub tokens: Table,
    /// Everything else.
    pub fleet: Table,
}

/// Why something was not written to which others write all the time.
pub(crate) const BUSY: &str = "it is being changed by somebody else";

/// DynamoDB did not do it, or nobody knows whether it did.
#[derive(Debug, Clone, thiserror::Error)]
#[error("table {table}: {operation}: {why}")]
pub struct StorageError {
    /// The table.
    pub table: String,
    /// What was being done.
    pub operation: &'static str,
    /// What DynamoDB said.
    pub why: String,
}

impl StorageError {
    /// Somebody else wrote to the same item in the same moment: nothing was written, and it is
    /// worth trying again at once.
    pub fn is_conflict(&self) -> bool {
        self.why.contains("TransactionConflict")
    }

    /// Others keep writing to the same item: nothing was written, after several attempts.
    pub fn is_busy(&self) -> bool {
        self.is_conflict() || self.why == BUSY
    }
}

/// An item's place in the index [`DUE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// In milliseconds.
    pub due_at: i64,
    /// The item's key.
    pub pk: String,
    /// The item's sort key.
    pub sk: String,
}

/// What a conditional write came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Written; the item as it is now, where the write asked for it.
    Written(Option<Item>),
    /// The condition does not hold; the item as it is, if there is one.
    Refused(Option<Item>),
}

/// What a transaction came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Transaction {
    /// All of it was written.
    Written,
    /// A condition does not hold: which of the writes, by their place, and the items as they are
    /// where the write asked for them.
    Refused(Vec<(usize, Option<Item>)>),
}

impl Table {
    /// The table `name`; without an engine it is DynamoDB's.
    pub fn new(client: Client, engine: Option<Arc<dyn Engine>>, name: impl Into<Arc<str>>) -> Self {
        Table { client, engine, name: name.into() }
    }

    /// The table's name, for builders of transactions.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An error of this table.
    pub fn error(&self, operation: &'static str, why: impl Into<String>) -> StorageError {
        StorageError { table: self.name.to_string(), operation, why: why.into() }
    }

    /// Reads one item, strongly consistent.
    pub async fn read<T: DeserializeOwned>(
        &self,
        pk: &str,
        sk: &str,
    ) -> Result<Option<T>, StorageError> {
        let request = self
            .client
            .get_item()
            .table_name(&*self.name)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .consistent_read(true);
        let answer = self.send_get(request).await;
        let answer = answer.map_err(|error| self.error("GetItem", describe(&error)))?;
        answer.item.map(|item| self.parse(item)).transpose()
    }

    /// Reads the items of `keys` that exist, in no order, strongly consistent. An item that cannot be
    /// read is passed over.
    pub async fn read_each<T: DeserializeOwned>(
        &self,
        keys: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Vec<T>, StorageError> {
        self.each(keys, true).await
    }

    /// The same at half the price: what was written a moment ago may be missing.
    pub async fn skim_each<T: DeserializeOwned>(
        &self,
        keys: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Vec<T>, StorageError> {
        self.each(keys, false).await
    }

    /// Reads the items of `keys` that exist, whatever they are, in no order, strongly consistent.
    pub async fn items(
        &self,
        keys: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Vec<Item>, StorageError> {
        self.batch(keys, true).await
    }

    async fn each<T: DeserializeOwned>(
        &self,
        keys: impl IntoIterator<Item = (String, String)>,
        consistent: bool,
    ) -> Result<Vec<T>, StorageError> {
        let read = |item| self.parse(item).inspect_err(|error| tracing::error!(%error));
        let items = self.batch(keys, consistent).await?.into_iter();
        Ok(items.filter_map(|item| read(item).ok()).collect())
    }

    async fn batch(
        &self,
        keys: impl IntoIterator<Item = (String, String)>,
        consistent: bool,
    ) -> Result<Vec<Item>, StorageError> {
        let mut keys: Vec<Item> = keys
            .into_iter()
            .map(|(pk, sk)| {
                HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
            })
            .collect();
        let mut found = Vec::new();
        while !keys.is_empty() {
            let rest = keys.split_off(keys.len().min(BATCH));
            let wanted = KeysAndAttributes::builder().set_keys(Some(keys));
            let wanted = wanted.consistent_read(consistent).build();
            let wanted = wanted.map_err(|error| self.error("BatchGetItem", error.to_string()))?;
            let request = self.client.batch_get_item().request_items(&*self.name, wanted);
            let answer = self.send_batch_get(request).await;
            let answer = answer.map_err(|error| self.error("BatchGetItem", describe(&error)))?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten());
            // What DynamoDB left out for its size or its haste is asked for again.
            let left = answer.unprocessed_keys.unwrap_or_default().into_values();
            keys = left.flat_map(|left| left.keys).chain(rest).collect();
        }
        Ok(found)
    }

    /// An item as a `T`.
    pub fn parse<T: DeserializeOwned>(&self, item: Item) -> Result<T, StorageError> {
        serde_dynamo::from_item(item).map_err(|error| self.error("read an item", error.to_string()))
    }

    /// A `T` as an item. Fields that are none are left out.
    pub fn item<T: Serialize>(&self, value: &T) -> Result<Item, StorageError> {
        let item: Item = serde_dynamo::to_item(value)
            .map_err(|error| self.error("write an item", error.to_string()))?;
        Ok(item.into_iter().filter(|(_, value)| !value.is_null()).collect())
    }

    /// An update of one item, to be given its expression, condition and values, and then to
    /// [`Table::apply`].
    pub fn update(&self, pk: &str, sk: &str) -> Update {
        self.client
            .update_item()
            .table_name(&*self.name)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .return_values_on_condition_check_failure(
                aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
            )
    }

    /// Sends an [`Table::update`].
    pub async fn apply(&self, update: Update) -> Result<Outcome, StorageError> {
        let watched = self.watched([update.as_input().get_key().as_ref()]).await;
        match self.send_update(update).await {
            Ok(answer) => {
                self.tell(watched).await;
                Ok(Outcome::Written(answer.attributes))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Outcome::Refused(refused.item.clone()))
                }
                _ => Err(self.error("UpdateItem", describe(&error))),
            },
        }
    }

    /// Puts an item that must not exist yet. Refused, with the item that does.
    pub async fn create(&self, item: Item) -> Result<Outcome, StorageError> {
        let request = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(
                aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
            );
        let watched = self.watched([request.as_input().get_item().as_ref()]).await;
        match self.send_put(request).await {
            Ok(_) => {
                self.tell(watched).await;
                Ok(Outcome::Written(None))
            }
            Err(error) => match error.as_service_error() {
                Some(
                    aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
                        refused,
                    ),
                ) => Ok(Outcome::Refused(refused.item.clone())),
                _ => Err(self.error("PutItem", describe(&error))),
            },
        }
    }

    /// Puts an item, whatever is there.
    pub async fn put(&self, item: Item) -> Result<(), StorageError> {
        let request = self.client.put_item().table_name(&*self.name).set_item(Some(item));
        let watched = self.watched([request.as_input().get_item().as_ref()]).await;
        let answer = self.send_put(request).await;
        answer.map_err(|error| self.error("PutItem", describe(&error)))?;
        self.tell(watched).await;
        Ok(())
    }

    /// Deletes an item, whether it exists or not.
    pub async fn delete(&self, pk: &str, sk: &str) -> Result<(), StorageError> {
        let request = self
            .client
            .delete_item()
            .table_name(&*self.name)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()));
        let watched = self.watched([request.as_input().get_key().as_ref()]).await;
        let answer = self.send_delete(request).await;
        answer.map_err(|error| self.error("DeleteItem", describe(&error)))?;
        self.tell(watched).await;
        Ok(())
    }

    /// Deletes an item if its `attribute` is `value`; whether it was.
    pub async fn delete_if(
        &self,
        pk: &str,
        sk: &str,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<bool, StorageError> {
        let request = self
            .client
            .delete_item()
            .table_name(&*self.name)
            .key("pk", text(pk))
            .key("sk", text(sk))
            .condition_expression("#attribute = :value")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":value", value);
        let watched = self.watched([request.as_input().get_key().as_ref()]).await;
        match self.send_delete(request).await {
            Ok(_) => {
                self.tell(watched).await;
                Ok(true)
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(self.error("DeleteItem", describe(&error))),
        }
    }

    /// One page of the items of a partition, in order of `sk`, those beginning with `prefix`,
    /// after `after` (an `sk`). The second value is where the next page begins.
    pub async fn page<T: DeserializeOwned>(
        &self,
        pk: &str,
        prefix: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<T>, Option<String>), StorageError> {
        let (items, next) =
            self.ask(self.query_of(pk, prefix, after, limit).consistent_read(true)).await?;
        Ok((items.into_iter().map(|item| self.parse(item)).collect::<Result<_, _>>()?, next))
    }

    /// One page of the items of a partition at half the price: what was written a moment ago may
    /// be missing, so that whoever acts on it makes its write conditional on what it saw. An item
    /// that cannot be read is passed over, and does not keep the others from being seen.
    pub async fn skim<T: DeserializeOwned>(
        &self,
        pk: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<T>, Option<String>), StorageError> {
        let query = self.query_of(pk, "", after, limit).consistent_read(false);
        let (items, next) = self.ask(query).await?;
        let read = |item| self.parse(item).inspect_err(|error| tracing::error!(%error, pk));
        Ok((items.into_iter().filter_map(|item| read(item).ok()).collect(), next))
    }

    /// One page of the items of a partition whose `sk` begins with `prefix`, the last first, before
    /// `before` (an `sk`). The second value is where the next page begins.
    pub async fn page_backwards<T: DeserializeOwned>(
        &self,
        pk: &str,
        prefix: &str,
        before: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<T>, Option<String>), StorageError> {
        let query = self.query_of(pk, prefix, before, limit).scan_index_forward(false);
        let (items, next) = self.ask(query.consistent_read(true)).await?;
        Ok((items.into_iter().map(|item| self.parse(item)).collect::<Result<_, _>>()?, next))
    }

    /// A query of a partition, of those items whose `sk` begins with `prefix`, after `after`.
    pub(crate) fn query_of(
        &self,
        pk: &str,
        prefix: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Query {
        let mut query = self
            .client
            .query()
            .table_name(&*self.name)
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .limit(limit);
        query = if prefix.is_empty() {
            query.key_condition_expression("pk = :pk")
        } else {
            query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
        };
        if let Some(after) = after {
            query = query
                .exclusive_start_key("pk", AttributeValue::S(pk.to_owned()))
                .exclusive_start_key("sk", AttributeValue::S(after.to_owned()));
        }
        query
    }

    /// Sends a [`Table::query_of`], with what was added to it. The second value is where the next
    /// page begins.
    pub(crate) async fn ask(
        &self,
        query: Query,
    ) -> Result<(Vec<Item>, Option<String>), StorageError> {
        let answer = self.send_query(query).await;
        let answer = answer.map_err(|error| self.error("Query", describe(&error)))?;
        let next = answer
            .last_evaluated_key
            .and_then(|key| key.get("sk").and_then(|sk| sk.as_s().ok().cloned()));
        Ok((answer.items.unwrap_or_default(), next))
    }

    /// Keys of items whose time has come, the oldest first, at most `limit`.
    pub async fn due(
        &self,
        shard: &str,
        until: jiff::Timestamp,
        limit: i32,
    ) -> Result<Vec<(String, String)>, StorageError> {
        let query = self
            .client
            .query()
            .table_name(&*self.name)
            .index_name(DUE)
            .key_condition_expression("due_shard = :shard AND due_at <= :until")
            .expression_attribute_values(":shard", AttributeValue::S(shard.to_owned()))
            .expression_attribute_values(":until", number(until.as_millisecond()))
            .projection_expression("pk, sk")
            .limit(limit);
        let answer = self.send_query(query).await;
        let answer = answer.map_err(|error| self.error("Query due", describe(&error)))?;
        let key = |item: Item| {
            let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
            Some((part("pk")?, part("sk")?))
        };
        Ok(answer.items.unwrap_or_default().into_iter().filter_map(key).collect())
    }

    /// A page of the items of one shard of the index, those with the latest `due_at` first, after
    /// `after`. The second value is where the next page begins. The index is a moment behind.
    pub async fn latest(
        &self,
        shard: &str,
        after: Option<Place>,
        limit: i32,
    ) -> Result<(Vec<Place>, Option<Place>), StorageError> {
        let start = after.map(|place| {
            HashMap::from([
                ("due_shard".to_owned(), text(shard)),
                ("due_at".to_owned(), number(place.due_at)),
                ("pk".to_owned(), text(place.pk)),
                ("sk".to_owned(), text(place.sk)),
            ])
        });
        let query = self
            .client
            .query()
            .table_name(&*self.name)
            .index_name(DUE)
            .key_condition_expression("due_shard = :shard")
            .expression_attribute_values(":shard", text(shard))
            .projection_expression("pk, sk, due_at")
            .scan_index_forward(false)
            .set_exclusive_start_key(start)
            .limit(limit);
        let answer = self.send_query(query).await;
        let answer = answer.map_err(|error| self.error("Query latest", describe(&error)))?;
        let next = answer.last_evaluated_key.map(|key| self.parse(key)).transpose()?;
        let items = answer.items.unwrap_or_default().into_iter();
        Ok((items.map(|item| self.parse(item)).collect::<Result<_, _>>()?, next))
    }

    /// Writes all of `writes` or none, across tables.
    pub async fn transact(
        &self,
        writes: Vec<TransactWriteItem>,
    ) -> Result<Transaction, StorageError> {
        let watched = self.watched(writes.iter().map(watched::key)).await;
        let request = self.client.transact_write_items().set_transact_items(Some(writes));
        let Err(error) = self.send_transaction(request).await else {
            self.tell(watched).await;
            return Ok(Transaction::Written);
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        {
            let reasons = cancelled.cancellation_reasons();
            let refused: Vec<_> = reasons
                .iter()
                .enumerate()
                .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
                .map(|(place, reason)| (place, reason.item.clone()))
                .collect();
            if !refused.is_empty() {
                return Ok(Transaction::Refused(refused));
            }
            let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason.code()).collect();
            return Err(self.error("TransactWriteItems", codes.join(", ")));
        }
        Err(self.error("TransactWriteItems", describe(&error)))
    }
}

/// An update under construction.
pub type Update = aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

/// A query under construction.
pub(crate) type Query = aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

/// A number attribute.
pub fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A text attribute.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A kind of work that is found by when it is due.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    name: &'static str,
    shards: u8,
}

impl Work {
    /// Work that comes seldom.
    pub const fn seldom(name: &'static str) -> Work {
        Work { name, shards: 1 }
    }

    /// Work that comes in waves: its part of the index [`DUE`] is spread over several shards, so
    /// that a wave is no hot partition.
    pub const fn in_waves(name: &'static str) -> Work {
        Work { name, shards: 4 }
    }

    /// The shard of the index for one item.
    pub fn shard(self, key: &str) -> String {
        let sum =
            key.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        format!("{}#{}", self.name, sum % u32::from(self.shards))
    }

    /// All shards of the index.
    pub fn shards(self) -> impl Iterator<Item = String> {
        (0..self.shards).map(move |shard| format!("{}#{shard}", self.name))
    }
}

/// An SDK error in words for a log: AWS's code and message, or what became of the request.
pub fn describe<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: fmt::Debug,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => {
            let mut words = error.to_string();
            let mut cause = std::error::Error::source(error);
            while let Some(inner) = cause {
                words.push_str(": ");
                words.push_str(&inner.to_string());
                cause = inner.source();
            }
            words
        }
    }
}
