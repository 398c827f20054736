//! What operators order: a rollout to be planned, started, paused, resumed, ended; people's OK; and
//! targets to be tried again or left out. Every change is one conditional write, and says what it
//! expects.

use tokio::task::JoinSet;
use wechat::AppId;

use super::{
    RolloutError, Rollouts,
    conduct::{left_out, skipped},
    hold::{self, Moved, Next},
    order::{Order, ReleaseMode},
    plan::again,
    record::{
        Approval, Approved, Item, Pause, PauseReason, Plan, Rollout, RolloutState, partition,
    },
    target::{CauseKind, Target},
};
use crate::{
    event::kind,
    releases::{ReleaseError, Submission},
    text::Text,
};

/// A write that somebody else's came before is tried so often.
const ATTEMPTS: usize = 5;
/// Targets that one order tries again.
const MOST_AGAIN: usize = 500;
/// Targets that are written at once.
const AT_ONCE: usize = 8;

/// What became of a group that was to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// Targets that are tried again.
    pub retried: usize,
    /// There are more than one order takes: order it once more.
    pub more: bool,
}

impl Rollouts {
    /// Orders a rollout: its plan is made at once, in the background. `by` is the id of the
    /// operator's key.
    pub async fn create(
        &self,
        component: &AppId,
        by: &str,
        mut order: Order,
    ) -> Result<Rollout, RolloutError> {
        if let Some(segment) = &order.segment {
            order.query = self.segments.find(component, segment).await?.query;
        }
        let wrong = order.check();
        if !wrong.is_empty() {
            return Err(RolloutError::Invalid(wrong));
        }
        let now = self.clock.now();
        let id = self.random.identifier(now);
        let rollout = Rollout {
            id: id.clone(),
            component: component.clone(),
            order,
            state: RolloutState::Planning,
            pause: None,
            version: 1,
            plan: Plan::default(),
            boundaries: Vec::new(),
            waves_begun: 0,
            wave_begun_at: None,
            through_at: None,
            dispatched: 0,
            waits_for: Vec::new(),
            approvals: Vec::new(),
            rollback: None,
            epoch: self.epoch,
            created_at: now,
            created_by: by.to_owned(),
            started_at: None,
            started_by: None,
            finished_at: None,
        };
        let item = Item {
            pk: partition(component),
            sk: id.clone(),
            due_shard: Some(hold::WORK.shard(&id)),
            due_at: Some((now + super::conduct::AGAIN).as_millisecond()),
            rollout,
            lease_owner: None,
            lease_until: 0,
            saved_by: None,
        };
        // The ids hold 80 random bits: what is there is what we wrote and were not told of.
        self.table.create(self.table.item(&item)?).await?;
        self.announce_rollout(component, &id).await;
        Ok(item.rollout)
    }

    /// Starts what was planned, if the plan is the one whose digest is given.
    pub async fn start(
        &self,
        component: &AppId,
        id: &str,
        by: &str,
        digest: &str,
    ) -> Result<Rollout, RolloutError> {
        let (now, epoch) = (self.clock.now(), self.epoch);
        let started = self
            .change_rollout(component, id, vec![kind::ROLLOUT_STARTED], |rollout| {
                match rollout.state {
                    RolloutState::Planned => {}
                    RolloutState::Planning => {
                        return Err(wrong(
                            rollout,
                            "请等待计划生成完毕，核对后再开始",
                            "wait until the plan is there, look at it, then start",
                        ));
                    }
                    _ => {
                        return Err(wrong(
                            rollout,
                            "只有已生成计划、尚未开始的发布可以开始",
                            "only one that is planned and was not started can be started",
                        ));
                    }
                }
                if rollout.plan.digest != digest {
                    return Err(RolloutError::OtherPlan);
                }
                if rollout.plan.targets == 0 && !rollout.order.follow {
                    return Err(wrong(
                        rollout,
                        "没有可以发布的小程序；请查看被排除的原因",
                        "there is no mini program to release to; see who was left out and why",
                    ));
                }
                rollout.state = RolloutState::Running;
                rollout.started_at = Some(now);
                rollout.started_by = Some(by.to_owned());
                rollout.epoch = epoch;
                Ok(())
            })
            .await?;
        self.announce_rollout(component, id).await;
        Ok(started)
    }

    /// Begins nothing more until somebody resumes it. What is at WeChat stays there.
    pub async fn pause(&self, component: &AppId, id: &str) -> Result<Rollout, RolloutError> {
        let at = self.clock.now();
        self.change_rollout(component, id, vec![kind::ROLLOUT_PAUSED], |rollout| {
            if rollout.state != RolloutState::Running {
                return Err(wrong(
                    rollout,
                    "只能暂停正在进行的发布",
                    "only one that runs can be paused",
                ));
            }
            let words = Text::fixed("操作人员暂停", "an operator paused it");
            rollout.state = RolloutState::Paused;
            rollout.pause = Some(Pause { reason: PauseReason::Operator, words, at });
            Ok(())
        })
        .await
    }

    /// Goes on with a rollout that is paused: targets that were parked are handed out again.
    pub async fn resume(&self, component: &AppId, id: &str) -> Result<Rollout, RolloutError> {
        let epoch = self.epoch;
        let rollout = self.find(component, id).await?;
        let stopped = rollout.pause.as_ref().map(|pause| pause.reason);
        if stopped == Some(PauseReason::SameCode) {
            self.forget_streaks(&rollout).await?;
        }
        let resumed = self
            .change_rollout(component, id, vec![kind::ROLLOUT_RESUMED], |rollout| {
                if rollout.state != RolloutState::Paused {
                    return Err(wrong(
                        rollout,
                        "只能恢复已暂停的发布",
                        "only one that is paused can be resumed",
                    ));
                }
                if stopped == Some(PauseReason::Failures) {
                    // Whoever resumes has seen the failures, and decides from here on.
                    rollout.order.stop.failed_percent = None;
                }
                rollout.state = RolloutState::Running;
                rollout.pause = None;
                rollout.dispatched = 0;
                rollout.epoch = epoch;
                Ok(())
            })
            .await?;
        self.announce_rollout(component, id).await;
        Ok(resumed)
    }

    /// Ends a rollout: nothing more is begun. What is online stays online, what is in review stays
    /// in review, and nothing of it is released; what a part of the users has, that part keeps.
    pub async fn abort(&self, component: &AppId, id: &str) -> Result<Rollout, RolloutError> {
        let now = self.clock.now();
        let aborted = self
            .change_rollout(component, id, vec![kind::ROLLOUT_ABORTED], |rollout| {
                if rollout.state.is_over() || rollout.state == RolloutState::RollingBack {
                    return Err(wrong(rollout, "发布已经结束", "it is over already"));
                }
                rollout.state = RolloutState::Aborted;
                rollout.pause = None;
                rollout.finished_at = Some(now);
                rollout.plan.search_at = None;
                rollout.plan.after = None;
                rollout.dispatched = 0;
                Ok(())
            })
            .await?;
        self.announce_rollout(component, id).await;
        Ok(aborted)
    }

    /// Somebody says that a wave may begin, or that what is approved of it may go online. The same
    /// person counts once.
    pub async fn approve(
        &self,
        component: &AppId,
        id: &str,
        by: &str,
        what: Approved,
        wave: u32,
    ) -> Result<Rollout, RolloutError> {
        let at = self.clock.now();
        let approved = self
            .change_rollout(component, id, Vec::new(), |rollout| {
                if rollout.state.is_over() {
                    return Err(wrong(rollout, "发布已经结束", "it is over already"));
                }
                if wave as usize >= rollout.order.waves.len() {
                    return Err(RolloutError::Invalid(vec![crate::fault::Fault {
                        pointer: "/wave".to_owned(),
                        why: Text::fixed("没有这一波", "there is no such wave"),
                    }]));
                }
                let said = Approval { what, wave, by: by.to_owned(), at };
                let known = rollout
                    .approvals
                    .iter()
                    .any(|known| known.what == what && known.wave == wave && known.by == by);
                if !known {
                    rollout.approvals.push(said);
                }
                let waits = matches!(rollout.order.release, ReleaseMode::AfterOk(_));
                if what == Approved::Release && waits && rollout.state == RolloutState::Running {
                    // Those that wait for it are parked.
                    rollout.dispatched = 0;
                }
                Ok(())
            })
            .await?;
        self.announce_rollout(component, id).await;
        Ok(approved)
    }

    /// Tries targets again that failed or were rejected: all of one cause, or one alone. Their
    /// settings are filled in anew, with the variables as they are now; `submission` is what is said
    /// to the reviewer about these.
    pub async fn retry(
        &self,
        component: &AppId,
        id: &str,
        cause: Option<&str>,
        appid: Option<&AppId>,
        submission: Option<&Submission>,
    ) -> Result<Retried, RolloutError> {
        if let Some(submission) = submission {
            submission.check().into_result::<ReleaseError>()?;
        }
        let rollout = self.find(component, id).await?;
        if matches!(
            rollout.state,
            RolloutState::Aborted | RolloutState::RollingBack | RolloutState::RolledBack
        ) {
            return Err(wrong(
                &rollout,
                "请新建一个只含这些小程序的发布",
                "order a new rollout for these mini programs",
            ));
        }
        let (items, more) = match appid {
            Some(appid) => {
                let item = self.target_of(&rollout, appid).await?;
                let item = item.ok_or_else(|| RolloutError::NoTarget(appid.to_string()))?;
                if !item.target.state.is_failure() {
                    return Err(RolloutError::WrongState {
                        state: Text::fixed("它没有失败", "it did not fail"),
                        what_to_do: Text::fixed(
                            "只能重试失败或被驳回的小程序",
                            "only what failed or was rejected can be tried again",
                        ),
                    });
                }
                (vec![item], false)
            }
            None => self.failures_of(&rollout, cause, MOST_AGAIN).await?,
        };
        let mut running = JoinSet::new();
        let (mut retried, mut handed_out) = (0, Vec::new());
        let mut items = items.into_iter();
        loop {
            while running.len() < AT_ONCE
                && let Some(item) = items.next()
            {
                let (rollouts, rollout) = (self.clone(), rollout.clone());
                let submission = submission.cloned();
                running.spawn(async move {
                    rollouts.try_again(&rollout, item, submission.as_ref()).await
                });
            }
            let Some(ended) = running.join_next().await else { break };
            let ended = ended.map_err(|panic| self.table.error("retry", panic.to_string()))?;
            if let Some(position) = ended? {
                retried += 1;
                handed_out.push(position);
            }
        }
        if retried > 0 && rollout.state == RolloutState::Finished {
            self.change_rollout(component, id, Vec::new(), |rollout| {
                if rollout.state == RolloutState::Finished {
                    rollout.state = RolloutState::Running;
                    rollout.finished_at = None;
                }
                Ok(())
            })
            .await?;
        }
        self.announce_targets(component, id, &handed_out).await;
        Ok(Retried { retried, more })
    }

    async fn try_again(
        &self,
        rollout: &Rollout,
        item: hold::Item,
        submission: Option<&Submission>,
    ) -> Result<Option<u64>, RolloutError> {
        let now = self.clock.now();
        if let Some(submission) = submission {
            let appid = &item.target.appid;
            let request = self.request(&rollout.component, &rollout.id, appid).await?;
            if let Some(mut request) = request {
                request.submission = Some(submission.clone());
                self.table.put(self.table.item(&request)?).await?;
            }
        }
        let target = again(&item.target, now);
        let position = target.position;
        let moved = self.move_target(rollout, item, target, Next::At(now)).await?;
        Ok((moved == Moved::Done).then_some(position))
    }

    /// Leaves one target out: nothing more is begun with it.
    pub async fn skip(
        &self,
        component: &AppId,
        id: &str,
        appid: &AppId,
    ) -> Result<Target, RolloutError> {
        let rollout = self.find(component, id).await?;
        for _ in 0..ATTEMPTS {
            let item = self.target_of(&rollout, appid).await?;
            let item = item.ok_or_else(|| RolloutError::NoTarget(appid.to_string()))?;
            if item.target.state.is_through() && !item.target.state.is_failure() {
                return Ok(item.target);
            }
            let words = Text::fixed("操作人员跳过", "an operator left it out");
            let now = self.clock.now();
            let wave = item.target.wave.or(Some(rollout.wave_of(item.target.position)));
            let cause = left_out(CauseKind::Operator, words);
            let target = Target { wave, ..skipped(&item.target, cause, now) };
            match self.move_target(&rollout, item, target.clone(), Next::Parked).await? {
                Moved::Done => return Ok(target),
                Moved::Changed | Moved::Taken => {
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                }
            }
        }
        Err(RolloutError::Busy)
    }

    /// Changes a rollout as it is now, again and again if somebody else was quicker.
    pub(super) async fn change_rollout(
        &self,
        component: &AppId,
        id: &str,
        told: Vec<&'static str>,
        change: impl Fn(&mut Rollout) -> Result<(), RolloutError>,
    ) -> Result<Rollout, RolloutError> {
        for _ in 0..ATTEMPTS {
            let item: Option<Item> = self.table.read(&partition(component), id).await?;
            let mut item = item.ok_or_else(|| RolloutError::NotFound(id.to_owned()))?;
            change(&mut item.rollout)?;
            match self.save_rollout(&mut item, told.clone()).await {
                Ok(()) => return Ok(item.rollout),
                Err(RolloutError::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        Err(RolloutError::Busy)
    }
}

pub(super) fn wrong(rollout: &Rollout, zh: &str, en: &str) -> RolloutError {
    RolloutError::WrongState { state: rollout.state.words(), what_to_do: Text::new(zh, en) }
}

impl RolloutState {
    /// The state in words.
    pub fn words(self) -> Text {
        match self {
            RolloutState::Planning => Text::fixed("计划正在生成", "it is being planned"),
            RolloutState::Planned => {
                Text::fixed("计划已生成，尚未开始", "it is planned and not started")
            }
            RolloutState::Running => Text::fixed("发布正在进行", "it is running"),
            RolloutState::Paused => Text::fixed("发布已暂停", "it is paused"),
            RolloutState::RollingBack => Text::fixed("正在回退", "it is being rolled back"),
            RolloutState::Finished => Text::fixed("发布已完成", "it is finished"),
            RolloutState::Aborted => Text::fixed("发布已终止", "it was ended"),
            RolloutState::RolledBack => Text::fixed("发布已回退", "it was rolled back"),
        }
    }
}
