//! Rollouts as they are shown in lists.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platform::{
    rollouts::{PauseReason, Rollout, RolloutState},
    text::Language,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::timestamp;

/// Rollouts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutList {
    /// The newest first.
    pub(super) rollouts: Vec<RolloutView>,
    /// For the next part; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// A rollout.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutView {
    /// Its id.
    id: String,
    /// What operators call it.
    name: String,
    /// How far it is.
    state: RolloutStateView,
    /// The state in words.
    state_words: String,
    /// Why it is paused; null if it is not.
    pause: Option<RolloutPauseView>,
    /// The version's name.
    user_version: String,
    /// The template.
    template_id: i64,
    /// What was found when it was planned.
    plan: PlanView,
    /// How many waves have begun, of how many.
    waves_begun: u32,
    /// How many waves there are.
    waves_planned: usize,
    /// What the next wave waits for.
    waits_for: Vec<String>,
    /// Goes up by one with every change.
    version: u64,
    /// When it was ordered.
    #[schema(format = DateTime)]
    created_at: String,
    /// The id of the key that ordered it.
    created_by: String,
    /// When it was started.
    #[schema(format = DateTime)]
    started_at: Option<String>,
    /// The id of the key that started it.
    started_by: Option<String>,
    /// When it was over.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

/// How far a rollout is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RolloutStateView {
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

/// Why nothing is begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutPauseView {
    /// `operator`, `failures`, `same-code`, `rollback` or `restored`.
    reason: &'static str,
    /// In words.
    words: String,
    /// Since when.
    #[schema(format = DateTime)]
    at: String,
}

/// What was found when a rollout was planned.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanView {
    /// Over every request of the plan; the start asks for it. Null while it is being planned.
    digest: Option<String>,
    /// Mini programs that get the version.
    targets: u64,
    /// Mini programs that match and are left out, by the reason; see `…/excluded`.
    #[schema(value_type = Object, example = json!({"not-authorized": 3}))]
    excluded: BTreeMap<String, u64>,
    /// Reviews that it takes: one for each mini program.
    reviews_needed: u64,
    /// Reviews that were left this month when it was planned; null if WeChat could not be asked.
    reviews_left: Option<i64>,
    /// Reviews of a month.
    reviews_a_month: Option<i64>,
    /// Reviews that it leaves for hot fixes.
    reserve: i64,
    /// Reviews that wait for a later month.
    reviews_short: i64,
    /// Days until the last mini program is submitted, at the earliest; null if that is not known.
    days: Option<u64>,
}

impl RolloutView {
    pub(super) fn of(rollout: Rollout, now: Timestamp, language: Language) -> Self {
        let plan = PlanView::of(&rollout, now);
        let at = |at: Timestamp| timestamp(at.as_second());
        RolloutView {
            state: rollout.state.into(),
            state_words: rollout.state.words().sentence(language),
            pause: rollout.pause.map(|pause| RolloutPauseView {
                reason: match pause.reason {
                    PauseReason::Operator => "operator",
                    PauseReason::Failures => "failures",
                    PauseReason::SameCode => "same-code",
                    PauseReason::Rollback => "rollback",
                    PauseReason::Restored => "restored",
                },
                words: pause.words.sentence(language),
                at: at(pause.at),
            }),
            id: rollout.id,
            name: rollout.order.name,
            user_version: rollout.order.user_version,
            template_id: rollout.order.template_id,
            plan,
            waves_begun: rollout.waves_begun,
            waves_planned: rollout.order.waves.len(),
            waits_for: rollout.waits_for.iter().map(|words| words.sentence(language)).collect(),
            version: rollout.version,
            created_at: at(rollout.created_at),
            created_by: rollout.created_by,
            started_at: rollout.started_at.map(at),
            started_by: rollout.started_by,
            finished_at: rollout.finished_at.map(at),
        }
    }
}

impl PlanView {
    fn of(rollout: &Rollout, now: Timestamp) -> Self {
        let is_there = rollout.state != RolloutState::Planning;
        let plan = &rollout.plan;
        PlanView {
            digest: is_there.then(|| plan.digest.clone()),
            targets: plan.targets,
            excluded: plan.excluded.clone(),
            reviews_needed: plan.targets,
            reviews_left: plan.quota.map(|quota| quota.rest),
            reviews_a_month: plan.quota.map(|quota| quota.limit),
            reserve: rollout.order.reserve,
            reviews_short: rollout.quota_short(),
            days: is_there.then(|| rollout.days(now)).flatten(),
        }
    }
}

impl From<RolloutState> for RolloutStateView {
    fn from(state: RolloutState) -> Self {
        match state {
            RolloutState::Planning => RolloutStateView::Planning,
            RolloutState::Planned => RolloutStateView::Planned,
            RolloutState::Running => RolloutStateView::Running,
            RolloutState::Paused => RolloutStateView::Paused,
            RolloutState::RollingBack => RolloutStateView::RollingBack,
            RolloutState::Finished => RolloutStateView::Finished,
            RolloutState::Aborted => RolloutStateView::Aborted,
            RolloutState::RolledBack => RolloutStateView::RolledBack,
        }
    }
}
