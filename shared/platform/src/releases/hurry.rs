//! Asking WeChat to decide on a review within hours. The platform has a few of these a month.

use wechat::{
    AppId,
    endpoint::{GetLatestAuditStatus, GetLatestAuditStatusResponse, GetMaterial, SpeedUpAudit},
};

use super::{ReleaseError, Releases, ReviewState, Standing, lease::Held};
use crate::{call::CallError, counters::Counted, text::Text, tokens::Subject};

/// `speedupaudit`: it was hurried already.
const HURRIED_ALREADY: i64 = 89_404;
/// `get_latest_auditstatus`: there was never a review.
const NO_REVIEW: i64 = 85_058;

impl Releases {
    /// Has the review decided within hours. One that was hurried already is left alone, so that an
    /// order whose outcome is unknown can be repeated.
    pub async fn hurry(&self, component: &AppId, appid: &AppId) -> Result<Standing, ReleaseError> {
        self.authorized(component, appid).await?;
        let mut held = self.hold(component, appid).await?;
        let result = self.hurry_held(&mut held).await;
        held.let_go(result).await
    }

    async fn hurry_held(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        let review = held.standing().review.as_ref().filter(|review| review.state.is_at_wechat());
        let Some((auditid, hurried_at)) =
            review.and_then(|review| Some((review.audit_id?, review.hurried_at)))
        else {
            let state = held.standing().review_state().map_or(
                Text::fixed("没有提交过审核", "no review was ever submitted"),
                ReviewState::words,
            );
            return Err(ReleaseError::wrong_state(
                state,
                Text::fixed("只能加急正在审核的版本", "only a version in review can be hurried"),
            ));
        };
        if hurried_at.is_some() {
            return Ok(());
        }
        self.ask_for_quota(held.component(), held.appid(), Counted::SpeedUps).await?;
        let whose = Subject::Component(held.component().clone());
        let call = async {
            match self.ask(held, &SpeedUpAudit { auditid }).await {
                Ok(()) => Ok(true),
                Err(error) if error.errcode() == Some(HURRIED_ALREADY) => Ok(false),
                Err(error) => Err(error),
            }
        };
        let counted = self.counters.around::<_, ReleaseError>(&whose, Counted::SpeedUps, call);
        counted.await?;
        let now = held.now();
        if let Some(review) = &mut held.change().review {
            review.hurried_at = Some(now);
        }
        held.save(Vec::new()).await
    }

    /// The latest review at WeChat, whoever submitted it; none if there never was one.
    pub async fn latest(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<GetLatestAuditStatusResponse>, ReleaseError> {
        match self.caller.merchant(component, appid, &GetLatestAuditStatus {}).await {
            Ok(latest) => Ok(Some(latest)),
            Err(error) if error.errcode() == Some(NO_REVIEW) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A screenshot that the reviewer took, one of those that the review names.
    pub async fn screenshot(
        &self,
        component: &AppId,
        appid: &AppId,
        media_id: &str,
    ) -> Result<Option<wechat::answer::Picture>, ReleaseError> {
        let known = self.show(component, appid).await?.review;
        if !known.is_some_and(|review| review.screenshots.iter().any(|known| known == media_id)) {
            return Ok(None);
        }
        let picture: Result<_, CallError> =
            self.caller.merchant(component, appid, &GetMaterial { media_id }).await;
        Ok(Some(picture?))
    }
}
