//! One mini program of a rollout, as it is kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use crate::text::Text;

/// How far a mini program has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetState {
    /// Its wave has not begun.
    Waiting,
    /// Its code is to be committed.
    Queued,
    /// Its code is on trial and is to be submitted.
    Committed,
    /// Its review is being prepared, or is at WeChat.
    InReview,
    /// It may be released.
    Approved,
    /// The version is online.
    Released,
    /// WeChat's reviewers rejected it.
    Rejected,
    /// Something stands in its way that does not pass by itself.
    Failed,
    /// It was left out, by somebody or because the rollout ended before its turn.
    Skipped,
    /// It is to go back to the version that it had.
    RollingBack,
    /// It has the version again that it had.
    RolledBack,
    /// It was to go back and did not.
    Kept,
}

/// Why a mini program is out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What was being done.
    pub step: Step,
    /// WeChat's code, if it gave one.
    #[serde(default)]
    pub errcode: Option<i64>,
    /// The call that WeChat refused, where it refused one.
    #[serde(default)]
    pub path: Option<String>,
    /// What kind of thing it is, where WeChat gave no code.
    pub kind: CauseKind,
    /// In words.
    pub words: Text,
}

/// What is done with a mini program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Its code is committed.
    Commit,
    /// Its review is submitted.
    Submit,
    /// WeChat reviews it.
    Review,
    /// It is put online.
    Release,
    /// It goes back.
    Rollback,
}

/// What kind of thing stands in a mini program's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// WeChat refused a call, with a code.
    Refused,
    /// The reviewers rejected it.
    Rejected,
    /// The merchant has not authorized the platform, or not any more.
    Authorization,
    /// A variable of the merchant is missing.
    Variables,
    /// Things are not in a state in which it can be done.
    State,
    /// Somebody else committed, submitted or withdrew meanwhile.
    Overtaken,
    /// WeChat did not answer, however often it was tried.
    Unreachable,
    /// Another rollout has it.
    OtherRollout,
    /// What is online is not the rollout's any more.
    Changed,
    /// WeChat has no version to go back to.
    NoVersion,
    /// An operator said so, or the rollout ended.
    Operator,
}

/// What a mini program waits for, although its turn has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldUp {
    /// What kind of thing it is.
    pub kind: HoldUpKind,
    /// In words.
    pub words: Text,
}

/// See [`HoldUp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldUpKind {
    /// WeChat's privacy detection, which follows a commit.
    Detection,
    /// WeChat's reviewers.
    Review,
    /// The month's reviews are used up, but for the reserve.
    Quota,
    /// So many calls are made in a second, and others come first.
    Pace,
    /// The hours in which versions go online.
    Window,
    /// People who say so.
    Ok,
    /// WeChat or storage, which did not do it the last time.
    Trouble,
    /// A part of the users, who have it for a while before the others do.
    Gray,
    /// What became of a call that WeChat did not answer.
    Outcome,
}

/// What was online before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// The version's name.
    pub user_version: String,
    /// What was said about it.
    pub user_desc: String,
}

/// One mini program of a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its place in the order that was frozen, from 0.
    pub position: u64,
    /// The mini program.
    pub appid: AppId,
    /// Its name, when the rollout was planned.
    pub name: String,
    /// How far it has come.
    pub state: TargetState,
    /// Goes up by one with every change.
    pub version: u64,
    /// The wave that it belongs to, from 0; none until that has begun.
    #[serde(default)]
    pub wave: Option<u32>,
    /// What is online before the rollout's version is; written before that is released.
    #[serde(default)]
    pub before: Option<Before>,
    /// Nothing was online before.
    #[serde(default)]
    pub is_first: bool,
    /// So many of a hundred of its users were given the version, or are just being given it;
    /// written before that is done.
    #[serde(default)]
    pub gray: Option<u8>,
    /// The rollout's version, see [`crate::releases::Trial::commit_id`].
    #[serde(default)]
    pub commit_id: Option<String>,
    /// WeChat's number of its review.
    #[serde(default)]
    pub audit_id: Option<i64>,
    /// Why it is out.
    #[serde(default)]
    pub cause: Option<Cause>,
    /// What it waits for.
    #[serde(default)]
    pub hold_up: Option<HoldUp>,
    /// How often the present step was tried in vain.
    #[serde(default)]
    pub attempts: u32,
    /// It was tried again after it had failed: its settings are filled in anew.
    #[serde(default)]
    pub is_retry: bool,
    /// When its state changed.
    pub changed_at: Timestamp,
    /// The deployment's epoch in which it was last compared with WeChat.
    #[serde(default)]
    pub epoch: u64,
}

/// How many mini programs are in which state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub size: u64,
    /// By state; those that wait are what is left.
    pub by_state: BTreeMap<TargetState, u64>,
}

impl TargetState {
    /// All of them.
    pub const ALL: [TargetState; 12] = [
        TargetState::Waiting,
        TargetState::Queued,
        TargetState::Committed,
        TargetState::InReview,
        TargetState::Approved,
        TargetState::Released,
        TargetState::Rejected,
        TargetState::Failed,
        TargetState::Skipped,
        TargetState::RollingBack,
        TargetState::RolledBack,
        TargetState::Kept,
    ];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            TargetState::Waiting => "waiting",
            TargetState::Queued => "queued",
            TargetState::Committed => "committed",
            TargetState::InReview => "in-review",
            TargetState::Approved => "approved",
            TargetState::Released => "released",
            TargetState::Rejected => "rejected",
            TargetState::Failed => "failed",
            TargetState::Skipped => "skipped",
            TargetState::RollingBack => "rolling-back",
            TargetState::RolledBack => "rolled-back",
            TargetState::Kept => "kept",
        }
    }

    /// Nothing more happens by itself.
    pub fn is_through(self) -> bool {
        !matches!(
            self,
            TargetState::Waiting
                | TargetState::Queued
                | TargetState::Committed
                | TargetState::InReview
                | TargetState::Approved
                | TargetState::RollingBack
        )
    }

    /// It may be tried again.
    pub fn is_failure(self) -> bool {
        matches!(self, TargetState::Failed | TargetState::Rejected)
    }
}

impl Tally {
    /// How many are in this state.
    pub fn count(&self, state: TargetState) -> u64 {
        match state {
            TargetState::Waiting => self.size.saturating_sub(self.by_state.values().sum::<u64>()),
            state => self.by_state.get(&state).copied().unwrap_or(0),
        }
    }

    /// How many have come so far that nothing more happens by itself.
    pub fn through(&self) -> u64 {
        self.sum(TargetState::is_through)
    }

    /// How many failed or were rejected.
    pub fn failed(&self) -> u64 {
        self.sum(TargetState::is_failure)
    }

    /// How many reviews passed.
    pub fn approved(&self) -> u64 {
        self.sum(|state| {
            matches!(
                state,
                TargetState::Approved
                    | TargetState::Released
                    | TargetState::RollingBack
                    | TargetState::RolledBack
                    | TargetState::Kept
            )
        })
    }

    /// The sum of several.
    pub fn all<'a>(tallies: impl IntoIterator<Item = &'a Tally>) -> Tally {
        let mut sum = Tally::default();
        for tally in tallies {
            sum.size += tally.size;
            for (state, count) in &tally.by_state {
                *sum.by_state.entry(*state).or_default() += count;
            }
        }
        sum
    }

    fn sum(&self, counts: impl Fn(TargetState) -> bool) -> u64 {
        let states = TargetState::ALL.into_iter().filter(|state| counts(*state));
        states.map(|state| self.count(state)).sum()
    }
}

impl Cause {
    /// What groups it with others of its kind: `submit.85008`, `review.rejected`.
    pub fn key(&self) -> String {
        let step = match self.step {
            Step::Commit => "commit",
            Step::Submit => "submit",
            Step::Review => "review",
            Step::Release => "release",
            Step::Rollback => "rollback",
        };
        match self.errcode {
            Some(errcode) => format!("{step}.{errcode}"),
            None => format!("{step}.{}", self.kind.name()),
        }
    }
}

impl CauseKind {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            CauseKind::Refused => "refused",
            CauseKind::Rejected => "rejected",
            CauseKind::Authorization => "authorization",
            CauseKind::Variables => "variables",
            CauseKind::State => "state",
            CauseKind::Overtaken => "overtaken",
            CauseKind::Unreachable => "unreachable",
            CauseKind::OtherRollout => "other-rollout",
            CauseKind::Changed => "changed",
            CauseKind::NoVersion => "no-version",
            CauseKind::Operator => "operator",
        }
    }
}
