//! A rollout as it is shown alone: its order, and how far each wave is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platform::{
    rollouts::{Rollout, Tally, TargetState},
    text::Language,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    order::{ReleaseModeView, StopView, UsersPartView, WaveView},
    views::RolloutView,
};
use crate::routes::{segments::QueryView, timestamp};

/// A rollout with its order and its progress.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutProgress {
    /// The rollout.
    #[serde(flatten)]
    rollout: RolloutView,
    /// What was ordered.
    order: OrderView,
    /// The waves, in their order.
    waves: Vec<WaveProgress>,
    /// All waves together.
    total: CountView,
    /// Who said that something may go on.
    approvals: Vec<SaidView>,
}

/// What was ordered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    /// The segment that the query is of.
    segment: Option<String>,
    /// Who gets it.
    query: QueryView,
    /// Who comes first.
    canaries: Vec<String>,
    /// A word about the version.
    user_desc: String,
    /// The settings with variables in them.
    #[schema(value_type = Object)]
    ext: Map<String, Value>,
    /// When it stops by itself.
    stop: StopView,
    /// When an approved version goes online.
    release: ReleaseModeView,
    /// The parts of the users that have it before all do.
    gray: Vec<UsersPartView>,
    /// Takes those along who come later.
    follow: bool,
    /// Gives up what is in the way.
    replace: bool,
}

/// How far a wave is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaveProgress {
    /// Its number, from 1.
    wave: usize,
    /// What was ordered.
    ordered: WaveView,
    /// It has begun.
    begun: bool,
    /// How far its mini programs are.
    count: CountView,
}

/// Mini programs, counted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountView {
    /// All of them.
    size: u64,
    /// Those with which nothing more happens by itself.
    through: u64,
    /// Those that failed or were rejected.
    failed: u64,
    /// By state; states in which there is none are left out.
    #[schema(value_type = Object, example = json!({"in-review": 8, "released": 92}))]
    by_state: BTreeMap<&'static str, u64>,
}

/// Who said that something may go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SaidView {
    /// `wave` or `release`.
    what: &'static str,
    /// The wave, from 1.
    wave: u32,
    /// The id of the key.
    by: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

impl RolloutProgress {
    pub(super) fn of(
        rollout: Rollout,
        tallies: &[Tally],
        now: Timestamp,
        language: Language,
    ) -> Self {
        let order = rollout.order.clone();
        let none = Tally::default();
        let waves = order.waves.iter().enumerate().map(|(place, wave)| WaveProgress {
            wave: place + 1,
            ordered: wave.clone().into(),
            begun: place < rollout.waves_begun as usize,
            count: tallies.get(place).unwrap_or(&none).into(),
        });
        let approvals = rollout.approvals.iter().map(|said| SaidView {
            what: match said.what {
                platform::rollouts::Approved::Wave => "wave",
                platform::rollouts::Approved::Release => "release",
            },
            wave: said.wave + 1,
            by: said.by.clone(),
            at: timestamp(said.at.as_second()),
        });
        RolloutProgress {
            waves: waves.collect(),
            total: (&Tally::all(tallies)).into(),
            approvals: approvals.collect(),
            order: OrderView {
                segment: order.segment,
                query: order.query.into(),
                canaries: order.canaries.iter().map(ToString::to_string).collect(),
                user_desc: order.user_desc,
                ext: order.ext,
                stop: order.stop.into(),
                release: order.release.into(),
                gray: order.gray.into_iter().map(UsersPartView::from).collect(),
                follow: order.follow,
                replace: order.replace,
            },
            rollout: RolloutView::of(rollout, now, language),
        }
    }
}

impl From<&Tally> for CountView {
    fn from(tally: &Tally) -> Self {
        let counted = TargetState::ALL.into_iter().map(|state| (state.name(), tally.count(state)));
        CountView {
            size: tally.size,
            through: tally.through(),
            failed: tally.failed(),
            by_state: counted.filter(|(_, count)| *count > 0).collect(),
        }
    }
}
