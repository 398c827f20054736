//! What is kept of an adoption: documents with a version, each replaced as a whole by whoever read
//! the version before.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wechat::AppId;

use super::Adoption;
use crate::storage::{StorageError, Transaction, number, text};

/// A document as it is stored.
#[derive(Deserialize)]
pub(super) struct Stored<T> {
    pub(super) version: u64,
    pub(super) document: T,
}

impl Adoption {
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        component: &AppId,
        name: &str,
    ) -> Result<Option<Stored<T>>, StorageError> {
        self.table.read(&partition(component), name).await
    }

    /// Replaces a document if it still has this version; 0 if there was none.
    pub(super) async fn save<T: Serialize>(
        &self,
        component: &AppId,
        name: &str,
        version: u64,
        document: &T,
    ) -> Result<bool, StorageError> {
        let writes = vec![self.document_write(component, name, version, document)?];
        Ok(self.table.transact(writes).await? == Transaction::Written)
    }

    /// The same, as a part of a transaction.
    pub(super) fn document_write<T: Serialize>(
        &self,
        component: &AppId,
        name: &str,
        version: u64,
        document: &T,
    ) -> Result<TransactWriteItem, StorageError> {
        let update = Update::builder()
            .table_name(self.table.name())
            .key("pk", text(partition(component)))
            .key("sk", text(name))
            .update_expression("SET document = :document, version = :next")
            .expression_attribute_values(":document", AttributeValue::M(self.table.item(document)?))
            .expression_attribute_values(":next", number(version as i64 + 1));
        let update = match version {
            0 => update.condition_expression("attribute_not_exists(pk)"),
            version => update
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(version as i64)),
        };
        let update = update.build();
        let update = update.map_err(|error| self.table.error("build", error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn partition(component: &AppId) -> String {
    format!("adoption#{component}")
}
