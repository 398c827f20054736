//! The tables as functions in the same process ask them: in the SDK's terms, without its part of a
//! call. Nobody's writes ever meet here, and nothing fails; what is measured is the functions' own.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{
        batch_get_item::{BatchGetItemError, BatchGetItemInput, BatchGetItemOutput},
        delete_item::{DeleteItemError, DeleteItemInput, DeleteItemOutput},
        get_item::{GetItemError, GetItemInput, GetItemOutput},
        put_item::{PutItemError, PutItemInput, PutItemOutput},
        query::{QueryError, QueryInput, QueryOutput},
        transact_write_items::{
            TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
        },
        update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput},
    },
};
use aws_smithy_runtime_api::{client::orchestrator::HttpResponse, http::StatusCode};
use aws_smithy_types::body::SdkBody;
use platform::{
    clock::Clock,
    storage::{Answer, Engine},
};

use super::{Attributes, BatchGet, Dynamo, Get, Kind, Query, Refusal, Refused, Transaction, Write};

/// The tables of the system, shared by its functions. Clones are the same tables.
#[derive(Clone)]
pub struct SharedTables(Arc<Shared>);

struct Shared {
    dynamo: Mutex<Dynamo>,
    /// In microseconds.
    latency: AtomicU64,
}

impl SharedTables {
    /// Empty tables that answer at once.
    pub fn new(clock: Arc<dyn Clock>) -> SharedTables {
        let dynamo = Mutex::new(Dynamo::new(clock));
        SharedTables(Arc::new(Shared { dynamo, latency: AtomicU64::new(0) }))
    }

    /// Lets every request take so long from now on.
    pub fn set_latency(&self, latency: Duration) {
        let latency = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.0.latency.store(latency, Ordering::Relaxed);
    }

    /// The tables themselves.
    pub fn dynamo(&self) -> MutexGuard<'_, Dynamo> {
        // A panic under the lock ends whatever is measured.
        self.0.dynamo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask<T, E: Refused>(
        &self,
        perform: impl FnOnce(&mut Dynamo) -> Result<T, Refusal>,
    ) -> Result<T, SdkError<E>> {
        let latency = Duration::from_micros(self.0.latency.load(Ordering::Relaxed));
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        perform(&mut self.dynamo()).map_err(|refusal| match StatusCode::try_from(400) {
            Ok(status) => {
                SdkError::service_error(E::of(refusal), HttpResponse::new(status, SdkBody::empty()))
            }
            Err(error) => SdkError::construction_failure(error),
        })
    }

    async fn write<E: Refused>(
        &self,
        kind: Kind,
        request: Result<Write, Refusal>,
    ) -> Result<Option<Attributes>, SdkError<E>> {
        self.ask(|dynamo| dynamo.do_write(kind, &request?)).await
    }
}

impl Engine for SharedTables {
    fn get_item(&self, input: GetItemInput) -> Answer<'_, GetItemOutput, GetItemError> {
        Box::pin(async move {
            let item = self.ask(|dynamo| dynamo.get_item(&Get::try_from(input)?)).await?;
            Ok(GetItemOutput::builder().set_item(item).build())
        })
    }

    fn batch_get_item(
        &self,
        input: BatchGetItemInput,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        Box::pin(async move {
            let found = self.ask(|dynamo| dynamo.get_items(&BatchGet::try_from(input)?)).await?;
            Ok(BatchGetItemOutput::builder().set_responses(Some(found)).build())
        })
    }

    fn query(&self, input: QueryInput) -> Answer<'_, QueryOutput, QueryError> {
        Box::pin(async move {
            let (items, last) = self.ask(|dynamo| dynamo.find(&Query::try_from(input)?)).await?;
            let count = i32::try_from(items.len()).unwrap_or(i32::MAX);
            let output = QueryOutput::builder().set_items(Some(items)).count(count);
            Ok(output.set_last_evaluated_key(last).build())
        })
    }

    fn put_item(&self, input: PutItemInput) -> Answer<'_, PutItemOutput, PutItemError> {
        Box::pin(async move {
            let attributes = self.write(Kind::Put, Write::try_from(input)).await?;
            Ok(PutItemOutput::builder().set_attributes(attributes).build())
        })
    }

    fn update_item(&self, input: UpdateItemInput) -> Answer<'_, UpdateItemOutput, UpdateItemError> {
        Box::pin(async move {
            let attributes = self.write(Kind::Update, Write::try_from(input)).await?;
            Ok(UpdateItemOutput::builder().set_attributes(attributes).build())
        })
    }

    fn delete_item(&self, input: DeleteItemInput) -> Answer<'_, DeleteItemOutput, DeleteItemError> {
        Box::pin(async move {
            let attributes = self.write(Kind::Delete, Write::try_from(input)).await?;
            Ok(DeleteItemOutput::builder().set_attributes(attributes).build())
        })
    }

    fn transact_write_items(
        &self,
        input: TransactWriteItemsInput,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        Box::pin(async move {
            self.ask(|dynamo| dynamo.do_all(Transaction::try_from(input)?)).await?;
            Ok(TransactWriteItemsOutput::builder().build())
        })
    }
}

impl fmt::Debug for SharedTables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SharedTables")
    }
}
