//! What is kept about punishments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wechat::endpoint::{AppealRecord, AppealStatus, IllegalRecord};

use crate::{
    actor::Actor,
    attention::Need,
    event::kind,
    records::{Kept, Needed, Told},
};

/// Punishments that are kept, the newest.
const MOST: usize = 100;

/// The punishments of a mini program.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PunishmentRecord {
    /// The newest first.
    pub punishments: Vec<Punishment>,
    /// When WeChat was last asked.
    pub asked_at: Option<Timestamp>,
}

/// One time that the mini program broke WeChat's rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Punishment {
    /// WeChat's id of it.
    pub id: String,
    /// When it was recorded.
    pub at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// What it was.
    pub content: String,
    /// The rule's name.
    pub rule: String,
    /// Where the rule stands.
    pub rule_url: String,
    /// The appeals against it.
    pub appeals: Vec<Appeal>,
    /// When an operator saw to it.
    pub acknowledged_at: Option<Timestamp>,
    /// Who.
    pub acknowledged_by: Option<Actor>,
}

/// An appeal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// WeChat's id of it.
    pub id: i64,
    /// When it was made.
    pub at: Option<Timestamp>,
    /// Whether the platform made it, and not the owner.
    pub by_platform: bool,
    /// How it stands.
    pub state: AppealState,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Why it was decided so.
    pub reason: Option<String>,
}

/// How an appeal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppealState {
    /// Not decided.
    Running,
    /// The punishment was wrong.
    Accepted,
    /// The punishment was right.
    Refused,
    /// It was taken back.
    Withdrawn,
    /// Something that WeChat invented since.
    Other,
}

impl Kept for PunishmentRecord {
    const NAME: &'static str = "punishments";

    fn next_poll(&self) -> Option<Timestamp> {
        None
    }

    fn poll_at(&mut self, _: Option<Timestamp>) {}

    fn needs(&self) -> Vec<Needed> {
        let stands = |punishment: &Punishment| {
            let accepted = punishment.appeals.iter().any(|it| it.state == AppealState::Accepted);
            punishment.acknowledged_at.is_none() && !accepted
        };
        let needed = Needed { need: Need::Punished, until: None };
        self.punishments.iter().any(stands).then_some(needed).into_iter().collect()
    }
}

impl PunishmentRecord {
    /// Takes in what WeChat shows, and answers what there is to tell of it.
    pub(super) fn shown(
        &mut self,
        records: &[IllegalRecord],
        appeals: &[(String, Vec<AppealRecord>)],
        now: Timestamp,
    ) -> Vec<Told> {
        let mut told = Vec::new();
        for record in records {
            let is_known = self.punishments.iter().any(|it| it.id == record.illegal_record_id);
            if is_known {
                continue;
            }
            told.push((
                kind::PUNISHMENT_RECORDED,
                json!({ "punishment": record.illegal_record_id, "reason": record.illegal_reason }),
            ));
            self.punishments.push(Punishment::of(record));
        }
        for (id, shown) in appeals {
            let punishment = self.punishments.iter_mut().find(|it| it.id == *id);
            let Some(punishment) = punishment else { continue };
            for appeal in shown.iter().map(Appeal::of) {
                let known = punishment.appeals.iter_mut().find(|it| it.id == appeal.id);
                if known.as_ref().is_none_or(|known| known.state != appeal.state) {
                    let details = json!({
                        "punishment": id, "appeal": appeal.id, "state": appeal.state,
                        "reason": appeal.reason,
                    });
                    told.push((kind::APPEAL_CHANGED, details));
                }
                match known {
                    Some(known) => *known = appeal,
                    None => punishment.appeals.push(appeal),
                }
            }
        }
        self.punishments.sort_by_key(|punishment| std::cmp::Reverse(punishment.at));
        self.punishments.truncate(MOST);
        self.asked_at = Some(now);
        told
    }
}

impl Punishment {
    fn of(record: &IllegalRecord) -> Self {
        Punishment {
            id: record.illegal_record_id.clone(),
            at: time(record.create_time),
            reason: record.illegal_reason.clone(),
            content: record.illegal_content.clone(),
            rule: record.rule_name.clone(),
            rule_url: record.rule_url.clone(),
            appeals: Vec::new(),
            acknowledged_at: None,
            acknowledged_by: None,
        }
    }
}

impl Appeal {
    fn of(record: &AppealRecord) -> Self {
        Appeal {
            id: record.appeal_record_id,
            at: time(record.appeal_time),
            by_platform: record.appeal_from == Some(1),
            state: match record.appeal_status {
                AppealStatus::Running => AppealState::Running,
                AppealStatus::Accepted => AppealState::Accepted,
                AppealStatus::Refused => AppealState::Refused,
                AppealStatus::Withdrawn => AppealState::Withdrawn,
                AppealStatus::Unknown(_) => AppealState::Other,
            },
            decided_at: time(record.audit_time),
            reason: record.audit_reason.clone(),
        }
    }
}

fn time(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(|seconds| Timestamp::from_second(seconds).ok())
}
