//! Items that count their changes: each write is made on condition that nobody else's came before.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use super::{Item, StorageError, Table, describe, number};

impl Table {
    /// The write that puts `item`, if the item that is there has the version `before`; 0 stands for
    /// no item at all. Refused, it answers with the item that is there.
    pub fn put_after(&self, before: u64, item: Item) -> Result<TransactWriteItem, StorageError> {
        let put = Put::builder()
            .table_name(&*self.name)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match before {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            before => put
                .condition_expression("#version = :before")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":before", number(before as i64)),
        };
        let put = put.build().map_err(|error| self.error("write an item", error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Puts `item` in the place of the one with the version `before`. False if that one is there no
    /// more.
    pub async fn replace(&self, before: u64, item: Item) -> Result<bool, StorageError> {
        let request = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(item))
            .condition_expression("#version = :before")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":before", number(before as i64));
        let watched = self.watched([request.as_input().get_item().as_ref()]).await;
        match self.send_put(request).await {
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
            Err(error) => Err(self.error("PutItem", describe(&error))),
        }
    }
}
