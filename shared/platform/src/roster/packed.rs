//! How a roster is stored: a head, chunks that never change, and a mark for each thing that changed
//! since they were written.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::{Entry, Roster};
use crate::storage::{StorageError, Table, Transaction, number, text};

/// Goes up when an [`Entry`] says something else: what is packed is made anew then.
const FORMAT: u32 = 2;
/// After so long everything is made anew, from the records themselves.
const LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A chunk that no head names any more is gone after so long, counted from when it was written.
const KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The size of a chunk, in bytes; an item of DynamoDB has 400 KB at most.
const CHUNK: usize = 100 * 1024;
/// Marks that are read in one call.
const PAGE: i32 = 1000;
/// The head stands behind all marks, so that one query brings them in the order in which they have to
/// be read: a packing takes marks away after it has written its head.
const HEAD: &str = "~head";

/// The item that names the chunks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    pk: String,
    sk: String,
    format: u32,
    built_at: Timestamp,
    /// Goes up by one with every packing.
    pub(super) version: u64,
    /// In the order of the appids.
    pub(super) chunks: Vec<String>,
}

/// A part of the entries.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Chunk {
    pk: String,
    sk: String,
    pub(super) name: String,
    /// As JSON.
    entries: String,
    /// In seconds.
    expires_at: i64,
}

/// A mini program changed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Mark {
    pk: String,
    sk: String,
    /// The version of what changed.
    pub(super) stamp: u64,
}

/// What stands in the partition of the marks.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Head(Head),
    Mark(Mark),
}

/// What of a mini program changed. Each has a mark of its own, for they are written by people who
/// know nothing of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Its account.
    Account = 0,
    /// Its release record.
    Releases = 1,
}

/// The write that marks a mini program, for the transaction that changes it; `stamp` is the version
/// that it then has.
pub(crate) fn mark(
    table: &Table,
    component: &AppId,
    appid: &AppId,
    part: Part,
    stamp: u64,
) -> Result<TransactWriteItem, StorageError> {
    let put = Put::builder()
        .table_name(table.name())
        .item("pk", text(marks(component)))
        .item("sk", text(format!("{appid}#{}", part.name())))
        .item("stamp", number(stamp as i64))
        .build()
        .map_err(|error| table.error("build a transaction", error.to_string()))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Account => "account",
            Part::Releases => "releases",
        }
    }
}

impl Mark {
    pub(super) fn whose(&self) -> Option<(AppId, Part)> {
        let (appid, part) = self.sk.split_once('#')?;
        let part = [Part::Account, Part::Releases].into_iter().find(|it| it.name() == part)?;
        Some((appid.parse().ok()?, part))
    }

    /// What it says is among `packed`, which are in the order of the appids.
    pub(super) fn is_settled(&self, packed: &[Arc<Entry>]) -> bool {
        let Some((appid, part)) = self.whose() else { return false };
        let place = packed.binary_search_by(|entry| entry.appid.cmp(&appid));
        place.is_ok_and(|place| packed[place].versions[part as usize] >= self.stamp)
    }
}

impl Head {
    pub(super) fn is_usable(&self, now: Timestamp) -> bool {
        self.format == FORMAT && self.built_at + LASTS > now
    }
}

impl Chunk {
    /// The entries; none where they cannot be read, so that they are made anew.
    pub(super) fn unpacked(&self) -> Option<Arc<[Arc<Entry>]>> {
        let entries: Vec<Entry> = serde_json::from_str(&self.entries).ok()?;
        Some(entries.into_iter().map(Arc::new).collect())
    }
}

impl Roster {
    /// All marks, and the head as it was after them.
    pub(super) async fn marks_and_head(
        &self,
        component: &AppId,
    ) -> Result<(Vec<Mark>, Option<Head>), StorageError> {
        let (mut found, mut head, mut after) = (Vec::new(), None, None);
        loop {
            let (page, next) =
                self.table.page::<Row>(&marks(component), "", after.as_deref(), PAGE).await?;
            for row in page {
                match row {
                    Row::Mark(mark) => found.push(mark),
                    Row::Head(it) => head = Some(it),
                }
            }
            after = next;
            if after.is_none() {
                return Ok((found, head));
            }
        }
    }

    /// Writes all entries as new chunks, and the head that follows `version`: its version and the
    /// chunks. None if somebody else wrote one in the meantime.
    pub(super) async fn pack(
        &self,
        component: &AppId,
        version: u64,
        entries: &[Arc<Entry>],
    ) -> Result<Option<(u64, HashMap<String, Arc<[Arc<Entry>]>>)>, StorageError> {
        let now = self.clock.now();
        let mut chunks = Vec::new();
        for part in self.parts(entries)? {
            let name = self.random.identifier(now);
            let (pk, sk) = chunk_key(component, &name);
            let words: Vec<&Entry> = part.iter().map(AsRef::as_ref).collect();
            let entries = serde_json::to_string(&words)
                .map_err(|error| self.table.error("pack the roster", error.to_string()))?;
            let expires_at = (now + KEPT).as_second();
            let chunk = Chunk { pk, sk, name: name.clone(), entries, expires_at };
            self.table.put(self.table.item(&chunk)?).await?;
            chunks.push((name, part.into()));
        }
        let head = Head {
            pk: marks(component),
            sk: HEAD.to_owned(),
            format: FORMAT,
            built_at: now,
            version: version + 1,
            chunks: chunks.iter().map(|(name, _)| name.clone()).collect(),
        };
        let write = self.table.put_after(version, self.table.item(&head)?)?;
        match self.table.transact(vec![write]).await {
            Ok(Transaction::Written) => Ok(Some((version + 1, chunks.into_iter().collect()))),
            Ok(Transaction::Refused(_)) => Ok(None),
            Err(error) if error.is_conflict() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes away marks of what is packed, no more than [`TAKEN_AWAY`](super::TAKEN_AWAY); one that
    /// was made again since stays.
    pub(super) async fn unmark(&self, marks: Vec<Mark>) {
        let mut running = tokio::task::JoinSet::new();
        for mark in marks.into_iter().take(super::TAKEN_AWAY) {
            if running.len() >= super::AT_ONCE {
                running.join_next().await;
            }
            let table = self.table.clone();
            running.spawn(async move {
                let stamp = number(mark.stamp as i64);
                // A mark that stays costs a read, and nothing else.
                if let Err(error) = table.delete_if(&mark.pk, &mark.sk, "stamp", stamp).await {
                    tracing::warn!(%error, "a mark of the roster stays");
                }
            });
        }
        while running.join_next().await.is_some() {}
    }

    /// The entries in portions of about [`CHUNK`] bytes.
    fn parts(&self, entries: &[Arc<Entry>]) -> Result<Vec<Vec<Arc<Entry>>>, StorageError> {
        let (mut parts, mut part, mut size) = (Vec::new(), Vec::new(), 0);
        for entry in entries {
            let bytes = serde_json::to_vec(entry.as_ref())
                .map_err(|error| self.table.error("pack the roster", error.to_string()))?;
            if size + bytes.len() > CHUNK && !part.is_empty() {
                parts.push(std::mem::take(&mut part));
                size = 0;
            }
            size += bytes.len();
            part.push(entry.clone());
        }
        parts.push(part);
        Ok(parts)
    }
}

/// The key of a chunk: each in a partition of its own, so that many are written at once.
pub(super) fn chunk_key(component: &AppId, name: &str) -> (String, String) {
    (format!("roster#{component}#{name}"), "chunk".to_owned())
}

fn marks(component: &AppId) -> String {
    format!("roster-marks#{component}")
}
