//! The one way out: EventBridge. Who listens stands in the template.

use std::sync::Arc;

use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use aws_types::SdkConfig;

use crate::{
    aws::{Later, later},
    event::{Event, SOURCE},
    storage::describe,
};

/// EventBridge takes so many entries a call.
const BATCH: usize = 10;
/// Entries that fail are sent again so often before they are left to the sweeper.
const ATTEMPTS: usize = 3;

/// The event bus. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Later<Client>,
    name: Arc<str>,
}

/// Events that did not get onto the bus. The sweeper will try again.
#[derive(Debug, thiserror::Error)]
#[error("bus {bus}: {} events not published: {why}", .unpublished.len())]
pub struct BusError {
    /// The bus.
    pub bus: String,
    /// Ids of the events that were not accepted.
    pub unpublished: Vec<String>,
    /// What EventBridge said.
    pub why: String,
}

impl Bus {
    /// The bus `name`.
    pub fn new(aws: &SdkConfig, name: impl Into<Arc<str>>) -> Self {
        Bus { client: later(aws, Client::new), name: name.into() }
    }

    /// Puts `events` on the bus. Entries that EventBridge refuses are sent again, those alone.
    pub async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        let mut unpublished = Vec::new();
        let mut why = String::new();
        for batch in events.chunks(BATCH) {
            let mut left: Vec<&Event> = batch.iter().collect();
            for _ in 0..ATTEMPTS {
                match self.put(&left).await {
                    Ok(failed) if failed.is_empty() => left.clear(),
                    Ok(failed) => {
                        why = failed[0].1.clone();
                        left = failed.into_iter().map(|(place, _)| left[place]).collect();
                    }
                    // The SDK has already tried again.
                    Err(error) => {
                        why = error;
                        break;
                    }
                }
                if left.is_empty() {
                    break;
                }
            }
            for event in batch.iter().filter(|event| left.iter().all(|left| left.id != event.id)) {
                tracing::info!(event = event.id, kind = event.kind, "event told");
            }
            unpublished.extend(left.into_iter().map(|event| event.id.clone()));
        }
        if unpublished.is_empty() {
            return Ok(());
        }
        Err(BusError { bus: self.name.to_string(), unpublished, why })
    }

    /// One `PutEvents`; the places of entries that failed, and why.
    async fn put(&self, events: &[&Event]) -> Result<Vec<(usize, String)>, String> {
        let entries = events
            .iter()
            .map(|event| {
                let detail = serde_json::to_string(event).map_err(|error| error.to_string())?;
                Ok(PutEventsRequestEntry::builder()
                    .event_bus_name(&*self.name)
                    .source(SOURCE)
                    .detail_type(&event.kind)
                    .detail(detail)
                    .build())
            })
            .collect::<Result<Vec<_>, String>>()?;
        let answer = self.client.put_events().set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| describe(&error))?;
        if answer.failed_entry_count == 0 {
            return Ok(Vec::new());
        }
        let failed =
            |(place, entry): (usize, &aws_sdk_eventbridge::types::PutEventsResultEntry)| {
                let code = entry.error_code()?;
                Some((place, format!("{code}: {}", entry.error_message().unwrap_or("no message"))))
            };
        Ok(answer.entries().iter().enumerate().filter_map(failed).collect())
    }
}
