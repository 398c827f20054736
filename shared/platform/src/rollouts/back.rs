//! Rolling a rollout back: every mini program whose online version is still the rollout's returns
//! to the version that it had. The others stay as they are, each with the reason.

use wechat::{AppId, endpoint::HistoryVersion};

use super::{
    RolloutError, Rollouts,
    conduct::{left_out, skipped},
    hold::{Held, Moved, Next},
    orders::wrong,
    record::{Item, Pause, PauseReason, Rollback, Rollout, RolloutState},
    target::{Before, Cause, CauseKind, Step, Tally, Target, TargetState},
};
use crate::{event::kind, releases::Versions, text::Text};

impl Rollouts {
    /// Orders that what the rollout released goes back: all of it, or one wave. Nothing more is
    /// begun. After one wave the rollout is paused; after all of it it is over.
    pub async fn order_rollback(
        &self,
        component: &AppId,
        id: &str,
        by: &str,
        wave: Option<u32>,
    ) -> Result<Rollout, RolloutError> {
        let at = self.clock.now();
        let ordered = self
            .change_rollout(component, id, vec![kind::ROLLOUT_ROLLBACK], |rollout| {
                if rollout.started_at.is_none() || rollout.state == RolloutState::RollingBack {
                    return Err(wrong(
                        rollout,
                        "只有开始过、没有正在回退的发布可以回退",
                        "only one that was started and is not on its way back can go back",
                    ));
                }
                let begun = rollout.begun();
                let (from, to) = match wave {
                    None => (0, begun),
                    Some(wave) if wave < rollout.waves_begun => {
                        let end = |wave: u32| rollout.boundaries.get(wave as usize).copied();
                        let from = wave.checked_sub(1).and_then(end).unwrap_or(0);
                        (from, end(wave).unwrap_or(from))
                    }
                    Some(_) => {
                        return Err(RolloutError::Invalid(vec![crate::fault::Fault {
                            pointer: "/wave".to_owned(),
                            why: Text::fixed("这一波还没有开始", "the wave has not begun"),
                        }]));
                    }
                };
                rollout.rollback =
                    Some(Rollback { from, to, marked: from, wave, by: by.to_owned(), at });
                rollout.state = RolloutState::RollingBack;
                rollout.pause = None;
                rollout.plan.search_at = None;
                Ok(())
            })
            .await?;
        self.announce_rollout(component, id).await;
        Ok(ordered)
    }

    /// Marks a page of targets that go back; when all are marked, looks whether all are there. True
    /// if there is more to do now.
    pub(super) async fn mark_page(&self, held: &mut Item) -> Result<bool, RolloutError> {
        let rollout = held.rollout.clone();
        let Some(rollback) = &rollout.rollback else { return Ok(false) };
        if rollback.marked >= rollback.to {
            return self.look_whether_back(held).await;
        }
        let (items, _) = self.page_from(&rollout, rollback.marked).await?;
        let mut reached = rollback.to;
        let mut marked = Vec::new();
        for item in items {
            let target = item.target.clone();
            if target.position >= rollback.to {
                break;
            }
            reached = target.position + 1;
            let now = self.clock.now();
            let (wanted, next) = match target.state {
                // Online, or with a part of the users.
                state
                    if state == TargetState::Released
                        || (state == TargetState::Approved && target.gray.is_some()) =>
                {
                    let back = Target {
                        state: TargetState::RollingBack,
                        changed_at: now,
                        ..target.clone()
                    };
                    (back, Next::At(now))
                }
                state if state.is_through() => continue,
                TargetState::RollingBack => continue,
                // Of one wave only what is online goes back; the rest waits for the resumption.
                _ if rollback.wave.is_some() && item.due_at.is_none() => continue,
                _ if rollback.wave.is_some() => (target.clone(), Next::Parked),
                _ => {
                    let words =
                        Text::fixed("发布已回退", "the rollout was rolled back before its turn");
                    let wave = target.wave.or(Some(rollout.wave_of(target.position)));
                    let cause = left_out(CauseKind::Operator, words);
                    (Target { wave, ..skipped(&target, cause, now) }, Next::Parked)
                }
            };
            let back = wanted.state == TargetState::RollingBack;
            match self.move_target(&rollout, item, wanted, next).await? {
                Moved::Done if back => marked.push(target.position),
                Moved::Done => {}
                // Somebody is doing a step of it, perhaps releasing it: it is looked at again.
                Moved::Changed => {
                    self.announce_targets(&rollout.component, &rollout.id, &marked).await;
                    self.mark_up_to(held, target.position).await?;
                    return Ok(false);
                }
                Moved::Taken => {
                    self.keep(&rollout, &target).await?;
                }
            }
        }
        self.announce_targets(&rollout.component, &rollout.id, &marked).await;
        self.mark_up_to(held, reached).await?;
        Ok(true)
    }

    async fn mark_up_to(&self, held: &mut Item, position: u64) -> Result<(), RolloutError> {
        if let Some(rollback) = &mut held.rollout.rollback {
            rollback.marked = position;
        }
        self.save_rollout(held, Vec::new()).await
    }

    /// Another rollout has the mini program by now: its version is not ours to take back.
    async fn keep(&self, rollout: &Rollout, target: &Target) -> Result<(), RolloutError> {
        let item = self.target_item(&rollout.component, &rollout.id, target.position).await?;
        let Some(item) = item else { return Ok(()) };
        let words = Text::fixed("正在另一个发布计划中", "another rollout has it at the moment");
        let kept = Target {
            state: TargetState::Kept,
            cause: Some(cause(CauseKind::OtherRollout, words)),
            changed_at: self.clock.now(),
            ..item.target.clone()
        };
        self.move_target(rollout, item, kept, Next::Parked).await.map(drop)
    }

    async fn look_whether_back(&self, held: &mut Item) -> Result<bool, RolloutError> {
        let tallies = self.tallies(&held.rollout).await?;
        if Tally::all(&tallies).count(TargetState::RollingBack) > 0 {
            self.save_rollout(held, Vec::new()).await?;
            return Ok(false);
        }
        let now = self.clock.now();
        let rollout = &mut held.rollout;
        match rollout.rollback.as_ref().and_then(|rollback| rollback.wave) {
            None => {
                rollout.state = RolloutState::RolledBack;
                rollout.finished_at = Some(now);
            }
            Some(wave) => {
                rollout.state = RolloutState::Paused;
                let words = Text::new(
                    format!("第 {} 波已回退", wave + 1),
                    format!("wave {} was rolled back", wave + 1),
                );
                rollout.pause = Some(Pause { reason: PauseReason::Rollback, words, at: now });
            }
        }
        self.save_rollout(held, vec![kind::ROLLOUT_ROLLED_BACK]).await?;
        Ok(false)
    }

    /// Takes one mini program back.
    pub(super) async fn roll_back(&self, held: &mut Held<'_>) -> Result<Next, RolloutError> {
        let (component, appid) = (held.rollout.component.clone(), held.target().appid.clone());
        if let Some(next) = self.take_from_part(held).await? {
            return Ok(next);
        }
        let versions = match self.releases.versions(&component, &appid).await {
            Ok(versions) => versions,
            Err(error) => return self.not_rolled_back(held, error).await,
        };
        let before = held.target().before.clone();
        if before.as_ref().is_some_and(|before| is_online(&versions, before)) {
            // It is there: by an earlier attempt of ours, or by somebody else's doing.
            held.enter(TargetState::RolledBack);
            return Ok(Next::Parked);
        }
        if !is_ours(&versions, held.target()) {
            let seen = versions.online.map(|online| online.release_version).unwrap_or_default();
            let words = Text::new(
                format!("线上版本 {seen} 已不是本次发布的版本"),
                format!("what is online, '{seen}', is not the rollout's version any more"),
            );
            return self.keep_held(held, CauseKind::Changed, words);
        }
        let Some(before) = before else {
            let words = Text::fixed(
                "这是首次发布，没有可以回退的版本",
                "it was the first release: there is no version to go back to",
            );
            return self.keep_held(held, CauseKind::NoVersion, words);
        };
        let Some(version) = versions.history.iter().find(|version| is_before(version, &before))
        else {
            let words = Text::new(
                format!("微信的历史版本中没有 {}", before.user_version),
                format!("WeChat's history has no {} any more", before.user_version),
            );
            return self.keep_held(held, CauseKind::NoVersion, words);
        };
        match self.releases.rollback(&component, &appid, version.app_version).await {
            Ok(standing) if standing.pending.is_some() => Ok(self.ask_later(held)),
            Ok(_) => {
                held.enter(TargetState::RolledBack);
                Ok(Next::Parked)
            }
            Err(error) => self.not_rolled_back(held, error).await,
        }
    }

    /// What passes is tried again; anything else leaves the version as it is.
    pub(super) async fn not_rolled_back(
        &self,
        held: &mut Held<'_>,
        error: crate::releases::ReleaseError,
    ) -> Result<Next, RolloutError> {
        let next = self.trouble(held, Step::Rollback, error).await?;
        if held.target().state == TargetState::Failed {
            held.change().state = TargetState::Kept;
        }
        Ok(next)
    }

    fn keep_held(
        &self,
        held: &mut Held<'_>,
        kind: CauseKind,
        words: Text,
    ) -> Result<Next, RolloutError> {
        held.enter(TargetState::Kept);
        held.change().cause = Some(cause(kind, words));
        Ok(Next::Parked)
    }
}

fn cause(kind: CauseKind, words: Text) -> Cause {
    Cause { step: Step::Rollback, errcode: None, path: None, kind, words }
}

fn is_online(versions: &Versions, before: &Before) -> bool {
    versions.online.as_ref().is_some_and(|online| {
        online.release_version == before.user_version && online.release_desc == before.user_desc
    })
}

/// Whether what is online is the version that the rollout put there.
fn is_ours(versions: &Versions, target: &Target) -> bool {
    versions.online.as_ref().is_some_and(|online| {
        let marker = target.commit_id.as_ref().map(|id| format!("[wf:{id}]"));
        marker.is_some_and(|marker| online.release_desc.contains(&marker))
    })
}

fn is_before(version: &HistoryVersion, before: &Before) -> bool {
    version.user_version == before.user_version && version.user_desc == before.user_desc
}
