//! How a delivery goes on: made once, claimed by a lease, tried, and handed over again when it is
//! due.
//!
//! Every target has a shard of its own in the index of what is due, so that the backlog of one
//! never stands before another's.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{
    Attempt, Claimed, Delivery, DeliveryState, PauseReason, Target, Webhooks, delivery::pause_after,
};
use crate::{
    event::Event,
    storage::{Outcome, StorageError, number, text},
};

/// Longer than any attempt takes. Whoever dies in between leaves the delivery due again.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How long deliveries are kept after they were made or sent again.
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So many deliveries are handed over in one message.
pub(super) const GROUP: usize = 20;
/// So many due deliveries of a target are handed over in a minute.
const PORTION: i32 = 500;
/// And so many of one that fails: enough to notice that it answers again.
const PROBES: i32 = 5;

/// A delivery as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) pk: String,
    pub(super) sk: String,
    #[serde(flatten)]
    pub(super) delivery: Delivery,
    #[serde(default)]
    pub(super) lease_owner: Option<String>,
    #[serde(default)]
    pub(super) due_shard: Option<String>,
    pub(super) expires_at: i64,
}

/// The partition of a target's deliveries.
pub(super) fn partition(target: &str) -> String {
    format!("webhook#{target}")
}

/// A target's shard of the index of what is due.
pub(super) fn shard(target: &str) -> String {
    format!("webhook#{target}")
}

impl Webhooks {
    /// Puts `event` on its way to `target`, once: none if it is on its way already. Where the
    /// target answers, whoever makes the delivery holds its lease and tries at once; for one that is
    /// paused or fails the clock hands it over, so that nobody waits for it.
    pub async fn put_on_the_way(
        &self,
        target: &Target,
        event: &Event,
    ) -> Result<Option<Claimed>, StorageError> {
        let now = self.clock.now();
        let at_once = target.is_active() && target.failing_since.is_none();
        let holder = at_once.then(|| self.random.identifier(now));
        let due_at = if at_once { now + LEASE } else { now };
        let delivery = Delivery::new(&target.id, event, now, due_at);
        if !self.keep(&delivery, holder.clone()).await? {
            return Ok(None);
        }
        Ok(holder.map(|holder| Claimed { delivery, holder }))
    }

    /// Writes a new delivery; false if it is there.
    pub(super) async fn keep(
        &self,
        delivery: &Delivery,
        lease_owner: Option<String>,
    ) -> Result<bool, StorageError> {
        let item = Item {
            pk: partition(&delivery.target),
            sk: delivery.id.clone(),
            delivery: delivery.clone(),
            lease_owner,
            due_shard: Some(shard(&delivery.target)),
            expires_at: (self.clock.now() + KEPT).as_second(),
        };
        let outcome = self.table.create(self.table.item(&item)?).await?;
        Ok(matches!(outcome, Outcome::Written(_)))
    }

    /// Takes the lease of a delivery that is due; none if it is not, or somebody else has it.
    pub async fn claim(&self, target: &str, id: &str) -> Result<Option<Claimed>, StorageError> {
        let now = self.clock.now();
        let holder = self.random.identifier(now);
        let update = self
            .table
            .update(&partition(target), id)
            .update_expression("SET lease_owner = :holder, due_at = :until")
            .condition_expression("#state = :pending AND due_at <= :now")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":holder", text(&*holder))
            .expression_attribute_values(":until", number((now + LEASE).as_millisecond()))
            .expression_attribute_values(":pending", text(DeliveryState::Pending.as_str()))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .return_values(ReturnValue::AllNew);
        match self.table.apply(update).await? {
            Outcome::Written(Some(item)) => {
                let item: Item = self.table.parse(item)?;
                Ok(Some(Claimed { delivery: item.delivery, holder }))
            }
            Outcome::Written(None) | Outcome::Refused(_) => Ok(None),
        }
    }

    /// Gives a lease back unused: the delivery is due at once.
    pub async fn give_back(&self, claimed: &Claimed) -> Result<(), StorageError> {
        let update = self
            .table
            .update(&partition(&claimed.delivery.target), &claimed.delivery.id)
            .update_expression("SET due_at = :now REMOVE lease_owner")
            .condition_expression("lease_owner = :holder")
            .expression_attribute_values(":now", number(self.clock.now().as_millisecond()))
            .expression_attribute_values(":holder", text(&*claimed.holder));
        self.table.apply(update).await.map(drop)
    }

    /// Writes down what came of an attempt, and what follows from it for the target. Nothing is
    /// written by somebody who has lost the lease.
    pub async fn record(
        &self,
        target: &Target,
        claimed: &Claimed,
        attempt: &Attempt,
    ) -> Result<DeliveryState, StorageError> {
        let attempts = claimed.delivery.attempts + 1;
        let pause = pause_after(attempts, self.random.as_ref()).filter(|_| !attempt.hopeless);
        let state = match pause {
            _ if attempt.succeeded() => DeliveryState::Delivered,
            Some(_) => DeliveryState::Pending,
            None => DeliveryState::Dead,
        };
        let last = serde_dynamo::to_attribute_value(attempt)
            .map_err(|error| self.table.error("write an item", error.to_string()))?;
        let set = "SET #state = :state, attempts = :attempts, #last = :last";
        let mut update = self
            .table
            .update(&partition(&claimed.delivery.target), &claimed.delivery.id)
            .condition_expression("lease_owner = :holder")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#last", "last")
            .expression_attribute_values(":holder", text(&*claimed.holder))
            .expression_attribute_values(":state", text(state.as_str()))
            .expression_attribute_values(":attempts", number(attempts.into()))
            .expression_attribute_values(":last", last);
        update = match pause.filter(|_| state == DeliveryState::Pending) {
            Some(pause) => update
                .update_expression(format!("{set}, due_at = :due REMOVE lease_owner"))
                .expression_attribute_values(
                    ":due",
                    number((self.clock.now() + pause).as_millisecond()),
                ),
            None => {
                update.update_expression(format!("{set} REMOVE lease_owner, due_shard, due_at"))
            }
        };
        self.table.apply(update).await?;
        if attempt.succeeded() {
            self.note_success(target).await?;
        } else if attempt.is_gone() {
            self.pause(target, PauseReason::Gone).await?;
        } else {
            self.note_failure(target).await?;
        }
        Ok(state)
    }

    /// Hands over what is due to the function `webhooks`; answers how many. Secrets under a key that is
    /// to be forgotten are sealed anew.
    pub async fn sweep(&self) -> Result<usize, StorageError> {
        let now = self.clock.now();
        let mut announced = 0;
        let targets = self.targets().await?;
        for target in &targets {
            self.seal_anew(target).await?;
        }
        for target in targets.iter().filter(|target| target.is_active()) {
            let portion = if target.failing_since.is_none() { PORTION } else { PROBES };
            let due = self.table.due(&shard(&target.id), now, portion).await?;
            let due: Vec<String> = due.into_iter().map(|(_, id)| id).collect();
            for group in due.chunks(GROUP) {
                self.announce(&target.id, group).await;
            }
            announced += due.len();
        }
        Ok(announced)
    }
}
