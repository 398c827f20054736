//! After the tables were restored from a backup: what happened to a mini program since is known to
//! WeChat alone, and forgotten here. So before anything is done to it, what WeChat shows is taken
//! over. What cannot be known again, such as the settings of a later commit, is left to a person, as
//! if somebody else had done it.

use jiff::Timestamp;
use wechat::endpoint::{GetLatestAuditStatusResponse, OnlineVersion};

use super::{
    Online, ReleaseError, Releases, Review, ReviewState, Submission,
    lease::Held,
    record::{Action, Pending, Standing},
    rollback::commit_id,
    verdict,
};

impl Releases {
    /// Takes over what WeChat shows. Safe to repeat; it is repeated until all of it is recorded.
    pub(super) async fn catch_up(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let shown = self.shown_versions(held).await?;
        if held.standing().is_blank() {
            // Nothing is known at all: it is looked at as one that another system released.
            self.adopt_review(held, &shown).await?;
            self.note_differences(held, &shown).await?;
            return held.caught_up().await;
        }
        let latest = self.latest_review(held).await?;
        // What became of an old intent shows, as does whatever was done after it.
        let intent = held.change().pending.take();
        if let Some(Pending { action: Action::Commit(trial), .. }) = intent
            && verdict::is_our_trial(&trial, shown.exp_info.as_ref())
        {
            self.committed(held, trial).await?;
        }
        held.change().put_online(shown.release_info.as_ref());
        self.catch_up_with_review(held, latest.as_ref()).await?;
        let approved = held.standing().review.as_ref();
        let approved = approved.filter(|review| review.state == ReviewState::Approved);
        if approved.is_some_and(|it| verdict::is_online(it, shown.release_info.as_ref())) {
            self.released(held).await?;
        }
        self.note_differences(held, &shown).await?;
        held.caught_up().await?;
        tracing::info!(appid = %held.appid(), "caught up with WeChat after a restore");
        Ok(())
    }

    async fn catch_up_with_review(
        &self,
        held: &mut Held<'_>,
        latest: Option<&GetLatestAuditStatusResponse>,
    ) -> Result<(), ReleaseError> {
        let now = held.now();
        if let Some(review) = &mut held.change().review
            && review.state == ReviewState::Submitting
        {
            // Unless WeChat shows it, which is looked at next, it was never submitted.
            review.enter(ReviewState::Preparing, Some(now));
        }
        let Some(latest) = latest else { return Ok(()) };
        let review = held.standing().review.as_ref();
        let known = review.and_then(|review| review.audit_id) == Some(latest.auditid);
        if !known && let Some(forgotten) = held.standing().forgotten(latest) {
            held.change().review = Some(forgotten);
            return self.found(held, latest).await;
        }
        match held.standing().review_state() {
            Some(state) if state.is_at_wechat() => self.apply(held, Some(latest)).await,
            _ => Ok(()),
        }
    }
}

impl Standing {
    /// The review that `latest` shows and this record knows nothing of, if its code is known.
    fn forgotten(&self, latest: &GetLatestAuditStatusResponse) -> Option<Review> {
        let is_before = |review: &Review| review.previous_audit_id == Some(latest.auditid);
        if self.review.as_ref().is_some_and(is_before) {
            return None;
        }
        let is_shown = |user_version: &str, known: Option<&str>| match &latest.user_desc {
            Some(shown) => known.is_some() && commit_id(shown).as_deref() == known,
            None => latest.user_version.as_deref().map(str::trim) == Some(user_version),
        };
        let same =
            self.review.as_ref().filter(|it| is_shown(&it.user_version, it.commit_id.as_deref()));
        match (same, &self.trial) {
            (Some(same), _) => Some(Review { decided_at: None, reason: None, ..same.clone() }),
            (None, Some(trial)) if is_shown(&trial.user_version, Some(&trial.commit_id)) => {
                let at = latest.submit_audit_time.and_then(|at| Timestamp::from_second(at).ok());
                let at = at.unwrap_or(trial.committed_at);
                Some(Review::ordered(trial, Submission::default(), at))
            }
            (None, _) => None,
        }
    }

    /// What WeChat shows online is what users see, whoever put it there.
    fn put_online(&mut self, shown: Option<&OnlineVersion>) {
        let is_known = |shown| self.online.as_ref().is_some_and(|online| online.is_shown_as(shown));
        if !shown.is_some_and(is_known) {
            self.online = shown.map(Online::found);
        }
        self.online_known = true;
    }
}
