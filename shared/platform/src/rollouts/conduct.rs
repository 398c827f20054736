//! What a rollout itself has to do: be planned, hand out targets whose turn has come, begin the next
//! wave when its gate holds, stop when too much fails, and see that it is over. One function at a
//! time does it, by the rollout's own lease; everything it writes is safe to write again.

use aws_sdk_dynamodb::types::{Put, ReturnValue, TransactWriteItem};
use jiff::SignedDuration;
use serde_json::json;
use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument;
use wechat::AppId;

use super::{
    RolloutError, Rollouts, gate,
    hold::{self, Moved, Next, TARGETS, WORK},
    record::{Item, Pause, PauseReason, Rollout, RolloutState, partition, partition_of},
    target::{Cause, CauseKind, Step, Tally, Target, TargetState},
};
use crate::{
    event::kind,
    storage::{Outcome, StorageError, Transaction, number, text},
    text::Text,
};

/// Longer than a page takes.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How far the clocks of two functions may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(30);
/// Targets that are handed out in one go.
const PORTION: i32 = 100;
/// Writes that are under way at once.
const AT_ONCE: usize = 8;
/// A rollout that runs is looked after so often.
pub(super) const AGAIN: SignedDuration = SignedDuration::from_secs(55);

impl Rollouts {
    /// Looks after a rollout until there is nothing more to do for now, or until `until`.
    pub async fn conduct(
        &self,
        component: &AppId,
        id: &str,
        until: Instant,
    ) -> Result<(), RolloutError> {
        let Some(mut held) = self.hold_rollout(component, id).await? else { return Ok(()) };
        let mut result;
        loop {
            result = self.go_on_with(&mut held).await;
            if !matches!(result, Ok(true)) || Instant::now() >= until {
                break;
            }
        }
        self.let_rollout_go(&held).await;
        match result {
            Ok(false) => Ok(()),
            // There is more; or somebody changed it meanwhile, and it is to be looked at anew.
            Ok(true) | Err(RolloutError::Busy) => {
                self.announce_rollout(component, id).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// One thing of what there is to do. True if there is more.
    async fn go_on_with(&self, held: &mut Item) -> Result<bool, RolloutError> {
        match held.rollout.state {
            RolloutState::Planning => self.plan_page(held).await,
            RolloutState::Running => self.run(held).await,
            RolloutState::RollingBack => self.mark_page(held).await,
            RolloutState::Finished if self.search_is_due(&held.rollout) => self.search(held).await,
            RolloutState::Aborted if held.rollout.dispatched < held.rollout.begun() => {
                self.leave_out_page(held).await
            }
            _ => Ok(false),
        }
    }

    async fn run(&self, held: &mut Item) -> Result<bool, RolloutError> {
        let now = self.clock.now();
        if held.rollout.epoch < self.epoch {
            let words = Text::fixed(
                "数据表从备份恢复过；请核对后恢复",
                "the tables were restored from a backup; look at it, then resume",
            );
            self.pause_held(held, PauseReason::Restored, words).await?;
            return Ok(false);
        }
        if held.rollout.dispatched < held.rollout.begun() {
            return self.hand_out_page(held).await;
        }
        if self.search_is_due(&held.rollout) {
            return self.search(held).await;
        }
        let rollout = &held.rollout;
        let tallies = self.tallies(rollout).await?;
        let so_far = Tally::all(tallies.iter().take(rollout.waves_begun as usize));
        let streaks = self.streaks(rollout).await?;
        if let Some((reason, words)) = gate::stops(&rollout.order.stop, &so_far, &streaks) {
            self.pause_held(held, reason, words).await?;
            return Ok(false);
        }
        if rollout.is_wholly_begun() {
            if so_far.through() < so_far.size {
                return self.look_again(held, Vec::new(), None).await;
            }
            let rollout = &mut held.rollout;
            rollout.state = RolloutState::Finished;
            rollout.finished_at = Some(now);
            rollout.waits_for = Vec::new();
            self.save_rollout(held, vec![kind::ROLLOUT_FINISHED]).await?;
            return Ok(false);
        }
        let next = rollout.waves_begun as usize;
        let wave = rollout.order.waves.get(next);
        let is_through = wave.is_none_or(|wave| gate::is_through(&wave.gate, &so_far));
        let through_at = is_through.then(|| rollout.through_at.unwrap_or(now));
        held.rollout.through_at = through_at;
        let is_empty = tallies.get(next).is_none_or(|tally| tally.size == 0);
        let waits_for = match is_empty {
            true => Vec::new(),
            false => gate::waits_for(&held.rollout, &so_far, now),
        };
        if !waits_for.is_empty() {
            return self.look_again(held, waits_for, through_at).await;
        }
        let rollout = &mut held.rollout;
        rollout.waves_begun += 1;
        rollout.wave_begun_at = Some(now);
        rollout.waits_for = Vec::new();
        if !is_empty {
            rollout.through_at = None;
        }
        self.save_rollout(held, vec![kind::ROLLOUT_WAVE]).await?;
        Ok(true)
    }

    /// Nothing is to be done before the next minute.
    async fn look_again(
        &self,
        held: &mut Item,
        waits_for: Vec<Text>,
        through_at: Option<jiff::Timestamp>,
    ) -> Result<bool, RolloutError> {
        held.rollout.waits_for = waits_for;
        held.rollout.through_at = through_at;
        self.save_rollout(held, Vec::new()).await?;
        Ok(false)
    }

    /// Gives a page of targets their turn, or wakes those that were parked.
    async fn hand_out_page(&self, held: &mut Item) -> Result<bool, RolloutError> {
        let rollout = held.rollout.clone();
        let (items, _) = self.page_from(&rollout, rollout.dispatched).await?;
        let begun = rollout.begun();
        let items: Vec<_> = items.into_iter().filter(|it| it.target.position < begun).collect();
        let Some(last) = items.last().map(|item| item.target.position) else {
            held.rollout.dispatched = begun;
            self.save_rollout(held, Vec::new()).await?;
            return Ok(true);
        };
        let mut running = JoinSet::new();
        let mut handed_out = Vec::new();
        let mut items = items.into_iter();
        loop {
            while running.len() < AT_ONCE
                && let Some(item) = items.next()
            {
                let (rollouts, rollout) = (self.clone(), rollout.clone());
                let handed_out = async move { rollouts.hand_out(&rollout, item).await };
                running.spawn(handed_out.in_current_span());
            }
            let Some(ended) = running.join_next().await else { break };
            let ended = ended.map_err(|panic| self.table.error("hand out", panic.to_string()))?;
            handed_out.extend(ended?);
        }
        handed_out.sort_unstable();
        self.announce_targets(&rollout.component, &rollout.id, &handed_out).await;
        held.rollout.dispatched = last + 1;
        self.save_rollout(held, Vec::new()).await?;
        Ok(true)
    }

    /// Leaves out what was begun of a rollout that was ended, so that others may have it.
    async fn leave_out_page(&self, held: &mut Item) -> Result<bool, RolloutError> {
        let rollout = held.rollout.clone();
        let begun = rollout.begun();
        let (items, _) = self.page_from(&rollout, rollout.dispatched).await?;
        let mut reached = begun;
        for item in items {
            let target = item.target.clone();
            if target.position >= begun {
                break;
            }
            reached = target.position + 1;
            if target.state.is_through() {
                continue;
            }
            let words = Text::fixed("发布已终止", "the rollout was ended");
            let wave = target.wave.or(Some(rollout.wave_of(target.position)));
            let cause = left_out(CauseKind::Operator, words);
            let skipped = Target { wave, ..skipped(&target, cause, self.clock.now()) };
            if self.move_target(&rollout, item, skipped, Next::Parked).await? == Moved::Changed {
                // Somebody is doing a step of it: it is looked at again.
                held.rollout.dispatched = target.position;
                self.save_rollout(held, Vec::new()).await?;
                return Ok(false);
            }
        }
        held.rollout.dispatched = reached;
        self.save_rollout(held, Vec::new()).await?;
        Ok(true)
    }

    /// The position, if there is something to do there now.
    async fn hand_out(
        &self,
        rollout: &Rollout,
        item: hold::Item,
    ) -> Result<Option<u64>, RolloutError> {
        let now = self.clock.now();
        let target = item.target.clone();
        let position = target.position;
        if target.state == TargetState::Waiting {
            let wave = Some(rollout.wave_of(position));
            let queued =
                Target { state: TargetState::Queued, wave, changed_at: now, ..target.clone() };
            let moved = self.move_target(rollout, item.clone(), queued, Next::At(now)).await?;
            if moved == Moved::Taken {
                let words =
                    Text::fixed("正在另一个发布计划中", "another rollout has it at the moment");
                let cause = left_out(CauseKind::OtherRollout, words);
                let skipped = Target { wave, ..skipped(&target, cause, now) };
                self.move_target(rollout, item, skipped, Next::Parked).await?;
                return Ok(None);
            }
            return Ok(Some(position));
        }
        if target.state.is_through() || item.due_at.is_some() {
            return Ok(None);
        }
        let moved = self.move_target(rollout, item, target, Next::At(now)).await?;
        Ok((moved == Moved::Done).then_some(position))
    }

    /// A page of targets from a position on.
    pub(super) async fn page_from(
        &self,
        rollout: &Rollout,
        from: u64,
    ) -> Result<(Vec<hold::Item>, Option<String>), StorageError> {
        let pk = partition_of(&rollout.component, &rollout.id);
        let after = from.checked_sub(1).map(hold::sort);
        self.table.page(&pk, TARGETS, after.as_deref(), PORTION).await
    }

    fn search_is_due(&self, rollout: &Rollout) -> bool {
        let under_way = rollout.plan.after.is_some();
        under_way || rollout.plan.search_at.is_some_and(|at| at <= self.clock.now())
    }

    /// Goes on looking for those who came later; they belong to the last wave.
    async fn search(&self, held: &mut Item) -> Result<bool, RolloutError> {
        let before = held.rollout.plan.targets;
        if held.rollout.plan.after.is_none() {
            held.rollout.plan.excluded.clear();
        }
        self.plan_page(held).await?;
        let rollout = &mut held.rollout;
        let total = rollout.plan.targets;
        if total > before {
            if let Some(last) = rollout.boundaries.last_mut() {
                *last = total;
            }
            rollout.state = RolloutState::Running;
            rollout.finished_at = None;
            self.save_rollout(held, Vec::new()).await?;
        } else if rollout.state == RolloutState::Finished && rollout.plan.after.is_none() {
            // Somebody who had failed may have been taken up again.
            let tallies = self.tallies(&held.rollout).await?;
            let all = Tally::all(&tallies);
            if all.through() < all.size {
                held.rollout.state = RolloutState::Running;
                held.rollout.finished_at = None;
                self.save_rollout(held, Vec::new()).await?;
            }
        }
        Ok(true)
    }

    /// A merchant authorized: rollouts that take latecomers along look for them soon.
    pub(super) async fn somebody_came(&self, component: &AppId) -> Result<(), RolloutError> {
        let page = self.list(component, None, super::MAX_PAGE).await?;
        let at = self.clock.now() + SignedDuration::from_mins(1);
        for rollout in page.items {
            let follows = matches!(rollout.state, RolloutState::Running | RolloutState::Finished)
                && rollout.plan.search_at.is_some_and(|planned| planned > at);
            if follows {
                self.change_rollout(component, &rollout.id, Vec::new(), |rollout| {
                    rollout.plan.search_at = rollout.plan.search_at.map(|planned| planned.min(at));
                    Ok(())
                })
                .await?;
            }
        }
        Ok(())
    }

    async fn pause_held(
        &self,
        held: &mut Item,
        reason: PauseReason,
        words: Text,
    ) -> Result<(), RolloutError> {
        tracing::warn!(rollout = held.rollout.id, ?reason, %words, "rollout is paused");
        let at = self.clock.now();
        held.rollout.state = RolloutState::Paused;
        held.rollout.pause = Some(Pause { reason, words, at });
        self.save_rollout(held, vec![kind::ROLLOUT_PAUSED]).await
    }

    /// Takes the rollout's lease, or none if it is not free or there is no such rollout.
    async fn hold_rollout(
        &self,
        component: &AppId,
        id: &str,
    ) -> Result<Option<Item>, StorageError> {
        let now = self.clock.now();
        let holder = self.random.identifier(now);
        let update = self
            .table
            .update(&partition(component), id)
            .update_expression("SET lease_owner = :holder, lease_until = :until")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(lease_owner) OR lease_until < :long_ago)",
            )
            .expression_attribute_values(":holder", text(&holder))
            .expression_attribute_values(":until", number((now + LEASE).as_millisecond()))
            .expression_attribute_values(":long_ago", number((now - SKEW).as_millisecond()))
            .return_values(ReturnValue::AllNew);
        let item = match self.table.apply(update).await? {
            Outcome::Written(item) => item,
            // A write whose acknowledgement was lost, repeated by the SDK.
            Outcome::Refused(Some(item)) if item.get("lease_owner") == Some(&text(&holder)) => {
                Some(item)
            }
            Outcome::Refused(_) => None,
        };
        item.map(|item| self.table.parse(item)).transpose()
    }

    /// Gives the lease back. What fails here costs only time: it ends by itself.
    async fn let_rollout_go(&self, held: &Item) {
        let Some(holder) = &held.lease_owner else { return };
        let update = self
            .table
            .update(&held.pk, &held.sk)
            .update_expression("REMOVE lease_owner, lease_until")
            .condition_expression("lease_owner = :holder")
            .expression_attribute_values(":holder", text(holder));
        if let Err(error) = self.table.apply(update).await {
            tracing::warn!(rollout = held.rollout.id, %error, "lease is left to end");
        }
    }

    /// Writes a rollout, unless it was changed since it was read; tells of it in the same
    /// transaction.
    pub(super) async fn save_rollout(
        &self,
        held: &mut Item,
        told: Vec<&'static str>,
    ) -> Result<(), RolloutError> {
        let now = self.clock.now();
        let before = held.rollout.version;
        let writing = self.random.identifier(now);
        held.rollout.version += 1;
        held.saved_by = Some(writing.clone());
        if held.lease_owner.is_some() {
            held.lease_until = (now + LEASE).as_millisecond();
        }
        let due = match held.rollout.state {
            RolloutState::Planning | RolloutState::Running | RolloutState::RollingBack => {
                Some(now + AGAIN)
            }
            RolloutState::Aborted if held.rollout.dispatched < held.rollout.begun() => {
                Some(now + AGAIN)
            }
            RolloutState::Finished => held.rollout.plan.search_at,
            _ => None,
        };
        held.due_at = due.map(|due| due.as_millisecond());
        held.due_shard = due.map(|_| WORK.shard(&held.rollout.id));
        let events: Vec<_> = told
            .into_iter()
            .map(|kind| {
                let rollout = &held.rollout;
                let details = json!({
                    "rollout": rollout.id,
                    "name": rollout.order.name,
                    "state": rollout.state,
                    "user_version": rollout.order.user_version,
                    "wave": rollout.waves_begun.checked_sub(1),
                    "reason": rollout.pause.as_ref().map(|pause| pause.reason),
                });
                self.outbox.event(kind, &rollout.component, None, rollout.version, details)
            })
            .collect();
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(self.table.item(&*held)?))
            .condition_expression("#version = :before")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":before", number(before as i64))
            .return_values_on_condition_check_failure(
                aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
            )
            .build()
            .map_err(|error| self.table.error("build a transaction", error.to_string()))?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        for event in &events {
            writes.push(self.outbox.entry(event)?);
        }
        match self.table.transact(writes).await? {
            Transaction::Written => {}
            Transaction::Refused(refused) => {
                let saved = refused.into_iter().find_map(|(_, item)| item?.remove("saved_by"));
                if saved != Some(text(writing)) {
                    return Err(RolloutError::Busy);
                }
            }
        }
        self.outbox.publish(&events).await;
        Ok(())
    }
}

/// A target that is left out.
pub(super) fn skipped(target: &Target, cause: Cause, now: jiff::Timestamp) -> Target {
    Target {
        state: TargetState::Skipped,
        cause: Some(cause),
        hold_up: None,
        changed_at: now,
        ..target.clone()
    }
}

pub(super) fn left_out(kind: CauseKind, words: Text) -> Cause {
    Cause { step: Step::Commit, errcode: None, path: None, kind, words }
}
