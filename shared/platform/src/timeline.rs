//! What happened to a mini program, the newest first: its events as they were told on the bus. There
//! is no second record of them: a line is the outbox's own entry, which stays when it was told.

use std::sync::Arc;

use wechat::AppId;

use crate::{
    clock::Clock,
    event::Event,
    outbox::Entry,
    storage::{StorageError, Table},
};

/// Lines a page, at most.
pub const MAX_PAGE: usize = 100;

/// The timelines of all mini programs. Cheap to clone.
#[derive(Clone)]
pub struct Timeline {
    /// The table `fleet`.
    pub table: Table,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A part of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The events, the newest first.
    pub events: Vec<Event>,
    /// For the next part; none on the last.
    pub next: Option<String>,
}

/// A timeline cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum TimelineError {
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The cursor is none that a part gave.
    #[error("not a cursor")]
    Cursor,
}

impl Timeline {
    /// What happened to a mini program before `cursor`, which the part before gave.
    pub async fn list(
        &self,
        component: &AppId,
        appid: &AppId,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page, TimelineError> {
        if cursor.is_some_and(|cursor| ulid::Ulid::from_string(cursor).is_err()) {
            return Err(TimelineError::Cursor);
        }
        let limit = limit.clamp(1, MAX_PAGE) as i32;
        let pk = partition(component, appid);
        let (entries, next): (Vec<Entry>, _) =
            self.table.page_backwards(&pk, "", cursor, limit).await?;
        let now = self.clock.now();
        let kept = entries.into_iter().filter(|entry| entry.is_kept(now));
        let events = kept.map(|entry| entry.event(&self.table)).collect::<Result<_, _>>()?;
        Ok(Page { events, next })
    }
}

/// The partition of a mini program's timeline.
pub(crate) fn partition(component: &AppId, appid: &AppId) -> String {
    format!("timeline#{component}#{appid}")
}
