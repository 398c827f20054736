//! What becomes of a review. An event only makes us ask; without one, a slow poll asks.

use jiff::SignedDuration;
use serde_json::json;
use wechat::{
    AppId,
    endpoint::{AuditStatus, GetLatestAuditStatusResponse},
};

use super::{
    ReleaseError, Releases, Review, ReviewState,
    lease::Held,
    record::Outside,
    verdict::{self, Verdict},
};
use crate::event::kind;

/// An event may come before WeChat's other servers know: then the question is asked again soon.
const SOON: SignedDuration = SignedDuration::from_mins(1);

impl Releases {
    /// WeChat pushed `weapp_audit_success`, `weapp_audit_fail` or `weapp_audit_delay`, which name
    /// neither review nor version: asks what became of ours. Safe to repeat, and to be repeated if
    /// WeChat has not said yet what became of a call of ours, for that may be the submission.
    pub async fn note_review_event(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<(), ReleaseError> {
        if self.read(component, appid).await?.is_none() {
            // Nothing was ever committed through this platform: it is another system's review.
            return self.adopt(component, appid).await;
        }
        let mut held = self.hold(component, appid).await?;
        let result = self.note_held(&mut held).await;
        held.let_go(result).await.map(drop)
    }

    async fn note_held(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        let at_wechat = held.standing().review_state().is_some_and(ReviewState::is_at_wechat);
        let latest = self.latest_review(held).await?;
        if !at_wechat {
            return self.note_foreign_review(held, latest.as_ref()).await;
        }
        self.apply(held, latest.as_ref()).await?;
        let soon = held.now() + SOON;
        if let Some(review) = &mut held.change().review
            && review.state.is_at_wechat()
            && review.next_poll.is_some_and(|next| next > soon)
        {
            review.next_poll = Some(soon);
            held.save(Vec::new()).await?;
        }
        Ok(())
    }

    /// Asks how our review stands.
    pub(super) async fn poll(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let latest = self.latest_review(held).await?;
        self.apply(held, latest.as_ref()).await
    }

    /// Takes over what WeChat says of our review, which is at WeChat.
    pub(super) async fn apply(
        &self,
        held: &mut Held<'_>,
        latest: Option<&GetLatestAuditStatusResponse>,
    ) -> Result<(), ReleaseError> {
        let now = held.now();
        let Some(review) = &mut held.change().review else { return Ok(()) };
        let told = match verdict::judge(review, latest) {
            Verdict::Ours(AuditStatus::Passed) => {
                review.reason = None;
                review.decide(ReviewState::Approved, now);
                Some(kind::RELEASE_APPROVED)
            }
            Verdict::Ours(AuditStatus::Rejected) => {
                review.take_reason(latest);
                review.decide(ReviewState::Rejected, now);
                Some(kind::RELEASE_REJECTED)
            }
            Verdict::Ours(AuditStatus::Withdrawn) => {
                // Elsewhere, for our own withdrawals are recorded when they are made. It counts.
                return self.withdrawn(held).await;
            }
            Verdict::Ours(AuditStatus::Delayed) if review.state != ReviewState::Delayed => {
                review.take_reason(latest);
                review.enter(ReviewState::Delayed, None);
                review.next_poll = Some(now + review.interval());
                Some(kind::RELEASE_DELAYED)
            }
            Verdict::SomebodyElses => {
                return self.overtaken(held, verdict::describe(latest)).await;
            }
            Verdict::Ours(_) | Verdict::NotYet => {
                review.ask_again(now);
                None
            }
        };
        let details = review.details();
        held.save(told.map(|kind| (kind, details)).into_iter().collect()).await
    }

    /// Somebody else's review may have been decided.
    async fn note_foreign_review(
        &self,
        held: &mut Held<'_>,
        latest: Option<&GetLatestAuditStatusResponse>,
    ) -> Result<(), ReleaseError> {
        let Some(latest) = latest else { return Ok(()) };
        let review = held.standing().review.as_ref();
        let known = review.is_some_and(|review| {
            [review.audit_id, review.previous_audit_id].contains(&Some(latest.auditid))
        });
        if known {
            return Ok(());
        }
        self.tell_outside(held, Outside::Review, verdict::describe(Some(latest))).await
    }

    /// Records something that was done elsewhere, and tells it once.
    pub(super) async fn tell_outside(
        &self,
        held: &mut Held<'_>,
        what: Outside,
        seen: String,
    ) -> Result<(), ReleaseError> {
        let now = held.now();
        if !held.change().note_outside(what, seen.clone(), now) {
            return Ok(());
        }
        tracing::warn!(appid = %held.appid(), ?what, seen, "changed outside this platform");
        held.save(vec![(kind::RELEASE_CHANGED_OUTSIDE, json!({"what": what, "seen": seen}))]).await
    }
}

impl Review {
    fn take_reason(&mut self, latest: Option<&GetLatestAuditStatusResponse>) {
        if let Some(latest) = latest {
            self.reason = latest.reason.clone();
            self.screenshots = latest.screenshot.clone();
        }
    }
}
