//! Segments: groups of mini programs by what they have in common, such as all restaurants that are
//! not on 3.2.0. A segment is a saved [`Query`]; who belongs to it is found when somebody asks, in
//! the [roster](crate::roster). WeChat is never asked.

mod members;
mod query;

pub use members::Found;
pub(crate) use members::Member;
pub use query::{Query, Stage, TagQuery, VersionQuery};

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use crate::{
    clock::Clock,
    fault::{Fault, Faults},
    random::Random,
    roster::Roster,
    storage::{Outcome, StorageError, Table, number},
    text::Text,
};

/// Segments of one component, at most.
const MOST: usize = 200;
/// No id is longer, in bytes.
const LONGEST_ID: usize = 64;
/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// A page of segments, as they are read.
const PAGE: i32 = 100;

/// A saved query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its id.
    pub id: String,
    /// What operators call it.
    pub name: String,
    /// Who belongs to it.
    pub query: Query,
    /// Goes up by one with every change.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// The id of the key that made it.
    pub created_by: String,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// Why a segment was not made, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// There is none with this id.
    #[error("there is no segment {0}")]
    NotFound(String),
    /// The request is wrong in these places.
    #[error("the segment is wrong in {} places", .0.len())]
    Invalid(Vec<Fault>),
    /// There are as many as there may be.
    #[error("there are {MOST} segments already")]
    TooMany,
    /// Somebody else changed it at the same time.
    #[error("somebody else changed the segment {0} at the same time")]
    Changed(String),
    /// The cursor is not one that a list gave.
    #[error("cursor is malformed; begin the list again without one")]
    Cursor,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Segments of every component. Cheap to clone.
#[derive(Clone)]
pub struct Segments {
    /// The table `fleet`.
    pub table: Table,
    /// Who can belong to one.
    pub roster: Roster,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub random: Arc<dyn Random>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    pk: String,
    sk: String,
    #[serde(flatten)]
    segment: Segment,
}

impl Segments {
    /// All segments of a component, the oldest first.
    pub async fn list(&self, component: &AppId) -> Result<Vec<Segment>, StorageError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (items, next): (Vec<Item>, _) =
                self.table.page(&partition(component), "", after.as_deref(), PAGE).await?;
            found.extend(items.into_iter().map(|item| item.segment));
            if next.is_none() {
                return Ok(found);
            }
            after = next;
        }
    }

    /// One segment.
    pub async fn find(&self, component: &AppId, id: &str) -> Result<Segment, SegmentError> {
        // What is no key of an item is no segment's.
        let item: Option<Item> = match id.len() {
            1..=LONGEST_ID => self.table.read(&partition(component), id).await?,
            _ => None,
        };
        item.map(|item| item.segment).ok_or_else(|| SegmentError::NotFound(id.to_owned()))
    }

    /// Saves a query under a name; `by` is the id of the operator's key.
    pub async fn create(
        &self,
        component: &AppId,
        by: &str,
        name: &str,
        query: Query,
    ) -> Result<Segment, SegmentError> {
        check(name, &query)?;
        if self.list(component).await?.len() >= MOST {
            return Err(SegmentError::TooMany);
        }
        let now = self.clock.now();
        let segment = Segment {
            id: self.random.identifier(now),
            name: name.to_owned(),
            query,
            version: 1,
            created_at: now,
            created_by: by.to_owned(),
            changed_at: now,
        };
        let item = Item { pk: partition(component), sk: segment.id.clone(), segment };
        match self.table.create(self.table.item(&item)?).await? {
            Outcome::Written(_) => Ok(item.segment),
            // The ids hold 80 random bits: what is there is what we wrote and were not told of.
            Outcome::Refused(_) => Ok(item.segment),
        }
    }

    /// Replaces name and query. Rollouts that have begun keep the targets that they have.
    pub async fn change(
        &self,
        component: &AppId,
        id: &str,
        name: &str,
        query: Query,
    ) -> Result<Segment, SegmentError> {
        check(name, &query)?;
        let before = self.find(component, id).await?;
        let segment = Segment {
            name: name.to_owned(),
            query,
            version: before.version + 1,
            changed_at: self.clock.now(),
            ..before
        };
        let value = |error: serde_dynamo::Error| self.table.error("write", error.to_string());
        let update = self
            .table
            .update(&partition(component), id)
            .update_expression(
                "SET #name = :name, #query = :query, version = :next, changed_at = :at",
            )
            .condition_expression("version = :version")
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#query", "query")
            .expression_attribute_values(
                ":name",
                serde_dynamo::to_attribute_value(&segment.name).map_err(value)?,
            )
            .expression_attribute_values(
                ":query",
                serde_dynamo::to_attribute_value(&segment.query).map_err(value)?,
            )
            .expression_attribute_values(
                ":at",
                serde_dynamo::to_attribute_value(segment.changed_at).map_err(value)?,
            )
            .expression_attribute_values(":version", number(before.version as i64))
            .expression_attribute_values(":next", number(segment.version as i64));
        match self.table.apply(update).await? {
            Outcome::Written(_) => Ok(segment),
            Outcome::Refused(Some(_)) => Err(SegmentError::Changed(id.to_owned())),
            Outcome::Refused(None) => Err(SegmentError::NotFound(id.to_owned())),
        }
    }

    /// Forgets a segment. Rollouts that have begun keep the targets that they have.
    pub async fn delete(&self, component: &AppId, id: &str) -> Result<(), SegmentError> {
        self.find(component, id).await?;
        Ok(self.table.delete(&partition(component), id).await?)
    }
}

fn check(name: &str, query: &Query) -> Result<(), SegmentError> {
    let mut wrong = query.check("/query");
    if !(1..=LONGEST_NAME).contains(&name.trim().chars().count()) {
        let why = Text::fixed("名称应为 1 至 60 个字符", "a name has 1 to 60 characters");
        wrong.insert(0, Fault { pointer: "/name".to_owned(), why });
    }
    let mut hidden = Faults::new();
    hidden.visible("/name", name, false);
    wrong.extend(hidden.0);
    if wrong.is_empty() { Ok(()) } else { Err(SegmentError::Invalid(wrong)) }
}

fn partition(component: &AppId) -> String {
    format!("segments#{component}")
}
