//! Renewal ahead of expiry. Every merchant has a minute of an 85-minute cycle; each tick of the
//! clock works off the minutes that have passed since the last one, at most a whole cycle, and
//! remembers how far it came. So a tick that was missed, or that ran out of time, is made up for.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use serde::Deserialize;
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};
use wechat::AppId;

use super::{MINUTES, Subject, TokenError, TokenState, Tokens, item::partition};
use crate::storage::{StorageError, number};

/// A token that outlives the next visit by so much is left alone: it was renewed on demand.
const SPARE: SignedDuration = SignedDuration::from_mins(MINUTES + 20);
/// A component token is renewed when it has less life than this.
const COMPONENT_MARGIN: SignedDuration = SignedDuration::from_mins(20);
/// Rows a page of a minute's merchants.
const PAGE: i32 = 200;

/// How much one tick may do.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// Calls to WeChat under way at once.
    pub at_once: usize,
    /// No new refresh begins after this.
    pub until: Instant,
}

/// What one tick did for one component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Minutes of the cycle that were worked off.
    pub minutes: i64,
    /// Tokens that were renewed.
    pub renewed: usize,
    /// Tokens that could not be renewed.
    pub failed: usize,
    /// Time ran out; the next tick goes on.
    pub unfinished: bool,
}

#[derive(Deserialize)]
struct Cursor {
    #[serde(default)]
    minute: i64,
}

#[derive(Deserialize)]
struct Row {
    sk: AppId,
    state: TokenState,
    #[serde(default)]
    access_expires_at: i64,
}

impl Tokens {
    /// Renews the component's own token if less than twenty minutes of its life are left.
    pub async fn keep_component(&self, component: &AppId) -> Result<(), TokenError> {
        let subject = Subject::Component(component.clone());
        let item = self.read(&subject).await?;
        if self.usable(&subject, item.as_ref(), COMPONENT_MARGIN)?.is_none() {
            self.refresh(&subject, COMPONENT_MARGIN).await?;
        }
        Ok(())
    }

    /// Renews the tokens of the component's merchants whose minutes have come.
    pub async fn keep_merchants(
        &self,
        component: &AppId,
        work: Work,
    ) -> Result<Progress, StorageError> {
        let now = self.clock.now().as_second() / 60;
        let cursor_key = format!("cursor#{component}");
        let cursor: Option<Cursor> = self.table.read(&cursor_key, "cursor").await?;
        let first = match cursor {
            Some(cursor) => (cursor.minute + 1).max(now - MINUTES + 1),
            None => now - MINUTES + 1,
        };
        let mut progress = Progress::default();
        let mut done = first - 1;
        for minute in first..=now {
            if !self.keep_minute(component, minute % MINUTES, work, &mut progress).await? {
                progress.unfinished = true;
                break;
            }
            done = minute;
            progress.minutes += 1;
        }
        if done >= first {
            // Two ticks may overlap: the one that came farther counts, and repeating is harmless.
            let update = self
                .table
                .update(&cursor_key, "cursor")
                .update_expression("SET #minute = :done")
                .condition_expression("attribute_not_exists(pk) OR #minute < :done")
                .expression_attribute_names("#minute", "minute")
                .expression_attribute_values(":done", number(done));
            self.table.apply(update).await?;
        }
        Ok(progress)
    }

    /// Works off one minute of the cycle, a page at a time. False if time ran out.
    async fn keep_minute(
        &self,
        component: &AppId,
        minute: i64,
        work: Work,
        progress: &mut Progress,
    ) -> Result<bool, StorageError> {
        let partition = partition(component, minute);
        let room = Arc::new(Semaphore::new(work.at_once));
        let mut after: Option<String> = None;
        loop {
            let (rows, next) =
                self.table.page::<Row>(&partition, "", after.as_deref(), PAGE).await?;
            let enough = (self.clock.now() + SPARE).as_second();
            let mut running = JoinSet::new();
            let mut in_time = true;
            for row in rows {
                if row.state != TokenState::Active || row.access_expires_at > enough {
                    continue;
                }
                let Ok(place) = room.clone().acquire_owned().await else { break };
                if Instant::now() >= work.until {
                    in_time = false;
                    break;
                }
                let (tokens, subject) = (self.clone(), Subject::merchant(component, &row.sk));
                running.spawn(async move {
                    let result = tokens.refresh(&subject, SPARE).await;
                    drop(place);
                    result.is_ok()
                });
            }
            while let Some(result) = running.join_next().await {
                match result {
                    Ok(true) => progress.renewed += 1,
                    Ok(false) | Err(_) => progress.failed += 1,
                }
            }
            if !in_time {
                return Ok(false);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(true),
            }
        }
    }
}

impl Work {
    /// So many calls at once, for so long from now.
    pub fn for_the_next(time: Duration, at_once: usize) -> Self {
        Work { at_once, until: Instant::now() + time }
    }
}
