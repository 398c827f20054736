//! Reading the audit log, a day or a minute at a time, the oldest entry first.

use std::{fmt, str::FromStr};

use jiff::civil::{Date, DateTime};
use serde::Deserialize;

use super::{Audit, AuditOutcome, Intent, Minute, day_partition, partition};
use crate::storage::StorageError;

/// One entry, with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The entry's id.
    pub id: String,
    /// When it was written, in UTC.
    pub at: String,
    /// Who was about to do what.
    pub intent: Intent,
    /// When it was over, and what came of it; none where nobody saw the end.
    pub outcome: Option<(String, AuditOutcome)>,
}

/// A part of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there is one.
    pub next: Option<AuditCursor>,
}

/// A place in a day: after an entry of a minute. As text, `1745-01JZ…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCursor {
    /// Hours and minutes, `17:45`.
    pub(super) time: String,
    /// The id of the last entry that was seen, or nothing when the whole minute was.
    pub(super) after: String,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct MalformedCursor;

#[derive(Deserialize)]
struct Row {
    sk: String,
    at: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum What {
    Intent(Box<Intent>),
    Outcome(AuditOutcome),
}

/// How many rows one query reads: intents and outcomes.
const ROWS: i32 = 200;

impl Audit {
    /// Entries of one day in UTC, at least one and about `limit`, after `cursor`.
    pub async fn day(
        &self,
        day: Date,
        cursor: Option<&AuditCursor>,
        limit: usize,
    ) -> Result<AuditPage, StorageError> {
        let mut page = AuditPage { entries: Vec::new(), next: None };
        let minute_at = |time: &str| format!("{day}T{time}").parse::<Minute>().ok();
        let mut last_minute = None;
        if let Some(cursor) = cursor {
            if let Some(minute) = minute_at(&cursor.time).filter(|_| !cursor.after.is_empty()) {
                page = self.rest(minute, &cursor.after, limit).await?;
            }
            last_minute = Some(cursor.time.clone());
        }
        while page.next.is_none() {
            let (minutes, more): (Vec<Listed>, _) =
                self.table.page(&day_partition(day), "", last_minute.as_deref(), 60).await?;
            for Listed { sk: time } in minutes {
                if page.entries.len() >= limit {
                    let time = last_minute.unwrap_or_default();
                    page.next = Some(AuditCursor { time, after: String::new() });
                    return Ok(page);
                }
                let wanted = limit - page.entries.len();
                if let Some(minute) = minute_at(&time) {
                    let rest = self.rest(minute, "", wanted).await?;
                    page.entries.extend(rest.entries);
                    page.next = rest.next;
                }
                last_minute = Some(time);
                if page.next.is_some() {
                    return Ok(page);
                }
            }
            if more.is_none() {
                break;
            }
        }
        Ok(page)
    }

    /// Entries of one minute in UTC.
    pub async fn minute(
        &self,
        minute: DateTime,
        cursor: Option<&AuditCursor>,
        limit: usize,
    ) -> Result<AuditPage, StorageError> {
        let after = cursor.map_or("", |cursor| &cursor.after);
        self.rest(Minute::at(minute), after, limit).await
    }

    /// The rest of a minute, after an entry.
    async fn rest(
        &self,
        minute: Minute,
        after: &str,
        limit: usize,
    ) -> Result<AuditPage, StorageError> {
        let mut page = AuditPage { entries: Vec::new(), next: None };
        // Outcomes sort right after their intents, so that this is the end of the entry.
        let mut from = (!after.is_empty()).then(|| format!("{after}#outcome"));
        loop {
            let (rows, next): (Vec<Row>, _) =
                self.table.page(&partition(minute), "", from.as_deref(), ROWS).await?;
            for row in rows {
                match row.what {
                    What::Intent(intent) => {
                        if page.entries.len() >= limit {
                            let after = page.entries.last().map(|entry| entry.id.clone());
                            page.next = Some(AuditCursor {
                                time: minute.time(),
                                after: after.unwrap_or_default(),
                            });
                            return Ok(page);
                        }
                        let (id, at) = (row.sk, row.at);
                        page.entries.push(AuditEntry { id, at, intent: *intent, outcome: None });
                    }
                    What::Outcome(outcome) => {
                        let id = row.sk.trim_end_matches("#outcome");
                        if let Some(entry) = page.entries.last_mut().filter(|last| last.id == id) {
                            entry.outcome = Some((row.at, outcome));
                        }
                    }
                }
            }
            match next {
                Some(next) => from = Some(next),
                None => return Ok(page),
            }
        }
    }
}

#[derive(Deserialize)]
struct Listed {
    sk: String,
}

impl fmt::Display for AuditCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.time.replace(':', ""), self.after)
    }
}

impl FromStr for AuditCursor {
    type Err = MalformedCursor;

    fn from_str(text: &str) -> Result<Self, MalformedCursor> {
        let (time, after) = text.split_once('-').ok_or(MalformedCursor)?;
        let digits = time.len() == 4 && time.bytes().all(|byte| byte.is_ascii_digit());
        let plain = after.len() <= 32 && after.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !digits || !plain {
            return Err(MalformedCursor);
        }
        let (hours, minutes) = time.split_at(2);
        Ok(AuditCursor { time: format!("{hours}:{minutes}"), after: after.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_anything_else_is_refused() {
        for text in ["1745-01JZ", "0000-"] {
            assert_eq!(text.parse::<AuditCursor>().unwrap().to_string(), text);
        }
        for text in ["", "1745", "17:45-a", "174-a", "1745-a#b"] {
            assert!(text.parse::<AuditCursor>().is_err(), "{text}");
        }
    }
}
