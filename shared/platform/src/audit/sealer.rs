//! The sealer: each minute the clock chains what is over, and once a day it anchors the chain.
//!
//! A minute is chained when nothing is written into it any more. Then its link and the chain's head are
//! written together, on condition that the head is where it was: of two sealers at once one goes on, and
//! what a tick left is the next one's. A minute without entries has no link; the head says how far was
//! looked.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update as TransactUpdate};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{
    anchor::{Anchor, AnchorError, Anchors},
    chain::{KeptLink, Line, Link, Minute, Place, canonical_of},
    day_partition, partition,
    voucher::Voucher,
};
use crate::{
    clock::Clock,
    secrets::Secrets,
    storage::{Outcome, StorageError, Table, Transaction, number, text},
};

/// An outcome that comes later than this after the end of its entry's minute is not written: longer
/// than any request lasts.
pub(super) const LATEST: SignedDuration = SignedDuration::from_mins(2);
/// A minute is chained so long after its end. What was sent in time has come by then: five minutes after
/// a request was signed DynamoDB refuses it; and clocks differ by less than the minute that is left.
pub const CLOSED: SignedDuration = SignedDuration::from_mins(8);
/// A chain without an anchor for a day that is over so long needs a person.
pub const ANCHOR_LATE: SignedDuration = SignedDuration::from_hours(24);

/// Rows that one query reads.
const ROWS: i32 = 200;
/// Anchors that one tick puts: after a month without a tick it takes two.
const ANCHORS: usize = 20;

/// The chain over the audit log. Cheap to clone.
#[derive(Clone)]
pub struct Chain {
    /// The table `fleet`.
    pub table: Table,
    /// Where the sealing keys are.
    pub secrets: Secrets,
    /// Where anchors are put; none in a function that has no business with them.
    pub anchors: Option<Anchors>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// How far the chain has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The minute after which it begins.
    pub began: Minute,
    /// The last minute that was looked at; what is later is not chained yet.
    pub until: Minute,
    /// The last link.
    #[serde(flatten)]
    pub place: Place,
    /// What vouches for all of this.
    pub(super) seal: String,
    /// The last anchor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchored: Option<Anchor>,
}

/// What a head vouches for.
#[derive(Serialize)]
struct Vouched<'a> {
    began: Minute,
    until: Minute,
    #[serde(flatten)]
    place: &'a Place,
}

/// What one tick did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Sealing {
    /// Minutes that were chained.
    pub minutes: usize,
    /// Lines that were chained with them.
    pub lines: u64,
    /// Anchors that were put.
    pub anchors: usize,
}

/// Something that could not be done about the chain.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An anchor was not put, or not read.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
}

impl Head {
    fn new(began: Minute, until: Minute, place: Place, voucher: &Voucher) -> Self {
        let seal = voucher.vouch(&vouched(began, until, &place));
        Head { began, until, place, seal, anchored: None }
    }

    /// Whether this platform wrote it; none where the key is not known any more.
    pub fn is_vouched_for(&self, voucher: &Voucher) -> Option<bool> {
        voucher.check(&vouched(self.began, self.until, &self.place), &self.seal)
    }

    /// The day whose anchor is next.
    pub fn next_anchor(&self) -> Date {
        match &self.anchored {
            Some(anchor) => Minute::last_of(anchor.day).next().day(),
            None => self.began.next().day(),
        }
    }

    /// Whether an anchor should have been put long ago.
    pub fn is_anchor_late(&self, now: Timestamp) -> bool {
        now > Minute::last_of(self.next_anchor()).end() + ANCHOR_LATE
    }
}

impl Chain {
    /// How far the chain has come; none before the first tick.
    pub async fn head(&self) -> Result<Option<Head>, StorageError> {
        self.table.read(PARTITION, HEAD).await
    }

    /// What vouches for the chain.
    pub fn voucher(&self) -> Voucher {
        Voucher::of(&self.secrets.sealing())
    }

    /// Chains what is over and anchors the days that are, beginning nothing new after `time`. Safe to
    /// repeat, and to do twice at once.
    ///
    /// # Errors
    /// What was chained before stays chained; the next tick goes on.
    pub async fn seal(&self, time: Instant) -> Result<Sealing, ChainError> {
        let mut done = Sealing::default();
        let voucher = self.voucher();
        let closed = Minute::of(self.clock.now() - CLOSED).before();
        let Some(mut head) = self.head_or_begin(closed, &voucher).await? else { return Ok(done) };
        let mut looked = head.until;
        while looked < closed && Instant::now() < time {
            let day = looked.next().day();
            let last = closed.min(Minute::last_of(day));
            for minute in self.minutes(day, looked).await? {
                if minute > last || Instant::now() >= time {
                    break;
                }
                let lines = self.lines(minute).await?;
                if !lines.is_empty() {
                    let link = Link::after(&head.place, minute, &lines);
                    let Some(next) = self.append(&head, link, &lines, &voucher).await? else {
                        // Another sealer is at it.
                        return Ok(done);
                    };
                    head = next;
                    done.minutes += 1;
                    done.lines += lines.len() as u64;
                }
                looked = minute;
            }
            if Instant::now() < time {
                looked = last;
            }
        }
        if looked > head.until {
            let next = Head::new(head.began, looked, head.place.clone(), &voucher);
            let Some(next) = self.move_on(&head, next).await? else { return Ok(done) };
            head = next;
        }
        done.anchors = self.anchor(head, &voucher, time).await?;
        Ok(done)
    }

    /// The lines of a minute, in order.
    pub(super) async fn lines(&self, minute: Minute) -> Result<Vec<Line>, StorageError> {
        let pk = partition(minute);
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let (rows, next): (Vec<Map<String, Value>>, _) =
                self.table.page(&pk, "", after.as_deref(), ROWS).await?;
            lines.extend(rows.into_iter().map(|row| Line::of(minute, row)));
            match next {
                Some(next) => after = Some(next),
                None => return Ok(lines),
            }
        }
    }

    /// The minutes of a day that have entries, after `after`.
    pub(super) async fn minutes(
        &self,
        day: Date,
        after: Minute,
    ) -> Result<Vec<Minute>, StorageError> {
        let pk = day_partition(day);
        let (mut minutes, mut from) = (Vec::new(), (after.day() == day).then(|| after.time()));
        loop {
            let (rows, next): (Vec<Listed>, _) =
                self.table.page(&pk, "", from.as_deref(), ROWS).await?;
            let read = |row: Listed| format!("{day}T{}", row.sk).parse::<Minute>().ok();
            minutes.extend(rows.into_iter().filter_map(read));
            match next {
                Some(next) => from = Some(next),
                None => return Ok(minutes),
            }
        }
    }

    /// The last link of a day.
    pub(super) async fn last_link(&self, day: Date) -> Result<Option<KeptLink>, StorageError> {
        let (links, _) = self.table.page_backwards(&links_of(day), "", None, 1).await?;
        Ok(links.into_iter().next())
    }

    /// The head; where there is none the chain begins now. None if another sealer began it.
    async fn head_or_begin(
        &self,
        closed: Minute,
        voucher: &Voucher,
    ) -> Result<Option<Head>, StorageError> {
        if let Some(head) = self.head().await? {
            return Ok(Some(head));
        }
        let head = Head::new(closed, closed, Place::beginning(closed), voucher);
        let mut item = self.table.item(&head)?;
        item.extend([("pk".to_owned(), text(PARTITION)), ("sk".to_owned(), text(HEAD))]);
        match self.table.create(item).await? {
            Outcome::Written(_) => Ok(Some(head)),
            Outcome::Refused(_) => Ok(None),
        }
    }

    /// Writes a link and moves the head to it. None if the head is elsewhere by now.
    async fn append(
        &self,
        head: &Head,
        link: Link,
        lines: &[Line],
        voucher: &Voucher,
    ) -> Result<Option<Head>, StorageError> {
        let minute = link.minute;
        let kept = KeptLink::new(link, lines, voucher);
        let mut next = Head::new(head.began, minute, kept.link.place(), voucher);
        next.anchored.clone_from(&head.anchored);
        let mut item = self.table.item(&kept)?;
        let key = [("pk", links_of(minute.day())), ("sk", minute.time())];
        item.extend(key.map(|(name, value)| (name.to_owned(), text(value))));
        let broken = |error: aws_sdk_dynamodb::error::BuildError| {
            self.table.error("build a transaction", error.to_string())
        };
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(broken)?;
        let mut update = TransactUpdate::builder()
            .table_name(self.table.name())
            .key("pk", text(PARTITION))
            .key("sk", text(HEAD))
            .update_expression(MOVE)
            .condition_expression(UNMOVED);
        for (name, attribute) in NAMES {
            update = update.expression_attribute_names(name, attribute);
        }
        for (name, value) in self.moves(head, &next) {
            update = update.expression_attribute_values(name, value);
        }
        let writes = vec![
            TransactWriteItem::builder().put(put).build(),
            TransactWriteItem::builder().update(update.build().map_err(broken)?).build(),
        ];
        match self.table.transact(writes).await? {
            Transaction::Written => Ok(Some(next)),
            Transaction::Refused(_) => Ok(None),
        }
    }

    /// Moves the head over minutes without entries. None if it is elsewhere by now.
    async fn move_on(&self, head: &Head, mut next: Head) -> Result<Option<Head>, StorageError> {
        next.anchored.clone_from(&head.anchored);
        let mut update = self
            .table
            .update(PARTITION, HEAD)
            .update_expression(MOVE)
            .condition_expression(UNMOVED);
        for (name, attribute) in NAMES {
            update = update.expression_attribute_names(name, attribute);
        }
        for (name, value) in self.moves(head, &next) {
            update = update.expression_attribute_values(name, value);
        }
        match self.table.apply(update).await? {
            Outcome::Written(_) => Ok(Some(next)),
            Outcome::Refused(_) => Ok(None),
        }
    }

    fn moves(
        &self,
        head: &Head,
        next: &Head,
    ) -> [(&'static str, aws_sdk_dynamodb::types::AttributeValue); 8] {
        let minute = |minute: Option<Minute>| match minute {
            Some(minute) => text(minute.to_string()),
            None => aws_sdk_dynamodb::types::AttributeValue::Null(true),
        };
        [
            (":until", text(next.until.to_string())),
            (":link", number(next.place.number as i64)),
            (":minute", minute(next.place.minute)),
            (":hash", text(&next.place.hash)),
            (":total", number(next.place.total as i64)),
            (":seal", text(&next.seal)),
            (":was_until", text(head.until.to_string())),
            (":was_link", number(head.place.number as i64)),
        ]
    }

    /// Anchors the days that are over, the earliest first.
    async fn anchor(
        &self,
        mut head: Head,
        voucher: &Voucher,
        time: Instant,
    ) -> Result<usize, ChainError> {
        let Some(anchors) = &self.anchors else { return Ok(0) };
        let mut done = 0;
        while done < ANCHORS && Instant::now() < time {
            let day = head.next_anchor();
            if Minute::last_of(day) > head.until {
                break;
            }
            let place = match (self.last_link(day).await?, &head.anchored) {
                (Some(kept), _) => kept.link.place(),
                (None, Some(anchor)) => anchor.place.clone(),
                (None, None) => Place::beginning(head.began),
            };
            let anchor = Anchor { day, began: head.began, place };
            anchors.put(anchor.clone(), voucher).await?;
            let mut update = self
                .table
                .update(PARTITION, HEAD)
                .update_expression("SET anchored = :anchor")
                .expression_attribute_values(
                    ":anchor",
                    aws_sdk_dynamodb::types::AttributeValue::M(self.table.item(&anchor)?),
                );
            update = match &head.anchored {
                None => update.condition_expression("attribute_not_exists(anchored)"),
                Some(before) => update
                    .condition_expression("anchored.#day = :before")
                    .expression_attribute_names("#day", "anchor")
                    .expression_attribute_values(":before", text(before.day.to_string())),
            };
            if let Outcome::Refused(_) = self.table.apply(update).await? {
                break;
            }
            head.anchored = Some(anchor);
            done += 1;
        }
        Ok(done)
    }
}

#[derive(Deserialize)]
struct Listed {
    sk: String,
}

pub(super) const PARTITION: &str = "audit-chain";
const HEAD: &str = "head";
const MOVE: &str = "SET #until = :until, #link = :link, #minute = :minute, #hash = :hash, \
                    #total = :total, seal = :seal";
const UNMOVED: &str = "#until = :was_until AND #link = :was_link";
const NAMES: [(&str, &str); 5] = [
    ("#until", "until"),
    ("#link", "link"),
    ("#minute", "minute"),
    ("#hash", "hash"),
    ("#total", "total"),
];

/// The partition of a day's links, each under its hour and minute.
pub(super) fn links_of(day: Date) -> String {
    format!("{PARTITION}#{day}")
}

fn vouched(began: Minute, until: Minute, place: &Place) -> String {
    canonical_of(&Vouched { began, until, place })
}
