//! An approved version goes to a part of a mini program's users first, and to more of them, before
//! all have it (分阶段发布). How far that has come is told by the mini program's own record, where
//! somebody may have changed it by hand.

use jiff::SignedDuration;

use super::{
    RolloutError, Rollouts,
    hold::{Held, Next},
    step::ours,
    target::{HoldUpKind, Step},
};
use crate::{
    releases::{Part, ReleaseError, Standing},
    text::Text,
};

impl Rollouts {
    /// Gives the version to the next part of the users, or waits until that had it for long enough;
    /// none when it is the turn of all. What is online for the first time goes to all at once: WeChat
    /// gives it to no part.
    pub(super) async fn give_to_part(
        &self,
        held: &mut Held<'_>,
        standing: &Standing,
    ) -> Result<Option<Next>, RolloutError> {
        let parts = &held.rollout.order.gray;
        if parts.is_empty() || held.target().is_first {
            return Ok(None);
        }
        let now = self.clock.now();
        let gray = standing.gray.as_ref();
        let percent = gray.map_or(0, |gray| gray.part.percentage);
        let had = parts.iter().take_while(|part| part.percent <= percent).last();
        if let (Some(gray), Some(had)) = (gray, had) {
            let until = gray.changed_at + SignedDuration::from_mins(had.minutes.into());
            if until > now {
                let words = Text::new(
                    format!("已向 {percent}% 的用户发布，观察至 {until}"),
                    format!("{percent} % of the users have it; it is watched until {until}"),
                );
                return Ok(Some(self.wait(held, HoldUpKind::Gray, words, Next::At(until))));
            }
        }
        let Some(part) = parts.iter().find(|part| part.percent > percent) else { return Ok(None) };
        let percentage = part.percent;
        if held.target().gray != Some(percentage) {
            // Written down before it is done, for whoever takes the rollout back.
            held.change().gray = Some(percentage);
            return Ok(Some(Next::At(now)));
        }
        let part = Part { percentage, members_first: false, testers_first: false };
        let (component, appid) = (held.rollout.component.clone(), held.target().appid.clone());
        Ok(Some(match self.releases.gray_release(&component, &appid, part).await {
            Ok(standing) if standing.pending.is_some() => self.ask_later(held),
            Ok(_) => Next::At(now),
            Err(error) => self.trouble(held, Step::Release, error).await?,
        }))
    }

    /// Takes the version back from the part of the users that has it; none when no part has it any
    /// more, or all have it.
    pub(super) async fn take_from_part(
        &self,
        held: &mut Held<'_>,
    ) -> Result<Option<Next>, RolloutError> {
        if held.target().gray.is_none() {
            return Ok(None);
        }
        let (component, appid) = (held.rollout.component.clone(), held.target().appid.clone());
        let standing = self.releases.show(&component, &appid).await?;
        if ours(&standing, held.target().commit_id.as_ref()).is_none() {
            return Ok(None);
        }
        match self.releases.revert_gray_release(&component, &appid).await {
            Ok(standing) if standing.pending.is_some() => Ok(Some(self.ask_later(held))),
            Ok(_) | Err(ReleaseError::WrongState { .. }) => Ok(None),
            Err(error) => self.not_rolled_back(held, error).await.map(Some),
        }
    }
}
