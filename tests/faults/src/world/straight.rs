//! The straight way to the tables: what the SDK would send goes to them in this process, without
//! being signed, written and read. What the SDK does with time it does here as well: a limit for
//! each attempt and for all of them, repetitions after a pause that grows, and a quota of those.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
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
use aws_smithy_runtime_api::{
    client::{orchestrator::HttpResponse, result::ConnectorError},
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use platform::{
    aws::Pace,
    storage::{Answer, Engine},
};
use tokio::time::{sleep, timeout};

use super::{
    Key, World,
    network::{Back, Call},
};
use crate::{
    dynamodb::{BatchGet, Dynamo, Get, Kind, Query, Refusal, Refused, Transaction, Write},
    plan::{Effect, Failure, Service},
};

/// What the SDK may spend on repetitions, and what each takes of it.
const QUOTA: u32 = 500;
const REPETITION: u32 = 5;
const REPETITION_OF_LOST: u32 = 10;
/// The first pause is up to so long, each further one up to twice as long.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// A process's way to the tables.
pub(crate) struct Straight {
    world: Arc<World>,
    node: usize,
    pace: Pace,
    quota: AtomicU32,
}

/// One request, as the world looks at it.
struct Asked<'a> {
    operation: &'static str,
    /// A read that need not be consistent.
    eventual: bool,
    /// The items that it writes.
    written: &'a (dyn Fn() -> Vec<Key> + Sync),
    /// What it is about, for a trace.
    words: &'a (dyn Fn() -> String + Sync),
    /// How many writes it is.
    writes: usize,
}

/// What came of one attempt.
enum Tried<T> {
    Done(T),
    Refused(Refusal),
    /// The service is at fault, or has had enough.
    Failed(Failure),
    /// Nobody knows whether it was done.
    Lost(&'static str),
    /// It took too long.
    TooLong,
}

impl Straight {
    pub(crate) fn new(world: Arc<World>, node: usize, pace: Pace) -> Self {
        Straight { world, node, pace, quota: AtomicU32::new(QUOTA) }
    }

    /// Does a request, as often as it takes.
    async fn ask<T, E: Refused>(
        &self,
        asked: Asked<'_>,
        perform: impl Fn(&mut Dynamo) -> Result<T, Refusal>,
    ) -> Result<T, SdkError<E>> {
        let attempts = self.attempts(&asked, &perform);
        match timeout(self.pace.total, attempts).await {
            Ok(answer) => answer,
            Err(_) => Err(SdkError::timeout_error("all attempts together took too long")),
        }
    }

    async fn attempts<T, E: Refused>(
        &self,
        asked: &Asked<'_>,
        perform: &impl Fn(&mut Dynamo) -> Result<T, Refusal>,
    ) -> Result<T, SdkError<E>> {
        let mut spent = 0;
        for attempt in 1.. {
            let tried = timeout(self.pace.attempt, self.attempt(asked, perform)).await;
            let tried = tried.unwrap_or(Tried::TooLong);
            let price = match &tried {
                Tried::Done(_) | Tried::Refused(_) => {
                    // What the last repetition took comes back, or a little of what others took.
                    self.earn(if spent == 0 { 1 } else { spent });
                    None
                }
                Tried::Failed(Failure::Conflict) => None,
                Tried::Failed(Failure::Throttled) => Some(REPETITION),
                Tried::Failed(Failure::Internal) | Tried::Lost(_) | Tried::TooLong => {
                    Some(REPETITION_OF_LOST)
                }
            };
            let again = price.filter(|_| attempt < self.pace.attempts);
            match again.filter(|price| self.spend(*price)) {
                Some(price) => {
                    spent = price;
                    sleep(pause(attempt)).await;
                }
                None => return tried.into_answer(asked),
            }
        }
        unreachable!("the last attempt answers")
    }

    async fn attempt<T>(
        &self,
        asked: &Asked<'_>,
        perform: &impl Fn(&mut Dynamo) -> Result<T, Refusal>,
    ) -> Tried<T> {
        let (world, operation) = (&self.world, asked.operation);
        let (node, service, eventual) = (self.node, Service::Tables, asked.eventual);
        let call = Call { node, service, operation, eventual };
        let back = world.pass(call, async |effect| world.perform(call, asked, effect, perform));
        let tried = match back.await {
            Back::Answer(Ok(answer)) => Tried::Done(answer),
            Back::Answer(Err(refusal)) => Tried::Refused(refusal),
            Back::Instead(Effect::Fail(failure), _) => Tried::Failed(failure),
            Back::Instead(..) | Back::Cut => return Tried::Lost("the connection was reset"),
            Back::Unreachable => return Tried::Lost("the connection was refused"),
            Back::Silence => std::future::pending().await,
        };
        let at = world.elapsed();
        let outcome = if matches!(tried, Tried::Done(_)) { "answered" } else { "refused" };
        world.state().trace.note_with(at, node, operation, outcome, asked.words);
        tried
    }

    fn earn(&self, permits: u32) {
        let quota = self.quota.load(Ordering::Relaxed);
        self.quota.store((quota + permits).min(QUOTA), Ordering::Relaxed);
    }

    fn spend(&self, permits: u32) -> bool {
        let left = self.quota.load(Ordering::Relaxed).checked_sub(permits);
        left.inspect(|left| self.quota.store(*left, Ordering::Relaxed)).is_some()
    }
}

/// Any time up to a second, after a second attempt up to two, and so on.
fn pause(attempt: u32) -> Duration {
    let most = PAUSE * 2_u32.saturating_pow(attempt - 1);
    most.mul_f64(fastrand::f64()).min(LONGEST_PAUSE)
}

impl World {
    fn perform<T>(
        self: &Arc<Self>,
        call: Call<'_>,
        asked: &Asked<'_>,
        effect: Option<Effect>,
        perform: &impl Fn(&mut Dynamo) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let stale = match effect {
            Some(Effect::Stale(milliseconds)) => Some(milliseconds),
            _ => None,
        };
        let now = self.milliseconds();
        let answer = self.state().tables.ask(now, stale, perform);
        if asked.writes > 0 && answer.is_ok() {
            self.observe(call, &(asked.written)());
        }
        answer
    }
}

impl<T> Tried<T> {
    #[expect(clippy::result_large_err, reason = "the SDK's own errors are")]
    fn into_answer<E: Refused>(self, asked: &Asked<'_>) -> Result<T, SdkError<E>> {
        let error = |status: u16, error: E| {
            let status = StatusCode::try_from(status).map_err(SdkError::construction_failure)?;
            Err(SdkError::service_error(error, HttpResponse::new(status, SdkBody::empty())))
        };
        match self {
            Tried::Done(answer) => Ok(answer),
            Tried::Refused(refusal) => error(400, E::of(refusal)),
            Tried::Failed(Failure::Throttled) => {
                error(400, E::named("ProvisionedThroughputExceededException", "simulated"))
            }
            Tried::Failed(Failure::Internal) => {
                error(500, E::named("InternalServerError", "simulated"))
            }
            Tried::Failed(Failure::Conflict) if asked.operation == "TransactWriteItems" => {
                let mut reasons = vec![None; asked.writes];
                if let Some(first) = reasons.first_mut() {
                    *first = Some(Refusal::Conflict);
                }
                error(400, E::of(Refusal::Cancelled(reasons)))
            }
            Tried::Failed(Failure::Conflict) => error(400, E::of(Refusal::Conflict)),
            Tried::Lost(why) => Err(SdkError::dispatch_failure(ConnectorError::io(why.into()))),
            Tried::TooLong => Err(SdkError::timeout_error("one attempt took too long")),
        }
    }
}

/// A request that is none.
fn refused<E: Refused>(refusal: Refusal) -> SdkError<E> {
    match (Tried::<()>::Refused(refusal)).into_answer(&Asked::READ) {
        Err(error) => error,
        Ok(()) => SdkError::construction_failure("a refusal that is none"),
    }
}

impl Asked<'static> {
    const READ: Asked<'static> = Asked {
        operation: "",
        eventual: false,
        written: &Vec::new,
        words: &String::new,
        writes: 0,
    };
}

impl Straight {
    async fn write<E: Refused>(
        &self,
        kind: Kind,
        request: Result<Write, Refusal>,
    ) -> Result<Option<crate::dynamodb::Attributes>, SdkError<E>> {
        let request = request.map_err(refused)?;
        let asked = Asked {
            operation: kind.operation(),
            eventual: false,
            written: &|| vec![Key::of(&request)],
            words: &|| words(&request),
            writes: 1,
        };
        self.ask(asked, |tables| tables.do_write(kind, &request)).await
    }
}

impl Engine for Straight {
    fn get_item(&self, input: GetItemInput) -> Answer<'_, GetItemOutput, GetItemError> {
        Box::pin(async move {
            let request = Get::try_from(input).map_err(refused)?;
            let asked = Asked {
                operation: "GetItem",
                eventual: !request.consistent_read,
                words: &|| format!("{} | ", request.key_in_words()),
                ..Asked::READ
            };
            let item = self.ask(asked, |tables| tables.get_item(&request)).await?;
            Ok(GetItemOutput::builder().set_item(item).build())
        })
    }

    fn batch_get_item(
        &self,
        input: BatchGetItemInput,
    ) -> Answer<'_, BatchGetItemOutput, BatchGetItemError> {
        Box::pin(async move {
            let request = BatchGet::try_from(input).map_err(refused)?;
            let asked = Asked {
                operation: "BatchGetItem",
                eventual: request.request_items.values().any(|wanted| !wanted.consistent_read),
                ..Asked::READ
            };
            let found = self.ask(asked, |tables| tables.get_items(&request)).await?;
            Ok(BatchGetItemOutput::builder().set_responses(Some(found)).build())
        })
    }

    fn query(&self, input: QueryInput) -> Answer<'_, QueryOutput, QueryError> {
        Box::pin(async move {
            let request = Query::try_from(input).map_err(refused)?;
            let asked = Asked {
                operation: "Query",
                eventual: !request.consistent_read,
                words: &|| request.partition_in_words(),
                ..Asked::READ
            };
            let (items, last) = self.ask(asked, |tables| tables.find(&request)).await?;
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
        mut input: TransactWriteItemsInput,
    ) -> Answer<'_, TransactWriteItemsOutput, TransactWriteItemsError> {
        // So that a repetition is known as one.
        let token = || format!("{:032x}", fastrand::u128(..));
        input.client_request_token.get_or_insert_with(token);
        Box::pin(async move {
            let request = Transaction::try_from(input).map_err(refused)?;
            let writes = || request.transact_items.iter().filter_map(|item| item.write());
            let asked = Asked {
                operation: "TransactWriteItems",
                eventual: false,
                written: &|| writes().map(Key::of).collect(),
                words: &|| writes().map(words).collect::<Vec<_>>().join(" & "),
                writes: request.transact_items.len(),
            };
            self.ask(asked, |tables| tables.do_all(request.clone())).await?;
            Ok(TransactWriteItemsOutput::builder().build())
        })
    }
}

impl Key {
    fn of(write: &Write) -> Key {
        let (pk, sk) = write.key_texts();
        Key { table: write.table_name.clone(), pk: pk.to_owned(), sk: sk.to_owned() }
    }
}

fn words(write: &Write) -> String {
    let (pk, sk) = write.key_texts();
    let expressions = [&write.update_expression, &write.condition_expression];
    let expressions: Vec<&str> = expressions.into_iter().filter_map(|it| it.as_deref()).collect();
    format!("{pk} {sk} | {}", expressions.join(" IF "))
}

impl fmt::Debug for Straight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Straight({})", self.node)
    }
}
