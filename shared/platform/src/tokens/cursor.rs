//! How far the clock has come with a component's merchants: all minutes up to one are worked off,
//! except for a few that are to be visited again, because some of their merchants could not be
//! renewed.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use serde::Deserialize;
use wechat::AppId;

use super::{MINUTES, Tokens};
use crate::storage::{StorageError, number, text};

/// A minute whose merchants could not all be renewed is visited again in each tick for so often,
/// which outlasts an outage of ten minutes,
const OFTEN: u32 = 12;
/// and then in each of so many minutes: what does not pass within that time is seldom WeChat's.
const SELDOM: i64 = 15;

/// A minute to be worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visit {
    /// The minute of the cycle.
    pub(super) minute: i64,
    /// The minute since 1970 that the cursor may move to afterwards; none for a visit beside the
    /// cycle.
    pub(super) of: Option<i64>,
    /// How often it was visited again since all of its merchants could be renewed.
    tries: u32,
}

/// One of the items: the cursor itself, or a minute that is to be visited again.
#[derive(Debug, Deserialize)]
struct Entry {
    sk: String,
    /// Of the cursor, the last minute that is worked off; of another, when to visit it.
    #[serde(default)]
    minute: i64,
    /// 0 if there is no need to visit it again.
    #[serde(default)]
    tries: u32,
}

const CURSOR: &str = "cursor";
const AGAIN: &str = "again#";

impl Tokens {
    /// The minutes to be worked off at `now` (in minutes since 1970), the longest overdue first:
    /// those since the last tick, at most a whole cycle, and then those to be visited again.
    pub(super) async fn visits(
        &self,
        component: &AppId,
        now: i64,
    ) -> Result<Vec<Visit>, StorageError> {
        // 86 tiny items at most.
        let (entries, _) =
            self.table.page::<Entry>(&partition(component), "", None, 2 * MINUTES as i32).await?;
        let cursor = entries.iter().find(|entry| entry.sk == CURSOR);
        let oldest = now - MINUTES + 1;
        let first = cursor.map_or(oldest, |cursor| (cursor.minute + 1).max(oldest));
        let again: Vec<(i64, &Entry)> = entries
            .iter()
            .filter(|entry| entry.tries > 0)
            .filter_map(|entry| Some((entry.sk.strip_prefix(AGAIN)?.parse().ok()?, entry)))
            .collect();
        let tries = |minute: i64| {
            again.iter().find(|(again, _)| *again == minute).map_or(0, |(_, entry)| entry.tries)
        };
        let mut visits: Vec<Visit> = (first..=now)
            .map(|of| (of % MINUTES, of))
            .map(|(minute, of)| Visit { minute, of: Some(of), tries: tries(minute) })
            .collect();
        for (minute, entry) in &again {
            if entry.minute <= now && !visits.iter().any(|visit| visit.minute == *minute) {
                visits.push(Visit { minute: *minute, of: None, tries: entry.tries });
            }
        }
        Ok(visits)
    }

    /// The write after which the cycle begins with the minute that is now.
    pub(super) fn begin_cycle(&self, component: &AppId) -> Result<TransactWriteItem, StorageError> {
        let before = self.clock.now().as_second() / 60 - 1;
        let update = Update::builder()
            .table_name(self.table.name())
            .key("pk", text(partition(component)))
            .key("sk", text(CURSOR))
            .update_expression("SET #minute = :before")
            .expression_attribute_names("#minute", "minute")
            .expression_attribute_values(":before", number(before));
        self.in_transaction(update)
    }

    /// A visit is over; `left` says that merchants were left without a new token. Safe to repeat,
    /// and of two ticks that overlap the one that came farther counts.
    pub(super) async fn visited(
        &self,
        component: &AppId,
        visit: Visit,
        now: i64,
        left: bool,
    ) -> Result<(), StorageError> {
        let pk = partition(component);
        if left || visit.tries > 0 {
            let tries = if left { visit.tries + 1 } else { 0 };
            let pause = if visit.tries < OFTEN { 1 } else { SELDOM };
            let update = self
                .table
                .update(&pk, &format!("{AGAIN}{:02}", visit.minute))
                .update_expression("SET #minute = :next, tries = :tries")
                .expression_attribute_names("#minute", "minute")
                .expression_attribute_values(":next", number(now + pause))
                .expression_attribute_values(":tries", number(tries.into()));
            self.table.apply(update).await?;
        }
        let Some(of) = visit.of else { return Ok(()) };
        let update = self
            .table
            .update(&pk, CURSOR)
            .update_expression("SET #minute = :done")
            .condition_expression("attribute_not_exists(pk) OR #minute < :done")
            .expression_attribute_names("#minute", "minute")
            .expression_attribute_values(":done", number(of));
        self.table.apply(update).await.map(drop)
    }
}

fn partition(component: &AppId) -> String {
    format!("cursor#{component}")
}
