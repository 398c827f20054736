//! What goes on without an order: intents are settled, reviews prepared and polled.

use jiff::SignedDuration;
use wechat::AppId;

use super::{ReleaseError, Releases, ReviewState, Standing, lease::Held};
use crate::{call::CallError, tokens::TokenError};

/// Whoever asked too early asks again after this long at the soonest.
const SOON: SignedDuration = SignedDuration::from_secs(15);
/// A call that failed is made again after this long.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// Without the merchant's authorization, or while another system has its token, nothing can be
/// asked: it is tried seldom.
const SELDOM: SignedDuration = SignedDuration::from_mins(30);

impl Releases {
    /// Does what is due for a mini program. None if an order about it is being carried out, or if
    /// nothing was ever ordered. Safe to repeat.
    pub async fn advance(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Option<Standing>, ReleaseError> {
        if self.read(component, appid).await?.is_none() {
            return Ok(None);
        }
        let Some(mut held) = self.try_hold(component, appid).await? else { return Ok(None) };
        let result = match self.advance_held(&mut held).await {
            Err(error @ (ReleaseError::Call(_) | ReleaseError::NotAuthorized(_))) => {
                let pause = match error {
                    ReleaseError::NotAuthorized(_)
                    | ReleaseError::Call(CallError::Token(TokenError::Shadow(_))) => SELDOM,
                    _ => AGAIN,
                };
                if let ReleaseError::NotAuthorized(TokenError::Revoked(_)) = error {
                    held.withdrawn();
                }
                match self.postpone(&mut held, pause).await {
                    Ok(()) => Err(error),
                    Err(worse) => Err(worse),
                }
            }
            result => result,
        };
        held.let_go(result).await.map(Some)
    }

    async fn advance_held(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        if !self.settle(held).await? {
            // Asked too early: WeChat is asked again when its answer settles it.
            let open_until = held.standing().pending.as_ref().map(|pending| pending.open_until);
            let now = self.time.earliest();
            let open = open_until.map_or(SOON, |until| until.duration_since(now));
            return self.postpone(held, open.max(SOON)).await;
        }
        if held.standing().is_check_due(held.now()) {
            return self.check_held(held).await;
        }
        let due = held.standing().due_at().is_some_and(|due| due <= held.now());
        match held.standing().review_state() {
            Some(ReviewState::Preparing | ReviewState::Submitting) if due => {
                match self.prepare(held).await {
                    // The order has ended, and its record says why: whoever took it further has
                    // not failed.
                    Err(ReleaseError::UsedUp(_) | ReleaseError::WrongState { .. }) => Ok(()),
                    result => result,
                }
            }
            Some(state) if state.is_at_wechat() && due => self.poll(held).await,
            _ => Ok(()),
        }
    }

    async fn postpone(
        &self,
        held: &mut Held<'_>,
        pause: SignedDuration,
    ) -> Result<(), ReleaseError> {
        let next = held.now() + pause;
        let standing = held.change();
        match (&mut standing.pending, &mut standing.review) {
            (Some(pending), _) => pending.look_at = next,
            (None, Some(review)) if review.next_poll.is_some() => review.next_poll = Some(next),
            _ if standing.check_at.is_none() => return Ok(()),
            _ => {}
        }
        // A check that failed comes up again with the rest.
        if let Some(at) = &mut standing.check_at {
            *at = next.max(*at);
        }
        held.save(Vec::new()).await
    }
}
