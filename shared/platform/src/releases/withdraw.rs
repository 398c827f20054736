//! Withdrawing a review. WeChat allows five a day and ten a month, by Beijing's calendar; they are
//! counted before the call.

use wechat::{
    AppId,
    endpoint::{AuditStatus, UndoCodeAudit},
};

use super::{
    ReleaseError, Releases, ReviewState, Standing,
    attempt::Attempt,
    lease::Held,
    record::Action,
    verdict::{self, Verdict},
};
use crate::{
    counters::{Counted, UsedUp},
    event::kind,
    text::Text,
    tokens::Subject,
};

/// `undocodeaudit`: none left.
const NONE_LEFT: i64 = 87_013;
/// `undocodeaudit`: nothing is in review.
const NOTHING_IN_REVIEW: i64 = 85_019;

impl Releases {
    /// Withdraws the review; one that is still being prepared is simply given up. A review that
    /// was withdrawn is left alone.
    ///
    /// If WeChat does not say what became of it, the answer shows it as pending.
    pub async fn withdraw(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Standing, ReleaseError> {
        self.authorized(component, appid).await?;
        let mut held = self.hold(component, appid).await?;
        let result = self.withdraw_held(&mut held).await;
        held.let_go(result).await
    }

    async fn withdraw_held(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        match held.standing().review_state() {
            Some(ReviewState::Withdrawn) => return Ok(()),
            Some(ReviewState::Preparing | ReviewState::Submitting) => {
                return self.given_up(held).await;
            }
            Some(ReviewState::InReview | ReviewState::Delayed) => {}
            other => return Err(nothing_to_withdraw(other)),
        }
        // WeChat withdraws whatever is in review: it must be ours, and undecided.
        let latest = self.latest_review(held).await?;
        let ours = held.standing().review.as_ref().map(|it| verdict::judge(it, latest.as_ref()));
        match ours {
            Some(Verdict::Ours(AuditStatus::Withdrawn)) => return self.withdrawn(held).await,
            Some(Verdict::Ours(AuditStatus::Reviewing | AuditStatus::Delayed)) => {}
            Some(Verdict::NotYet) | None => {
                return Err(ReleaseError::wrong_state(
                    Text::fixed("微信暂时没有显示该审核", "WeChat does not show this review yet"),
                    Text::fixed("请一分钟后再试", "try again in a minute"),
                ));
            }
            Some(_) => {
                self.apply(held, latest.as_ref()).await?;
                return Err(nothing_to_withdraw(held.standing().review_state()));
            }
        }
        let whose = Subject::merchant(held.component(), held.appid());
        let reservation = self.counters.reservation(&whose, Counted::Withdrawals);
        self.begin_counted(held, Action::Withdraw, reservation).await?;
        match self.attempt(held, &UndoCodeAudit {}).await {
            Attempt::Done(()) => self.withdrawn(held).await,
            Attempt::Unknown => self.find_out(held).await,
            Attempt::Refused(error) if error.errcode() == Some(NONE_LEFT) => {
                self.drop_intent(held).await?;
                self.counters.none_left(&whose, Counted::Withdrawals).await?;
                let left = self.counters.of(&whose, Counted::Withdrawals).await?;
                Err(UsedUp(left).into())
            }
            // Decided in this very moment.
            Attempt::Refused(error) if error.errcode() == Some(NOTHING_IN_REVIEW) => {
                self.drop_intent(held).await?;
                self.poll(held).await?;
                Err(nothing_to_withdraw(held.standing().review_state()))
            }
            Attempt::Refused(error) => {
                self.drop_intent(held).await?;
                Err(error.into())
            }
        }
    }

    /// WeChat has withdrawn it. What was not counted before the call is counted now.
    pub(super) async fn withdrawn(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let ours = held.conclude(true).is_some_and(|pending| pending.counted.is_some());
        if !ours {
            held.note(Counted::Withdrawals);
        }
        self.given_up(held).await
    }

    async fn given_up(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let now = held.now();
        let Some(review) = &mut held.change().review else { return Ok(()) };
        review.decide(ReviewState::Withdrawn, now);
        let told = review.details();
        held.save(vec![(kind::RELEASE_WITHDRAWN, told)]).await
    }
}

fn nothing_to_withdraw(state: Option<ReviewState>) -> ReleaseError {
    let state = match state {
        Some(state) => state.words(),
        None => Text::fixed("没有提交过审核", "no review was ever submitted"),
    };
    ReleaseError::wrong_state(
        state,
        Text::fixed("没有可撤回的审核", "there is nothing to withdraw"),
    )
}
