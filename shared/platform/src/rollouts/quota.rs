//! What all rollouts of a component share: how fast they may call, and WeChat's reviews of the
//! month.
//!
//! The pace is a token bucket in one item: a batch of targets takes its tokens in one write. The
//! reviews are counted by [`crate::counters`] where they are submitted; here it is only looked
//! before whether one is left beyond the reserve, so that a thousand targets that have to wait do
//! not each order a review in vain.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use wechat::AppId;

use super::{Rollouts, record::QuotaSeen};
use crate::{
    counters::{Counted, Period},
    releases::ReleaseError,
    storage::{Outcome, StorageError, number},
};

/// Targets a second that may call WeChat, in the long run.
const A_SECOND: i64 = 10;
/// Targets that may call at once after a pause.
const BURST: i64 = 600;
/// While there are none, WeChat is asked so often whether there are.
const ASK_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// Writes that somebody else's came before are tried so often.
const ATTEMPTS: usize = 8;

#[derive(Deserialize)]
struct Pace {
    /// When the bucket is full again, in milliseconds.
    full_at: i64,
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

    /// When a target that wants a review is to try again, if no more than `reserve` of the month's
    /// are left; none if it may be submitted. Whether one is left to it after all is decided where
    /// it is counted, see [`crate::releases::Releases::submit_keeping`].
    pub(super) async fn no_review_until(
        &self,
        component: &AppId,
        appid: &AppId,
        reserve: i64,
    ) -> Result<Option<Timestamp>, ReleaseError> {
        let quota = self.releases.reviews(component, appid).await?;
        let is_used_up = quota.left().is_some_and(|left| left <= reserve);
        Ok(is_used_up.then(|| self.reviews_again()))
    }

    /// When it is looked whether there are reviews again, after none was left.
    pub(super) fn reviews_again(&self) -> Timestamp {
        let now = self.clock.now();
        let again = now + ASK_AGAIN;
        Period::Month.next_after(now).map_or(again, |next| again.min(next))
    }

    /// Asks WeChat what is left of the month's reviews; none if WeChat does not count them.
    pub(super) async fn ask_reviews(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<QuotaSeen>, ReleaseError> {
        let quota = self.releases.told_quota(component, appid, Counted::Reviews).await?;
        let seen = |(rest, limit)| QuotaSeen { rest, limit, at: self.clock.now() };
        Ok(quota.left().zip(quota.most).map(seen))
    }
}

fn partition(component: &AppId) -> String {
    format!("bucket#{component}")
}
