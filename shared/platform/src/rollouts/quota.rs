//! What all rollouts of a component share: how fast they may call, and WeChat's reviews of the
//! month.
//!
//! The pace is a token bucket in one item: a batch of targets takes its tokens in one write. The
//! reviews are counted down from what WeChat said last, so that a thousand targets that want one at
//! once do not all believe in the same hundred; WeChat is asked again every few minutes, and what
//! it says counts.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use wechat::{AppId, endpoint::QueryQuota};

use super::{RolloutError, Rollouts, record::QuotaSeen, window};
use crate::storage::{Outcome, StorageError, number, text};

/// Targets a second that may call WeChat, in the long run.
const A_SECOND: i64 = 10;
/// Targets that may call at once after a pause.
const BURST: i64 = 600;
/// How long WeChat's word on the month's reviews is believed.
const BELIEVED: SignedDuration = SignedDuration::from_mins(10);
/// While there are none, WeChat is asked so often whether there are.
const ASK_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// Writes that somebody else's came before are tried so often.
const ATTEMPTS: usize = 8;

/// What became of a wish for a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It may be submitted.
    Yes,
    /// There are none, but for the reserve; try again then.
    Not(Timestamp),
}

#[derive(Deserialize)]
struct Pace {
    /// When the bucket is full again, in milliseconds.
    full_at: i64,
}

#[derive(Deserialize)]
struct Reviews {
    month: String,
    rest: i64,
    limit: i64,
    asked_at: i64,
}

impl Rollouts {
    /// Takes tokens for `wanted` targets; answers how many there are, and when there is another
    /// where those are too few.
    pub(super) async fn take_pace(
        &self,
        component: &AppId,
        wanted: usize,
    ) -> Result<(usize, Timestamp), StorageError> {
        const INTERVAL: i64 = 1000 / A_SECOND;
        let key = partition(component);
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let read: Option<Pace> = self.table.read(&key, "pace").await?;
            let full_at = read.as_ref().map_or(0, |pace| pace.full_at);
            let from = full_at.max(now.as_millisecond());
            let room = (now.as_millisecond() + BURST * INTERVAL - from) / INTERVAL;
            let granted = (wanted as i64).min(room.max(0));
            if granted == 0 {
                let wait = from - BURST * INTERVAL + INTERVAL - now.as_millisecond();
                return Ok((0, now + SignedDuration::from_millis(wait.max(1000))));
            }
            let update = self
                .table
                .update(&key, "pace")
                .update_expression("SET full_at = :next")
                .expression_attribute_values(":next", number(from + granted * INTERVAL));
            let update = match read {
                Some(read) => update
                    .condition_expression("full_at = :read")
                    .expression_attribute_values(":read", number(read.full_at)),
                None => update.condition_expression("attribute_not_exists(pk)"),
            };
            if let Outcome::Written(_) = self.table.apply(update).await? {
                return Ok((granted as usize, now + SignedDuration::from_secs(5)));
            }
        }
        // So many take tokens at this moment that a few seconds' pause is right.
        Ok((0, self.clock.now() + SignedDuration::from_secs(5)))
    }

    /// Takes one of the month's reviews, unless only `reserve` are left. WeChat is asked with the
    /// token of `appid`, if it was not asked lately.
    pub(super) async fn take_review(
        &self,
        component: &AppId,
        appid: &AppId,
        reserve: i64,
    ) -> Result<Taken, RolloutError> {
        let key = partition(component);
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let read: Option<Reviews> = self.table.read(&key, "reviews").await?;
            let believed = read.as_ref().filter(|read| {
                let age = now.as_millisecond() - read.asked_at;
                read.month == window::month(now) && (0..BELIEVED.as_millis() as i64).contains(&age)
            });
            let Some(believed) = believed else {
                self.ask_reviews(component, appid, read.map(|read| read.asked_at)).await?;
                continue;
            };
            if believed.rest <= reserve {
                let again = (now + ASK_AGAIN).min(window::next_month(now));
                return Ok(Taken::Not(again));
            }
            let update = self
                .table
                .update(&key, "reviews")
                .update_expression("SET #rest = #rest - :one")
                .condition_expression("asked_at = :asked AND #rest > :reserve")
                .expression_attribute_names("#rest", "rest")
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":asked", number(believed.asked_at))
                .expression_attribute_values(":reserve", number(reserve));
            if let Outcome::Written(_) = self.table.apply(update).await? {
                return Ok(Taken::Yes);
            }
        }
        Ok(Taken::Not(self.clock.now() + SignedDuration::from_secs(10)))
    }

    /// WeChat refused a review because there are none left this month.
    pub(super) async fn reviews_used_up(
        &self,
        component: &AppId,
    ) -> Result<Timestamp, StorageError> {
        let now = self.clock.now();
        let update = self
            .table
            .update(&partition(component), "reviews")
            .update_expression("SET #rest = :none")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#rest", "rest")
            .expression_attribute_values(":none", number(0));
        self.table.apply(update).await?;
        Ok((now + ASK_AGAIN).min(window::next_month(now)))
    }

    /// Asks WeChat for the month's reviews and writes the answer down, unless somebody else did
    /// meanwhile.
    pub(super) async fn ask_reviews(
        &self,
        component: &AppId,
        appid: &AppId,
        asked_before: Option<i64>,
    ) -> Result<QuotaSeen, RolloutError> {
        let now = self.clock.now();
        let quota = self.caller.merchant(component, appid, &QueryQuota {}).await;
        let quota = quota.map_err(crate::releases::ReleaseError::from)?;
        let update = self
            .table
            .update(&partition(component), "reviews")
            .update_expression(
                "SET #month = :month, #rest = :rest, #limit = :limit, asked_at = :now",
            )
            .expression_attribute_names("#month", "month")
            .expression_attribute_names("#rest", "rest")
            .expression_attribute_names("#limit", "limit")
            .expression_attribute_values(":month", text(window::month(now)))
            .expression_attribute_values(":rest", number(quota.rest))
            .expression_attribute_values(":limit", number(quota.limit))
            .expression_attribute_values(":now", number(now.as_millisecond()));
        let update = match asked_before {
            Some(asked) => update
                .condition_expression("asked_at = :before")
                .expression_attribute_values(":before", number(asked)),
            None => update.condition_expression("attribute_not_exists(pk)"),
        };
        self.table.apply(update).await?;
        Ok(QuotaSeen { rest: quota.rest, limit: quota.limit, at: now })
    }

    /// The component's reviews this month, as WeChat told them last; none if it never was asked.
    pub async fn reviews(&self, component: &AppId) -> Result<Option<QuotaSeen>, StorageError> {
        let read: Option<Reviews> = self.table.read(&partition(component), "reviews").await?;
        Ok(read.and_then(|read| {
            let at = Timestamp::from_millisecond(read.asked_at).ok()?;
            Some(QuotaSeen { rest: read.rest, limit: read.limit, at })
        }))
    }

    /// When WeChat was asked last.
    pub(super) async fn reviews_asked_at(
        &self,
        component: &AppId,
    ) -> Result<Option<i64>, StorageError> {
        let read: Option<Reviews> = self.table.read(&partition(component), "reviews").await?;
        Ok(read.map(|read| read.asked_at))
    }
}

fn partition(component: &AppId) -> String {
    format!("bucket#{component}")
}
