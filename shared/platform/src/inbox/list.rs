//! Pushes as operators see them: by how far they are, without what they say, which may hold a
//! secret.

use aws_sdk_dynamodb::types::ReturnValue;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::{Entry, Inbox, PATIENCE, Route, State, WORK, shard_of};
use crate::storage::{Outcome, Place, StorageError, number, text};

/// Rows a page of a list, at most.
pub const MAX_PAGE: usize = 50;

/// Parts of the index that are read for a page, at most: what is still to be worked off stands
/// there for all components together.
const MOST_READS: usize = 8;

/// A push, without what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Names it within its component: 64 hexadecimal digits.
    pub id: String,
    /// The URL it came to.
    pub route: Route,
    /// `InfoType`, `Event` or `MsgType`.
    pub name: String,
    /// WeChat's `CreateTime`, seconds.
    pub create_time: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// How far it is.
    pub state: State,
    /// How often it was tried and failed.
    pub attempts: u32,
    /// Why it failed the last time.
    pub last_error: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The pushes, the newest first.
    pub items: Vec<Listed>,
    /// For the next page; none on the last.
    pub next: Option<String>,
}

/// A push that is to be worked off once more.
#[derive(Debug, Clone, PartialEq)]
pub struct Revived {
    /// The key of its item, which is to be announced.
    pub key: String,
    /// How it stands with that write; a moment later it may have been worked off.
    pub event: Listed,
}

/// A list cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The cursor is none that a list gave.
    #[error("not a cursor")]
    Cursor,
}

/// Where a page begins: behind a place in one of the shards that make up the list.
#[derive(Serialize, Deserialize)]
struct Cursor {
    shard: usize,
    #[serde(default)]
    after: Option<(i64, String)>,
}

impl Inbox {
    /// Pushes to `component` that are `state`, the newest first; those that are still to be worked
    /// off part by part of the index.
    pub async fn list(
        &self,
        component: &AppId,
        state: State,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page, ListError> {
        let shards = match state {
            State::Received => WORK.shards().collect(),
            State::Done | State::Dead => vec![shard_of(state, component)],
        };
        let mut at = match cursor {
            Some(cursor) => Cursor::read(cursor, shards.len())?,
            None => Cursor { shard: 0, after: None },
        };
        let limit = limit.clamp(1, MAX_PAGE);
        let mut items = Vec::new();
        for _ in 0..MOST_READS {
            if items.len() >= limit || at.shard >= shards.len() {
                break;
            }
            let after = at.after.take().map(|(due_at, pk)| Place { due_at, pk, sk: SORT.into() });
            let wanted = (limit - items.len()) as i32;
            let (places, next) = self.table.latest(&shards[at.shard], after, wanted).await?;
            for place in places {
                // The index is a moment behind the items.
                let listed = self.listed(&place.pk).await?;
                let fits =
                    |(owner, listed): &(AppId, Listed)| owner == component && listed.state == state;
                items.extend(listed.filter(fits).map(|(_, listed)| listed));
            }
            match next {
                Some(place) => at.after = Some((place.due_at, place.pk)),
                None => at.shard += 1,
            }
        }
        let next = (at.shard < shards.len()).then(|| at.write());
        Ok(Page { items, next })
    }

    /// Makes a push that is done or dead one that is to be worked off, with all its attempts. Safe
    /// to repeat. None if there is none.
    pub async fn revive(
        &self,
        component: &AppId,
        id: &str,
    ) -> Result<Option<Revived>, StorageError> {
        if !is_id(id) {
            return Ok(None);
        }
        let key = key_of(component, id);
        let update = self
            .table
            .update(&key, SORT)
            .update_expression(
                "SET #state = :received, attempts = :none, due_shard = :shard, due_at = :due",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":received", text("received"))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":shard", text(WORK.shard(&key)))
            .expression_attribute_values(
                ":due",
                number((self.clock.now() + PATIENCE).as_millisecond()),
            )
            .return_values(ReturnValue::AllNew);
        match self.table.apply(update).await? {
            Outcome::Written(Some(item)) => {
                let entry: Entry = self.table.parse(item)?;
                Ok(Some(Revived { key, event: Listed::from(&entry) }))
            }
            Outcome::Written(None) | Outcome::Refused(_) => Ok(None),
        }
    }

    async fn listed(&self, key: &str) -> Result<Option<(AppId, Listed)>, StorageError> {
        let entry: Option<Entry> = self.table.read(key, SORT).await?;
        Ok(entry.map(|entry| (entry.component.clone(), Listed::from(&entry))))
    }
}

impl From<&Entry> for Listed {
    fn from(entry: &Entry) -> Self {
        Listed {
            id: entry.pk.rsplit('#').next().unwrap_or_default().to_owned(),
            route: entry.route.clone(),
            name: entry.name.clone(),
            create_time: entry.create_time,
            received_at: Timestamp::from_millisecond(entry.received_at)
                .unwrap_or(Timestamp::UNIX_EPOCH),
            state: entry.state,
            attempts: entry.attempts,
            last_error: entry.last_error.clone(),
        }
    }
}

pub(super) const SORT: &str = "event";

/// 64 hexadecimal digits, as the digest of a push is written.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn key_of(component: &AppId, id: &str) -> String {
    format!("event#{component}#{id}")
}

impl Cursor {
    fn read(text: &str, shards: usize) -> Result<Self, ListError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ListError::Cursor)?;
        let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| ListError::Cursor)?;
        if cursor.shard < shards { Ok(cursor) } else { Err(ListError::Cursor) }
    }

    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::json!(self).to_string())
    }
}
