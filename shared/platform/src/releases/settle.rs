//! Intents, and what became of them. An intent is written before its call; whoever finds one
//! afterwards asks WeChat. When WeChat shows nothing of the call and nobody can make it any more, it
//! did not happen. Whoever wrote the intent may stand still and make the call when it wakes up: only
//! that its function has ended is certain.

use jiff::{SignedDuration, Timestamp};
use wechat::endpoint::AuditStatus;

use super::{
    ReleaseError, Releases,
    lease::{Held, SKEW},
    record::{Action, Pending},
    verdict::{self, Verdict},
};
use crate::counters::Reservation;

/// A call that was made, and of which WeChat shows nothing for so long, did not happen: longer than
/// any call waits for its answer.
const QUIET: SignedDuration = SignedDuration::from_secs(30);

impl Releases {
    /// Writes down what is about to be done.
    pub(super) async fn begin(
        &self,
        held: &mut Held<'_>,
        action: Action,
    ) -> Result<(), ReleaseError> {
        self.intend(held, action);
        held.save(Vec::new()).await
    }

    /// Writes down what is about to be done, and counts it in the same write. If nothing is left
    /// of it nothing is written.
    pub(super) async fn begin_counted(
        &self,
        held: &mut Held<'_>,
        action: Action,
        reservation: Reservation,
    ) -> Result<(), ReleaseError> {
        self.intend(held, action);
        held.take(reservation);
        held.save(Vec::new()).await
    }

    fn intend(&self, held: &mut Held<'_>, action: Action) {
        let now = held.now();
        held.change().pending = Some(Pending {
            id: self.random.identifier(now),
            started_at: now,
            look_at: now + QUIET,
            open_until: self.time.latest() + self.life + SKEW,
            action,
            counted: None,
        });
    }

    /// The call did not happen.
    pub(super) async fn drop_intent(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        held.conclude(false);
        held.save(Vec::new()).await
    }

    /// Asks at once what became of a call that was made and whose outcome is unknown. A question
    /// that fails is asked again later.
    pub(super) async fn find_out(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let settled = match self.settle(held).await {
            Ok(settled) => settled,
            Err(error @ (ReleaseError::Call(_) | ReleaseError::NotAuthorized(_))) => {
                tracing::warn!(appid = %held.appid(), %error, "outcome is asked for later");
                false
            }
            Err(error) => return Err(error),
        };
        if settled {
            return Ok(());
        }
        // Whoever could have made it has done so, and is not waited for.
        let quiet = self.time.latest() + QUIET;
        if let Some(pending) = &mut held.change().pending {
            pending.open_until = pending.open_until.min(quiet);
        }
        held.save(Vec::new()).await
    }

    /// Finds out about the intent, if there is one, and before anything else is ordered.
    pub(super) async fn settled(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        if self.settle(held).await? {
            return Ok(());
        }
        let name = held.standing().pending.as_ref().map_or("call", Pending::name);
        Err(ReleaseError::unsettled(name))
    }

    /// Asks WeChat about the intent. True if there is none any more. After a restore of the tables
    /// this is where the record learns what happened since.
    pub(super) async fn settle(&self, held: &mut Held<'_>) -> Result<bool, ReleaseError> {
        if held.is_restored() {
            self.catch_up(held).await?;
        }
        let Some(pending) = held.standing().pending.clone() else { return Ok(true) };
        let open_until = pending.open_until;
        match pending.action {
            Action::Commit(trial) => {
                let shown = self.shown_versions(held).await?;
                if verdict::is_our_trial(&trial, shown.exp_info.as_ref()) {
                    self.committed(held, trial).await?;
                    return Ok(true);
                }
            }
            Action::Submit => return self.settle_submit(held, open_until).await,
            Action::Withdraw => return self.settle_withdraw(held, open_until).await,
            Action::Release => {
                let shown = self.shown_versions(held).await?;
                let review = held.standing().review.as_ref();
                if review.is_some_and(|it| verdict::is_online(it, shown.release_info.as_ref())) {
                    self.released(held).await?;
                    return Ok(true);
                }
            }
            Action::Gray(part) => {
                if self.settle_gray(held, part).await? {
                    return Ok(true);
                }
            }
            Action::RevertGray => {
                if self.settle_revert_gray(held).await? {
                    return Ok(true);
                }
            }
            Action::Rollback {
                app_version,
                user_version,
                user_desc,
                by_name,
                release_time_before,
            } => {
                let shown = self.shown_versions(held).await?.release_info;
                let there = shown.as_ref().is_some_and(|shown| {
                    shown.release_version == user_version
                        && shown.release_desc == user_desc
                        && (by_name || shown.release_time != release_time_before)
                });
                if there {
                    self.rolled_back(held, app_version, user_version, user_desc).await?;
                    return Ok(true);
                }
            }
        }
        let is_over = self.is_over(open_until);
        if is_over {
            self.drop_intent(held).await?;
        }
        Ok(is_over)
    }

    /// Whether the call can no longer be made, by the time of the answer that shows nothing of it.
    fn is_over(&self, open_until: Timestamp) -> bool {
        self.time.earliest() >= open_until
    }

    async fn settle_submit(
        &self,
        held: &mut Held<'_>,
        open_until: Timestamp,
    ) -> Result<bool, ReleaseError> {
        let latest = self.latest_review(held).await?;
        let Some(review) = &held.standing().review else {
            self.drop_intent(held).await?;
            return Ok(true);
        };
        match (verdict::find(review, latest.as_ref()), &latest) {
            (Verdict::Ours(_), Some(latest)) => {
                self.found(held, latest).await?;
                Ok(true)
            }
            (Verdict::SomebodyElses, _) => {
                self.overtaken(held, verdict::describe(latest.as_ref())).await?;
                Ok(true)
            }
            _ if !self.is_over(open_until) => Ok(false),
            _ => {
                self.unanswered(held).await?;
                Ok(true)
            }
        }
    }

    async fn settle_withdraw(
        &self,
        held: &mut Held<'_>,
        open_until: Timestamp,
    ) -> Result<bool, ReleaseError> {
        let latest = self.latest_review(held).await?;
        let Some(review) = &held.standing().review else {
            self.drop_intent(held).await?;
            return Ok(true);
        };
        match verdict::judge(review, latest.as_ref()) {
            Verdict::Ours(AuditStatus::Withdrawn) => {
                self.withdrawn(held).await?;
                Ok(true)
            }
            Verdict::Ours(AuditStatus::Passed | AuditStatus::Rejected) | Verdict::SomebodyElses => {
                // WeChat had decided before the withdrawal came.
                held.conclude(false);
                self.apply(held, latest.as_ref()).await?;
                Ok(true)
            }
            _ if self.is_over(open_until) => {
                self.drop_intent(held).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
