//! One step of one mini program. What WeChat is asked to do is left to [`crate::releases`], which
//! does nothing twice; here it is decided what comes next, and what to make of a refusal. Every step
//! may be repeated: whoever died after the call and before the write finds at WeChat, or in the
//! mini program's own record, that it was done.

use jiff::SignedDuration;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::{task::JoinSet, time::Instant};
use wechat::{
    AppId,
    endpoint::{Endpoint, SubmitAudit},
};

use super::{
    RolloutError, Rollouts,
    hold::{Held, Next},
    order::ReleaseMode,
    plan,
    record::{Approved, Rollout, RolloutState},
    target::{Before, Cause, CauseKind, HoldUp, HoldUpKind, Step, TargetState},
    trouble::{Fate, fate},
};
use crate::{
    explain::{Class, explain},
    releases::{NewTrial, Review, ReviewState, Standing, Submission},
    text::Text,
};

/// Where reviews are submitted.
const SUBMIT: &str = SubmitAudit::PATH;
/// Targets of one message that are worked on at once.
const AT_ONCE: usize = 8;
/// WeChat looks through new code for about a minute before it takes a review.
const DETECTION: SignedDuration = SignedDuration::from_secs(60);
/// What became of a call is asked again after this long.
const OUTCOME: SignedDuration = SignedDuration::from_secs(40);
/// A review is looked at again after this long, should its event be lost.
const REVIEW: SignedDuration = SignedDuration::from_mins(30);
/// WeChat's review quota of the month is used up.
pub(super) const NO_REVIEWS_LEFT: i64 = 85_085;

impl Rollouts {
    /// Goes on with targets that are due. What cannot be done now is due again later.
    pub async fn work(
        &self,
        component: &AppId,
        id: &str,
        positions: &[u64],
        until: Instant,
    ) -> Result<(), RolloutError> {
        let Some(rollout) = self.read(component, id).await? else { return Ok(()) };
        if !matches!(rollout.state, RolloutState::Running | RolloutState::RollingBack) {
            for position in positions {
                self.park(&rollout, *position).await?;
            }
            return Ok(());
        }
        // Those that find no token stay due, and the clock hands them out again.
        let (tokens, _) = self.take_pace(component, positions.len()).await?;
        let mut running = JoinSet::new();
        let mut result = Ok(());
        for position in positions.iter().take(tokens) {
            if running.len() >= AT_ONCE {
                keep_first(&mut result, running.join_next().await);
            }
            if Instant::now() >= until {
                break;
            }
            let (rollouts, rollout, position) = (self.clone(), rollout.clone(), *position);
            running.spawn(async move { rollouts.go_on(&rollout, position, false, until).await });
        }
        while let Some(ended) = running.join_next().await {
            keep_first(&mut result, Some(ended));
        }
        result
    }

    /// Something happened to a mini program: if a rollout has it, it goes on at once.
    pub async fn note(
        &self,
        component: &AppId,
        appid: &AppId,
        until: Instant,
    ) -> Result<(), RolloutError> {
        let Some(mark) = self.mark_of(component, appid).await? else { return Ok(()) };
        let Some(rollout) = self.read(component, &mark.rollout).await? else { return Ok(()) };
        if !matches!(rollout.state, RolloutState::Running | RolloutState::RollingBack) {
            return Ok(());
        }
        self.go_on(&rollout, mark.position, true, until).await
    }

    async fn go_on(
        &self,
        rollout: &Rollout,
        position: u64,
        anyhow: bool,
        until: Instant,
    ) -> Result<(), RolloutError> {
        let Some(mut held) = self.claim(rollout, position, anyhow).await? else { return Ok(()) };
        loop {
            let next = self.step(&mut held).await?;
            let now = self.clock.now();
            let at_once = matches!(next, Next::At(at) if at <= now)
                && !held.target().state.is_through()
                && Instant::now() < until;
            match held.save(next, at_once).await {
                // Whoever has it now goes on with it.
                Err(RolloutError::Busy) => return Ok(()),
                result => result?,
            }
            if !at_once {
                return Ok(());
            }
        }
    }

    async fn step(&self, held: &mut Held<'_>) -> Result<Next, RolloutError> {
        let rolling_back = held.rollout.state == RolloutState::RollingBack;
        if rolling_back != (held.target().state == TargetState::RollingBack) {
            return Ok(Next::Parked);
        }
        if held.target().epoch < self.epoch {
            // The tables are older than what happened at WeChat: WeChat is asked first.
            let (component, appid) = (held.rollout.component.clone(), held.target().appid.clone());
            match self.releases.check(&component, &appid).await {
                Ok(_) => held.change().epoch = self.epoch,
                Err(error) => return self.trouble(held, Step::Commit, error).await,
            }
        }
        match held.target().state {
            TargetState::Queued => self.commit(held).await,
            TargetState::Committed => self.submit(held).await,
            TargetState::InReview => self.look(held).await,
            TargetState::Approved => self.release(held).await,
            TargetState::RollingBack => self.roll_back(held).await,
            _ => Ok(Next::Parked),
        }
    }

    async fn commit(&self, held: &mut Held<'_>) -> Result<Next, RolloutError> {
        let (component, appid) = (held.rollout.component.clone(), held.target().appid.clone());
        let ext = match self.request_of(held).await? {
            Ok(request) => request,
            Err(cause) => return self.fail(held, cause).await,
        };
        let by = by(held.rollout);
        let standing = self.releases.show(&component, &appid).await?;
        let order = &held.rollout.order;
        let ours = standing.trial.as_ref().filter(|trial| {
            trial.by.as_ref() == Some(&by)
                && trial.template_id == order.template_id
                && trial.user_version == order.user_version.trim()
                && trial.ext_digest == digest(&ext, &appid)
                && trial.committed_at >= held.target().changed_at
        });
        if let Some(trial) = ours {
            let commit_id = trial.commit_id.clone();
            return self.committed(held, commit_id).await;
        }
        let new = NewTrial {
            template_id: order.template_id,
            user_version: order.user_version.clone(),
            user_desc: order.user_desc.clone(),
            ext,
            replace: order.replace || held.target().is_retry,
            by: Some(by),
        };
        match self.releases.commit(&component, &appid, &new).await {
            Ok(standing) if standing.pending.is_some() => Ok(self.ask_later(held)),
            Ok(standing) => match standing.trial {
                Some(trial) => self.committed(held, trial.commit_id).await,
                None => Ok(self.ask_later(held)),
            },
            Err(error) => self.trouble(held, Step::Commit, error).await,
        }
    }

    async fn committed(
        &self,
        held: &mut Held<'_>,
        commit_id: String,
    ) -> Result<Next, RolloutError> {
        self.end_streak(held.rollout, Step::Commit).await?;
        held.change().commit_id = Some(commit_id);
        held.enter(TargetState::Committed);
        Ok(self.wait(
            held,
            HoldUpKind::Detection,
            Text::fixed("微信正在检测代码", "WeChat's privacy detection of the code"),
            Next::At(self.clock.now() + DETECTION),
        ))
    }

    async fn submit(&self, held: &mut Held<'_>) -> Result<Next, RolloutError> {
        let (component, appid) = (held.rollout.component.clone(), held.target().appid.clone());
        let standing = self.releases.show(&component, &appid).await?;
        let commit_id = held.target().commit_id.clone();
        if standing.trial.as_ref().map(|trial| &trial.commit_id) != commit_id.as_ref() {
            return self.fail(held, overtaken(Step::Submit)).await;
        }
        if ours(&standing, commit_id.as_ref())
            .is_some_and(|review| !matches!(review.state, ReviewState::Failed))
        {
            held.enter(TargetState::InReview);
            return Ok(Next::At(self.clock.now()));
        }
        let reserve = held.rollout.order.reserve;
        match self.no_review_until(&component, &appid, reserve).await {
            Ok(None) => {}
            Ok(Some(again)) => return Ok(self.wait_for_quota(held, again)),
            Err(error) => return self.trouble(held, Step::Submit, error).await,
        }
        let submission = self.submission_of(held).await?;
        match self.releases.submit_keeping(&component, &appid, &submission, reserve).await {
            Ok(standing) => {
                held.enter(TargetState::InReview);
                self.judge(held, &standing).await
            }
            Err(error) => self.trouble(held, Step::Submit, error).await,
        }
    }

    /// Looks what became of a review; its own record is asked, and goes on asking WeChat by itself.
    async fn look(&self, held: &mut Held<'_>) -> Result<Next, RolloutError> {
        let (component, appid) = (held.rollout.component.clone(), held.target().appid.clone());
        let mut standing = self.releases.show(&component, &appid).await?;
        if standing.due_at().is_some_and(|due| due <= self.clock.now()) {
            match self.releases.advance(&component, &appid).await {
                Ok(Some(advanced)) => standing = advanced,
                Ok(None) => {}
                Err(error) => return self.trouble(held, Step::Review, error).await,
            }
        }
        self.judge(held, &standing).await
    }

    async fn judge(&self, held: &mut Held<'_>, standing: &Standing) -> Result<Next, RolloutError> {
        let now = self.clock.now();
        let commit_id = held.target().commit_id.clone();
        let Some(review) = ours(standing, commit_id.as_ref()) else {
            return self.fail(held, overtaken(Step::Review)).await;
        };
        held.change().audit_id = review.audit_id;
        let again =
            standing.due_at().unwrap_or(now + REVIEW).max(now + SignedDuration::from_secs(15));
        match review.state {
            ReviewState::Preparing | ReviewState::Submitting => Ok(self.wait(
                held,
                HoldUpKind::Detection,
                Text::fixed("提审正在准备", "the review is being prepared"),
                Next::At(again),
            )),
            ReviewState::InReview | ReviewState::Delayed => {
                self.end_streak(held.rollout, Step::Submit).await?;
                // Who withdrew is told nothing by WeChat, and would be waited for in vain.
                let (component, appid) = (&held.rollout.component, &held.target().appid);
                let account = self.mini_programs.find(component, appid).await?;
                if !account.is_some_and(|account| account.is_authorized()) {
                    return self.fail(held, not_authorized(Step::Review)).await;
                }
                Ok(self.wait(
                    held,
                    HoldUpKind::Review,
                    review.state.words(),
                    Next::At(again.max(now + REVIEW)),
                ))
            }
            ReviewState::Approved => {
                held.enter(TargetState::Approved);
                Ok(Next::At(now))
            }
            ReviewState::Released => self.released(held).await,
            ReviewState::Rejected => {
                let reason = review.reason.clone().unwrap_or_default();
                let cause = Cause {
                    step: Step::Review,
                    errcode: None,
                    path: None,
                    kind: CauseKind::Rejected,
                    words: Text::new(
                        format!("审核被驳回：{reason}"),
                        format!("the review was rejected: {reason}"),
                    ),
                };
                held.enter(TargetState::Rejected);
                held.change().cause = Some(cause);
                Ok(Next::Parked)
            }
            ReviewState::Failed => self.review_failed(held, review).await,
            ReviewState::Withdrawn | ReviewState::Replaced => {
                self.fail(held, overtaken(Step::Review)).await
            }
        }
    }

    /// The review could not be submitted, while it was on its way by itself.
    async fn review_failed(
        &self,
        held: &mut Held<'_>,
        review: &Review,
    ) -> Result<Next, RolloutError> {
        let trouble = review.trouble.as_ref();
        let errcode = trouble.and_then(|trouble| trouble.errcode);
        if errcode == Some(NO_REVIEWS_LEFT) {
            return Ok(self.no_reviews(held));
        }
        let path = errcode.map(|_| SUBMIT.to_owned());
        let class = errcode.and_then(|errcode| explain(SUBMIT, errcode)).map(|known| known.class);
        let cause = Cause {
            step: Step::Submit,
            errcode,
            path,
            kind: match (errcode, class) {
                (None, _) => CauseKind::Overtaken,
                (_, Some(Class::Busy)) => CauseKind::Unreachable,
                _ => CauseKind::Refused,
            },
            words: trouble.map_or(review.state.words(), |trouble| trouble.words.clone()),
        };
        self.fail(held, cause).await
    }

    async fn release(&self, held: &mut Held<'_>) -> Result<Next, RolloutError> {
        let now = self.clock.now();
        let wave = held.target().wave.unwrap_or(0);
        match &held.rollout.order.release {
            ReleaseMode::AtOnce => {}
            ReleaseMode::Window(window) if window.is_open(now) => {}
            ReleaseMode::Window(window) => {
                let next = window.next(now);
                let words = Text::new(
                    format!("等待发布时间窗口 {next}"),
                    format!("the hours of releases, which begin at {next}"),
                );
                return Ok(self.wait(held, HoldUpKind::Window, words, Next::At(next)));
            }
            ReleaseMode::AfterOk(people) => {
                if held.rollout.people(Approved::Release, wave) < usize::from(*people) {
                    let words = Text::fixed("等待确认发布", "somebody's OK to release it");
                    return Ok(self.wait(held, HoldUpKind::Ok, words, Next::Parked));
                }
            }
        }
        let (component, appid) = (held.rollout.component.clone(), held.target().appid.clone());
        let standing = self.releases.show(&component, &appid).await?;
        let commit_id = held.target().commit_id.clone();
        let Some(review) = ours(&standing, commit_id.as_ref()) else {
            return self.fail(held, overtaken(Step::Release)).await;
        };
        if review.state == ReviewState::Released {
            return self.released(held).await;
        }
        if held.target().before.is_none() && !held.target().is_first {
            // Written down before the release, for afterwards nobody could tell.
            match &standing.online {
                Some(online) => {
                    held.change().before = Some(Before {
                        user_version: online.user_version.clone(),
                        user_desc: online.user_desc.clone(),
                    });
                }
                None => held.change().is_first = true,
            }
            return Ok(Next::At(now));
        }
        // It may have been paused, aborted or rolled back since this batch began.
        let rollout = self.read(&component, &held.rollout.id).await?;
        if rollout.is_none_or(|rollout| rollout.state != RolloutState::Running) {
            return Ok(Next::Parked);
        }
        if let Some(next) = self.give_to_part(held, &standing).await? {
            return Ok(next);
        }
        match self.releases.release(&component, &appid).await {
            Ok(standing) if standing.pending.is_some() => Ok(self.ask_later(held)),
            Ok(standing) => self.judge(held, &standing).await,
            Err(error) => self.trouble(held, Step::Release, error).await,
        }
    }

    async fn released(&self, held: &mut Held<'_>) -> Result<Next, RolloutError> {
        self.end_streak(held.rollout, Step::Release).await?;
        held.enter(TargetState::Released);
        Ok(Next::Parked)
    }

    /// Fills in the settings of a target that is tried again; gives what was frozen for any other.
    async fn request_of(
        &self,
        held: &mut Held<'_>,
    ) -> Result<Result<Map<String, Value>, Cause>, RolloutError> {
        let (rollout, target) = (held.rollout, held.target());
        if !target.is_retry {
            let request = self.request(&rollout.component, &rollout.id, &target.appid).await?;
            return match request {
                Some(request) => Ok(Ok(request.ext)),
                None => Err(self.table.error("read a request", "there is none").into()),
            };
        }
        let account = self.mini_programs.find(&rollout.component, &target.appid).await?;
        let Some(account) = account else { return Ok(Err(overtaken(Step::Commit))) };
        match super::render::render(&rollout.order.ext, &super::render::variables(&account)) {
            Ok(ext) => Ok(Ok(ext)),
            Err(missing) => Ok(Err(plan::missing(&missing))),
        }
    }

    /// What is said to the reviewer about this one.
    async fn submission_of(&self, held: &Held<'_>) -> Result<Submission, RolloutError> {
        let (rollout, target) = (held.rollout, held.target());
        let request = self.request(&rollout.component, &rollout.id, &target.appid).await?;
        let own = request.and_then(|request| request.submission);
        Ok(own.unwrap_or_else(|| rollout.order.submission.clone()))
    }

    /// What to make of an error: wait, or give the target up.
    pub(super) async fn trouble(
        &self,
        held: &mut Held<'_>,
        step: Step,
        error: crate::releases::ReleaseError,
    ) -> Result<Next, RolloutError> {
        let now = self.clock.now();
        match fate(step, error, held.target().attempts, now)? {
            Fate::Again { at, counts, words } => {
                if counts {
                    held.change().attempts += 1;
                }
                Ok(self.wait(held, HoldUpKind::Trouble, words, Next::At(at)))
            }
            Fate::NoReviews => Ok(self.no_reviews(held)),
            Fate::Out(cause) => self.fail(held, cause).await,
        }
    }

    pub(super) async fn fail(
        &self,
        held: &mut Held<'_>,
        cause: Cause,
    ) -> Result<Next, RolloutError> {
        if cause.errcode.is_some() {
            self.go_on_with_streak(held.rollout, &cause).await?;
        }
        held.enter(TargetState::Failed);
        held.change().cause = Some(cause);
        Ok(Next::Parked)
    }

    pub(super) fn wait(
        &self,
        held: &mut Held<'_>,
        kind: HoldUpKind,
        words: Text,
        next: Next,
    ) -> Next {
        held.change().hold_up = Some(HoldUp { kind, words });
        next
    }

    /// None of the month's reviews was left to it when it was to be submitted.
    fn no_reviews(&self, held: &mut Held<'_>) -> Next {
        if held.target().state != TargetState::Committed {
            held.enter(TargetState::Committed);
        }
        self.wait_for_quota(held, self.reviews_again())
    }

    fn wait_for_quota(&self, held: &mut Held<'_>, again: jiff::Timestamp) -> Next {
        let words = Text::fixed(
            "本月提审额度已用完（不含预留）",
            "this month's reviews are used up, but for the reserve",
        );
        // Spread over a minute, so that not all of them ask at once.
        let [jitter] = self.random.bytes();
        let at = again + SignedDuration::from_secs(i64::from(jitter) / 4);
        self.wait(held, HoldUpKind::Quota, words, Next::At(at))
    }

    pub(super) fn ask_later(&self, held: &mut Held<'_>) -> Next {
        let words = Text::fixed(
            "微信没有给出结果，正在核对",
            "WeChat did not say what became of the call; it is being found out",
        );
        self.wait(held, HoldUpKind::Outcome, words, Next::At(self.clock.now() + OUTCOME))
    }
}

/// Who orders a commit: by this it is known again.
fn by(rollout: &Rollout) -> String {
    format!("rollout {}", rollout.id)
}

/// The review of the rollout's own version.
pub(super) fn ours<'a>(standing: &'a Standing, commit_id: Option<&String>) -> Option<&'a Review> {
    standing.review.as_ref().filter(|review| review.commit_id.as_ref() == commit_id)
}

fn overtaken(step: Step) -> Cause {
    Cause {
        step,
        errcode: None,
        path: None,
        kind: CauseKind::Overtaken,
        words: Text::fixed(
            "其他人提交了代码，或撤回了审核",
            "somebody else committed code, or withdrew the review",
        ),
    }
}

fn not_authorized(step: Step) -> Cause {
    Cause {
        step,
        errcode: None,
        path: None,
        kind: CauseKind::Authorization,
        words: Text::fixed("商家取消了授权", "the merchant has withdrawn its authorization"),
    }
}

/// SHA-256 over the settings as a commit sends them.
fn digest(ext: &Map<String, Value>, appid: &AppId) -> String {
    let mut ext = ext.clone();
    ext.insert("extAppid".to_owned(), appid.as_str().into());
    let digest = Sha256::digest(Value::Object(ext).to_string());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn keep_first(
    result: &mut Result<(), RolloutError>,
    ended: Option<Result<Result<(), RolloutError>, tokio::task::JoinError>>,
) {
    let failed = match ended {
        Some(Ok(Err(error))) => Some(error),
        // Its lease ends, and it is due again.
        Some(Err(panic)) => {
            tracing::error!(%panic, "a step ended early");
            None
        }
        Some(Ok(Ok(()))) | None => None,
    };
    if result.is_ok()
        && let Some(error) = failed
    {
        *result = Err(error);
    }
}
