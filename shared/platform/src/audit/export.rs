//! The audit log as lines, to be taken along: what the chain is calculated from, and the chain.

use jiff::civil::Date;

use super::{AuditCursor, Chain, Minute};
use crate::storage::StorageError;

impl Chain {
    /// Adds the lines of a day to `text`, after `after`: those of each minute, and then the minute's
    /// link, if it has one by now. Ends between two entries when `text` has `longest` bytes; then it
    /// answers where to go on.
    pub async fn export(
        &self,
        day: Date,
        after: Option<AuditCursor>,
        text: &mut String,
        longest: usize,
    ) -> Result<Option<AuditCursor>, StorageError> {
        let links = self.links_of_day(day, "").await?;
        let before = Minute::first_of(day).before();
        let begun = match &after {
            None => None,
            Some(cursor) => format!("{day}T{}", cursor.time).parse::<Minute>().ok(),
        };
        let mut minutes = self.minutes(day, begun.unwrap_or(before)).await?;
        let within = after.filter(|cursor| !cursor.after.is_empty());
        minutes.splice(0..0, begun.filter(|_| within.is_some()));
        let mut within = within.map(|cursor| format!("{}#outcome", cursor.after));
        for minute in minutes {
            let seen = within.take();
            let mut last = String::new();
            for line in self.lines(minute).await? {
                if seen.as_ref().is_some_and(|seen| line.entry <= *seen) {
                    continue;
                }
                // An entry and its outcome stay together.
                if text.len() >= longest && !line.entry.contains('#') && !last.is_empty() {
                    return Ok(Some(AuditCursor { time: minute.time(), after: last }));
                }
                line.entry.split('#').next().unwrap_or_default().clone_into(&mut last);
                text.push_str(&line.text);
                text.push('\n');
            }
            if let Some((_, kept)) = links.iter().find(|(time, _)| *time == minute.time()) {
                text.push_str(&kept.link.text());
                text.push('\n');
            }
            if text.len() >= longest {
                return Ok(Some(AuditCursor { time: minute.time(), after: String::new() }));
            }
        }
        Ok(None)
    }
}
