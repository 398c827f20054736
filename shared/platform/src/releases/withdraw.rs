//! Withdrawing a review. WeChat allows five a day and ten a month, by Beijing's calendar; they are
//! counted before the call.

use jiff::{Timestamp, civil::Date, tz::Offset};
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
use crate::{event::kind, text::Text};

const A_DAY: usize = 5;
const A_MONTH: usize = 10;
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
        may_withdraw(&held.standing().withdrawals, held.now())?;
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
        self.begin(held, Action::Withdraw).await?;
        match self.attempt(held, &UndoCodeAudit {}).await {
            Attempt::Done(()) => self.withdrawn(held).await,
            Attempt::Unknown => self.find_out(held).await,
            Attempt::Refused(error) if error.errcode() == Some(NONE_LEFT) => {
                self.drop_intent(held).await?;
                Err(none_left())
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

    /// WeChat has withdrawn it.
    pub(super) async fn withdrawn(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let now = held.now();
        let this_month = month(now);
        let standing = held.change();
        standing.pending = None;
        standing.withdrawals.retain(|time| month(*time) == this_month);
        standing.withdrawals.push(now);
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

/// WeChat's counters turn at midnight in Beijing.
fn day(time: Timestamp) -> Date {
    Offset::constant(8).to_datetime(time).date()
}

fn month(time: Timestamp) -> (i16, i8) {
    let day = day(time);
    (day.year(), day.month())
}

fn may_withdraw(withdrawals: &[Timestamp], now: Timestamp) -> Result<(), ReleaseError> {
    let today = withdrawals.iter().filter(|time| day(**time) == day(now)).count();
    let this_month = withdrawals.iter().filter(|time| month(**time) == month(now)).count();
    if today >= A_DAY || this_month >= A_MONTH {
        return Err(none_left());
    }
    Ok(())
}

fn none_left() -> ReleaseError {
    ReleaseError::wrong_state(
        Text::fixed(
            "撤回审核的次数已用完（每天 5 次、每月 10 次，按北京时间计算）",
            "no withdrawal is left: WeChat allows 5 a day and 10 a month, by Beijing time",
        ),
        Text::fixed("请等待审核结果，或次日再撤回", "wait for the decision, or until tomorrow"),
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_beijing() {
        let evening: Timestamp = "2026-11-22T15:59:59Z".parse().unwrap();
        let morning: Timestamp = "2026-11-22T16:00:00Z".parse().unwrap();

        assert!(may_withdraw(&[evening; 5], evening).is_err());
        assert!(may_withdraw(&[evening; 4], evening).is_ok());
        assert!(may_withdraw(&[evening; 5], morning).is_ok());
    }

    #[test]
    fn ten_a_month_are_all() {
        let first: Timestamp = "2026-11-01T03:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        let december: Timestamp = "2026-11-30T16:00:00Z".parse().unwrap();

        assert!(may_withdraw(&[first; 9], later).is_ok());
        assert!(may_withdraw(&[first; 10], later).is_err());
        assert!(may_withdraw(&[first; 10], december).is_ok());
    }
}
