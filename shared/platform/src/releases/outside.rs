//! What somebody else did: WeChat shows it, and what WeChat shows wins.

use jiff::{SignedDuration, Timestamp};
use wechat::{
    AppId,
    endpoint::{GetVersionInfoResponse, OnlineVersion},
};

use super::{
    Online, ReleaseError, Releases, Review, Standing, lease::Held, record::Outside,
    rollback::commit_id, verdict,
};

/// A call past this platform is over by then, so that what it did shows.
const OVER: SignedDuration = SignedDuration::from_secs(60);

impl Releases {
    /// Somebody is about to do something to the mini program past this platform: in a minute what
    /// WeChat shows is compared with the record. Nothing of a mini program that has no record.
    pub async fn suspect(&self, component: &AppId, appid: &AppId) -> Result<(), ReleaseError> {
        if self.read(component, appid).await?.is_none() {
            return Ok(());
        }
        let mut held = self.hold(component, appid).await?;
        let at = held.now() + OVER;
        held.change().check_at = Some(at);
        let result = held.save(Vec::new()).await;
        held.let_go(result).await.map(drop)
    }

    /// Compares what WeChat shows with what is recorded; differences are recorded and told. None
    /// if an order is being carried out at the moment. For a nightly check.
    pub async fn check(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Standing>, ReleaseError> {
        if self.read(component, appid).await?.is_none() {
            return Ok(None);
        }
        let Some(mut held) = self.try_hold(component, appid).await? else { return Ok(None) };
        let result = self.check_held(&mut held).await;
        held.let_go(result).await.map(Some)
    }

    /// The first look at a mini program that another system released until now: what is online
    /// and in review there is ours to go on with. Safe to repeat.
    pub(crate) async fn adopt(&self, component: &AppId, appid: &AppId) -> Result<(), ReleaseError> {
        let mut held = self.hold(component, appid).await?;
        let result = self.check_held(&mut held).await;
        held.let_go(result).await.map(drop)
    }

    /// Takes over a review that was there before us, unless it led to what is online.
    pub(super) async fn adopt_review(
        &self,
        held: &mut Held<'_>,
        shown: &GetVersionInfoResponse,
    ) -> Result<(), ReleaseError> {
        let latest = self.latest_review(held).await?;
        let found = latest.and_then(|latest| Review::found(&latest, held.now()));
        held.change().review = found.filter(|review| {
            review.state.is_at_wechat() || !verdict::is_online(review, shown.release_info.as_ref())
        });
        Ok(())
    }

    pub(super) async fn check_held(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        if !self.settle(held).await? {
            return Ok(());
        }
        if held.standing().review_state().is_some_and(|state| state.is_at_wechat()) {
            self.poll(held).await?;
        }
        if held.standing().gray.is_some() {
            self.follow_plan(held).await?;
        }
        let shown = self.shown_versions(held).await?;
        if held.standing().is_blank() {
            // Written with what is online, below.
            self.adopt_review(held, &shown).await?;
        }
        self.note_differences(held, &shown).await?;
        if held.change().check_at.take().is_some() {
            held.save(Vec::new()).await?;
        }
        held.remind().await
    }

    /// Records what `shown` has that we did not do, and takes over what is online.
    pub(super) async fn note_differences(
        &self,
        held: &mut Held<'_>,
        shown: &GetVersionInfoResponse,
    ) -> Result<(), ReleaseError> {
        for (what, seen) in verdict::differences(held.standing(), shown) {
            if what == Outside::Online {
                held.change().online = shown.release_info.as_ref().map(Online::found);
            }
            self.tell_outside(held, what, seen).await?;
        }
        if !held.standing().online_known {
            // The first look: what is there was there before us.
            let standing = held.change();
            standing.online = shown.release_info.as_ref().map(Online::found);
            standing.online_known = true;
            held.save(Vec::new()).await?;
        }
        Ok(())
    }
}

impl Online {
    /// A version that WeChat shows and this platform does not know to have put there. Whether it
    /// did so, the marker in the description tells.
    pub(super) fn found(shown: &OnlineVersion) -> Self {
        Online {
            user_version: shown.release_version.clone(),
            user_desc: shown.release_desc.clone(),
            commit_id: commit_id(&shown.release_desc),
            released_at: shown.release_time.and_then(|time| Timestamp::from_second(time).ok()),
            app_version: None,
        }
    }
}
