//! Submitting for review, once. Ordered → WeChat's privacy detection has ended → what is on trial
//! is what we committed → nobody else's review is under way → intent → `submit_audit`.

use jiff::SignedDuration;
use serde_json::{Value, json};
use wechat::{
    AppId,
    endpoint::{
        AuditStatus, GetCategory, GetCodePrivacyInfo, GetLatestAuditStatusResponse, GetPage,
        QueryQuota,
    },
};

use super::{
    ReleaseError, Releases, Review, ReviewState, Standing, Submission, Trouble,
    attempt::Attempt,
    error::is_passing,
    lease::Held,
    record::{Action, Outside},
    verdict,
};
use crate::{
    call::CallError,
    counters::{Counted, Quota, UsedUp},
    event::kind,
    storage::StorageError,
    text::Text,
    tokens::Subject,
};

/// A submission that WeChat does not answer is made again at once, so often ...
const AT_ONCE: u32 = 5;
/// ... and then after so long each time.
const SELDOM: SignedDuration = SignedDuration::from_mins(10);
/// An order that could not be submitted for so long has failed.
const PATIENCE: SignedDuration = SignedDuration::from_hours(6);

/// WeChat is busy; its silence is told as this.
const SILENT: i64 = -1;
/// The privacy detection still runs.
const DETECTING: i64 = 61_039;
/// The detection has ended, and found privacy interfaces that are not declared or not granted.
const UNDECLARED: i64 = 61_040;
/// WeChat is still at another operation.
const BUSY: i64 = 9_402_202;
/// The platform's reviews of this month are used up.
const NONE_LEFT: i64 = 85_085;
/// WeChat's number of reviews left is believed for so long, unless it was none.
const TRUSTED: SignedDuration = SignedDuration::from_mins(10);
const TRUSTED_AT_NONE: SignedDuration = SignedDuration::from_mins(1);
/// A version is in review already.
const IN_REVIEW: i64 = 85_009;

impl Releases {
    /// Orders a review of the trial version. While WeChat's privacy detection runs the answer is
    /// `preparing`, and the order goes on by itself. The same order again changes nothing.
    pub async fn submit(
        &self,
        component: &AppId,
        appid: &AppId,
        submission: &Submission,
    ) -> Result<Standing, ReleaseError> {
        self.order_review(component, appid, submission, None).await
    }

    /// Orders a review for a rollout, which leaves `keep` of the month's reviews to others: with no
    /// more than those left nothing is submitted. That is no failure to be told of, for the rollout
    /// tries again.
    pub(crate) async fn submit_keeping(
        &self,
        component: &AppId,
        appid: &AppId,
        submission: &Submission,
        keep: i64,
    ) -> Result<Standing, ReleaseError> {
        self.order_review(component, appid, submission, Some(keep)).await
    }

    async fn order_review(
        &self,
        component: &AppId,
        appid: &AppId,
        submission: &Submission,
        keep: Option<i64>,
    ) -> Result<Standing, ReleaseError> {
        submission.check().into_result::<ReleaseError>()?;
        self.authorized(component, appid).await?;
        let mut held = self.hold(component, appid).await?;
        let result = self.submit_held(&mut held, submission, keep).await;
        held.let_go(result).await
    }

    async fn submit_held(
        &self,
        held: &mut Held<'_>,
        submission: &Submission,
        keep: Option<i64>,
    ) -> Result<(), ReleaseError> {
        self.settled(held).await?;
        let now = held.now();
        let any_words = keep.is_some();
        let Some(review) = may_submit(held.standing(), submission, any_words)? else {
            return Ok(());
        };
        self.pages_must_be_there(held, submission).await?;
        let review = match review {
            Ordered::Again(review) => Review { submission: submission.clone(), ..*review },
            Ordered::New(trial) => Review::ordered(&trial, submission.clone(), now),
        };
        held.change().review = Some(Review { keep, ..review });
        held.save(Vec::new()).await?;
        self.prepare(held).await
    }

    /// A page that the code does not have is named before anything is ordered; where WeChat does not
    /// tell the pages now, it will judge itself.
    async fn pages_must_be_there(
        &self,
        held: &Held<'_>,
        submission: &Submission,
    ) -> Result<(), ReleaseError> {
        if submission.items.iter().all(|item| item.address.is_none()) {
            return Ok(());
        }
        match self.ask(held, &GetPage {}).await {
            Ok(shown) => submission.unknown_pages(&shown.page_list).into_result(),
            Err(error) => {
                tracing::info!(appid = %held.appid(), %error, "pages are not known");
                Ok(())
            }
        }
    }

    /// Goes on with an order as far as WeChat lets it. Trouble that may pass leaves it in
    /// preparation; any other ends it.
    pub(super) async fn prepare(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        match self.try_to_submit(held).await {
            Err(ReleaseError::Call(error)) if is_passing(&error) => {
                self.try_later(held, Some(trouble(&error))).await
            }
            Err(ReleaseError::Call(error)) => {
                self.fail(held, trouble(&error)).await?;
                Err(ReleaseError::Call(error))
            }
            Err(ReleaseError::WrongState { state, what_to_do }) => {
                self.fail(held, Trouble { errcode: None, words: state.clone() }).await?;
                Err(ReleaseError::WrongState { state, what_to_do })
            }
            Err(ReleaseError::UsedUp(used_up)) => {
                self.none_is_left(held, &used_up.0).await?;
                Err(ReleaseError::UsedUp(used_up))
            }
            Err(ReleaseError::NotAuthorized(error)) => {
                let words = Text::new("小程序未授权或授权已失效", error.to_string());
                self.fail(held, Trouble { errcode: None, words }).await?;
                Err(ReleaseError::NotAuthorized(error))
            }
            result => result,
        }
    }

    async fn try_to_submit(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        match self.ask(held, &GetCodePrivacyInfo {}).await {
            Ok(_) => {}
            Err(error) if error.errcode() == Some(DETECTING) => {
                return self.try_later(held, None).await;
            }
            // Whether that is an obstacle, the submission decides, for it may declare otherwise.
            Err(error) if error.errcode() == Some(UNDECLARED) => {}
            Err(error) => return Err(error.into()),
        }
        self.compare_trial(held).await?;
        let previous = self.nobody_elses_review(held).await?;
        let submission = match &held.standing().review {
            Some(review) => review.submission.clone(),
            None => return Ok(()),
        };
        let categories = match submission.items.is_empty() {
            true => self.ask(held, &GetCategory {}).await?.category_list,
            false => Vec::new(),
        };
        if submission.items.is_empty() && categories.is_empty() {
            return Err(ReleaseError::wrong_state(
                Text::fixed(
                    "小程序没有审核通过的类目",
                    "no category of the mini program is approved",
                ),
                Text::fixed(
                    "请先为小程序添加类目并等待类目审核通过",
                    "add a category and wait for WeChat to approve it",
                ),
            ));
        }

        if let Some(review) = &mut held.change().review {
            review.previous_audit_id = previous;
            review.attempts += 1;
            review.trouble = None;
            review.enter(ReviewState::Submitting, None);
        }
        let known = self.ask_for_quota(held.component(), held.appid(), Counted::Reviews).await?;
        let keep = held.standing().review.as_ref().and_then(|review| review.keep).unwrap_or(0);
        if known.left().is_some_and(|left| left <= keep) {
            return Err(UsedUp(known).into());
        }
        let whose = Subject::Component(held.component().clone());
        let reservation = self.counters.reservation(&whose, Counted::Reviews);
        self.begin_counted(held, Action::Submit, reservation.keeping(&known, keep)).await?;
        let prepared = submission.prepare();
        let request = submission.request(categories.first(), &prepared);
        match self.attempt(held, &request).await {
            Attempt::Done(answer) => self.submitted(held, answer.auditid).await,
            Attempt::Unknown => self.find_out(held).await,
            Attempt::Refused(error) => self.submission_refused(held, error).await,
        }
    }

    /// `submit_audit` was refused: nothing was submitted by this call.
    async fn submission_refused(
        &self,
        held: &mut Held<'_>,
        error: CallError,
    ) -> Result<(), ReleaseError> {
        held.conclude(false);
        match error.errcode() {
            Some(DETECTING) => self.try_later(held, None).await,
            Some(BUSY) => self.try_later(held, Some(trouble(&error))).await,
            // An earlier attempt of ours may have come through after all, or it is somebody else's.
            Some(IN_REVIEW) => {
                let latest = self.latest_review(held).await?;
                let found = held.standing().review.as_ref().map(|it| {
                    let found = verdict::find(it, latest.as_ref());
                    matches!(found, verdict::Verdict::Ours(_))
                });
                match (found, &latest) {
                    (Some(true), Some(latest)) => self.found(held, latest).await,
                    _ => self.overtaken(held, verdict::describe(latest.as_ref())).await,
                }
            }
            Some(NONE_LEFT) => {
                let whose = Subject::Component(held.component().clone());
                self.counters.none_left(&whose, Counted::Reviews).await?;
                Err(error.into())
            }
            _ => Err(error.into()),
        }
    }

    /// How many reviews, or hurried ones, are left. Where that is not known or may have changed
    /// WeChat is asked, for the platform's other systems submit reviews too.
    pub(super) async fn ask_for_quota(
        &self,
        component: &AppId,
        appid: &AppId,
        counted: Counted,
    ) -> Result<Quota, ReleaseError> {
        let known = self.known_quota(component, counted).await?;
        if self.is_trusted(&known) {
            return Ok(known);
        }
        match self.told_quota(component, appid, counted).await {
            Err(ReleaseError::Storage(error)) => Err(error.into()),
            // Then it goes on with what is known.
            Err(error) => {
                tracing::warn!(%appid, %error, "quota of reviews is not known");
                Ok(known)
            }
            told => told,
        }
    }

    /// What is left of the month's reviews; an error if nobody knows.
    pub(crate) async fn reviews(
        &self,
        component: &AppId,
        appid: &AppId,
    ) -> Result<Quota, ReleaseError> {
        let known = self.known_quota(component, Counted::Reviews).await?;
        match self.is_trusted(&known) {
            true => Ok(known),
            false => self.told_quota(component, appid, Counted::Reviews).await,
        }
    }

    /// Asks WeChat with the token of `appid`, and takes over what it says.
    pub(crate) async fn told_quota(
        &self,
        component: &AppId,
        appid: &AppId,
        counted: Counted,
    ) -> Result<Quota, ReleaseError> {
        let told = self.caller.merchant(component, appid, &QueryQuota {}).await?;
        self.counters.reviews_told(component, &told).await?;
        Ok(self.known_quota(component, counted).await?)
    }

    async fn known_quota(
        &self,
        component: &AppId,
        counted: Counted,
    ) -> Result<Quota, StorageError> {
        self.counters.of(&Subject::Component(component.clone()), counted).await
    }

    fn is_trusted(&self, known: &Quota) -> bool {
        let trusted = if known.left() == Some(0) { TRUSTED_AT_NONE } else { TRUSTED };
        known.told_at.is_some_and(|told| told + trusted > self.clock.now())
    }

    /// What would be submitted must be what we committed.
    async fn compare_trial(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let shown = self.shown_versions(held).await?;
        self.note_differences(held, &shown).await?;
        let ours = held
            .standing()
            .trial
            .as_ref()
            .is_some_and(|trial| verdict::is_our_trial(trial, shown.exp_info.as_ref()));
        if ours {
            return Ok(());
        }
        Err(ReleaseError::wrong_state(
            Text::fixed(
                "微信上的体验版不是本平台最后提交的版本",
                "the trial version at WeChat is not what this platform committed last",
            ),
            Text::fixed(
                "请确认是否有其他人提交过代码，然后重新提交代码",
                "find out who else commits, then commit again",
            ),
        ))
    }

    /// The number of the latest review, which must not be under way.
    async fn nobody_elses_review(&self, held: &mut Held<'_>) -> Result<Option<i64>, ReleaseError> {
        let Some(latest) = self.latest_review(held).await? else { return Ok(None) };
        if !matches!(latest.status, AuditStatus::Reviewing | AuditStatus::Delayed) {
            return Ok(Some(latest.auditid));
        }
        let seen = verdict::describe(Some(&latest));
        self.tell_outside(held, Outside::Review, seen).await?;
        Err(ReleaseError::wrong_state(
            Text::fixed(
                "微信上有一个不是由本平台提交的版本正在审核",
                "a version that this platform did not submit is in review",
            ),
            Text::fixed(
                "请等待该审核结束，或在微信公众平台撤回它，然后重新提交代码",
                "wait for its end or withdraw it in WeChat's console, then commit again",
            ),
        ))
    }

    /// WeChat has it, as `latest` shows, and may have decided it by now: an event that tells so and
    /// meets the intent alone finds nothing to be noted on.
    pub(super) async fn found(
        &self,
        held: &mut Held<'_>,
        latest: &GetLatestAuditStatusResponse,
    ) -> Result<(), ReleaseError> {
        self.submitted(held, latest.auditid).await?;
        match latest.status {
            AuditStatus::Reviewing => Ok(()),
            _ => self.apply(held, Some(latest)).await,
        }
    }

    /// WeChat has it.
    pub(super) async fn submitted(
        &self,
        held: &mut Held<'_>,
        audit_id: i64,
    ) -> Result<(), ReleaseError> {
        let now = held.now();
        held.conclude(true);
        let Some(review) = &mut held.change().review else { return Ok(()) };
        review.audit_id = Some(audit_id);
        review.submitted_at = Some(now);
        review.trouble = None;
        review.enter(ReviewState::InReview, None);
        review.next_poll = Some(now + review.interval());
        let told = review.details();
        held.save(vec![(kind::RELEASE_SUBMITTED, told)]).await
    }

    /// Somebody else's review is where ours should be.
    pub(super) async fn overtaken(
        &self,
        held: &mut Held<'_>,
        seen: String,
    ) -> Result<(), ReleaseError> {
        let now = held.now();
        held.conclude(false);
        if let Some(review) = &mut held.change().review {
            review.trouble = Some(Trouble {
                errcode: None,
                words: Text::new(
                    format!("微信上出现了不是由本平台提交的审核：{seen}"),
                    format!("somebody else submitted at WeChat: {seen}"),
                ),
            });
            review.decide(ReviewState::Failed, now);
        }
        let told = held.standing().review.as_ref().map(Review::details);
        let mut events: Vec<_> =
            told.map(|told| (kind::RELEASE_FAILED, told)).into_iter().collect();
        if held.change().note_outside(Outside::Review, seen.clone(), now) {
            events.push((
                kind::RELEASE_CHANGED_OUTSIDE,
                json!({"what": Outside::Review, "seen": seen}),
            ));
        }
        held.save(events).await
    }

    /// WeChat did not say anything, and does not have it: it is submitted again, or has failed.
    pub(super) async fn unanswered(&self, held: &mut Held<'_>) -> Result<(), ReleaseError> {
        let now = held.now();
        held.conclude(false);
        let Some(review) = &mut held.change().review else { return Ok(()) };
        let words = Text::fixed(
            "多次提交审核均未得到微信的答复",
            "WeChat did not answer, however often the review was submitted",
        );
        let trouble = Trouble { errcode: Some(SILENT), words };
        if now > review.ordered_at + PATIENCE {
            return self.fail(held, trouble).await;
        }
        let is_seldom = review.attempts >= AT_ONCE;
        review.enter(ReviewState::Preparing, Some(if is_seldom { now + SELDOM } else { now }));
        review.trouble = is_seldom.then_some(trouble);
        held.save(Vec::new()).await
    }

    async fn try_later(
        &self,
        held: &mut Held<'_>,
        trouble: Option<Trouble>,
    ) -> Result<(), ReleaseError> {
        let now = held.now();
        let Some(review) = &mut held.change().review else { return Ok(()) };
        if now > review.ordered_at + PATIENCE {
            let words = Text::fixed(
                "六小时内未能提交审核",
                "the review could not be submitted for six hours",
            );
            let trouble = trouble.unwrap_or(Trouble { errcode: Some(DETECTING), words });
            return self.fail(held, trouble).await;
        }
        review.enter(ReviewState::Preparing, None);
        review.trouble = trouble;
        review.ask_again(now);
        held.save(Vec::new()).await
    }

    /// The order ends here, for none of the month's reviews is left to it.
    async fn none_is_left(&self, held: &mut Held<'_>, quota: &Quota) -> Result<(), ReleaseError> {
        let now = held.now();
        let errcode = quota.counted.refusals().first().copied();
        let Some(review) = &mut held.change().review else { return Ok(()) };
        if review.keep.is_none() {
            let words = quota.words();
            return self.fail(held, Trouble { errcode, words }).await;
        }
        let words = Text::fixed(
            "本月提审额度已用完（不含预留）",
            "this month's reviews are used up, but for the reserve",
        );
        review.trouble = Some(Trouble { errcode, words });
        review.decide(ReviewState::Failed, now);
        held.save(Vec::new()).await
    }

    /// The order ends here.
    async fn fail(&self, held: &mut Held<'_>, trouble: Trouble) -> Result<(), ReleaseError> {
        let now = held.now();
        let Some(review) = &mut held.change().review else { return Ok(()) };
        review.trouble = Some(trouble);
        review.decide(ReviewState::Failed, now);
        let told = review.details();
        held.save(vec![(kind::RELEASE_FAILED, told)]).await
    }
}

enum Ordered {
    /// The order that is being prepared, with another word to the reviewer.
    Again(Box<Review>),
    /// A review of this.
    New(super::Trial),
}

/// None if the trial version has the review that is ordered already. A rollout is content with a
/// review of its version, with whatever words to the reviewer.
fn may_submit(
    standing: &Standing,
    submission: &Submission,
    any_words: bool,
) -> Result<Option<Ordered>, ReleaseError> {
    let Some(trial) = &standing.trial else {
        return Err(ReleaseError::wrong_state(
            Text::fixed("还没有提交过代码", "no code was committed"),
            Text::fixed("请先提交代码（体验版），再提交审核", "commit code first, then submit it"),
        ));
    };
    if let Some(changed) = standing.changed_outside.first() {
        return Err(ReleaseError::wrong_state(
            Text::new(
                format!("微信上出现了不是由本平台完成的变更：{}", changed.seen),
                format!("something was changed outside this platform: {}", changed.seen),
            ),
            Text::fixed(
                "请确认变更来源，然后重新提交代码，再提交审核",
                "find out who did it, then commit again and submit",
            ),
        ));
    }
    let Some(review) = &standing.review else { return Ok(Some(Ordered::New(trial.clone()))) };
    let same = review.commit_id.as_ref() == Some(&trial.commit_id);
    let online = standing.online.as_ref().and_then(|online| online.commit_id.as_ref());
    match review.state {
        ReviewState::InReview | ReviewState::Delayed | ReviewState::Approved
            if same && (any_words || review.submission == *submission) =>
        {
            Ok(None)
        }
        ReviewState::Approved if same => Err(ReleaseError::wrong_state(
            ReviewState::Approved.words(),
            Text::fixed(
                "新的送审内容没有提交。请发布已通过的版本；要另行送审，请重新提交代码（replace）",
                "what was ordered now was not submitted: release what is approved, or commit again \
                 with replace for another review",
            ),
        )),
        ReviewState::Submitting | ReviewState::Preparing if same => {
            Ok(Some(Ordered::Again(Box::new(review.clone()))))
        }
        ReviewState::Released if same && online == Some(&trial.commit_id) => {
            Err(ReleaseError::wrong_state(
                ReviewState::Released.words(),
                Text::fixed("请先提交新的代码", "commit new code first"),
            ))
        }
        state if state.is_at_wechat() => Err(ReleaseError::wrong_state(
            state.words(),
            Text::fixed(
                "新的送审内容没有提交。请等待审核结果，或先撤回审核再提交",
                "what was ordered now was not submitted: wait for the decision, or withdraw the \
                 review first",
            ),
        )),
        _ => Ok(Some(Ordered::New(trial.clone()))),
    }
}

impl Review {
    /// What events say of it.
    pub(super) fn details(&self) -> Value {
        json!({
            "commit": self.commit_id,
            "user_version": self.user_version,
            "audit_id": self.audit_id,
            "reason": self.reason,
            "errcode": self.trouble.as_ref().and_then(|trouble| trouble.errcode),
        })
    }
}

fn trouble(error: &CallError) -> Trouble {
    Trouble { errcode: error.errcode(), words: error.words() }
}
