//! EventBridge: what is put on the bus goes to the queues that the rules name.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Map, Value, json};

use super::{ACCOUNT, Queues, REGION, answer::Refusal};
use crate::{delivery, random};

/// EventBridge takes at most this many entries in one call.
const MAX_ENTRIES: usize = 10;
/// EventBridge's limit on one entry, in bytes.
const MAX_ENTRY: usize = 256 * 1024;
/// So many events are kept to look at, the newest of them.
const KEPT: usize = 10_000;

/// The event bus. Clones share it.
#[derive(Clone)]
pub struct EventBus {
    queues: Queues,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    events: VecDeque<BusEvent>,
    counts: BTreeMap<String, u64>,
    refuse_next: usize,
}

/// An event that the bus accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct BusEvent {
    /// The id the bus gave it.
    pub id: String,
    /// Who put it there.
    pub source: String,
    /// What happened, such as `release.submitted`.
    pub detail_type: String,
    /// The facts.
    pub detail: Map<String, Value>,
}

impl EventBus {
    pub(super) fn new(queues: Queues) -> EventBus {
        EventBus { queues, state: Arc::default() }
    }

    /// The events accepted so far, oldest first, no more than the last 10,000.
    pub fn events(&self) -> Vec<BusEvent> {
        self.state().events.iter().cloned().collect()
    }

    /// The events of one kind, oldest first.
    pub fn events_named(&self, detail_type: &str) -> Vec<BusEvent> {
        self.events().into_iter().filter(|event| event.detail_type == detail_type).collect()
    }

    /// How many events of each kind were accepted so far, however long ago.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.state().counts.clone()
    }

    /// Refuses the next `count` entries, one by one, as EventBridge does when it is busy: the call
    /// itself succeeds and counts the entry as failed.
    pub fn refuse_next_entries(&self, count: usize) {
        self.state().refuse_next = count;
    }

    /// Delivers an accepted event once more, as EventBridge may at any time.
    ///
    /// # Errors
    /// When a queue's file cannot be written.
    pub fn repeat(&self, event: &BusEvent) -> Result<(), super::QueueError> {
        self.deliver(event)
    }

    pub(super) fn answer(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        if operation != "PutEvents" {
            return Err(Refusal::new(
                "UnknownOperationException",
                format!("EventBridge here has no {operation}"),
            ));
        }
        let entries = request["Entries"]
            .as_array()
            .filter(|entries| (1..=MAX_ENTRIES).contains(&entries.len()))
            .ok_or_else(|| {
                Refusal::new("ValidationException", "Entries must hold 1 to 10 entries")
            })?;
        let mut failed = 0;
        let answers: Vec<Value> = entries
            .iter()
            .map(|entry| match self.accept(entry) {
                Ok(id) => json!({ "EventId": id }),
                Err((code, message)) => {
                    failed += 1;
                    json!({ "ErrorCode": code, "ErrorMessage": message })
                }
            })
            .collect();
        Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
    }

    /// Takes one entry, or says with code and words why not.
    fn accept(&self, entry: &Value) -> Result<String, (&'static str, String)> {
        {
            let mut state = self.state();
            if state.refuse_next > 0 {
                state.refuse_next -= 1;
                return Err(("InternalFailure", "refused on purpose".to_owned()));
            }
        }
        let field = |name: &str| {
            entry[name]
                .as_str()
                .filter(|value| !value.is_empty())
                .ok_or_else(|| ("InvalidArgument", format!("{name} is missing")))
        };
        let (source, detail_type, detail) =
            (field("Source")?, field("DetailType")?, field("Detail")?);
        if field("EventBusName")?.rsplit('/').next() != Some(delivery::BUS) {
            return Err(("InvalidArgument", "there is no such event bus".to_owned()));
        }
        if source.len() + detail_type.len() + detail.len() > MAX_ENTRY {
            return Err(("InvalidArgument", format!("the entry is over {MAX_ENTRY} bytes")));
        }
        let detail: Map<String, Value> = serde_json::from_str(detail)
            .map_err(|_| ("MalformedDetail", "Detail is malformed.".to_owned()))?;
        let event = BusEvent {
            id: random::identifier(),
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            detail,
        };
        self.deliver(&event).map_err(|error| ("InternalFailure", error.to_string()))?;
        let id = event.id.clone();
        let mut state = self.state();
        *state.counts.entry(event.detail_type.clone()).or_default() += 1;
        if state.events.len() == KEPT {
            state.events.pop_front();
        }
        state.events.push_back(event);
        Ok(id)
    }

    /// Sends the event to the queue of every rule that wants it.
    fn deliver(&self, event: &BusEvent) -> Result<(), super::QueueError> {
        let body = json!({
            "version": "0",
            "id": event.id,
            "detail-type": event.detail_type,
            "source": event.source,
            "account": ACCOUNT,
            "time": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": REGION,
            "resources": [],
            "detail": event.detail,
        })
        .to_string();
        for rule in &delivery::RULES {
            if rule.wants(&event.source, &event.detail_type)
                && let Some(queue) = self.queues.named(rule.queue)
            {
                queue.send(&body)?;
            }
        }
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere leaves the state whole: each change is one statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
