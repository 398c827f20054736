//! Events that must not be lost are written in the transaction that causes them, published at
//! once, and noted as told when the bus has them. What was left behind, the sweeper publishes: so
//! an event is told at least once.
//!
//! An event about a mini program is written where its timeline is read, and stays there when it was
//! told; any other is removed.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wechat::AppId;

use crate::{
    bus::Bus,
    clock::Clock,
    event::{Event, kind},
    random::Random,
    storage::{StorageError, Table, Transaction, Work},
    timeline,
};

const WORK: Work = Work::in_waves("outbox");
/// The sweeper leaves an event alone for so long: its writer is about to publish it.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);
/// What happened to a mini program can be read for three years.
const KEPT: SignedDuration = SignedDuration::from_hours(3 * 366 * 24);

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

/// An event as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct Entry {
    pk: String,
    sk: String,
    kind: String,
    event: String,
    /// Until it was told.
    #[serde(default)]
    due_shard: Option<String>,
    #[serde(default)]
    due_at: Option<i64>,
    /// In seconds; none for what is removed when it was told.
    #[serde(default)]
    expires_at: Option<i64>,
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
        let now = self.clock.now();
        let (pk, sk) = place(event);
        let entry = Entry {
            due_shard: Some(WORK.shard(&event.id)),
            due_at: Some((now + PATIENCE).as_millisecond()),
            expires_at: of_timeline(event).map(|_| (now + KEPT).as_second()),
            pk,
            sk,
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

    /// Makes certain and publishes an event that no other write goes with. Safe to repeat with the
    /// same event.
    pub async fn tell(&self, event: Event) -> Result<(), StorageError> {
        match self.table.transact(vec![self.entry(&event)?]).await? {
            Transaction::Written => {
                self.publish(&[event]).await;
                Ok(())
            }
            // It has no condition.
            Transaction::Refused(_) => Err(self.table.error("write an event", "refused")),
        }
    }

    /// Publishes events whose transaction was written. What fails is left to the sweeper, for the
    /// caller's work is done.
    pub async fn publish(&self, events: &[Event]) {
        if let Err(error) = self.send(events).await {
            tracing::warn!(%error, "events are left to the sweeper");
        }
    }

    /// Publishes what was left behind; answers how many. An entry that cannot be read holds up none
    /// behind it, and is the error when the others are told.
    pub async fn sweep(&self, limit: i32) -> Result<usize, StorageError> {
        let now = self.clock.now();
        let mut swept = 0;
        let mut unreadable = None;
        for shard in WORK.shards() {
            for (pk, sk) in self.table.due(&shard, now, limit).await? {
                let entry: Option<Entry> = self.table.read(&pk, &sk).await?;
                // Its writer has just published it.
                let Some(entry) = entry.filter(|entry| entry.due_at.is_some()) else { continue };
                let event = match entry.event(&self.table) {
                    Ok(event) => event,
                    Err(error) => {
                        tracing::error!(pk, sk, %error, "event cannot be read");
                        unreadable.get_or_insert(error);
                        continue;
                    }
                };
                match self.send(&[event]).await {
                    Ok(()) => swept += 1,
                    Err(error) => {
                        tracing::warn!(%error, "bus does not take events");
                        return Ok(swept);
                    }
                }
            }
        }
        unreadable.map_or(Ok(swept), Err)
    }

    async fn send(&self, events: &[Event]) -> Result<(), crate::bus::BusError> {
        let (unpublished, result) = match self.bus.publish(events).await {
            Ok(()) => (Vec::new(), Ok(())),
            Err(error) => (error.unpublished.clone(), Err(error)),
        };
        for event in events.iter().filter(|event| !unpublished.contains(&event.id)) {
            if let Err(error) = self.note_told(event).await {
                // It will be published once more, which receivers must bear anyhow.
                tracing::warn!(%error, "published event stays in the outbox");
            }
        }
        result
    }

    async fn note_told(&self, event: &Event) -> Result<(), StorageError> {
        let (pk, sk) = place(event);
        if of_timeline(event).is_none() {
            return self.table.delete(&pk, &sk).await;
        }
        let update = self
            .table
            .update(&pk, &sk)
            .update_expression("REMOVE due_shard, due_at")
            .condition_expression("attribute_exists(pk)");
        self.table.apply(update).await.map(drop)
    }
}

impl Entry {
    /// The event.
    pub(crate) fn event(self, table: &Table) -> Result<Event, StorageError> {
        let event: Event = serde_json::from_str(&self.event)
            .map_err(|error| table.error("read an event", error.to_string()))?;
        Ok(Event { kind: self.kind, ..event })
    }

    /// Whether it is still to be shown.
    pub(crate) fn is_kept(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| now.as_second() < expires_at)
    }
}

/// Where an event is kept.
fn place(event: &Event) -> (String, String) {
    match of_timeline(event) {
        Some(timeline) => (timeline, event.id.clone()),
        None => (format!("outbox#{}#{}", event.component, event.id), "outbox".to_owned()),
    }
}

/// The timeline that an event stands in.
fn of_timeline(event: &Event) -> Option<String> {
    let appid = event.appid.as_ref().filter(|_| event.kind != kind::WECHAT_USER_EVENT)?;
    Some(timeline::partition(&event.component, appid))
}
