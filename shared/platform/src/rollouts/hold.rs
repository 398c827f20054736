//! One target, held by its lease. Whoever holds it does one step and writes what came of it: the
//! target, the counter of its wave, the mark on its mini program and the event, in one transaction
//! that asks whether the lease is still its own and the version unchanged.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::sleep;
use wechat::AppId;

use super::{
    RolloutError, Rollouts, count,
    record::{Rollout, partition_of},
    target::{Target, TargetState},
};
use crate::{
    event::{Event, kind},
    storage::{Outcome, StorageError, Table, Transaction, Work, number, text},
};

/// The kind of work in the index of what is due.
pub(super) const WORK: Work = Work::in_waves("rollout");
/// Longer than the longest step: a commit waits for WeChat and for whoever holds the mini program.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// How far the clocks of two functions may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(30);
/// A write that nobody acknowledged is made so often.
const ATTEMPTS: u64 = 4;

/// A target as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) pk: String,
    pub(super) sk: String,
    #[serde(flatten)]
    pub(super) target: Target,
    #[serde(default)]
    pub(super) lease_owner: Option<String>,
    /// By the holder's clock, in milliseconds.
    #[serde(default)]
    pub(super) lease_until: i64,
    /// The id of the last write: whoever hears nothing of its write knows it again.
    #[serde(default)]
    pub(super) saved_by: Option<String>,
    #[serde(default)]
    pub(super) due_shard: Option<String>,
    #[serde(default)]
    pub(super) due_at: Option<i64>,
}

/// The mark on a mini program: which rollout has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) appid: AppId,
    pub(super) rollout: String,
    pub(super) position: u64,
}

/// When a target is looked at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// At this time.
    At(Timestamp),
    /// When the rollout hands it out again: it is paused, or waits for people.
    Parked,
}

/// A target, held by its lease.
pub(super) struct Held<'a> {
    rollouts: &'a Rollouts,
    pub(super) rollout: &'a Rollout,
    item: Item,
    was: TargetState,
    holder: String,
}

/// The sort key of the target at a position.
pub(super) fn sort(position: u64) -> String {
    format!("target#{position:08}")
}

/// What stands before the first target in its partition's order.
pub(super) const TARGETS: &str = "target#";

/// The key of the mark on a mini program.
pub(super) fn mark_key(component: &AppId, appid: &AppId) -> (String, String) {
    (format!("app#{component}#{appid}"), "rollout".to_owned())
}

/// The shard of the index that lists a rollout's failures, the newest last.
pub(super) fn failures(id: &str) -> String {
    format!("rollout-out#{id}")
}

impl Rollouts {
    /// Takes the lease of a target that has something to do: one that is due, or `anyhow`, because
    /// something happened to its mini program. None if there is nothing, or somebody else has it.
    pub(super) async fn claim<'a>(
        &'a self,
        rollout: &'a Rollout,
        position: u64,
        anyhow: bool,
    ) -> Result<Option<Held<'a>>, RolloutError> {
        let now = self.clock.now();
        let holder = self.random.identifier(now);
        let sk = sort(position);
        let mut condition = "attribute_exists(pk) AND #state IN (:queued, :committed, :review, \
             :approved, :back) AND (attribute_not_exists(lease_owner) OR lease_until < :long_ago)"
            .to_owned();
        if !anyhow {
            condition.push_str(" AND due_at <= :now");
        }
        let until = now + LEASE;
        let mut update = self
            .table
            .update(&partition_of(&rollout.component, &rollout.id), &sk)
            // Should its holder die, it is due when its lease has certainly ended.
            .update_expression(
                "SET lease_owner = :holder, lease_until = :until, due_shard = :shard, \
                 due_at = :again",
            )
            .condition_expression(condition)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":holder", text(&holder))
            .expression_attribute_values(":until", number(until.as_millisecond()))
            .expression_attribute_values(":again", number((until + SKEW).as_millisecond()))
            .expression_attribute_values(":shard", text(due_shard(rollout, position)))
            .expression_attribute_values(":long_ago", number((now - SKEW).as_millisecond()))
            .return_values(ReturnValue::AllNew);
        if !anyhow {
            update = update.expression_attribute_values(":now", number(now.as_millisecond()));
        }
        for (name, state) in [
            (":queued", TargetState::Queued),
            (":committed", TargetState::Committed),
            (":review", TargetState::InReview),
            (":approved", TargetState::Approved),
            (":back", TargetState::RollingBack),
        ] {
            update = update.expression_attribute_values(name, text(state.name()));
        }
        let item = match self.table.apply(update).await? {
            Outcome::Written(item) => item,
            // A write whose acknowledgement was lost, repeated by the SDK.
            Outcome::Refused(Some(item)) if item.get("lease_owner") == Some(&text(&holder)) => {
                Some(item)
            }
            Outcome::Refused(_) => return Ok(None),
        };
        let item = item.ok_or_else(|| self.table.error("claim a target", "the item is gone"))?;
        let item: Item = self.table.parse(item)?;
        Ok(Some(Held { rollouts: self, rollout, was: item.target.state, item, holder }))
    }

    /// Takes a target that is due out of the index until its rollout hands it out again.
    pub(super) async fn park(&self, rollout: &Rollout, position: u64) -> Result<(), StorageError> {
        let now = self.clock.now();
        let update = self
            .table
            .update(&partition_of(&rollout.component, &rollout.id), &sort(position))
            .update_expression("REMOVE due_shard, due_at")
            .condition_expression(
                "due_at <= :now AND (attribute_not_exists(lease_owner) OR lease_until < :long_ago)",
            )
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":long_ago", number((now - SKEW).as_millisecond()));
        self.table.apply(update).await.map(drop)
    }

    /// Changes a target that nobody holds, from the state that was read. False if it is not so any
    /// more, or if another rollout has its mini program.
    pub(super) async fn move_target(
        &self,
        rollout: &Rollout,
        read: Item,
        target: Target,
        next: Next,
    ) -> Result<Moved, RolloutError> {
        let was = read.target.state;
        let unheld = Item { target: read.target, lease_owner: None, ..read };
        let mut held = Held { rollouts: self, rollout, item: unheld, was, holder: String::new() };
        held.item.target = Target { version: held.item.target.version, ..target };
        match held.write(next, false).await {
            Ok(()) => Ok(Moved::Done),
            Err(RolloutError::Busy) => Ok(Moved::Changed),
            Err(RolloutError::Taken) => Ok(Moved::Taken),
            Err(error) => Err(error),
        }
    }

    /// The target of a position.
    pub(super) async fn target_item(
        &self,
        component: &AppId,
        id: &str,
        position: u64,
    ) -> Result<Option<Item>, StorageError> {
        self.table.read(&partition_of(component, id), &sort(position)).await
    }
}

/// What became of [`Rollouts::move_target`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// It is as wanted.
    Done,
    /// It had changed.
    Changed,
    /// Another rollout has the mini program.
    Taken,
}

impl Held<'_> {
    pub(super) fn target(&self) -> &Target {
        &self.item.target
    }

    /// The target, to be changed and then saved.
    pub(super) fn change(&mut self) -> &mut Target {
        &mut self.item.target
    }

    /// Enters a state: what was said of the one before is forgotten.
    pub(super) fn enter(&mut self, state: TargetState) {
        let now = self.rollouts.clock.now();
        let target = &mut self.item.target;
        target.state = state;
        target.changed_at = now;
        target.hold_up = None;
        target.attempts = 0;
        if !state.is_failure() {
            target.cause = None;
        }
    }

    /// Writes what was changed. With `keep` the lease goes on, for the next step is made at once.
    pub(super) async fn save(&mut self, next: Next, keep: bool) -> Result<(), RolloutError> {
        self.write(next, keep).await
    }

    async fn write(&mut self, next: Next, keep: bool) -> Result<(), RolloutError> {
        let rollouts = self.rollouts;
        let (table, now) = (&rollouts.table, rollouts.clock.now());
        let before = self.item.target.version;
        let writing = rollouts.random.identifier(now);
        let (was, state) = (self.was, self.item.target.state);
        self.item.target.version += 1;
        self.item.saved_by = Some(writing.clone());
        let until = now + LEASE;
        self.item.lease_owner = keep.then(|| self.holder.clone());
        self.item.lease_until = if keep { until.as_millisecond() } else { 0 };
        (self.item.due_shard, self.item.due_at) = match next {
            _ if state.is_failure() => {
                (Some(failures(&self.rollout.id)), Some(now.as_millisecond()))
            }
            _ if state.is_through() => (None, None),
            _ if keep => (
                Some(due_shard(self.rollout, self.item.target.position)),
                Some((until + SKEW).as_millisecond()),
            ),
            Next::At(at) => (
                Some(due_shard(self.rollout, self.item.target.position)),
                Some(at.as_millisecond()),
            ),
            Next::Parked => (None, None),
        };
        let mut writes = vec![self.put(before)?];
        let mut told = None;
        if was != state {
            writes.push(count::moved(table, self.rollout, &self.item.target, was)?);
            if is_under_way(was) != is_under_way(state) {
                writes.push(self.mark(state)?);
            }
            let event = self.event();
            writes.push(rollouts.outbox.entry(&event)?);
            told = Some(event);
        }
        self.transact(writes, &writing).await?;
        self.was = state;
        if let Some(event) = told {
            rollouts.outbox.publish(&[event]).await;
        }
        Ok(())
    }

    fn put(&self, before: u64) -> Result<TransactWriteItem, StorageError> {
        let table = &self.rollouts.table;
        let put = Put::builder()
            .table_name(table.name())
            .set_item(Some(table.item(&self.item)?))
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":before", number(before as i64))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match &*self.holder {
            // Nobody held it when it was read, and nobody may hold it now.
            "" => {
                put.condition_expression("#version = :before AND attribute_not_exists(lease_owner)")
            }
            holder => put
                .condition_expression("#version = :before AND lease_owner = :holder")
                .expression_attribute_values(":holder", text(holder)),
        };
        let put = put.build().map_err(|error| broken(table, error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The mark on the mini program: made when its turn comes, taken away when it is through.
    fn mark(&self, state: TargetState) -> Result<TransactWriteItem, StorageError> {
        let table = &self.rollouts.table;
        let Target { appid, position, .. } = &self.item.target;
        let (pk, sk) = mark_key(&self.rollout.component, appid);
        let free = "attribute_not_exists(pk) OR rollout = :rollout";
        let id = text(&*self.rollout.id);
        if !is_under_way(state) {
            let delete = Delete::builder()
                .table_name(table.name())
                .key("pk", text(pk))
                .key("sk", text(sk))
                .condition_expression(free)
                .expression_attribute_values(":rollout", id)
                .build()
                .map_err(|error| broken(table, error))?;
            return Ok(TransactWriteItem::builder().delete(delete).build());
        }
        let mark = Mark {
            pk,
            sk,
            appid: appid.clone(),
            rollout: self.rollout.id.clone(),
            position: *position,
        };
        let put = Put::builder()
            .table_name(table.name())
            .set_item(Some(table.item(&mark)?))
            .condition_expression(free)
            .expression_attribute_values(":rollout", id)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| broken(table, error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn event(&self) -> Event {
        let Target { appid, position, state, version, wave, cause, .. } = &self.item.target;
        let details = json!({
            "rollout": self.rollout.id,
            "position": position,
            "wave": wave,
            "state": state,
            "cause": cause.as_ref().map(super::target::Cause::key),
            "user_version": self.rollout.order.user_version,
        });
        let component = &self.rollout.component;
        self.rollouts.outbox.event(kind::ROLLOUT_TARGET, component, Some(appid), *version, details)
    }

    async fn transact(
        &self,
        writes: Vec<TransactWriteItem>,
        writing: &str,
    ) -> Result<(), RolloutError> {
        let table = &self.rollouts.table;
        let mut attempt = 0;
        loop {
            match table.transact(writes.clone()).await {
                Ok(Transaction::Written) => return Ok(()),
                // An earlier attempt may have been written although nobody told us.
                Ok(Transaction::Refused(refused)) => {
                    let ours = refused.iter().any(|(place, item)| {
                        let saved = item.as_ref().and_then(|item| item.get("saved_by"));
                        *place == 0 && saved == Some(&text(writing))
                    });
                    let target_changed = refused.iter().any(|(place, _)| *place == 0);
                    return match (ours, target_changed) {
                        (true, _) => Ok(()),
                        (false, true) => Err(RolloutError::Busy),
                        (false, false) => Err(RolloutError::Taken),
                    };
                }
                Err(error) => {
                    attempt += 1;
                    if attempt == ATTEMPTS {
                        return Err(error.into());
                    }
                    tracing::debug!(appid = %self.item.target.appid, %error, "not stored yet");
                    let [jitter] = self.rollouts.random.bytes();
                    sleep(Duration::from_millis(50 * attempt + u64::from(jitter))).await;
                }
            }
        }
    }
}

/// The rollout has the mini program, and no other may.
fn is_under_way(state: TargetState) -> bool {
    !state.is_through() && state != TargetState::Waiting
}

fn due_shard(rollout: &Rollout, position: u64) -> String {
    WORK.shard(&format!("{}{position}", rollout.id))
}

fn broken(table: &Table, error: impl ToString) -> StorageError {
    table.error("build a transaction", error.to_string())
}
