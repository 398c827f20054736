//! The steps from code to release: trial version, filing, review, release. What an operator orders
//! by hand meanwhile makes a step done like an order of ours.

use jiff::SignedDuration;
use wechat::AppId;

use super::{
    Onboardings,
    plan::ReleaseWhen,
    record::{Look, Onboarding, Outcome},
    step::{StepState, Whom},
    trouble::{SELDOM, SOON, Trouble, failed, failed_with, not_authorized, waits, words},
};
use crate::{
    check::{Check, Status},
    filing::{FaceState, Filing, FilingState},
    mini_programs::MiniProgram,
    records::Kept,
    releases::{Review, ReviewState, Standing, Trial},
    rollouts::fill_in,
    text::Text,
};

/// WeChat is asked about a filing no sooner than this after it was asked.
const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// A review's own record is looked at this often; an event tells sooner.
const REVIEWERS: SignedDuration = SignedDuration::from_mins(10);

type Looked = Result<Outcome, Trouble>;

impl Onboardings {
    pub(super) async fn trial(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
    ) -> Looked {
        let Some(part) = &record.plan.trial else { return Ok(Outcome::Done) };
        let account = self.mini_programs.find(component, appid).await?;
        let Some(account) = account.filter(MiniProgram::is_authorized) else {
            return Ok(not_authorized());
        };
        let ext = match fill_in(&part.ext, &account) {
            Ok(ext) => ext,
            Err(missing) => {
                return Ok(failed(
                    Whom::Operator,
                    words(&missing),
                    Text::fixed(
                        "请为该小程序填写缺少的变量，填写后自动继续",
                        "set the variables that it has not; it goes on by itself then",
                    ),
                ));
            }
        };
        let by = record.plan_by.clone();
        let new = part.of(ext, by);
        let is_there = |standing: &Standing| match &standing.trial {
            Some(trial) => Ok::<_, Trouble>(
                new.is(trial, appid)?
                    // Somebody uploaded other code since: that was meant so.
                    || record.began_at.is_some_and(|began| trial.committed_at > began),
            ),
            None => Ok(false),
        };
        let standing = self.settled(component, appid).await?;
        if is_there(&standing)? {
            return Ok(Outcome::Done);
        }
        let standing = self.releases.commit(component, appid, &new).await?;
        match is_there(&standing)? {
            true => Ok(Outcome::Done),
            false => Ok(unknown()),
        }
    }

    pub(super) async fn filing(&self, component: &AppId, appid: &AppId) -> Looked {
        let now = self.clock.now();
        let kept = self.filings.show(component, appid).await?.record;
        let is_fresh = kept.asked_at.is_some_and(|at| now < at + ASK_AGAIN);
        let filing = match kept.state() {
            FilingState::Filed => kept,
            _ if is_fresh => kept,
            _ => self.filings.ask(component, appid).await?.record,
        };
        let whom = match filing.state() {
            FilingState::Filed => return Ok(Outcome::Done),
            FilingState::AtAuthority if filing.message_status == Some(1) => Whom::Merchant,
            FilingState::Applying
            | FilingState::InReview
            | FilingState::AtAuthority
            | FilingState::Canceling => Whom::WeChat,
            FilingState::NotFiled if shows_face(&filing) => Whom::Merchant,
            FilingState::Unknown
            | FilingState::NotFiled
            | FilingState::Rejected
            | FilingState::RejectedByAuthority
            | FilingState::Other => Whom::Operator,
        };
        let state = filing.state().words();
        let why = Text::new(format!("ICP 备案：{}", state.zh), format!("ICP filing: {}", state.en));
        let mut what_to_do =
            filing.what_to_do(now).unwrap_or(Text::fixed("请查看备案情况", "look at the filing"));
        for remark in &filing.remarks {
            let words = format!("{}：{} {}", remark.field, remark.error, remark.suggestion);
            let words = words.trim();
            what_to_do = Text::new(
                format!("{}；{words}", what_to_do.zh),
                format!("{}; {words}", what_to_do.en),
            );
        }
        let mut outcome = waits(whom, why, what_to_do, Look::In(SELDOM));
        if let Outcome::Stops(stop) = &mut outcome {
            stop.wait.is_marked_elsewhere = !filing.needs().is_empty();
        }
        Ok(outcome)
    }

    pub(super) async fn review(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
    ) -> Looked {
        let standing = self.settled(component, appid).await?;
        let Some(trial) = &standing.trial else {
            return Ok(waits(
                Whom::Operator,
                Text::fixed("还没有代码可以审核", "there is no code to be reviewed"),
                Text::fixed("请上传代码并提交审核", "upload code and submit it for review"),
                Look::In(SELDOM),
            ));
        };
        let review = standing.review.as_ref().filter(|it| is_of(it, trial));
        match review.map(|review| review.state) {
            Some(ReviewState::Approved | ReviewState::Released) => return Ok(Outcome::Done),
            Some(ReviewState::Rejected) => return Ok(rejected(review)),
            Some(ReviewState::Withdrawn) => {
                return Ok(waits(
                    Whom::Operator,
                    Text::fixed("审核已被撤回", "the review was withdrawn"),
                    Text::fixed("请重新提交审核", "submit it for review again"),
                    Look::In(SELDOM),
                ));
            }
            // What failed is shown, and submitted again with the next look.
            Some(ReviewState::Failed) if !is_failed(record) => return Ok(not_submitted(review)),
            Some(ReviewState::Failed | ReviewState::Replaced) | None => {}
            Some(_) => return Ok(at_wechat(review)),
        }
        let Some(submission) = &record.plan.review else {
            return Ok(waits(
                Whom::Operator,
                Text::fixed("方案不自动提交审核", "the plan leaves the submission to you"),
                Text::fixed(
                    "请检查体验版，然后提交审核",
                    "look at the trial version, then submit it",
                ),
                Look::In(SELDOM),
            ));
        };
        let found = self.releases.preflight(component, appid).await?;
        if !found.ready {
            return Ok(not_ready(&found.checks));
        }
        let standing = self.releases.submit(component, appid, submission).await?;
        match standing.review.as_ref().filter(|it| is_of(it, trial)) {
            Some(review) if review.state == ReviewState::Approved => Ok(Outcome::Done),
            Some(review) if review.state == ReviewState::Failed => Ok(not_submitted(Some(review))),
            review => Ok(at_wechat(review)),
        }
    }

    pub(super) async fn release(
        &self,
        component: &AppId,
        appid: &AppId,
        record: &Onboarding,
    ) -> Looked {
        let standing = self.settled(component, appid).await?;
        if is_online(&standing) {
            return Ok(Outcome::Done);
        }
        match record.plan.release {
            Some(ReleaseWhen::OnApproval) if standing.gray.is_none() => {
                let standing = self.releases.release(component, appid).await?;
                match is_online(&standing) {
                    true => Ok(Outcome::Done),
                    false => Ok(unknown()),
                }
            }
            Some(_) => Ok(waits(
                Whom::Operator,
                match standing.gray {
                    Some(_) => Text::fixed("正在灰度发布", "a part of the users has the version"),
                    None => Text::fixed("审核已通过，等待发布", "the version is approved"),
                },
                Text::fixed("请确认后发布", "release it to all users"),
                Look::In(SELDOM),
            )),
            None => Ok(Outcome::Done),
        }
    }
}

impl Onboardings {
    /// How the releases stand, once it is known what became of the last order: whoever gave it may
    /// have died.
    async fn settled(&self, component: &AppId, appid: &AppId) -> Result<Standing, Trouble> {
        let standing = self.releases.show(component, appid).await?;
        if standing.pending.is_none() {
            return Ok(standing);
        }
        let settled = self.releases.advance(component, appid).await?;
        settled.filter(|standing| standing.pending.is_none()).ok_or(Trouble::UnderWay(Text::fixed(
            "微信尚未返回上一次操作的结果",
            "WeChat has not said yet what became of the last order",
        )))
    }
}

/// The administrator is asked to show his face.
fn shows_face(filing: &Filing) -> bool {
    filing.face.as_ref().is_some_and(|face| face.state == FaceState::Waiting)
}

fn is_of(review: &Review, trial: &Trial) -> bool {
    review.commit_id.as_deref() == Some(&*trial.commit_id)
}

fn is_failed(record: &Onboarding) -> bool {
    record.current().is_some_and(|current| current.state == StepState::Failed)
}

/// The version on trial, or the one that was reviewed last, is online.
fn is_online(standing: &Standing) -> bool {
    let online = standing.online.as_ref().and_then(|online| online.commit_id.as_deref());
    let trial = standing.trial.as_ref().map(|trial| &*trial.commit_id);
    let reviewed = standing.review.as_ref().filter(|it| it.state == ReviewState::Released);
    let reviewed = reviewed.and_then(|review| review.commit_id.as_deref());
    online.is_some() && (online == trial || online == reviewed)
}

fn unknown() -> Outcome {
    waits(
        Whom::WeChat,
        Text::fixed("微信尚未返回结果", "WeChat has not said yet what became of it"),
        Text::fixed("系统会自动核对", "it is being found out"),
        Look::In(SOON),
    )
}

fn rejected(review: Option<&Review>) -> Outcome {
    let reason = review.and_then(|review| review.reason.as_deref()).unwrap_or_default();
    waits(
        Whom::Operator,
        Text::new(format!("审核被驳回：{reason}"), format!("the review was rejected: {reason}")),
        Text::fixed(
            "请按驳回原因修改后重新提交审核，提交后自动继续",
            "correct what the reviewer names and submit it again; it goes on by itself then",
        ),
        Look::In(SELDOM),
    )
}

fn not_submitted(review: Option<&Review>) -> Outcome {
    let trouble = review.and_then(|review| review.trouble.as_ref());
    let why = trouble.map(|trouble| trouble.words.clone());
    failed_with(
        Whom::Operator,
        why.unwrap_or_else(|| ReviewState::Failed.words()),
        Text::fixed(
            "请处理后重试，或等待系统再次提交",
            "mend it and try it again, or wait until it is submitted again by itself",
        ),
        trouble.and_then(|trouble| trouble.errcode),
    )
}

fn at_wechat(review: Option<&Review>) -> Outcome {
    let state = review.map_or(ReviewState::Preparing, |review| review.state).words();
    let reason = review.and_then(|review| review.reason.as_deref()).filter(|it| !it.is_empty());
    let why = match reason {
        Some(reason) => {
            Text::new(format!("{}：{reason}", state.zh), format!("{}: {reason}", state.en))
        }
        None => state,
    };
    let what_to_do = Text::fixed(
        "请等待审核结果，通常在一个工作日内",
        "wait for the decision, as a rule within a working day",
    );
    waits(Whom::WeChat, why, what_to_do, Look::In(REVIEWERS))
}

fn not_ready(checks: &[Check]) -> Outcome {
    let wrong: Vec<&Check> = checks.iter().filter(|it| it.status == Status::Fail).collect();
    let join = |part: fn(&Check) -> &Text| {
        let zh: Vec<&str> = wrong.iter().map(|check| &*part(check).zh).collect();
        let en: Vec<&str> = wrong.iter().map(|check| &*part(check).en).collect();
        Text::new(zh.join("；"), en.join("; "))
    };
    failed(
        Whom::Operator,
        join(|check| check.finding.as_ref().unwrap_or(&check.title)),
        join(|check| check.what_to_do.as_ref().unwrap_or(&check.title)),
    )
}
