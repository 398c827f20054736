//! The roster: every mini program of a component in a few words, so that a search looks at all of
//! them within a keystroke. DynamoDB finds no part of a word; ten thousand records of accounts and
//! of releases are thousands of read units. So the words are packed into chunks, which a process
//! keeps, and which never change: a packing writes new ones and then the head that names them.
//!
//! Whatever changes a mini program marks it in the same transaction, with the version that it then
//! has. A search reads the marks and the head, one read unit where nothing is marked, and then, strongly consistent, what is marked with a later version than is packed. It finds what was written
//! before it began. When many are marked, whoever searches packs again; marks of what is packed are
//! taken away a portion at a time, for they are of one partition, and say nothing while they stay.

mod entry;
mod packed;

pub use entry::{Entry, Reviewed, Shown};
pub(crate) use packed::{Part, mark};

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tokio::{sync::Mutex, task::JoinSet};
use wechat::AppId;

use self::packed::{Chunk, Head, Mark};
use crate::{
    clock::Clock,
    mini_programs::{self, MiniProgram, Row},
    random::Random,
    releases::{self, Standing},
    storage::{StorageError, Table},
};

/// Marks at which a search packs again: five read units.
const MANY: usize = 200;
/// Marks that one search takes away: a second of what a partition of DynamoDB lets be written.
const TAKEN_AWAY: usize = 1000;
/// Records that are read at once.
const AT_ONCE: usize = 16;
/// Records that are read in one call while everything is packed anew.
const PORTION: i32 = 500;
/// Tried anew where somebody else packs at the same time.
const ATTEMPTS: usize = 3;

/// The rosters of every component. Cheap to clone; what was read is kept.
#[derive(Clone)]
pub struct Roster {
    /// The table `fleet`.
    pub table: Table,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
    /// What was read last, by component.
    pub known: Known,
}

/// What a process knows of rosters.
pub type Known = Arc<Mutex<HashMap<AppId, Reading>>>;

/// A roster as it was read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Chunks by their names; one never changes.
    chunks: HashMap<String, Arc<[Arc<Entry>]>>,
    /// What was marked, the stamps of its marks, and what was read then.
    marked: HashMap<AppId, (Stamps, Option<Arc<Entry>>)>,
    /// All of it, in the order of the appids.
    entries: Arc<[Arc<Entry>]>,
    /// The head's version.
    version: u64,
}

/// The stamps of a mini program's marks: its account's, and its releases'.
type Stamps = [Option<u64>; 2];

/// What a reading of a marked record came to, as its task left it.
type Read =
    Result<Result<(Option<Arc<Entry>>, AppId, Stamps), StorageError>, tokio::task::JoinError>;

impl Roster {
    /// Every mini program of a component, in the order of the appids.
    pub async fn all(&self, component: &AppId) -> Result<Arc<[Arc<Entry>]>, StorageError> {
        // One reading at a time: those who wait find what the first has read.
        let mut known = self.known.lock().await;
        let before = known.get(component).cloned().unwrap_or_default();
        for _ in 0..ATTEMPTS {
            let (marks, head) = self.marks_and_head(component).await?;
            let usable = head.as_ref().filter(|head| head.is_usable(self.clock.now()));
            let chunks = match usable {
                Some(head) => self.chunks(component, head, &before).await?,
                None => None,
            };
            let is_packed = chunks.is_some();
            let version = head.as_ref().map_or(0, |head| head.version);
            let is_known = is_packed && version == before.version;
            if is_known && marks.is_empty() && before.marked.is_empty() {
                return Ok(before.entries);
            }
            let (packed, (fresh, mut settled)) = match &chunks {
                Some(chunks) => {
                    let packed: Vec<_> =
                        chunks.iter().flat_map(|(_, chunk)| chunk.iter().cloned()).collect();
                    let parts = marks.into_iter().partition(|mark| !mark.is_settled(&packed));
                    (packed, parts)
                }
                // What was marked before is in it.
                None => (self.anew(component).await?, (Vec::new(), marks)),
            };
            let stamps = stamps(&fresh);
            if is_known && is_read(&stamps, &before.marked) {
                self.unmark(settled).await;
                return Ok(before.entries);
            }
            let marked = self.marked(component, stamps, &before).await?;
            let entries = overlay(packed, &marked);
            let mut reading = Reading {
                chunks: chunks.unwrap_or_default().into_iter().collect(),
                marked,
                entries: entries.clone(),
                version,
            };
            if !is_packed || fresh.len() >= MANY {
                let Some((head, chunks)) = self.pack(component, version, &entries).await? else {
                    continue;
                };
                reading.version = head;
                reading.chunks = chunks;
                reading.marked.clear();
                settled.extend(fresh);
            }
            known.insert(component.clone(), reading);
            self.unmark(settled).await;
            return Ok(entries);
        }
        Err(self
            .table
            .error("pack the roster", "somebody else packs it again and again; try again"))
    }

    /// How the releases of some mini programs stand, where the words of the roster are too few.
    pub async fn standings(
        &self,
        component: &AppId,
        appids: impl Iterator<Item = &AppId>,
    ) -> Result<HashMap<AppId, Standing>, StorageError> {
        let keys = appids.map(|appid| releases::item_key(component, appid));
        let found: Vec<_> = self.table.skim_each(keys).await?;
        Ok(found.into_iter().map(releases::standing_of).collect())
    }

    /// Chunks that the head names, in their order; none if one is gone.
    async fn chunks(
        &self,
        component: &AppId,
        head: &Head,
        before: &Reading,
    ) -> Result<Option<Vec<(String, Arc<[Arc<Entry>]>)>>, StorageError> {
        let missing = head.chunks.iter().filter(|name| !before.chunks.contains_key(*name));
        let keys = missing.map(|name| packed::chunk_key(component, name));
        let mut read: HashMap<String, Arc<[Arc<Entry>]>> = HashMap::new();
        for chunk in self.table.skim_each::<Chunk>(keys).await? {
            if let Some(entries) = chunk.unpacked() {
                read.insert(chunk.name, entries);
            }
        }
        let named = head.chunks.iter().map(|name| {
            let chunk = read.remove(name).or_else(|| before.chunks.get(name).cloned())?;
            Some((name.clone(), chunk))
        });
        Ok(named.collect())
    }

    /// Everything, from the records themselves.
    async fn anew(&self, component: &AppId) -> Result<Vec<Arc<Entry>>, StorageError> {
        let pk = mini_programs::partition(component);
        let (mut entries, mut after) = (Vec::new(), None);
        loop {
            let (rows, next) = self.table.page::<Row>(&pk, "", after.as_deref(), PORTION).await?;
            let keys = rows.iter().map(|row| releases::item_key(component, &row.sk));
            let found = self.table.read_each(keys).await?.into_iter();
            let mut standings: HashMap<_, _> = found.map(releases::standing_of).collect();
            entries.extend(rows.into_iter().map(|row| {
                let standing = standings.remove(&row.sk).unwrap_or_default();
                Arc::new(Entry::of(&MiniProgram::from(row), &standing))
            }));
            after = next;
            if after.is_none() {
                return Ok(entries);
            }
        }
    }

    /// What is marked, as it is now.
    async fn marked(
        &self,
        component: &AppId,
        stamps: HashMap<AppId, Stamps>,
        before: &Reading,
    ) -> Result<HashMap<AppId, (Stamps, Option<Arc<Entry>>)>, StorageError> {
        let mut marked = HashMap::with_capacity(stamps.len());
        let mut reads = JoinSet::new();
        for (appid, stamps) in stamps {
            if let Some(known) = before.marked.get(&appid).filter(|known| known.0 == stamps) {
                marked.insert(appid, known.clone());
                continue;
            }
            if reads.len() >= AT_ONCE {
                self.take(reads.join_next().await, &mut marked)?;
            }
            let (roster, component) = (self.clone(), component.clone());
            reads.spawn(async move { Ok((roster.one(&component, &appid).await?, appid, stamps)) });
        }
        while !reads.is_empty() {
            self.take(reads.join_next().await, &mut marked)?;
        }
        Ok(marked)
    }

    fn take(
        &self,
        read: Option<Read>,
        marked: &mut HashMap<AppId, (Stamps, Option<Arc<Entry>>)>,
    ) -> Result<(), StorageError> {
        let Some(read) = read else { return Ok(()) };
        let (entry, appid, stamps) =
            read.map_err(|error| self.table.error("read a marked record", error.to_string()))??;
        marked.insert(appid, (stamps, entry));
        Ok(())
    }

    async fn one(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Arc<Entry>>, StorageError> {
        let pk = mini_programs::partition(component);
        let Some(row) = self.table.read::<Row>(&pk, appid.as_str()).await? else { return Ok(None) };
        let (pk, sk) = releases::item_key(component, appid);
        let standing = self.table.read(&pk, &sk).await?.map(|item| releases::standing_of(item).1);
        Ok(Some(Arc::new(Entry::of(&row.into(), &standing.unwrap_or_default()))))
    }
}

/// The stamps by mini program.
fn stamps(marks: &[Mark]) -> HashMap<AppId, Stamps> {
    let mut stamps: HashMap<AppId, Stamps> = HashMap::new();
    for mark in marks {
        if let Some((appid, part)) = mark.whose() {
            stamps.entry(appid).or_default()[part as usize] = Some(mark.stamp);
        }
    }
    stamps
}

/// Whether everything that is marked was read since, and nothing else was.
fn is_read(
    stamps: &HashMap<AppId, Stamps>,
    marked: &HashMap<AppId, (Stamps, Option<Arc<Entry>>)>,
) -> bool {
    stamps.len() == marked.len()
        && stamps
            .iter()
            .all(|(appid, stamps)| marked.get(appid).is_some_and(|(known, _)| known == stamps))
}

/// What is packed, with what was marked in its place.
fn overlay(
    packed: Vec<Arc<Entry>>,
    marked: &HashMap<AppId, (Stamps, Option<Arc<Entry>>)>,
) -> Arc<[Arc<Entry>]> {
    if marked.is_empty() {
        return packed.into();
    }
    let mut all: BTreeMap<AppId, Arc<Entry>> =
        packed.into_iter().map(|entry| (entry.appid.clone(), entry)).collect();
    for (appid, (_, entry)) in marked {
        if let Some(entry) = entry {
            all.insert(appid.clone(), entry.clone());
        }
    }
    all.into_values().collect()
}
