//! The queues and what Lambda does with them: a message is delivered until a function takes it, as
//! often as the queue allows.

use std::{sync::Arc, time::Duration};

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use tokio::time::sleep;

use super::World;
use crate::plan::NODES;

/// The queue of events; its message is a dead letter after so many deliveries.
pub(crate) const EVENTS: Queue = Queue { deliveries: 5 };
/// The queue of pushes that the inbox did not take.
pub(crate) const SPILL: Queue = Queue { deliveries: 1000 };
/// How long a message is out of sight after it was delivered.
const VISIBILITY: Duration = Duration::from_secs(360);

/// A queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    deliveries: u32,
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
            let pause = 3 + self.state().pick(60);
            sleep(Duration::from_millis(pause)).await;
            let taken = self.deliver(&body).await;
            self.delivered(delivery, taken);
            if taken {
                return;
            }
            sleep(VISIBILITY).await;
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

    async fn deliver(self: &Arc<Self>, body: &str) -> bool {
        let node = self.state().pick(NODES as u64) as usize;
        let mut message = SqsMessage::default();
        message.message_id = Some("message".to_owned());
        message.body = Some(body.to_owned());
        let mut batch = SqsEvent::default();
        batch.records.push(message);
        let handled = self.on(node, async move |process| {
            events::handle(&process.events, batch).await.batch_item_failures.is_empty()
        });
        handled.await == Some(true)
    }
}
