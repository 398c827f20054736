//! The queues and what Lambda does with them: a message is delivered until a function takes it, as
//! often as the queue allows.

use std::{sync::Arc, time::Duration};

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Limit, World};
use crate::plan::NODES;

/// The queue of events; its message is a dead letter after so many deliveries.
pub(crate) const EVENTS: Queue =
    Queue { deliveries: 5, visibility: Duration::from_secs(360), function: Function::Events };
/// The queue of pushes that the inbox did not take.
pub(crate) const SPILL: Queue = Queue { deliveries: 1000, ..EVENTS };
/// The queue of rollouts.
const ROLLOUT: Queue =
    Queue { deliveries: 5, visibility: Duration::from_secs(1080), function: Function::Rollout };
/// `rollout` begins no step after this, for Lambda gives it three minutes.
const STEPS: Duration = Duration::from_secs(120);

/// What the rules of the bus take to the queue of events.
const HEARD: [&str; 3] = ["inbox.received", "merchant.authorized", "merchant.unauthorized"];
/// And to that of rollouts.
const FOLLOWED: [&str; 8] = [
    "rollout.due",
    "release.approved",
    "release.rejected",
    "release.failed",
    "release.withdrawn",
    "release.released",
    "merchant.authorized",
    "merchant.unauthorized",
];

/// A queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    deliveries: u32,
    /// How long a message is out of sight after it was delivered.
    visibility: Duration,
    function: Function,
}

/// Who works a queue off.
#[derive(Debug, Clone, Copy)]
enum Function {
    Events,
    Rollout,
}

/// How many messages there are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Waiting {
    /// On their way for the first time.
    pub(crate) new: u32,
    /// Out of sight after a delivery that failed.
    pub(crate) hidden: u32,
    /// Given up.
    pub(crate) dead: u32,
    /// Every message comes twice.
    pub(crate) doubled: bool,
}

impl World {
    /// Takes an event from the bus to the queues that want it.
    pub(crate) fn hand_on(self: &Arc<Self>, kind: &str, detail: &Value) {
        let event = || json!({ "detail-type": kind, "detail": detail }).to_string();
        if HEARD.contains(&kind) {
            self.enqueue(EVENTS, event());
        }
        // Where nobody ever ordered a rollout, its function would look for one and find none.
        if FOLLOWED.contains(&kind) && self.state().truth.rollout.is_ordered {
            self.enqueue(ROLLOUT, event());
        }
    }

    /// Puts a message into a queue.
    pub(crate) fn enqueue(self: &Arc<Self>, queue: Queue, body: String) {
        let copies = if self.state().waiting.doubled { 2 } else { 1 };
        for _ in 0..copies {
            tokio::spawn(Arc::clone(self).carry(queue, body.clone()));
        }
    }

    async fn carry(self: Arc<Self>, queue: Queue, body: String) {
        self.state().waiting.new += 1;
        for delivery in 1..=queue.deliveries {
            let pause = match queue.function {
                // What a later message says may be worked off long before.
                Function::Rollout if self.state().pick(8) == 0 => self.state().pick(20_000),
                _ => 3 + self.state().pick(60),
            };
            sleep(Duration::from_millis(pause)).await;
            let taken = self.deliver(queue, &body).await;
            self.delivered(delivery, taken);
            if taken {
                return;
            }
            sleep(queue.visibility).await;
        }
        let mut state = self.state();
        state.waiting.hidden -= 1;
        state.waiting.dead += 1;
    }

    fn delivered(&self, delivery: u32, taken: bool) {
        let waiting = &mut self.state().waiting;
        match delivery {
            1 => waiting.new -= 1,
            _ => waiting.hidden -= 1,
        }
        waiting.hidden += u32::from(!taken);
    }

    async fn deliver(self: &Arc<Self>, queue: Queue, body: &str) -> bool {
        let node = self.state().pick(NODES as u64) as usize;
        let mut message = SqsMessage::default();
        message.message_id = Some("message".to_owned());
        message.body = Some(body.to_owned());
        let mut batch = SqsEvent::default();
        batch.records.push(message);
        let limit = match queue.function {
            Function::Events => Limit::EVENTS,
            Function::Rollout => Limit::ROLLOUT,
        };
        let handled = self.on(node, limit, async move |process| {
            let handled = match queue.function {
                Function::Events => events::handle(&process.events, batch).await,
                Function::Rollout => rollout::handle(&process.rollout, batch, STEPS).await,
            };
            handled.batch_item_failures.is_empty()
        });
        handled.await == Some(true)
    }
}
