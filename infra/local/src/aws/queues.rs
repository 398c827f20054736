//! SQS: standard queues with visibility and dead letters.

mod journal;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};

use self::journal::Journal;
use super::answer::{Refusal, text};
use crate::{delivery, random};

/// SQS's limit on a message, in bytes.
const MAX_MESSAGE: usize = 1024 * 1024;

/// Every queue of the system. Clones share them.
#[derive(Clone)]
pub struct Queues(Arc<HashMap<&'static str, Queue>>);

/// A queue: at least once, in no promised order. Clones share it.
#[derive(Clone)]
pub struct Queue(Arc<Shared>);

struct Shared {
    name: &'static str,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// By when they are visible, and in the order in which they came.
    waiting: BTreeMap<(Instant, u64), Message>,
    /// How many came to wait so far, those that were given back included.
    placed: u64,
    sent: u64,
    in_flight: HashMap<String, Message>,
    dead: Vec<Message>,
    journal: Option<Journal>,
}

/// A message that was sent and not deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Given by the queue.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// How many times it was received since the queue was opened.
    pub receives: u32,
}

/// A queue's file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the file of the queue {queue}")]
pub struct QueueError {
    queue: &'static str,
    #[source]
    source: std::io::Error,
}

impl Queues {
    /// Opens every queue of [`delivery::QUEUES`]: with a directory each in a file of it, without
    /// one in memory.
    pub(super) fn open(directory: Option<&Path>) -> Result<Queues, QueueError> {
        let mut queues = HashMap::new();
        for definition in &delivery::QUEUES {
            queues.insert(definition.name, Queue::open(definition.name, directory)?);
        }
        Ok(Queues(Arc::new(queues)))
    }

    /// The queue of this name.
    pub fn named(&self, name: &str) -> Option<&Queue> {
        self.0.get(name)
    }

    /// How many messages all queues were sent since they were opened.
    pub fn sent(&self) -> u64 {
        self.0.values().map(Queue::sent).sum()
    }

    /// Whether nothing waits and nothing is being worked on. Dead letters do not count.
    pub fn are_empty(&self) -> bool {
        self.0.values().all(Queue::is_empty)
    }

    /// How many messages wait or are being worked on. Dead letters do not count.
    pub fn unfinished(&self) -> usize {
        self.0.values().map(Queue::unfinished).sum()
    }

    pub(super) fn answer(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        let url = text(request, "QueueUrl")?;
        let name = url.rsplit('/').next().unwrap_or(url);
        let queue = self.named(name).ok_or_else(|| {
            Refusal::new(
                // The protocol's own name for QueueDoesNotExist.
                "AWS.SimpleQueueService.NonExistentQueue",
                "The specified queue does not exist.",
            )
        })?;
        match operation {
            "SendMessage" => {
                let body = text(request, "MessageBody")?;
                if body.is_empty() || body.len() > MAX_MESSAGE {
                    return Err(Refusal::new(
                        "InvalidMessageContents",
                        format!("a message has 1 to {MAX_MESSAGE} bytes"),
                    ));
                }
                let id = queue.send(body).map_err(|error| Refusal::internal(error.to_string()))?;
                Ok(json!({ "MessageId": id }))
            }
            _ => Err(Refusal::new(
                "UnknownOperationException",
                format!("SQS here has no {operation}"),
            )),
        }
    }
}

impl State {
    fn place(&mut self, visible_at: Instant, message: Message) {
        self.placed += 1;
        self.waiting.insert((visible_at, self.placed), message);
    }
}

impl Queue {
    fn open(name: &'static str, directory: Option<&Path>) -> Result<Queue, QueueError> {
        let mut state = State::default();
        if let Some(directory) = directory {
            let (journal, kept) = Journal::open(&directory.join(format!("queue-{name}.jsonl")))
                .map_err(|source| QueueError { queue: name, source })?;
            let now = Instant::now();
            state.journal = Some(journal);
            for message in kept.waiting {
                state.place(now, message);
            }
            state.dead = kept.dead;
        }
        Ok(Queue(Arc::new(Shared { name, state: Mutex::new(state), changed: Notify::new() })))
    }

    /// The queue's name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Adds a message and answers its id. When this returns, the message survives the process if
    /// the queue has a file.
    ///
    /// # Errors
    /// When the queue's file cannot be written.
    pub fn send(&self, body: &str) -> Result<String, QueueError> {
        let message = Message { id: random::identifier(), body: body.to_owned(), receives: 0 };
        let id = message.id.clone();
        let mut state = self.state();
        if let Some(journal) = &mut state.journal {
            journal.sent(&message).map_err(|source| self.failed(source))?;
        }
        state.place(Instant::now(), message);
        state.sent += 1;
        drop(state);
        self.0.changed.notify_waiters();
        Ok(id)
    }

    /// Takes up to `count` messages that are visible now; each is in flight until it is given to
    /// [`Queue::delete`] or [`Queue::release`].
    pub fn receive(&self, count: usize) -> Vec<Message> {
        let now = Instant::now();
        let mut state = self.state();
        let mut received = Vec::new();
        while received.len() < count
            && let Some(next) = state.waiting.first_entry().filter(|next| next.key().0 <= now)
        {
            let mut message = next.remove();
            message.receives += 1;
            state.in_flight.insert(message.id.clone(), message.clone());
            received.push(message);
        }
        received
    }

    /// Waits until [`Queue::receive`] would find something.
    pub async fn wait(&self) {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed, even before the first poll.
            changed.as_mut().enable();
            let next = self.state().waiting.keys().next().map(|(visible_at, _)| *visible_at);
            match next {
                Some(visible_at) if visible_at <= Instant::now() => return,
                Some(visible_at) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(visible_at) => {}
                        () = changed => {}
                    }
                }
                None => changed.await,
            }
        }
    }

    /// Forgets a message that was worked off.
    ///
    /// # Errors
    /// When the queue's file cannot be written: the message then comes again after a restart.
    pub fn delete(&self, id: &str) -> Result<(), QueueError> {
        let mut state = self.state();
        let empty = state.in_flight.remove(id).is_some()
            && state.in_flight.is_empty()
            && state.waiting.is_empty()
            && state.dead.is_empty();
        if let Some(journal) = &mut state.journal {
            journal.deleted(id, empty).map_err(|source| self.failed(source))?;
        }
        drop(state);
        self.0.changed.notify_waiters();
        Ok(())
    }

    /// Gives a message back: it is visible again after `delay`, or a dead letter if it was
    /// received `max_receives` times.
    ///
    /// # Errors
    /// When the queue's file cannot be written.
    pub fn release(&self, id: &str, delay: Duration, max_receives: u32) -> Result<(), QueueError> {
        let mut state = self.state();
        let mut written = Ok(());
        if let Some(message) = state.in_flight.remove(id) {
            if message.receives < max_receives {
                state.place(Instant::now() + delay, message);
            } else {
                if let Some(journal) = &mut state.journal {
                    written = journal.died(id);
                }
                state.dead.push(message);
            }
        }
        drop(state);
        self.0.changed.notify_waiters();
        written.map_err(|source| self.failed(source))
    }

    /// Whether nothing waits and nothing is in flight.
    pub fn is_empty(&self) -> bool {
        self.unfinished() == 0
    }

    fn unfinished(&self) -> usize {
        let state = self.state();
        state.waiting.len() + state.in_flight.len()
    }

    /// How many messages were sent since the queue was opened.
    pub fn sent(&self) -> u64 {
        self.state().sent
    }

    /// The messages that wait, visible or not.
    pub fn waiting(&self) -> Vec<Message> {
        self.state().waiting.values().cloned().collect()
    }

    /// The messages that were given up.
    pub fn dead_letters(&self) -> Vec<Message> {
        self.state().dead.clone()
    }

    /// Sends the dead letters again and says how many those were.
    ///
    /// # Errors
    /// When the queue's file cannot be written.
    pub fn revive_dead_letters(&self) -> Result<usize, QueueError> {
        let mut state = self.state();
        let dead = std::mem::take(&mut state.dead);
        let count = dead.len();
        for mut message in dead {
            message.receives = 0;
            if let Some(journal) = &mut state.journal {
                journal.sent(&message).map_err(|source| self.failed(source))?;
            }
            state.place(Instant::now(), message);
        }
        drop(state);
        self.0.changed.notify_waiters();
        Ok(count)
    }

    fn failed(&self, source: std::io::Error) -> QueueError {
        QueueError { queue: self.0.name, source }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No user code runs under the lock, so that a panic cannot leave it half changed.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
