//! Where the requests of the tables go: to DynamoDB by the SDK, or straight to an [`Engine`] in this
//! process, where the SDK's part of a call is too dear. Either is asked in the SDK's own terms.

use std::{fmt, pin::Pin};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{
        batch_get_item::{
            BatchGetItemError, BatchGetItemInput, BatchGetItemOutput,
            builders::BatchGetItemFluentBuilder,
        },
        delete_item::{
            DeleteItemError, DeleteItemInput, DeleteItemOutput, builders::DeleteItemFluentBuilder,
        },
        get_item::{GetItemError, GetItemInput, GetItemOutput, builders::GetItemFluentBuilder},
        put_item::{PutItemError, PutItemInput, PutItemOutput, builders::PutItemFluentBuilder},
        query::{QueryError, QueryInput, QueryOutput, builders::QueryFluentBuilder},
        transact_write_items::{
            TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
            builders::TransactWriteItemsFluentBuilder,
        },
        update_item::{
            UpdateItemError, UpdateItemInput, UpdateItemOutput, builders::UpdateItemFluentBuilder,
        },
    },
};

use super::Table;

/// An answer on its way, as the SDK gives it.
pub type Answer<'a, O, E> = Pin<Box<dyn Future<Output = Result<O, SdkError<E>>> + Send + 'a>>;

macro_rules! requests {
    ($($(#[$doc:meta])* $method:ident, $send:ident: $builder:ty, $input:ty => $output:ty, $error:ty;)*) => {
        /// Answers what DynamoDB answers, limits and repetitions included: what the SDK does on the
        /// way is its own to do.
        pub trait Engine: fmt::Debug + Send + Sync {
            $($(#[$doc])* fn $method(&self, input: $input) -> Answer<'_, $output, $error>;)*
        }

        impl Table {
            $(
                pub(crate) async fn $send(
                    &self,
                    request: $builder,
                ) -> Result<$output, SdkError<$error>> {
                    match &self.engine {
                        None => request.send().await,
                        Some(engine) => {
                            let input = request.as_input().clone().build();
                            engine.$method(input.map_err(SdkError::construction_failure)?).await
                        }
                    }
                }
            )*
        }
    };
}

requests! {
    /// `BatchGetItem`.
    batch_get_item, send_batch_get: BatchGetItemFluentBuilder, BatchGetItemInput => BatchGetItemOutput, BatchGetItemError;
    /// `DeleteItem`.
    delete_item, send_delete: DeleteItemFluentBuilder, DeleteItemInput => DeleteItemOutput, DeleteItemError;
    /// `GetItem`.
    get_item, send_get: GetItemFluentBuilder, GetItemInput => GetItemOutput, GetItemError;
    /// `PutItem`.
    put_item, send_put: PutItemFluentBuilder, PutItemInput => PutItemOutput, PutItemError;
    /// `Query`.
    query, send_query: QueryFluentBuilder, QueryInput => QueryOutput, QueryError;
    /// `TransactWriteItems`.
    transact_write_items, send_transaction: TransactWriteItemsFluentBuilder, TransactWriteItemsInput => TransactWriteItemsOutput, TransactWriteItemsError;
    /// `UpdateItem`.
    update_item, send_update: UpdateItemFluentBuilder, UpdateItemInput => UpdateItemOutput, UpdateItemError;
}
