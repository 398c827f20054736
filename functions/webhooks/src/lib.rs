//! Events, told to the company's own systems.
//!
//! A queue brings two things: events of the bus, each of which becomes a delivery for every target
//! that wants it, and lists of deliveries that are due, which the clock and operators hand over. A
//! message is done when its deliveries are written down; what becomes of an attempt is noted on the
//! delivery, which comes up again by itself. So a target that does not answer holds up no message.

mod attempt;
mod sender;

pub use sender::Sender;

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use platform::{
    Outside, StartError,
    configuration::Variables,
    event::{Event, kind},
    metric::Metrics,
    webhooks::{Network, Target, Webhooks, is_for_others},
};
use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument;

use attempt::{Job, Work};

/// What `webhooks` needs: no token, and no way to WeChat.
#[derive(Clone)]
pub struct App {
    /// Targets and deliveries.
    pub webhooks: Webhooks,
    /// How messages leave.
    pub sender: Sender,
    /// Counts what failed.
    pub metrics: Metrics,
}

impl App {
    /// Wires the function.
    pub async fn new(variables: &Variables, outside: Outside) -> Result<Self, StartError> {
        let webhooks = Webhooks::from_variables(variables, outside).await?;
        let sender = Sender::new(&webhooks.network);
        Ok(App { webhooks, sender, metrics: Metrics::to_standard_output() })
    }

    /// The same function with another way to its targets.
    pub fn with_network(mut self, network: Network) -> Self {
        self.sender = Sender::new(&network);
        self.webhooks.network = network;
        self
    }
}

/// Works off a batch and begins no attempt after `time`. Messages that are named in the answer come
/// again, and after some times end in the dead-letter queue.
pub async fn handle(app: &App, batch: SqsEvent, time: Duration) -> SqsBatchResponse {
    let until = Instant::now() + time;
    let mut response = SqsBatchResponse::default();
    let mut work = Work::default();
    let targets = app.webhooks.targets().await.map_err(|error| error.to_string());
    for message in batch.records {
        let taken = match &targets {
            Ok(targets) => take(app, targets, &message, &mut work).await,
            Err(error) => Err(error.clone()),
        };
        if let Err(error) = taken {
            let id = message.message_id.unwrap_or_default();
            tracing::error!(delivery = id, error, "message goes back to its queue");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    let mut running = JoinSet::new();
    for (target, jobs) in work.by_target {
        running.spawn(attempt::all(app.clone(), target, jobs, until).in_current_span());
    }
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            // Its deliveries are due again when their leases end.
            tracing::error!(%error, "attempts ended early");
        }
    }
    response
}

/// Writes down what a message asks for, and adds what is to be tried to `work`.
async fn take(
    app: &App,
    targets: &[Target],
    message: &SqsMessage,
    work: &mut Work,
) -> Result<(), String> {
    let body = message.body.as_deref().ok_or("the message has no body")?;
    let event = Event::from_bus(body).map_err(|error| error.to_string())?;
    if event.kind == kind::WEBHOOK_DUE {
        return take_due(targets, &event, work);
    }
    if !is_for_others(&event) {
        return Ok(());
    }
    for target in targets.iter().filter(|target| target.filter.wants(&event)) {
        tracing::info!(event = event.id, kind = event.kind, webhook = target.id, "event goes out");
        let claimed = app.webhooks.put_on_the_way(target, &event).await;
        if let Some(claimed) = claimed.map_err(|error| error.to_string())? {
            work.add(target, Job::Claimed(Box::new(claimed)));
        }
    }
    Ok(())
}

fn take_due(targets: &[Target], event: &Event, work: &mut Work) -> Result<(), String> {
    let malformed = "the event names no deliveries";
    let webhook = event.details.get("webhook").and_then(|id| id.as_str()).ok_or(malformed)?;
    let deliveries = event.details.get("deliveries").and_then(|list| list.as_array());
    let deliveries = deliveries.ok_or(malformed)?;
    // One that was deleted or paused meanwhile is sent nothing.
    let target = targets.iter().find(|target| target.id == webhook && target.is_active());
    if let Some(target) = target {
        for id in deliveries.iter().filter_map(|id| id.as_str()) {
            work.add(target, Job::Due(id.to_owned()));
        }
    }
    Ok(())
}

impl Work {
    fn add(&mut self, target: &Target, job: Job) {
        let place = self.places.entry(target.id.clone()).or_insert_with(|| {
            self.by_target.push((Arc::new(target.clone()), Vec::new()));
            self.by_target.len() - 1
        });
        self.by_target[*place].1.push(job);
    }
}

/// Where each target's work stands.
type Places = HashMap<String, usize>;
