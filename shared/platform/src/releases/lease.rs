//! The stored item and its lease. One order at a time acts for a mini program: it holds the lease,
//! and every write of the item asks that the lease is still its own and the version unchanged.
//! Outgoing events are written in the same transaction.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use wechat::AppId;

use super::{
    ReleaseError, Releases,
    record::{Pending, Record, Standing},
};
use crate::{
    counters::{Counted, Reservation},
    roster,
    storage::{Item, Outcome, StorageError, Transaction, Work, number, text},
    tokens::Subject,
};

const WORK: Work = Work::in_waves("release");
/// How long a lease lasts; every write renews it. Longer than the longest call to WeChat; and with
/// [`SKEW`] shorter than a minute, so that of two ticks the second takes over from the dead.
const LEASE: SignedDuration = SignedDuration::from_secs(35);
/// How far the clocks of two functions may be apart. Should they be farther, nothing happens
/// twice for that: the one who was overtaken can write nothing and so begin no further call, and the
/// other finds its intent, asks WeChat first, and takes nothing for undone while it may still be done
/// by WeChat's clock.
pub(super) const SKEW: SignedDuration = SignedDuration::from_secs(20);
/// Whoever waits for the lease looks again after this long.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// And gives up after this long.
const PATIENCE: Duration = Duration::from_secs(12);
/// A write that nobody acknowledged is made so often.
const ATTEMPTS: u64 = 3;
/// A write that met another one is made so often.
const CONFLICTS: u64 = 20;

/// Something to tell with a change: an event's kind and its details.
pub(super) type Told = (&'static str, Value);

/// The item of a mini program, held by its lease.
pub(super) struct Held<'a> {
    releases: &'a Releases,
    record: Record,
    holder: String,
    /// The merchant has withdrawn: nobody can do anything about it.
    withdrawn: bool,
    /// Written with the record the next time: counters, and what they count for.
    counting: Option<Counting>,
}

/// What a write of the record also does to a counter.
#[derive(Debug, Clone)]
enum Counting {
    /// One is taken, if one is left.
    Take(Reservation),
    /// One was done elsewhere.
    Note(Reservation),
    /// One is given back.
    GiveBack(Reservation),
}

impl Releases {
    /// The item, strongly consistent.
    pub(super) async fn read(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Record>, StorageError> {
        self.table.read(&partition(component, appid), SORT).await
    }

    /// Takes the lease; waits a while for whoever has it.
    pub(super) async fn hold(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Held<'_>, ReleaseError> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Some(held) = self.try_hold(component, appid).await? {
                return Ok(held);
            }
            if Instant::now() >= give_up {
                return Err(ReleaseError::busy(appid));
            }
            let jitter = u64::from(self.random.bytes::<1>()[0]);
            sleep(LOOK_AGAIN + Duration::from_millis(jitter / 2)).await;
        }
    }

    /// Takes the lease, or none if it is not free.
    pub(super) async fn try_hold(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Held<'_>>, StorageError> {
        let now = self.clock.now();
        let holder = self.random.identifier(now);
        let update = self
            .table
            .update(&partition(component, appid), SORT)
            .update_expression(
                "SET lease_owner = :holder, lease_until = :until, component = :component, \
                 appid = :appid, #version = if_not_exists(#version, :zero)",
            )
            .condition_expression("attribute_not_exists(lease_owner) OR lease_until < :long_ago")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":holder", text(&holder))
            .expression_attribute_values(":until", number((now + LEASE).as_millisecond()))
            .expression_attribute_values(":long_ago", number((now - SKEW).as_millisecond()))
            .expression_attribute_values(":component", text(component.as_str()))
            .expression_attribute_values(":appid", text(appid.as_str()))
            .expression_attribute_values(":zero", number(0))
            .return_values(ReturnValue::AllNew);
        let item = match self.table.apply(update).await? {
            Outcome::Written(item) => item,
            // A write whose acknowledgement was lost, repeated by the SDK.
            Outcome::Refused(item) if is_held_by(item.as_ref(), &holder) => item,
            Outcome::Refused(_) => return Ok(None),
        };
        let item = item.ok_or_else(|| self.table.error("take the lease", "the item is gone"))?;
        let mut record: Record = self.table.parse(item)?;
        record.standing.version = record.version;
        Ok(Some(Held { releases: self, record, holder, withdrawn: false, counting: None }))
    }

    /// Mini programs for which something is to be done without an order, the longest due first, at
    /// most `limit` of each part of the index.
    pub async fn due(&self, limit: i32) -> Result<Vec<(AppId, AppId)>, StorageError> {
        let now = self.clock.now();
        let mut found = Vec::new();
        for shard in WORK.shards() {
            for (pk, _) in self.table.due(&shard, now, limit).await? {
                found.extend(parse_partition(&pk));
            }
        }
        Ok(found)
    }
}

impl Held<'_> {
    /// How things stand.
    pub(super) fn standing(&self) -> &Standing {
        &self.record.standing
    }

    /// How things stand, to be changed and then saved.
    pub(super) fn change(&mut self) -> &mut Standing {
        &mut self.record.standing
    }

    /// The component.
    pub(super) fn component(&self) -> &AppId {
        &self.record.component
    }

    /// The mini program.
    pub(super) fn appid(&self) -> &AppId {
        &self.record.appid
    }

    /// The present moment.
    pub(super) fn now(&self) -> Timestamp {
        self.releases.clock.now()
    }

    /// With the next write one more is counted, if there may be one more: for the intent that
    /// stands in the record.
    pub(super) fn take(&mut self, reservation: Reservation) {
        if let Some(pending) = &mut self.record.standing.pending {
            pending.counted = Some(reservation.clone());
        }
        self.counting = Some(Counting::Take(reservation));
    }

    /// With the next write one is counted that was done elsewhere.
    pub(super) fn note(&mut self, counted: Counted) {
        let whose = Subject::merchant(&self.record.component, &self.record.appid);
        let reservation = self.releases.counters.reservation(&whose, counted);
        self.counting = Some(Counting::Note(reservation));
    }

    /// The intent is over. If nothing came of it, what was counted for it is given back with the
    /// next write.
    pub(super) fn conclude(&mut self, happened: bool) -> Option<Pending> {
        let pending = self.record.standing.pending.take()?;
        if !happened && let Some(reservation) = &pending.counted {
            self.counting = Some(Counting::GiveBack(reservation.clone()));
        }
        Some(pending)
    }

    /// Writes the standing and what is to be told of it, and renews the lease. An error means
    /// that the lease was lost or that storage fails: nothing may be done to WeChat after it.
    pub(super) async fn save(&mut self, told: Vec<Told>) -> Result<(), ReleaseError> {
        let releases = self.releases;
        let now = releases.clock.now();
        let unchanged = self.record.clone();
        let before = self.record.version;
        let version = before + 1;
        self.record.version = version;
        self.record.standing.version = version;
        self.record.lease_until = (now + LEASE).as_millisecond();
        let writing = releases.random.identifier(now);
        self.record.saved_by = Some(writing.clone());
        let due = self.record.standing.due_at();
        self.record.due_at = due.map(Timestamp::as_millisecond);
        self.record.due_shard = due.map(|_| WORK.shard(&self.record.pk));

        let events: Vec<_> = told
            .into_iter()
            .map(|(kind, details)| {
                let (component, appid) = (&self.record.component, &self.record.appid);
                releases.outbox.event(kind, component, Some(appid), version, details)
            })
            .collect();
        let need = self.record.standing.need(now).filter(|_| !self.withdrawn);
        let was = std::mem::replace(&mut self.record.need, need);
        let mut writes = vec![self.put(before)?];
        if need != was {
            let attention = &releases.caller.tokens.attention;
            let (component, appid) = (&self.record.component, &self.record.appid);
            if let Some(was) = was {
                writes.push(attention.unmark(component, appid, was)?);
            }
            if let Some(need) = need {
                writes.push(attention.mark(component, appid, need, now)?);
            }
        }
        for event in &events {
            writes.push(releases.outbox.entry(event)?);
        }
        let (component, appid) = (&self.record.component, &self.record.appid);
        let part = roster::Part::Releases;
        writes.push(roster::mark(&releases.table, component, appid, part, version)?);
        let counting = self.counting.take();
        let counters = &releases.counters;
        let first = writes.len();
        writes.extend(match &counting {
            Some(Counting::Take(reservation)) => counters.taking(reservation)?,
            Some(Counting::Note(reservation)) => counters.noting(reservation)?,
            Some(Counting::GiveBack(reservation)) => counters.giving_back(reservation)?,
            None => Vec::new(),
        });
        let Some((place, item)) = self.write(writes, &writing).await? else {
            releases.outbox.publish(&events).await;
            return Ok(());
        };
        // Only a counter that is used up refuses besides the record: nothing was written.
        self.record = Record { standing: self.record.standing.clone(), ..unchanged };
        self.record.standing.version = before;
        match counting {
            Some(Counting::Take(reservation)) if place >= first => {
                self.record.standing.pending = None;
                Err(counters.used_up(&reservation, place - first, item)?.into())
            }
            _ => Err(ReleaseError::busy(&self.record.appid)),
        }
    }

    /// The merchant has withdrawn its authorization: from the next write on no person is asked for.
    pub(super) fn withdrawn(&mut self) {
        self.withdrawn = true;
    }

    /// Marks again what needs a person: a withdrawal takes the mark away, and another grant does
    /// not bring it back.
    pub(super) async fn remind(&mut self) -> Result<(), ReleaseError> {
        let now = self.now();
        let need = self.record.standing.need(now);
        if need != self.record.need {
            return self.save(Vec::new()).await;
        }
        let Some(need) = need else { return Ok(()) };
        let attention = &self.releases.caller.tokens.attention;
        Ok(attention.remind(self.component(), self.appid(), need, now).await?)
    }

    /// Whether the record is older than the last restore of the tables, and not yet compared with
    /// WeChat since.
    pub(super) fn is_restored(&self) -> bool {
        self.record.epoch < self.releases.epoch
    }

    /// The record agrees with WeChat, as far as anybody can know after a restore.
    pub(super) async fn caught_up(&mut self) -> Result<(), ReleaseError> {
        self.record.epoch = self.releases.epoch;
        self.save(Vec::new()).await
    }

    /// Gives the lease back and answers how things stand. What fails here costs only time: the
    /// lease ends by itself.
    pub(super) async fn let_go<T>(
        self,
        result: Result<T, ReleaseError>,
    ) -> Result<Standing, ReleaseError> {
        let table = &self.releases.table;
        let update = table
            .update(&self.record.pk, SORT)
            .update_expression("REMOVE lease_owner, lease_until")
            .condition_expression("lease_owner = :holder")
            .expression_attribute_values(":holder", text(&self.holder));
        if let Err(error) = table.apply(update).await {
            tracing::warn!(appid = %self.record.appid, %error, "lease of a release is left to end");
        }
        result.map(|_| self.record.standing)
    }

    fn put(&self, before: u64) -> Result<TransactWriteItem, StorageError> {
        let table = &self.releases.table;
        let put = Put::builder()
            .table_name(table.name())
            .set_item(Some(table.item(&self.record)?))
            .condition_expression("#version = :before AND lease_owner = :holder")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":before", number(before as i64))
            .expression_attribute_values(":holder", text(&self.holder))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| table.error("build a transaction", error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Writes all of it; answers the write that was refused, if the record's own was not.
    async fn write(
        &self,
        writes: Vec<TransactWriteItem>,
        writing: &str,
    ) -> Result<Option<(usize, Option<Item>)>, ReleaseError> {
        let table = &self.releases.table;
        let mut attempt = 0;
        let mut conflicts = 0;
        loop {
            match table.transact(writes.clone()).await {
                Ok(Transaction::Written) => return Ok(None),
                // An earlier attempt may have been written although nobody told us.
                Ok(Transaction::Refused(refused)) => {
                    let mut refused = refused.into_iter();
                    let Some((place, item)) = refused.next() else { return Ok(None) };
                    if place > 0 {
                        return Ok(Some((place, item)));
                    }
                    return match item.and_then(|item| item.get("saved_by").cloned()) {
                        Some(saved) if saved == text(writing) => Ok(None),
                        _ => Err(ReleaseError::busy(&self.record.appid)),
                    };
                }
                // The component's counter is everybody's.
                Err(error) if error.is_conflict() && conflicts < CONFLICTS => {
                    conflicts += 1;
                    let jitter = u64::from(self.releases.random.bytes::<1>()[0]);
                    sleep(Duration::from_millis(20 + jitter / 2)).await;
                }
                Err(error) => {
                    attempt += 1;
                    if attempt == ATTEMPTS {
                        return Err(error.into());
                    }
                    tracing::warn!(appid = %self.record.appid, %error, "release not stored yet");
                    sleep(Duration::from_millis(200 * attempt)).await;
                }
            }
        }
    }
}

pub(super) const SORT: &str = "release";

pub(super) fn partition(component: &AppId, appid: &AppId) -> String {
    format!("app#{component}#{appid}")
}

fn parse_partition(pk: &str) -> Option<(AppId, AppId)> {
    let (component, appid) = pk.strip_prefix("app#")?.split_once('#')?;
    Some((component.parse().ok()?, appid.parse().ok()?))
}

fn is_held_by(item: Option<&Item>, holder: &str) -> bool {
    item.and_then(|item| item.get("lease_owner")) == Some(&text(holder))
}
