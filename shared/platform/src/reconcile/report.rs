//! What a run found and did, and how far it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechat::AppId;

use super::{WORK, partition};
use crate::tokens::MINUTES;

/// So many changes are named in a report; the rest is counted.
const NAMED: usize = 200;

/// The report of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub(super) pk: String,
    pub(super) sk: String,
    /// Its id.
    pub id: String,
    /// The component.
    pub component: AppId,
    /// How the run stands.
    pub state: ReportState,
    /// Who asked for it: a key's id, or `clock`.
    pub by: String,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it was over.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
    /// What was found, by number.
    pub counts: Counts,
    /// What was changed, the first two hundred.
    pub changes: Vec<Change>,
    /// What went wrong last.
    #[serde(default)]
    pub trouble: Option<String>,
    /// How often in a row it went wrong.
    pub(super) failures: u32,
    pub(super) phase: Phase,
    /// How far it is: an offset in WeChat's list, or a minute of the cycle.
    pub(super) place: i64,
    /// The last account of the minute that was looked at.
    #[serde(default)]
    pub(super) after: Option<String>,
    /// How many accounts WeChat lists.
    pub total: i64,
    pub(super) version: u64,
    #[serde(default)]
    pub(super) due_shard: Option<String>,
    #[serde(default)]
    pub(super) due_at: Option<i64>,
    pub(super) expires_at: i64,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportState {
    /// It goes on, a part with each tick.
    Running,
    /// Everything was compared.
    Done,
    /// It was given up.
    Failed,
}

/// What a run compares at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
    /// What WeChat lists, with what is on record.
    Listed,
    /// What is on record and WeChat does not list.
    Absent,
}

/// What a run found, by number of accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// WeChat lists them.
    pub listed: u64,
    /// Refresh tokens that were lost or stale and are in order again.
    pub healed: u64,
    /// Accounts that were not known and were taken in.
    pub taken_in: u64,
    /// Accounts that had withdrawn and still counted as authorized.
    pub withdrawn: u64,
    /// Accounts that WeChat does not list but shows as authorized.
    pub unlisted: u64,
    /// Accounts whose refresh token neither we nor WeChat's list has.
    pub without_token: u64,
    /// Accounts that were being changed meanwhile, or could not be dealt with.
    pub left: u64,
}

/// Something that a run changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The account.
    pub appid: AppId,
    /// What was done.
    pub what: What,
}

/// What a run does about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Its refresh token was lost or stale, and is in order again.
    Healed,
    /// It was not known, and was taken in.
    TakenIn,
    /// It had withdrawn.
    Withdrawn,
}

impl Report {
    pub(super) fn new(component: &AppId, id: String, by: &str, now: Timestamp) -> Self {
        let pk = partition(component);
        Report {
            sk: sort_key(&id),
            id,
            component: component.clone(),
            state: ReportState::Running,
            by: by.to_owned(),
            started_at: now,
            finished_at: None,
            counts: Counts::default(),
            changes: Vec::new(),
            trouble: None,
            failures: 0,
            phase: Phase::Listed,
            place: 0,
            after: None,
            total: 0,
            version: 1,
            due_shard: Some(WORK.shard(&pk)),
            due_at: Some(now.as_millisecond()),
            expires_at: (now + super::KEPT).as_second(),
            pk,
        }
    }

    /// Notes what was done about an account.
    pub(super) fn note(&mut self, appid: &AppId, what: What) {
        let counts = &mut self.counts;
        *match what {
            What::Healed => &mut counts.healed,
            What::TakenIn => &mut counts.taken_in,
            What::Withdrawn => &mut counts.withdrawn,
        } += 1;
        if self.changes.len() < NAMED {
            self.changes.push(Change { appid: appid.clone(), what });
        }
        tracing::info!(component = %self.component, %appid, ?what, "reconciled");
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.place = 0;
    }

    pub(super) fn phase_is_over(&self) -> bool {
        self.phase == Phase::Absent && self.place >= MINUTES
    }

    pub(super) fn finish(&mut self, state: ReportState, now: Timestamp) {
        self.state = state;
        self.finished_at = Some(now);
        self.due_at = None;
        if state == ReportState::Done {
            self.trouble = None;
        }
    }
}

/// Identifiers sort by time.
pub(super) fn sort_key(id: &str) -> String {
    format!("run#{id}")
}
