//! Fleet releases, a step at a time.
//!
//! The queue brings what the clock and operators hand over, rollouts and targets that are due, and
//! what happened to mini programs that a rollout may have. What becomes of a step is noted on its
//! target, which comes up again by itself; only what cannot even be noted goes back to the queue.

use std::time::Duration;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use platform::{Platform, event::Event, rollouts::RolloutError};
use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument;

/// Lambda ends a call of this function after three minutes: its `Timeout` in the template.
const LIFE: Duration = Duration::from_secs(180);

/// What `rollout` needs.
#[derive(Clone)]
pub struct App {
    /// The platform.
    pub platform: Platform,
}

impl App {
    /// Everything that is needed is in the platform.
    pub fn new(mut platform: Platform) -> Self {
        platform.rollouts.releases.life = LIFE;
        App { platform }
    }
}

/// Works off a batch, its messages side by side, and begins no step after `time`. Messages that are
/// named in the answer come again, and after some times end in the dead-letter queue.
pub async fn handle(app: &App, batch: SqsEvent, time: Duration) -> SqsBatchResponse {
    let until = Instant::now() + time;
    let mut response = SqsBatchResponse::default();
    let mut running = JoinSet::new();
    for message in batch.records {
        let app = app.clone();
        let worked = async move {
            let worked = work(&app, &message, until).await;
            (message.message_id.unwrap_or_default(), worked)
        };
        // Its lines belong to the function's request.
        running.spawn(worked.in_current_span());
    }
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok((_, Ok(()))) => {}
            Ok((id, Err(error))) => {
                tracing::error!(delivery = id, error, "message goes back to its queue");
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                response.batch_item_failures.push(failure);
            }
            // Its leases end, and what it was about is due again.
            Err(panic) => tracing::error!(%panic, "a message was not finished"),
        }
    }
    response
}

async fn work(app: &App, message: &SqsMessage, until: Instant) -> Result<(), String> {
    let body = message.body.as_deref().ok_or("the message has no body")?;
    let event = Event::from_bus(body).map_err(|error| error.to_string())?;
    // Whatever is logged of it can be found by the event.
    let span = tracing::info_span!("event", event = event.id, kind = event.kind);
    let taken = async {
        app.platform.rollouts.take(&event, until).await?;
        tracing::info!("event is worked off");
        Ok(())
    };
    let taken: Result<(), RolloutError> = taken.instrument(span).await;
    taken.map_err(|error| format!("event {}: {error}", event.id))
}
