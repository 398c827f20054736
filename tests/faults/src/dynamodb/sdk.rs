//! The SDK's terms: its inputs as requests, its outputs and errors from answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::{
    error::ErrorMetadata,
    operation::{
        batch_get_item::{BatchGetItemError, BatchGetItemInput},
        delete_item::{DeleteItemError, DeleteItemInput},
        get_item::{GetItemError, GetItemInput},
        put_item::{PutItemError, PutItemInput},
        query::{QueryError, QueryInput},
        transact_write_items::{TransactWriteItemsError, TransactWriteItemsInput},
        update_item::{UpdateItemError, UpdateItemInput},
    },
    primitives::Blob,
    types::{
        AttributeValue, CancellationReason, ReturnValue, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem,
        error::{ConditionalCheckFailedException, TransactionCanceledException},
    },
};

use super::{
    Dynamo,
    read::{Found, Shown},
    refusal::{self, Refusal},
    request::{
        BatchGet, Get, OnFailure, Query, ReturnValues, TransactItem, Transaction, Wanted, Write,
    },
    value::{Binary, Item, Set, Value},
    write::Kind,
};

/// An item in the SDK's terms.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

impl Dynamo {
    /// `GetItem`.
    pub(crate) fn get_item(&mut self, request: &Get) -> Result<Option<Attributes>, Refusal> {
        Ok(self.get(request)?.0.map(|shown| attributes(shown.item())))
    }

    /// `BatchGetItem`: the items by table.
    pub(crate) fn get_items(
        &mut self,
        request: &BatchGet,
    ) -> Result<HashMap<String, Vec<Attributes>>, Refusal> {
        let found = self.batch_get(request)?.into_iter();
        let items = |shown: &[Shown]| shown.iter().map(Shown::item).map(attributes).collect();
        Ok(found.map(|(table, batch)| (table, items(&batch.items))).collect())
    }

    /// `Query`: the items and the key of the last, if there may be more.
    pub(crate) fn find(
        &mut self,
        request: &Query,
    ) -> Result<(Vec<Attributes>, Option<Attributes>), Refusal> {
        let (Found { items, last, .. }, _) = self.query(request)?;
        let items = items.iter().map(Shown::item).map(attributes).collect();
        Ok((items, last.as_ref().map(attributes)))
    }

    /// A write alone, and what is to be shown of its item.
    pub(crate) fn do_write(
        &mut self,
        kind: Kind,
        request: &Write,
    ) -> Result<Option<Attributes>, Refusal> {
        Ok(self.write(kind, request)?.0.as_ref().map(attributes))
    }

    /// `TransactWriteItems`.
    pub(crate) fn do_all(&mut self, request: Transaction) -> Result<(), Refusal> {
        self.transact(request).map(drop)
    }
}

/// What is refused if it was asked for.
fn unknown(parameters: &[(&str, bool)]) -> Result<(), Refusal> {
    match parameters.iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(Refusal::NotModelled(format!("the parameter {name}"))),
        None => Ok(()),
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::Invalid(format!("{name} is missing"))
}

impl TryFrom<GetItemInput> for Get {
    type Error = Refusal;

    fn try_from(input: GetItemInput) -> Result<Get, Refusal> {
        unknown(&[
            ("AttributesToGet", input.attributes_to_get.is_some()),
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
        ])?;
        Ok(Get {
            table_name: input.table_name.ok_or_else(|| missing("TableName"))?,
            key: item(input.key.ok_or_else(|| missing("Key"))?)?,
            consistent_read: input.consistent_read.unwrap_or(false),
            projection_expression: input.projection_expression,
            expression_attribute_names: input.expression_attribute_names.map(sorted),
            return_consumed_capacity: None,
        })
    }
}

impl TryFrom<BatchGetItemInput> for BatchGet {
    type Error = Refusal;

    fn try_from(input: BatchGetItemInput) -> Result<BatchGet, Refusal> {
        unknown(&[("ReturnConsumedCapacity", input.return_consumed_capacity.is_some())])?;
        let mut request_items = BTreeMap::new();
        for (table, wanted) in input.request_items.ok_or_else(|| missing("RequestItems"))? {
            unknown(&[
                ("AttributesToGet", wanted.attributes_to_get.is_some()),
                ("ProjectionExpression", wanted.projection_expression.is_some()),
                ("ExpressionAttributeNames", wanted.expression_attribute_names.is_some()),
            ])?;
            let keys = wanted.keys.into_iter().map(item).collect::<Result<_, _>>()?;
            let consistent_read = wanted.consistent_read.unwrap_or(false);
            request_items.insert(table, Wanted { keys, consistent_read });
        }
        Ok(BatchGet { request_items, return_consumed_capacity: None })
    }
}

impl TryFrom<QueryInput> for Query {
    type Error = Refusal;

    fn try_from(input: QueryInput) -> Result<Query, Refusal> {
        unknown(&[
            ("Select", input.select.is_some()),
            ("AttributesToGet", input.attributes_to_get.is_some()),
            ("KeyConditions", input.key_conditions.is_some()),
            ("QueryFilter", input.query_filter.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
        ])?;
        Ok(Query {
            table_name: input.table_name.ok_or_else(|| missing("TableName"))?,
            index_name: input.index_name,
            key_condition_expression: input.key_condition_expression,
            filter_expression: input.filter_expression,
            projection_expression: input.projection_expression,
            expression_attribute_names: input.expression_attribute_names.map(sorted),
            expression_attribute_values: input.expression_attribute_values.map(item).transpose()?,
            limit: input.limit.map(i64::from),
            exclusive_start_key: input.exclusive_start_key.map(item).transpose()?,
            consistent_read: input.consistent_read.unwrap_or(false),
            scan_index_forward: input.scan_index_forward.unwrap_or(true),
            return_consumed_capacity: None,
        })
    }
}

/// The parameters that writes of every kind may have, and that are told in the same words; the
/// others are the kind's own.
macro_rules! write {
    ($input:ident, $table:expr, $condition:expr) => {
        Write {
            table_name: $table,
            item: None,
            key: None,
            update_expression: None,
            condition_expression: $condition,
            expression_attribute_names: $input.expression_attribute_names.map(sorted),
            expression_attribute_values: $input
                .expression_attribute_values
                .map(item)
                .transpose()?,
            return_values: ReturnValues::None,
            return_values_on_condition_check_failure: on_failure(
                $input.return_values_on_condition_check_failure,
            )?,
            return_consumed_capacity: None,
        }
    };
}

/// A write alone.
macro_rules! alone {
    ($input:ident) => {{
        unknown(&[
            ("Expected", $input.expected.is_some()),
            ("ConditionalOperator", $input.conditional_operator.is_some()),
            ("ReturnItemCollectionMetrics", $input.return_item_collection_metrics.is_some()),
            ("ReturnConsumedCapacity", $input.return_consumed_capacity.is_some()),
        ])?;
        let table = $input.table_name.ok_or_else(|| missing("TableName"))?;
        let return_values = returned($input.return_values)?;
        Write { return_values, ..write!($input, table, $input.condition_expression) }
    }};
}

impl TryFrom<PutItemInput> for Write {
    type Error = Refusal;

    fn try_from(input: PutItemInput) -> Result<Write, Refusal> {
        let put = item(input.item.ok_or_else(|| missing("Item"))?)?;
        Ok(Write { item: Some(put), ..alone!(input) })
    }
}

impl TryFrom<UpdateItemInput> for Write {
    type Error = Refusal;

    fn try_from(input: UpdateItemInput) -> Result<Write, Refusal> {
        unknown(&[("AttributeUpdates", input.attribute_updates.is_some())])?;
        let key = item(input.key.ok_or_else(|| missing("Key"))?)?;
        let update_expression = input.update_expression;
        Ok(Write { key: Some(key), update_expression, ..alone!(input) })
    }
}

impl TryFrom<DeleteItemInput> for Write {
    type Error = Refusal;

    fn try_from(input: DeleteItemInput) -> Result<Write, Refusal> {
        let key = item(input.key.ok_or_else(|| missing("Key"))?)?;
        Ok(Write { key: Some(key), ..alone!(input) })
    }
}

impl TryFrom<TransactWriteItemsInput> for Transaction {
    type Error = Refusal;

    fn try_from(input: TransactWriteItemsInput) -> Result<Transaction, Refusal> {
        unknown(&[
            ("ReturnConsumedCapacity", input.return_consumed_capacity.is_some()),
            ("ReturnItemCollectionMetrics", input.return_item_collection_metrics.is_some()),
        ])?;
        let writes = input.transact_items.ok_or_else(|| missing("TransactItems"))?;
        Ok(Transaction {
            transact_items: writes
                .into_iter()
                .map(TransactItem::try_from)
                .collect::<Result<_, _>>()?,
            client_request_token: input.client_request_token,
            return_consumed_capacity: None,
        })
    }
}

impl TryFrom<TransactWriteItem> for TransactItem {
    type Error = Refusal;

    fn try_from(write: TransactWriteItem) -> Result<TransactItem, Refusal> {
        let put = write.put.map(|put| {
            Ok(Write {
                item: Some(item(put.item)?),
                ..write!(put, put.table_name, put.condition_expression)
            })
        });
        let update = write.update.map(|update| {
            Ok(Write {
                key: Some(item(update.key)?),
                update_expression: Some(update.update_expression),
                ..write!(update, update.table_name, update.condition_expression)
            })
        });
        let delete = write.delete.map(|delete| {
            Ok(Write {
                key: Some(item(delete.key)?),
                ..write!(delete, delete.table_name, delete.condition_expression)
            })
        });
        let check = write.condition_check.map(|check| {
            Ok(Write {
                key: Some(item(check.key)?),
                ..write!(check, check.table_name, Some(check.condition_expression))
            })
        });
        Ok(TransactItem {
            put: put.transpose()?,
            update: update.transpose()?,
            delete: delete.transpose()?,
            condition_check: check.transpose()?,
        })
    }
}

fn returned(asked: Option<ReturnValue>) -> Result<ReturnValues, Refusal> {
    Ok(match asked {
        None | Some(ReturnValue::None) => ReturnValues::None,
        Some(ReturnValue::AllOld) => ReturnValues::AllOld,
        Some(ReturnValue::AllNew) => ReturnValues::AllNew,
        Some(ReturnValue::UpdatedOld) => ReturnValues::UpdatedOld,
        Some(ReturnValue::UpdatedNew) => ReturnValues::UpdatedNew,
        Some(other) => return Err(Refusal::Invalid(format!("ReturnValues {other}"))),
    })
}

fn on_failure(asked: Option<ReturnValuesOnConditionCheckFailure>) -> Result<OnFailure, Refusal> {
    use ReturnValuesOnConditionCheckFailure as Asked;
    Ok(match asked {
        None | Some(Asked::None) => OnFailure::None,
        Some(Asked::AllOld) => OnFailure::AllOld,
        Some(other) => {
            return Err(Refusal::Invalid(format!("ReturnValuesOnConditionCheckFailure {other}")));
        }
    })
}

fn sorted(names: HashMap<String, String>) -> BTreeMap<String, String> {
    names.into_iter().collect()
}

fn item(attributes: Attributes) -> Result<Item, Refusal> {
    let value = |(name, value)| Ok((name, Value::try_from(value)?));
    attributes.into_iter().map(value).collect()
}

impl TryFrom<AttributeValue> for Value {
    type Error = Refusal;

    fn try_from(value: AttributeValue) -> Result<Value, Refusal> {
        let number = |number: String| number.parse().map_err(Refusal::Invalid);
        Ok(match value {
            AttributeValue::S(text) => Value::Text(text),
            AttributeValue::N(digits) => Value::Number(number(digits)?),
            AttributeValue::B(blob) => Value::Binary(Binary(blob.into_inner())),
            AttributeValue::Bool(flag) => Value::Flag(flag),
            AttributeValue::Null(null) => Value::Null(null),
            AttributeValue::L(list) => {
                Value::List(list.into_iter().map(Value::try_from).collect::<Result<_, _>>()?)
            }
            AttributeValue::M(map) => Value::Map(item(map)?),
            AttributeValue::Ss(texts) => Value::Texts(set(texts)?),
            AttributeValue::Ns(numbers) => {
                Value::Numbers(set(numbers.into_iter().map(number).collect::<Result<_, _>>()?)?)
            }
            AttributeValue::Bs(blobs) => Value::Binaries(set(blobs
                .into_iter()
                .map(|blob| Binary(blob.into_inner()))
                .collect())?),
            other => return Err(Refusal::NotModelled(format!("the value {other:?}"))),
        })
    }
}

fn set<T: Ord>(members: Vec<T>) -> Result<Set<T>, Refusal> {
    Set::try_from(members).map_err(Refusal::invalid)
}

fn attributes(item: &Item) -> Attributes {
    item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    fn members<T: ToString>(set: &BTreeSet<T>) -> Vec<String> {
        set.iter().map(T::to_string).collect()
    }
    match value {
        Value::Text(text) => AttributeValue::S(text.clone()),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Binary(binary) => AttributeValue::B(Blob::new(binary.0.clone())),
        Value::Flag(flag) => AttributeValue::Bool(*flag),
        Value::Null(null) => AttributeValue::Null(*null),
        Value::List(list) => AttributeValue::L(list.iter().map(attribute).collect()),
        Value::Map(map) => AttributeValue::M(attributes(map)),
        Value::Texts(set) => AttributeValue::Ss(members(&set.0)),
        Value::Numbers(set) => AttributeValue::Ns(members(&set.0)),
        Value::Binaries(set) => {
            AttributeValue::Bs(set.0.iter().map(|binary| Blob::new(binary.0.clone())).collect())
        }
    }
}

/// An operation's error.
pub(crate) trait Refused: std::error::Error + Send + Sync + 'static {
    /// The error of this name.
    fn named(name: &str, words: &str) -> Self;

    /// The error that a refusal is.
    fn of(refusal: Refusal) -> Self;
}

fn metadata(name: &str, words: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(name).message(words).build()
}

fn name(refusal: &Refusal) -> &'static str {
    let kind = refusal.kind();
    kind.split_once('#').map_or(kind, |(_, name)| name)
}

macro_rules! refused {
    ($($error:ident: $condition:expr;)*) => {
        $(impl Refused for $error {
            fn named(name: &str, words: &str) -> Self {
                $error::generic(metadata(name, words))
            }

            fn of(refusal: Refusal) -> Self {
                let special: fn(&Refusal) -> Option<$error> = $condition;
                special(&refusal).unwrap_or_else(|| Self::named(name(&refusal), &refusal.words()))
            }
        })*
    };
}

/// A condition did not hold.
macro_rules! conditional {
    ($error:ident) => {
        |refusal| match refusal {
            Refusal::Condition(item) => {
                let failed = ConditionalCheckFailedException::builder()
                    .message(refusal.words())
                    .set_item(item.as_ref().map(attributes))
                    .meta(metadata(name(refusal), &refusal.words()))
                    .build();
                Some($error::ConditionalCheckFailedException(failed))
            }
            _ => None,
        }
    };
}

refused! {
    GetItemError: |_| None;
    BatchGetItemError: |_| None;
    QueryError: |_| None;
    PutItemError: conditional!(PutItemError);
    UpdateItemError: conditional!(UpdateItemError);
    DeleteItemError: conditional!(DeleteItemError);
    TransactWriteItemsError: cancelled;
}

fn cancelled(refusal: &Refusal) -> Option<TransactWriteItemsError> {
    let Refusal::Cancelled(reasons) = refusal else { return None };
    let reason = |refused: &Option<Refusal>| {
        let shown = match refused {
            Some(Refusal::Condition(item)) => item.as_ref().map(attributes),
            _ => None,
        };
        CancellationReason::builder()
            .code(refusal::code(refused))
            .set_message(refused.as_ref().map(Refusal::words))
            .set_item(shown)
            .build()
    };
    let cancelled = TransactionCanceledException::builder()
        .message(refusal.words())
        .set_cancellation_reasons(Some(reasons.iter().map(reason).collect()))
        .meta(metadata(name(refusal), &refusal.words()))
        .build();
    Some(TransactWriteItemsError::TransactionCanceledException(cancelled))
}
