//! What was sent to a target and what became of it; and sending it again.

use serde_json::json;

use super::{
    Delivery, DeliveryState, Target, TargetError, Webhooks, ourselves,
    progress::{GROUP, Item, KEPT, partition, shard},
};
use crate::{
    event::kind,
    storage::{Outcome, StorageError, number, text},
};

/// Deliveries looked at in one query, and about as many as a page holds.
const PAGE: usize = 50;
/// A search for deliveries in one state looks at so many pages before it answers with what it has.
const PAGES: usize = 20;
/// So many dead deliveries are sent again by one request.
const REDELIVERED: usize = 500;

/// A part of a target's history.
#[derive(Debug)]
pub struct Page {
    /// Deliveries, the newest first.
    pub deliveries: Vec<Delivery>,
    /// Where the next part begins; none after the last.
    pub next: Option<String>,
}

/// What came of sending all dead deliveries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redelivered {
    /// How many are on their way again.
    pub count: usize,
    /// There may be more: ask again.
    pub more: bool,
}

/// A delivery that is not sent again.
#[derive(Debug, thiserror::Error)]
pub enum RedeliverError {
    /// The target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The target has no such delivery, or has it no longer.
    #[error("there is no delivery {0}")]
    NotFound(String),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Webhooks {
    /// A part of a target's history, the newest first: of all deliveries or of those in one state,
    /// from after the delivery `after`.
    pub async fn deliveries(
        &self,
        target: &str,
        state: Option<DeliveryState>,
        after: Option<&str>,
    ) -> Result<Page, TargetError> {
        self.target(target).await?;
        let mut page = Page { deliveries: Vec::new(), next: after.map(str::to_owned) };
        for _ in 0..PAGES {
            let (found, next) = self.look(target, state, page.next.as_deref()).await?;
            page.deliveries.extend(found);
            page.next = next;
            if page.next.is_none() || page.deliveries.len() >= PAGE {
                break;
            }
        }
        Ok(page)
    }

    /// Sends one delivery again, whatever its state, with a new series of attempts. To a paused
    /// target it goes when that is active again.
    pub async fn redeliver(&self, target: &str, id: &str) -> Result<Delivery, RedeliverError> {
        self.target(target).await?;
        let delivery = self.revive(target, id).await?;
        let delivery = delivery.ok_or_else(|| RedeliverError::NotFound(id.to_owned()))?;
        self.announce(target, &[id.to_owned()]).await;
        Ok(delivery)
    }

    /// Sends everything again that is dead, as much of it as one request can.
    pub async fn redeliver_dead(&self, target: &str) -> Result<Redelivered, TargetError> {
        let mut revived = Vec::new();
        let mut after = None;
        while revived.len() < REDELIVERED {
            let page = self.deliveries(target, Some(DeliveryState::Dead), after.as_deref()).await?;
            for delivery in &page.deliveries {
                if self.revive(target, &delivery.id).await?.is_some() {
                    revived.push(delivery.id.clone());
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        for group in revived.chunks(GROUP) {
            self.announce(target, group).await;
        }
        Ok(Redelivered { count: revived.len(), more: after.is_some() })
    }

    /// Sends a `webhook.ping` to a target, whatever its filter.
    pub async fn ping(&self, id: &str) -> Result<Delivery, TargetError> {
        let target = self.target(id).await?;
        if !target.is_active() {
            return Err(TargetError::Paused(target.id));
        }
        let details = json!({ "webhook": id });
        let ping = self.outbox.event(kind::WEBHOOK_PING, &ourselves(), None, 0, details);
        let now = self.clock.now();
        let delivery = Delivery::new(id, &ping, now, now);
        self.keep(&delivery, None).await?;
        self.announce(id, std::slice::from_ref(&delivery.id)).await;
        Ok(delivery)
    }

    /// Targets that were paused without an operator's doing.
    pub async fn given_up(&self) -> Result<Vec<Target>, StorageError> {
        let by_itself = |target: &Target| {
            target.paused.is_some_and(|pause| pause.reason != super::PauseReason::Operator)
        };
        Ok(self.targets().await?.into_iter().filter(by_itself).collect())
    }

    /// One query, the newest first; and where the next one begins.
    async fn look(
        &self,
        target: &str,
        state: Option<DeliveryState>,
        after: Option<&str>,
    ) -> Result<(Vec<Delivery>, Option<String>), StorageError> {
        let query = self.table.query_of(&partition(target), "", after, PAGE as i32);
        let mut query = query.consistent_read(true).scan_index_forward(false);
        if let Some(state) = state {
            query = query
                .filter_expression("#state = :state")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":state", text(state.as_str()));
        }
        let (items, next) = self.table.ask(query).await?;
        let delivery = |item| self.table.parse::<Item>(item).map(|item| item.delivery);
        Ok((items.into_iter().map(delivery).collect::<Result<_, _>>()?, next))
    }

    /// Makes a delivery due now, as if it had never been tried. An attempt that is under way is not
    /// written down any more.
    async fn revive(&self, target: &str, id: &str) -> Result<Option<Delivery>, StorageError> {
        let now = self.clock.now();
        let update = self
            .table
            .update(&partition(target), id)
            .update_expression(
                "SET #state = :pending, attempts = :none, due_at = :now, due_shard = :shard, \
                 expires_at = :expires REMOVE lease_owner",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":pending", text(DeliveryState::Pending.as_str()))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":shard", text(shard(target)))
            .expression_attribute_values(":expires", number((now + KEPT).as_second()))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew);
        match self.table.apply(update).await? {
            Outcome::Written(Some(item)) => Ok(Some(self.table.parse::<Item>(item)?.delivery)),
            Outcome::Written(None) | Outcome::Refused(_) => Ok(None),
        }
    }
}
