//! Requests. A parameter that is not listed here is one that the model does not know, and an error.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    expression::Bindings,
    value::{Item, Value},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Get {
    pub(crate) table_name: String,
    pub(crate) key: Item,
    #[serde(default)]
    pub(crate) consistent_read: bool,
    pub(crate) projection_expression: Option<String>,
    pub(crate) expression_attribute_names: Option<BTreeMap<String, String>>,
    pub(crate) return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct BatchGet {
    pub(crate) request_items: BTreeMap<String, Wanted>,
    pub(crate) return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

/// What a batch wants of one table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Wanted {
    pub(crate) keys: Vec<Item>,
    #[serde(default)]
    pub(crate) consistent_read: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Query {
    pub(crate) table_name: String,
    pub(crate) index_name: Option<String>,
    pub(crate) key_condition_expression: Option<String>,
    pub(crate) filter_expression: Option<String>,
    pub(crate) projection_expression: Option<String>,
    pub(crate) expression_attribute_names: Option<BTreeMap<String, String>>,
    pub(crate) expression_attribute_values: Option<BTreeMap<String, Value>>,
    pub(crate) limit: Option<i64>,
    pub(crate) exclusive_start_key: Option<Item>,
    #[serde(default)]
    pub(crate) consistent_read: bool,
    #[serde(default = "yes")]
    pub(crate) scan_index_forward: bool,
    pub(crate) return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

/// A write of any kind; which of the parameters it has depends on the kind.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Write {
    pub(crate) table_name: String,
    pub(crate) item: Option<Item>,
    pub(crate) key: Option<Item>,
    pub(crate) update_expression: Option<String>,
    pub(crate) condition_expression: Option<String>,
    pub(crate) expression_attribute_names: Option<BTreeMap<String, String>>,
    pub(crate) expression_attribute_values: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(crate) return_values: ReturnValues,
    #[serde(default)]
    pub(crate) return_values_on_condition_check_failure: OnFailure,
    pub(crate) return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Transaction {
    pub(crate) transact_items: Vec<TransactItem>,
    pub(crate) client_request_token: Option<String>,
    pub(crate) return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TransactItem {
    pub(crate) put: Option<Write>,
    pub(crate) update: Option<Write>,
    pub(crate) delete: Option<Write>,
    pub(crate) condition_check: Option<Write>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ReturnValues {
    #[default]
    None,
    AllOld,
    AllNew,
    UpdatedOld,
    UpdatedNew,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum OnFailure {
    #[default]
    None,
    AllOld,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ReturnConsumedCapacity {
    None,
    Total,
}

/// The texts of a key, or of an item's.
fn texts(item: &Item) -> (&str, &str) {
    let text = |name: &str| match item.get(name) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    (text("pk"), text("sk"))
}

impl Get {
    /// A read of all of an item.
    pub(crate) fn whole(table_name: String, key: Item, consistent_read: bool) -> Get {
        Get {
            table_name,
            key,
            consistent_read,
            projection_expression: None,
            expression_attribute_names: None,
            return_consumed_capacity: None,
        }
    }

    pub(crate) fn key_in_words(&self) -> String {
        let (pk, sk) = texts(&self.key);
        format!("{pk} {sk}")
    }
}

impl Query {
    /// The partition that it looks at.
    pub(crate) fn partition_in_words(&self) -> String {
        let values = self.expression_attribute_values.as_ref();
        let text = |name: &str| match values.and_then(|values| values.get(name)) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        format!("{} {}", text(":pk"), text(":shard"))
    }
}

impl TransactItem {
    /// The write that it is.
    pub(crate) fn write(&self) -> Option<&Write> {
        let writes = [&self.put, &self.update, &self.delete, &self.condition_check];
        writes.into_iter().find_map(Option::as_ref)
    }
}

impl Write {
    /// Partition key and sort key of the item that it is about.
    pub(crate) fn key_texts(&self) -> (&str, &str) {
        self.key.as_ref().or(self.item.as_ref()).map_or(("", ""), texts)
    }

    pub(crate) fn bindings(&self) -> Bindings<'_> {
        Bindings {
            names: self.expression_attribute_names.as_ref(),
            values: self.expression_attribute_values.as_ref(),
        }
    }
}

fn yes() -> bool {
    true
}
