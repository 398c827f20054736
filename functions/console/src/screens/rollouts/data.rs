//! Rollouts as the API shows them, as far as pages say it.

use std::collections::BTreeMap;

use platform::text::{Language, Text};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(in crate::screens) struct List {
    pub(in crate::screens) rollouts: Vec<Rollout>,
    pub(in crate::screens) next_cursor: Option<String>,
}

/// A rollout in a list.
#[derive(Deserialize)]
pub(in crate::screens) struct Rollout {
    pub(in crate::screens) id: String,
    pub(in crate::screens) name: String,
    pub(in crate::screens) state: String,
    pub(in crate::screens) pause: Option<Pause>,
    pub(in crate::screens) user_version: String,
    pub(in crate::screens) template_id: i64,
    pub(in crate::screens) plan: Plan,
    pub(in crate::screens) waves_begun: u32,
    pub(in crate::screens) waves_planned: usize,
    #[serde(default)]
    pub(in crate::screens) waits_for: Vec<String>,
    pub(in crate::screens) created_at: String,
    pub(in crate::screens) started_at: Option<String>,
    pub(in crate::screens) finished_at: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::screens) struct Pause {
    pub(in crate::screens) words: String,
    pub(in crate::screens) at: String,
}

#[derive(Deserialize)]
pub(in crate::screens) struct Plan {
    pub(in crate::screens) digest: Option<String>,
    pub(in crate::screens) targets: u64,
    #[serde(default)]
    pub(in crate::screens) excluded: BTreeMap<String, u64>,
    pub(in crate::screens) reviews_needed: u64,
    pub(in crate::screens) reviews_left: Option<i64>,
    pub(in crate::screens) reviews_a_month: Option<i64>,
    pub(in crate::screens) reserve: i64,
    pub(in crate::screens) reviews_short: i64,
    pub(in crate::screens) days: Option<u64>,
}

/// A rollout alone, with its waves.
#[derive(Deserialize)]
pub(super) struct Progress {
    #[serde(flatten)]
    pub(super) rollout: Rollout,
    pub(super) order: Order,
    pub(super) waves: Vec<Wave>,
    pub(super) total: Count,
    #[serde(default)]
    pub(super) approvals: Vec<Said>,
}

#[derive(Deserialize)]
pub(super) struct Order {
    pub(super) user_desc: String,
    #[serde(default)]
    pub(super) ext: Map<String, Value>,
    pub(super) release: Value,
    pub(super) follow: bool,
    #[serde(default)]
    pub(super) canaries: Vec<String>,
    #[serde(default)]
    pub(super) gray: Vec<Part>,
}

/// A part of each mini program's users.
#[derive(Deserialize)]
pub(super) struct Part {
    percent: u8,
    minutes: u32,
}

impl Part {
    /// How many of the users, and for how long.
    pub(super) fn told(&self, language: Language) -> String {
        let Part { percent, minutes } = self;
        let text = match minutes % 60 {
            0 => Text::new(
                format!("{percent}% 的用户 {} 小时", minutes / 60),
                format!("{percent}% of the users for {} hours", minutes / 60),
            ),
            _ => Text::new(
                format!("{percent}% 的用户 {minutes} 分钟"),
                format!("{percent}% of the users for {minutes} minutes"),
            ),
        };
        text.read(language).to_owned()
    }
}

#[derive(Deserialize)]
pub(super) struct Wave {
    pub(super) wave: usize,
    pub(super) ordered: Ordered,
    pub(super) begun: bool,
    pub(super) count: Count,
}

#[derive(Deserialize)]
pub(super) struct Ordered {
    pub(super) count: Option<u64>,
    pub(super) percent: Option<f64>,
    pub(super) gate: Gate,
}

#[derive(Deserialize)]
pub(super) struct Gate {
    pub(super) through_percent: u8,
    pub(super) approved_percent: Option<u8>,
    pub(super) failed_percent: Option<u8>,
    pub(super) soak_minutes: u32,
    pub(super) window: Option<Window>,
    pub(super) people: u8,
}

#[derive(Deserialize)]
pub(super) struct Window {
    #[serde(default)]
    pub(super) days: Vec<i8>,
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Deserialize)]
pub(super) struct Count {
    pub(super) size: u64,
    pub(super) through: u64,
    pub(super) failed: u64,
    #[serde(default)]
    pub(super) by_state: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
pub(super) struct Said {
    pub(super) what: String,
    pub(super) wave: u32,
    pub(super) by: String,
    pub(super) at: String,
}

#[derive(Deserialize)]
pub(super) struct Targets {
    pub(super) targets: Vec<Target>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Target {
    pub(super) appid: String,
    pub(super) name: String,
    pub(super) wave: u32,
    pub(super) state: String,
    pub(super) waits_for: Option<String>,
    pub(super) cause: Option<Cause>,
    pub(super) version_before: Option<String>,
    pub(super) audit_id: Option<i64>,
    pub(super) changed_at: String,
}

#[derive(Deserialize)]
pub(super) struct Cause {
    pub(super) key: String,
    pub(super) words: String,
}

#[derive(Deserialize)]
pub(super) struct Detail {
    #[serde(flatten)]
    pub(super) target: Target,
    pub(super) request: Request,
}

#[derive(Deserialize)]
pub(super) struct Request {
    pub(super) template_id: i64,
    pub(super) user_version: String,
    pub(super) user_desc: String,
    pub(super) ext: Map<String, Value>,
    pub(super) differences: Option<Vec<Difference>>,
    pub(super) submission: Value,
}

#[derive(Deserialize)]
pub(super) struct Difference {
    pub(super) pointer: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct LeftOut {
    pub(super) excluded: Vec<Excluded>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Excluded {
    pub(super) appid: String,
    pub(super) name: String,
    pub(super) words: String,
}

#[derive(Deserialize)]
pub(super) struct Triage {
    pub(super) groups: Vec<Group>,
    pub(super) is_partial: bool,
}

#[derive(Deserialize)]
pub(super) struct Group {
    pub(super) key: String,
    pub(super) count: u64,
    pub(super) errcode: Option<i64>,
    pub(super) why: String,
    pub(super) what_to_do: String,
    pub(super) owner: String,
    pub(super) message: Option<String>,
    pub(super) some: Vec<Named>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) appid: String,
    pub(super) name: String,
}

impl Rollout {
    /// Something still happens, or may.
    pub(in crate::screens) fn is_under_way(&self) -> bool {
        matches!(self.state.as_str(), "running" | "paused" | "rolling-back")
    }

    /// Its page changes without anybody doing anything.
    pub(super) fn moves(&self) -> bool {
        matches!(self.state.as_str(), "planning" | "running" | "rolling-back" | "paused")
    }
}

impl Count {
    pub(super) fn of(&self, state: &str) -> u64 {
        self.by_state.get(state).copied().unwrap_or(0)
    }
}
