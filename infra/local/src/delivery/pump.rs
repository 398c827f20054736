//! Takes messages from a queue to a function, as Lambda's event source mapping does.

use std::{future::Future, sync::Arc, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use tokio::sync::{Semaphore, watch};

use super::QueueDefinition;
use crate::aws::{ACCOUNT, Message, Queue, REGION};

/// So many batches of one queue are in the function at a time.
const CONCURRENT_BATCHES: usize = 4;

/// What happens to messages the function did not finish.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// How long they stay invisible.
    pub delay: Duration,
    /// A function that takes longer than this has failed.
    pub timeout: Duration,
}

/// Gives the queue's messages to `handler` in batches until told to stop. A batch that fails as a
/// whole, panics or takes too long comes again in full; else the messages named in the answer do.
pub async fn pump<Handler, Answer, Failure>(
    queue: Queue,
    definition: QueueDefinition,
    retry: Retry,
    handler: Handler,
    mut stopped: watch::Receiver<bool>,
) where
    Handler: Fn(SqsEvent) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Result<SqsBatchResponse, Failure>> + Send + 'static,
    Failure: std::fmt::Display + Send + 'static,
{
    let handler = Arc::new(handler);
    let places = Arc::new(Semaphore::new(CONCURRENT_BATCHES));
    loop {
        tokio::select! {
            // A sender that is gone means the same as one that says so.
            _ = stopped.wait_for(|stop| *stop) => return,
            () = queue.wait() => {}
        }
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let messages = queue.receive(definition.batch_size);
        if messages.is_empty() {
            continue;
        }
        let (queue, handler) = (queue.clone(), handler.clone());
        tokio::spawn(async move {
            let answer = answer(&queue, &messages, &*handler, retry.timeout).await;
            for message in &messages {
                let written = if answer.finished(&message.id) {
                    queue.delete(&message.id)
                } else {
                    queue.release(&message.id, retry.delay, definition.max_receives)
                };
                if let Err(error) = written {
                    tracing::error!("{error}: {:?}", std::error::Error::source(&error));
                }
            }
            drop(place);
        });
    }
}

/// What the function said of a batch.
enum Outcome {
    Failed,
    Answered(SqsBatchResponse),
}

impl Outcome {
    fn finished(&self, id: &str) -> bool {
        match self {
            Outcome::Failed => false,
            Outcome::Answered(response) => {
                !response.batch_item_failures.iter().any(|failure| failure.item_identifier == id)
            }
        }
    }
}

async fn answer<Handler, Answer, Failure>(
    queue: &Queue,
    messages: &[Message],
    handler: &Handler,
    timeout: Duration,
) -> Outcome
where
    Handler: Fn(SqsEvent) -> Answer,
    Answer: Future<Output = Result<SqsBatchResponse, Failure>> + Send + 'static,
    Failure: std::fmt::Display + Send + 'static,
{
    // A task of its own: a panic is one failed batch, as it is in Lambda.
    let mut task = tokio::spawn(handler(event(queue.name(), messages)));
    let name = queue.name();
    match tokio::time::timeout(timeout, &mut task).await {
        Ok(Ok(Ok(response))) => return Outcome::Answered(response),
        Ok(Ok(Err(error))) => tracing::warn!("a batch of the queue {name} failed: {error}"),
        Ok(Err(_)) => tracing::error!("a batch of the queue {name} panicked"),
        Err(_) => {
            task.abort();
            tracing::warn!("a batch of the queue {name} took too long");
        }
    }
    Outcome::Failed
}

/// The event that Lambda makes of the messages.
fn event(queue: &str, messages: &[Message]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = messages
        .iter()
        .map(|message| {
            let mut record = SqsMessage::default();
            record.message_id = Some(message.id.clone());
            record.receipt_handle = Some(message.id.clone());
            record.body = Some(message.body.clone());
            record
                .attributes
                .insert("ApproximateReceiveCount".to_owned(), message.receives.to_string());
            record.event_source = Some("aws:sqs".to_owned());
            record.event_source_arn = Some(format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"));
            record.aws_region = Some(REGION.to_owned());
            record
        })
        .collect();
    event
}
