//! Records that follow what WeChat does with a mini program beside its code: filing, verification,
//! privacy, order page, punishments. One item each.
//!
//! Orders, WeChat's events and the clock's questions move a record alike: it is read, changed, and
//! written if nobody else wrote meanwhile, with the events that tell of it and the marks of what
//! needs a person in the same transaction. A change says what is now so, and so may be made twice.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::sleep;
use wechat::AppId;

use crate::{
    attention::{Attention, Need},
    clock::Clock,
    outbox::Outbox,
    storage::{BUSY, StorageError, Table, Transaction, Work, number, text},
};

const WORK: Work = Work::seldom("record");
/// How often a write is tried that somebody else's came before.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(40);

/// What a record is of.
pub trait Kept: Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// Its name within the mini program.
    const NAME: &'static str;

    /// When WeChat is to be asked next, if it is to be asked at all.
    fn next_poll(&self) -> Option<Timestamp>;

    /// Sets when WeChat is to be asked next.
    fn poll_at(&mut self, at: Option<Timestamp>);

    /// What in it needs a person.
    fn needs(&self) -> Vec<Needed>;

    /// What the component's list of these records shows of it: an object. It is kept beside the
    /// record, in the partition `{NAME}s#{component}` under the mini program's appid. None where
    /// there is no such list.
    fn row(&self) -> Option<Value> {
        None
    }
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needed {
    /// Why.
    pub need: Need,
    /// Until when, where there is a time after which it is too late.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// Something to tell with a change: an event's kind and its details.
pub type Told = (&'static str, Value);

/// A record as it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Current<R> {
    /// Goes up by one with every change; 0 where there is none yet.
    pub version: u64,
    /// The record.
    pub record: R,
}

/// The records of all mini programs. Cheap to clone.
#[derive(Clone)]
pub struct Records {
    /// The table `fleet`.
    pub table: Table,
    /// Events on their way out.
    pub outbox: Outbox,
    /// Marks of what needs a person.
    pub attention: Attention,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "R: Kept")]
struct Entry<R> {
    pk: String,
    sk: String,
    version: u64,
    record: R,
    #[serde(default)]
    marks: Vec<Needed>,
    #[serde(default)]
    due_shard: Option<String>,
    #[serde(default)]
    due_at: Option<i64>,
}

impl Records {
    /// The record as last known.
    pub async fn read<R: Kept>(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Current<R>, StorageError> {
        let entry = self.entry::<R>(component, appid).await?;
        let current = |entry: Entry<R>| Current { version: entry.version, record: entry.record };
        Ok(entry.map(current).unwrap_or_default())
    }

    /// Changes the record and tells what `change` answers. It may be run several times, and is
    /// written only if it changed something or has something to tell. Its error changes nothing.
    pub async fn change<R: Kept, E: From<StorageError>>(
        &self,
        component: &AppId,
        appid: &AppId,
        mut change: impl FnMut(&mut R, Timestamp) -> Result<Vec<Told>, E>,
    ) -> Result<Current<R>, E> {
        let mut last = self.table.error("change a record", BUSY);
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                sleep(PAUSE * attempt).await;
            }
            let entry = self.entry::<R>(component, appid).await?;
            let (version, before, marks) = match entry {
                Some(entry) => (entry.version, entry.record, entry.marks),
                None => (0, R::default(), Vec::new()),
            };
            let row_before = before.row();
            let mut record = before.clone();
            let told = change(&mut record, self.clock.now())?;
            if record == before && told.is_empty() {
                return Ok(Current { version, record });
            }
            let now = Current { version: version + 1, record };
            let row = now.record.row().filter(|row| row_before.as_ref() != Some(row));
            match self.write(component, appid, &now, marks, row, told).await {
                Ok(true) => return Ok(now),
                Ok(false) => {}
                // Whether it was written, the next look at the record tells.
                Err(error) => last = error,
            }
        }
        Err(last.into())
    }

    /// Puts off the next question to WeChat, which could not be asked.
    pub async fn postpone<R: Kept>(
        &self,
        component: &AppId,
        appid: &AppId,
        until: Timestamp,
    ) -> Result<(), StorageError> {
        let postponed = self.change::<R, StorageError>(component, appid, |record, _| {
            if record.next_poll().is_some() {
                record.poll_at(Some(until));
            }
            Ok(Vec::new())
        });
        postponed.await.map(drop)
    }

    /// Records about which WeChat is to be asked: component, mini program, and the record's name.
    pub async fn due(&self, limit: i32) -> Result<Vec<(AppId, AppId, String)>, StorageError> {
        let now = self.clock.now();
        let mut found = Vec::new();
        for shard in WORK.shards() {
            for (pk, sk) in self.table.due(&shard, now, limit).await? {
                let Some((component, appid)) = parse_partition(&pk) else { continue };
                found.push((component, appid, sk));
            }
        }
        Ok(found)
    }

    async fn entry<R: Kept>(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Entry<R>>, StorageError> {
        self.table.read(&partition(component, appid), R::NAME).await
    }

    /// False if somebody else wrote meanwhile.
    async fn write<R: Kept>(
        &self,
        component: &AppId,
        appid: &AppId,
        current: &Current<R>,
        was: Vec<Needed>,
        row: Option<Value>,
        told: Vec<Told>,
    ) -> Result<bool, StorageError> {
        let pk = partition(component, appid);
        let marks = current.record.needs();
        let due = current.record.next_poll();
        let entry = Entry {
            due_shard: due.map(|_| WORK.shard(&pk)),
            due_at: due.map(Timestamp::as_millisecond),
            pk,
            sk: R::NAME.to_owned(),
            version: current.version,
            record: current.record.clone(),
            marks: marks.clone(),
        };
        let mut writes = vec![self.put(&entry)?];
        if let Some(row) = row {
            writes.push(self.put_row(&rows(R::NAME, component), appid, row)?);
        }
        for gone in was.iter().filter(|was| !marks.iter().any(|mark| mark.need == was.need)) {
            writes.push(self.attention.unmark(component, appid, gone.need)?);
        }
        for mark in marks.iter().filter(|mark| !was.contains(mark)) {
            let now = self.clock.now();
            writes.push(self.attention.mark_until(component, appid, mark.need, now, mark.until)?);
        }
        let event = |(kind, details)| {
            self.outbox.event(kind, component, Some(appid), current.version, details)
        };
        let events: Vec<_> = told.into_iter().map(event).collect();
        for event in &events {
            writes.push(self.outbox.entry(event)?);
        }
        match self.table.transact(writes).await? {
            Transaction::Written => {
                self.outbox.publish(&events).await;
                Ok(true)
            }
            Transaction::Refused(_) => Ok(false),
        }
    }

    fn put_row(
        &self,
        pk: &str,
        appid: &AppId,
        row: Value,
    ) -> Result<TransactWriteItem, StorageError> {
        let mut item = self.table.item(&row)?;
        item.extend([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(appid.as_str()))]);
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put<R: Kept>(&self, entry: &Entry<R>) -> Result<TransactWriteItem, StorageError> {
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(self.table.item(entry)?))
            .condition_expression("attribute_not_exists(pk) OR #version = :before")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":before", number(entry.version as i64 - 1))
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// The partition of a component's list of the records `name`.
pub(crate) fn rows(name: &str, component: &AppId) -> String {
    format!("{name}s#{component}")
}

fn partition(component: &AppId, appid: &AppId) -> String {
    format!("app#{component}#{appid}")
}

fn parse_partition(pk: &str) -> Option<(AppId, AppId)> {
    let (component, appid) = pk.strip_prefix("app#")?.split_once('#')?;
    Some((component.parse().ok()?, appid.parse().ok()?))
}
