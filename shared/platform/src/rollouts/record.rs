//! A rollout as it is kept: the order, how far it is, and what was planned.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::order::Order;
use crate::{counters::Period, text::Text};

/// How far a rollout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// Its targets are being found and written down.
    Planning,
    /// The plan is there to be looked at.
    Planned,
    /// It goes on by itself.
    Running,
    /// It begins nothing until somebody resumes it.
    Paused,
    /// What it released is being rolled back.
    RollingBack,
    /// Everything is through.
    Finished,
    /// It was ended before that.
    Aborted,
    /// What it had released was rolled back.
    RolledBack,
}

/// A rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// Its id.
    pub id: String,
    /// The component whose mini programs it is about.
    pub component: AppId,
    /// What it is to do.
    pub order: Order,
    /// How far it is.
    pub state: RolloutState,
    /// Why it is paused; none if it is not.
    #[serde(default)]
    pub pause: Option<Pause>,
    /// Goes up by one with every change.
    pub version: u64,
    /// What was found when it was planned.
    pub plan: Plan,
    /// Where each wave ends among the positions; empty until it is planned.
    #[serde(default)]
    pub boundaries: Vec<u64>,
    /// How many waves have begun.
    #[serde(default)]
    pub waves_begun: u32,
    /// When the last of them began.
    #[serde(default)]
    pub wave_begun_at: Option<Timestamp>,
    /// When the waves that have begun were through; none while they are not.
    #[serde(default)]
    pub through_at: Option<Timestamp>,
    /// Positions that were handed out, of the waves that have begun.
    #[serde(default)]
    pub dispatched: u64,
    /// What the next wave waits for, as it was when somebody last looked.
    #[serde(default)]
    pub waits_for: Vec<Text>,
    /// Who said that something may go on.
    #[serde(default)]
    pub approvals: Vec<Approval>,
    /// What is being rolled back, or was last.
    #[serde(default)]
    pub rollback: Option<Rollback>,
    /// The deployment's epoch in which somebody last started or resumed it.
    #[serde(default)]
    pub epoch: u64,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// The id of the key that ordered it.
    pub created_by: String,
    /// When it was started.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// The id of the key that started it.
    #[serde(default)]
    pub started_by: Option<String>,
    /// When it was over.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
}

/// Why nothing is begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What kind of reason it is.
    pub reason: PauseReason,
    /// In words.
    pub words: Text,
    /// Since when.
    pub at: Timestamp,
}

/// See [`Pause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PauseReason {
    /// An operator said so.
    Operator,
    /// Too many failed or were rejected.
    Failures,
    /// The same code came too often in a row.
    SameCode,
    /// A part of it was rolled back.
    Rollback,
    /// The tables were restored from a backup.
    Restored,
}

/// Who said that something may go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What.
    pub what: Approved,
    /// The wave, from 0.
    pub wave: u32,
    /// The id of the key.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What people say yes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approved {
    /// The wave may begin.
    Wave,
    /// The wave's approved versions may go online.
    Release,
}

/// Positions that are rolled back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The first.
    pub from: u64,
    /// One after the last.
    pub to: u64,
    /// How far the marking has come.
    pub marked: u64,
    /// The wave, from 0; none if it is the whole rollout.
    #[serde(default)]
    pub wave: Option<u32>,
    /// The id of the key that ordered it.
    pub by: String,
    /// When it was ordered.
    pub at: Timestamp,
}

/// What was found when a rollout was planned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Over every request of the plan, in order: whoever starts the rollout has seen this one.
    #[serde(default)]
    pub digest: String,
    /// Mini programs that have a position.
    pub targets: u64,
    /// Mini programs that match and were left out, by the reason.
    #[serde(default)]
    pub excluded: BTreeMap<String, u64>,
    /// The component's reviews this month; none if WeChat could not be asked.
    #[serde(default)]
    pub quota: Option<QuotaSeen>,
    /// Where the search goes on (an appid); none at its beginning.
    #[serde(default)]
    pub after: Option<AppId>,
    /// The mini programs that were put in front are written down.
    #[serde(default)]
    pub canaries_done: bool,
    /// When the search was last over.
    #[serde(default)]
    pub searched_at: Option<Timestamp>,
    /// When those who came later are looked for.
    #[serde(default)]
    pub search_at: Option<Timestamp>,
}

/// The component's reviews in a month, as WeChat told them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaSeen {
    /// Left.
    pub rest: i64,
    /// In a month.
    pub limit: i64,
    /// When WeChat was asked.
    pub at: Timestamp,
}

/// The stored item: the rollout, and around it what storage needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) pk: String,
    pub(super) sk: String,
    #[serde(flatten)]
    pub(super) rollout: Rollout,
    #[serde(default)]
    pub(super) lease_owner: Option<String>,
    /// By the holder's clock, in milliseconds.
    #[serde(default)]
    pub(super) lease_until: i64,
    /// The id of the last write: whoever hears nothing of its write knows it again.
    #[serde(default)]
    pub(super) saved_by: Option<String>,
    #[serde(default)]
    pub(super) due_shard: Option<String>,
    #[serde(default)]
    pub(super) due_at: Option<i64>,
}

impl RolloutState {
    /// Nothing more happens, unless somebody orders it.
    pub fn is_over(self) -> bool {
        matches!(self, RolloutState::Finished | RolloutState::Aborted | RolloutState::RolledBack)
    }
}

impl Rollout {
    /// The wave of a position.
    pub fn wave_of(&self, position: u64) -> u32 {
        self.boundaries.partition_point(|end| *end <= position) as u32
    }

    /// Positions whose waves have begun.
    pub fn begun(&self) -> u64 {
        match self.waves_begun {
            0 => 0,
            waves => self.boundaries.get(waves as usize - 1).copied().unwrap_or(0),
        }
    }

    /// All waves have begun.
    pub fn is_wholly_begun(&self) -> bool {
        self.waves_begun as usize >= self.boundaries.len()
    }

    /// Different people who said that something of a wave may go on.
    pub fn people(&self, what: Approved, wave: u32) -> usize {
        let said = self.approvals.iter().filter(|said| said.what == what && said.wave == wave);
        said.map(|said| &said.by).collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Reviews that the plan takes beyond what is left, the reserve kept: those wait for a later
    /// month.
    pub fn quota_short(&self) -> i64 {
        let left = self.plan.quota.map_or(i64::MAX, |quota| quota.rest - self.order.reserve);
        (self.plan.targets as i64).saturating_sub(left.max(0)).max(0)
    }

    /// Days until the last mini program is submitted, at the earliest: a day for the reviewers of
    /// each wave but the last, what each gate has a wave soak for, and the months that the quota
    /// takes. None if the quota is not known or never suffices.
    pub fn days(&self, now: Timestamp) -> Option<u64> {
        let quota = self.plan.quota?;
        let begun: Vec<_> = self.boundaries.windows(2).filter(|pair| pair[0] < pair[1]).collect();
        let soaks: u64 =
            self.order.waves.iter().map(|wave| u64::from(wave.gate.soak_minutes)).sum();
        let waves = begun.len() as u64 + soaks.div_ceil(24 * 60);
        let short = self.quota_short();
        if short == 0 {
            return Some(waves);
        }
        let monthly = quota.limit - self.order.reserve;
        if monthly <= 0 {
            return None;
        }
        let months = (short as u64).div_ceil(monthly as u64) - 1;
        let until_next =
            Period::Month.next_after(now)?.duration_since(now).as_hours().max(0) as u64;
        Some(waves.max(until_next.div_ceil(24) + months * 30))
    }
}

/// The partition of a component's rollouts.
pub(super) fn partition(component: &AppId) -> String {
    format!("rollouts#{component}")
}

/// The partition of everything of one rollout.
pub(super) fn partition_of(component: &AppId, id: &str) -> String {
    format!("rollout#{component}#{id}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rollout() -> Rollout {
        let now = Timestamp::UNIX_EPOCH;
        serde_json::from_value(json!({
            "id": "1", "component": "wx00000000000000c0", "state": "running", "version": 1,
            "order": {
                "name": "a", "query": {}, "template_id": 1, "user_version": "1", "reserve": 100,
                "waves": [
                    { "size": { "count": 1 } },
                    { "size": { "percent": 10.0 }, "gate": { "soak_minutes": 1500 } },
                    { "size": { "percent": 100.0 } },
                ],
            },
            "plan": { "targets": 1000, "quota": { "rest": 600, "limit": 600, "at": now } },
            "boundaries": [1, 100, 1000], "created_at": now, "created_by": "key",
        }))
        .unwrap()
    }

    #[test]
    fn a_position_belongs_to_the_first_wave_that_ends_after_it() {
        let mut rollout = rollout();
        assert_eq!([0, 1, 99, 100, 999].map(|at| rollout.wave_of(at)), [0, 1, 1, 2, 2]);
        assert_eq!(rollout.begun(), 0);
        rollout.waves_begun = 2;
        assert_eq!(rollout.begun(), 100);
        rollout.boundaries = vec![1, 1, 5];
        assert_eq!([0, 1, 4].map(|at| rollout.wave_of(at)), [0, 2, 2], "a wave may be empty");
    }

    #[test]
    fn a_plan_says_how_many_reviews_are_short_and_how_long_it_takes() {
        // 2026-11-20 in Beijing: eleven days until the next month.
        let now = "2026-11-20T00:00:00+08:00".parse().unwrap();
        let mut rollout = rollout();
        assert_eq!(rollout.quota_short(), 500, "100 of the 600 are a reserve");
        assert_eq!(rollout.days(now), Some(11));
        rollout.plan.targets = 1600;
        assert_eq!(rollout.days(now), Some(11 + 2 * 30), "1,100 short: three more months' worth");
        rollout.plan.targets = 400;
        assert_eq!((rollout.quota_short(), rollout.days(now)), (0, Some(2 + 2)));
        rollout.plan.quota = None;
        assert_eq!((rollout.quota_short(), rollout.days(now)), (0, None));
    }

    #[test]
    fn the_same_person_counts_once() {
        let mut rollout = rollout();
        let say = |by: &str| Approval {
            what: Approved::Wave,
            wave: 1,
            by: by.to_owned(),
            at: Timestamp::UNIX_EPOCH,
        };
        rollout.approvals = vec![say("one"), say("one"), say("other")];
        assert_eq!(rollout.people(Approved::Wave, 1), 2);
        assert_eq!(rollout.people(Approved::Wave, 2), 0);
        assert_eq!(rollout.people(Approved::Release, 1), 0);
    }
}
