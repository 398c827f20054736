//! The watch: every night the clock goes along the chain itself, so that what was changed shows before
//! anybody looks.
//!
//! What is new since the night before comes first, then a piece of what was looked at before, so that all
//! of the log is looked at again and again. A tick does a few seconds of it and writes down how far it came,
//! with a seal: whoever can write to the table alone cannot have a part passed over. A chain that breaks is
//! gone along further from the next day on, and counts as broken until a round meets nothing any more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    chain::{Broken, Flaw, Minute, canonical_of},
    sealer::{Chain, ChainError, PARTITION},
    trouble::Trouble,
    verify::VerifyCursor,
};
use crate::{
    reconcile::night,
    storage::{Outcome, StorageError, text},
};

/// So long a tick goes along the chain, at most: the night has 240 ticks.
const PIECE: Duration = Duration::from_secs(2);
/// Hours of the log that a night looks at again: ten days, so that a year takes five weeks.
const AGAIN: u32 = 10 * 24;
/// A chain that nobody has gone along for so long needs a person.
const WATCH_LATE: SignedDuration = SignedDuration::from_hours(50);

/// How far the watch has come, and what it met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The night that was begun last, by its day in Beijing.
    night: Option<String>,
    /// Hours of the log that this night is still to look at again.
    left: u32,
    /// What is new has been looked at this night.
    is_up_to_date: bool,
    /// Where what is new begins.
    newest: Option<VerifyCursor>,
    /// Where looking again goes on; none where the next round begins.
    again: Option<VerifyCursor>,
    /// The round that is under way has met something.
    met: bool,
    /// When a night's work was done last, in seconds.
    pub looked_at: Option<i64>,
    /// Where the chain breaks: what was met first.
    pub found: Option<Found>,
}

/// Something wrong that the watch met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The first minute that is wrong.
    pub minute: Minute,
    /// What is wrong with it.
    pub flaw: Flaw,
    /// The item of the log at which it shows, where it shows at one.
    pub entry: Option<String>,
    /// When it was met, in seconds.
    pub at: i64,
}

/// The watch as it is kept.
#[derive(Deserialize)]
struct Kept {
    watch: String,
    seal: String,
}

/// What a step along the chain came to.
struct Step {
    /// Where the next one begins.
    next: VerifyCursor,
    broken: Option<Broken>,
    is_end: bool,
}

impl Watch {
    /// Whether this night's work is done.
    fn is_done(&self, night: &str) -> bool {
        self.night.as_deref() == Some(night) && self.is_up_to_date && self.left == 0
    }

    fn note(&mut self, broken: Broken, now: Timestamp) {
        let Broken { minute, flaw, entry } = broken;
        tracing::error!(%minute, ?flaw, entry, "the audit log is not as it was written");
        self.found.get_or_insert(Found { minute, flaw, entry, at: now.as_second() });
    }
}

impl Chain {
    /// Goes along a piece of the chain, if it is night in Beijing and this night's work is not done. Answers
    /// how many hours of the log were looked at. Safe to repeat, and to do twice at once.
    ///
    /// # Errors
    /// When storage or the bucket of anchors does not answer; that says nothing about the chain.
    pub async fn watch(&self, time: Instant) -> Result<u32, ChainError> {
        let now = self.clock.now();
        let Some(night) = night(now) else { return Ok(0) };
        let (mut watch, seal) = self.kept_watch().await?;
        if watch.is_done(&night) {
            return Ok(0);
        }
        if watch.night.as_ref() != Some(&night) {
            watch = Watch { night: Some(night), left: AGAIN, is_up_to_date: false, ..watch };
        }
        let time = time.min(Instant::now() + PIECE);
        let walked = self.walk_on(&mut watch, now, time).await;
        // What was looked at before something failed was looked at.
        self.keep_watch(&watch, seal.as_deref()).await?;
        walked
    }

    /// How far the watch has come.
    pub async fn watched(&self) -> Result<Watch, StorageError> {
        Ok(self.kept_watch().await?.0)
    }

    /// What is wrong with the audit log, as far as anybody knows by now.
    pub async fn troubles(&self) -> Result<Vec<Trouble>, StorageError> {
        let now = self.clock.now();
        let Some(head) = self.head().await? else { return Ok(Vec::new()) };
        let watch = self.watched().await?;
        let mut troubles: Vec<Trouble> = watch.found.into_iter().map(Trouble::Broken).collect();
        if head.is_anchor_late(now) {
            troubles.push(Trouble::NotAnchored(head.next_anchor()));
        }
        let looked_at = watch.looked_at.and_then(|at| Timestamp::from_second(at).ok());
        let since = looked_at.unwrap_or(head.began.end());
        if now > since + WATCH_LATE {
            troubles.push(Trouble::NotVerified(since));
        }
        Ok(troubles)
    }

    async fn walk_on(
        &self,
        watch: &mut Watch,
        now: Timestamp,
        time: Instant,
    ) -> Result<u32, ChainError> {
        let mut hours = 0;
        while !watch.is_up_to_date && (hours == 0 || Instant::now() < time) {
            let Some(step) = self.step(watch.newest).await? else { return Ok(hours) };
            hours += 1;
            watch.newest = Some(step.next);
            watch.is_up_to_date = step.is_end;
            if let Some(broken) = step.broken {
                watch.note(broken, now);
            }
        }
        while watch.is_up_to_date && watch.left > 0 && (hours == 0 || Instant::now() < time) {
            let Some(step) = self.step(watch.again).await? else { return Ok(hours) };
            hours += 1;
            watch.left -= 1;
            watch.again = Some(step.next);
            if let Some(broken) = step.broken {
                watch.met = true;
                watch.note(broken, now);
            }
            if step.is_end {
                watch.left = 0;
                watch.again = None;
                if !std::mem::take(&mut watch.met) {
                    watch.found = None;
                }
            }
        }
        if watch.is_up_to_date && watch.left == 0 {
            watch.looked_at = Some(now.as_second());
        }
        Ok(hours)
    }

    /// Goes along one hour. None before anything is chained.
    async fn step(&self, from: Option<VerifyCursor>) -> Result<Option<Step>, ChainError> {
        // Its time is over before it begins: that is one hour's work.
        let Some(part) = self.verify(None, from, Instant::now()).await? else { return Ok(None) };
        let step = match part.broken {
            None => Step { next: part.reached, broken: None, is_end: part.next.is_none() },
            Some(broken) => {
                let (next, is_end) = self.day_after(broken.minute).await?;
                Step { next, broken: Some(broken), is_end }
            }
        };
        Ok(Some(step))
    }

    async fn kept_watch(&self) -> Result<(Watch, Option<String>), StorageError> {
        let kept: Option<Kept> = self.table.read(PARTITION, WATCH).await?;
        let Some(Kept { watch, seal }) = kept else { return Ok((Watch::default(), None)) };
        let read = match self.voucher().check(&watch, &seal) {
            Some(true) => serde_json::from_str(&watch).ok(),
            Some(false) | None => None,
        };
        let watch = read.unwrap_or_else(|| {
            tracing::warn!("how far the audit log was looked at is not known: it begins anew");
            Watch::default()
        });
        Ok((watch, Some(seal)))
    }

    /// Writes down how far it came, unless another tick has meanwhile.
    async fn keep_watch(&self, watch: &Watch, before: Option<&str>) -> Result<(), StorageError> {
        let watch = canonical_of(watch);
        let seal = self.voucher().vouch(&watch);
        let update = self
            .table
            .update(PARTITION, WATCH)
            .update_expression("SET watch = :watch, seal = :seal")
            .expression_attribute_values(":watch", text(watch))
            .expression_attribute_values(":seal", text(seal));
        let update = match before {
            None => update.condition_expression("attribute_not_exists(pk)"),
            Some(before) => update
                .condition_expression("seal = :before")
                .expression_attribute_values(":before", text(before)),
        };
        match self.table.apply(update).await? {
            Outcome::Written(_) => Ok(()),
            Outcome::Refused(_) => {
                tracing::info!("another tick goes along the audit log");
                Ok(())
            }
        }
    }
}

const WATCH: &str = "watch";
