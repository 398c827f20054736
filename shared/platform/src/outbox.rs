//! Events that must not be lost are written in the transaction that causes them, published at
//! once, and removed when the bus has them. What was left behind, the sweeper publishes: so an
//! event is told at least once.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wechat::AppId;

use crate::{
    bus::Bus,
    clock::Clock,
    event::Event,
    random::Random,
    storage::{self, StorageError, Table},
};

const WORK: &str = "outbox";
/// The sweeper leaves an event alone for so long: its writer is about to publish it.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// Events on their way to the bus. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    /// The table `fleet`.
    pub table: Table,
    /// Where they go.
    pub bus: Bus,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    pk: String,
    sk: String,
    kind: String,
    event: String,
    due_shard: String,
    due_at: i64,
}

impl Outbox {
    /// A new event that happens now. `details` is an object.
    pub fn event(
        &self,
        kind: &str,
        component: &AppId,
        appid: Option<&AppId>,
        version: u64,
        details: Value,
    ) -> Event {
        let (clock, random) = (self.clock.as_ref(), self.random.as_ref());
        Event::new(clock, random, kind, component, appid, version, details)
    }

    /// The write that makes `event` certain; it belongs into the transaction that causes it.
    pub fn entry(&self, event: &Event) -> Result<TransactWriteItem, StorageError> {
        let broken = |why: String| self.table.error("write an event", why);
        let key = format!("outbox#{}#{}", event.component, event.id);
        let entry = Entry {
            due_shard: storage::due_shard(WORK, &key),
            due_at: (self.clock.now() + PATIENCE).as_millisecond(),
            pk: key,
            sk: "outbox".to_owned(),
            kind: event.kind.clone(),
            event: serde_json::to_string(event).map_err(|error| broken(error.to_string()))?,
        };
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(self.table.item(&entry)?))
            .build()
            .map_err(|error| broken(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Publishes events whose transaction was written. What fails is left to the sweeper, for the
    /// caller's work is done.
    pub async fn publish(&self, events: &[Event]) {
        if let Err(error) = self.send(events).await {
            tracing::warn!(%error, "events are left to the sweeper");
        }
    }

    /// Publishes what was left behind; answers how many.
    pub async fn sweep(&self, limit: i32) -> Result<usize, StorageError> {
        let now = self.clock.now();
        let mut swept = 0;
        for shard in storage::due_shards(WORK) {
            for (pk, sk) in self.table.due(&shard, now, limit).await? {
                let entry: Option<Entry> = self.table.read(&pk, &sk).await?;
                // Nothing there: its writer has just published it.
                let Some(entry) = entry else { continue };
                let mut event: Event = serde_json::from_str(&entry.event)
                    .map_err(|error| self.table.error("read an event", error.to_string()))?;
                event.kind = entry.kind;
                match self.send(&[event]).await {
                    Ok(()) => swept += 1,
                    Err(error) => {
                        tracing::warn!(%error, "bus does not take events");
                        return Ok(swept);
                    }
                }
            }
        }
        Ok(swept)
    }

    async fn send(&self, events: &[Event]) -> Result<(), crate::bus::BusError> {
        let (unpublished, result) = match self.bus.publish(events).await {
            Ok(()) => (Vec::new(), Ok(())),
            Err(error) => (error.unpublished.clone(), Err(error)),
        };
        for event in events.iter().filter(|event| !unpublished.contains(&event.id)) {
            let key = format!("outbox#{}#{}", event.component, event.id);
            if let Err(error) = self.table.delete(&key, "outbox").await {
                // It will be published once more, which receivers must bear anyhow.
                tracing::warn!(%error, "published event stays in the outbox");
            }
        }
        result
    }
}
