//! What WeChat pushed, worked off the request path.
//!
//! Two queues end here: events of our own bus, and pushes that the inbox did not take when they
//! came. Work on an item of the inbox that fails is noted on the item, which comes up again by
//! itself; only what cannot even be noted goes back to the queue.
//!
//! What follows from an event stands in `families`, one file for each family of events; an event
//! that belongs to none is told to others.

mod account;
mod authorization;
mod failure;
mod families;
mod go_live;
mod inbox;
mod onboarding;
mod origin;
mod record;
mod spilled;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use platform::{
    Platform,
    event::{Event, kind},
    metric::Metrics,
};
use tracing::Instrument;

use record::Record;

/// What `events` needs.
#[derive(Clone)]
pub struct App {
    /// The platform.
    pub platform: Platform,
    /// Counts what went wrong.
    pub metrics: Metrics,
}

impl App {
    /// Everything that is needed is in the platform.
    pub fn new(platform: Platform) -> Self {
        App { platform, metrics: Metrics::to_standard_output() }
    }
}

/// Works off a batch. Messages that are named in the answer come again, and after some times end
/// in the dead-letter queue.
pub async fn handle(app: &App, batch: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        // On the heap: every family of events is a part of it.
        if let Err(error) = Box::pin(work(app, &message)).await {
            let id = message.message_id.unwrap_or_default();
            tracing::error!(delivery = id, error, "message goes back to its queue");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    response
}

async fn work(app: &App, message: &SqsMessage) -> Result<(), String> {
    let body = message.body.as_deref().ok_or("the message has no body")?;
    match Record::parse(body)? {
        Record::Spilled(push) => spilled::take_in(app, &push).await,
        Record::Event(event) => {
            // Whatever is logged of it can be found by the event, and by the push that it is about.
            let inbox = event.details.get("inbox").and_then(|key| key.as_str());
            let span = tracing::info_span!("event", event = event.id, kind = event.kind, inbox);
            follow(app, &event).instrument(span).await
        }
    }
}

async fn follow(app: &App, event: &Event) -> Result<(), String> {
    match event.kind.as_str() {
        kind::INBOX_RECEIVED => {
            let key = event.details.get("inbox").and_then(|key| key.as_str());
            let key = key.ok_or("the event names no item of the inbox")?;
            inbox::work_off(app, key).await
        }
        kind::MERCHANT_AUTHORIZED => onboarding::authorized(&app.platform, event).await,
        kind::SELF_TEST_REQUESTED => {
            let test = event.details.get("self_test").and_then(|test| test.as_str());
            let test = test.ok_or("the event names no self-test")?;
            let self_tests = &app.platform.self_tests;
            self_tests.play(&event.component, test).await.map_err(|error| error.to_string())
        }
        // A rule may send more than this function knows; others may listen to it.
        other => {
            tracing::debug!(kind = other, "nothing to do for this event");
            Ok(())
        }
    }
}
