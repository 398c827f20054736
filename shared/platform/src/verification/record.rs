//! What is kept about a verification, and what it means.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    attention::Need,
    event::kind,
    filing::Remark,
    records::{Kept, Needed, Told},
    text::Text,
};

/// The administrator, or whoever pays, has so long.
const ADMINISTRATOR: SignedDuration = SignedDuration::from_hours(24);

/// How the verification of a mini program's owner stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verification {
    /// The last verification alone.
    pub task: Option<Task>,
    /// The last verification and filing in one.
    pub procedure: Option<Procedure>,
    /// Until when the owner is verified, once WeChat has reminded of it.
    pub expires_at: Option<Timestamp>,
    /// WeChat's words about that.
    pub expiry_words: Option<String>,
    /// When an order was sent of which it is not known yet whether WeChat has it.
    pub pending: Option<Timestamp>,
    /// When WeChat is asked next.
    pub next_poll: Option<Timestamp>,
}

/// A verification alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// WeChat's id of it.
    pub task_id: String,
    /// What the administrator opens; none where the answer that told it was lost.
    pub url: Option<String>,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// WeChat's number for the administrator's part.
    pub task_status: Option<i64>,
    /// WeChat's number for the reviewers' part.
    pub apply_status: Option<i64>,
    /// The order's number in WeChat's console.
    pub order_id: Option<String>,
    /// Why it was sent back or failed.
    pub reason: Option<String>,
    /// Who reviews.
    pub reviewer: Option<Reviewer>,
    /// When WeChat was last asked.
    pub asked_at: Option<Timestamp>,
}

/// The company that WeChat has review a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewer {
    /// Its name.
    pub name: Option<String>,
    /// How to reach it.
    pub contact: Option<String>,
}

/// Verification and filing in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// WeChat's id of it.
    pub procedure_id: String,
    /// Where the merchant pays, if he does.
    pub pay_url: Option<String>,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// WeChat's number for it.
    pub status: Option<i64>,
    /// The order's number in WeChat's console.
    pub order_id: Option<String>,
    /// Why the verification was sent back or failed.
    pub reason: Option<String>,
    /// What has to be corrected in the filing.
    pub remarks: Vec<Remark>,
    /// When WeChat was last asked.
    pub asked_at: Option<Timestamp>,
}

/// How a verification stands, in our own terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// The administrator has to open the link and agree.
    WaitsForAdministrator,
    /// The merchant has to pay.
    WaitsForPayment,
    /// Reviewers look at it.
    InReview,
    /// It was sent back and may be corrected.
    SentBack,
    /// The owner is verified.
    Verified,
    /// It ended without a verification, and has to be begun anew.
    Failed,
    /// In a procedure: the owner is verified, the filing is being reviewed.
    FilingInReview,
    /// In a procedure: the filing was sent back.
    FilingRejected,
}

impl Kept for Verification {
    const NAME: &'static str = "verification";

    fn next_poll(&self) -> Option<Timestamp> {
        self.next_poll
    }

    fn poll_at(&mut self, at: Option<Timestamp>) {
        self.next_poll = at;
    }

    fn needs(&self) -> Vec<Needed> {
        let mut needs = Vec::new();
        if let Some((state, begun_at)) = self.latest() {
            needs.extend(match state {
                TaskState::WaitsForAdministrator | TaskState::WaitsForPayment => Some(Needed {
                    need: Need::VerificationWaits,
                    until: Some(begun_at + ADMINISTRATOR),
                }),
                TaskState::SentBack | TaskState::Failed | TaskState::FilingRejected => {
                    Some(Needed { need: Need::VerificationSentBack, until: None })
                }
                _ => None,
            });
        }
        if self.expires_at.is_some() {
            needs.push(Needed { need: Need::VerificationExpires, until: self.expires_at });
        }
        needs
    }
}

impl Verification {
    /// How the newer of the two stands, and since when it is under way.
    pub fn latest(&self) -> Option<(TaskState, Timestamp)> {
        let task = self.task.as_ref().map(|task| (task.state(), task.begun_at));
        let procedure = self.procedure.as_ref().map(|it| (it.state(), it.begun_at));
        task.into_iter().chain(procedure).max_by_key(|(_, begun_at)| *begun_at)
    }

    /// Whether something is under way that stands in the way of a new one.
    pub(super) fn is_open(&self) -> bool {
        self.latest().is_some_and(|(state, _)| state.is_open())
    }

    /// When to ask again after something changed.
    pub(super) fn plan(&mut self, now: Timestamp) {
        let interval = self.latest().and_then(|(state, _)| match state {
            TaskState::WaitsForAdministrator | TaskState::WaitsForPayment => {
                Some(SignedDuration::from_mins(30))
            }
            TaskState::InReview | TaskState::FilingInReview => Some(SignedDuration::from_hours(6)),
            _ => None,
        });
        self.next_poll = interval.map(|interval| now + interval);
    }

    /// What there is to tell, if the newer of the two does not stand as it stood `before`.
    pub(super) fn told(&mut self, before: Option<TaskState>) -> Vec<Told> {
        let Some((state, _)) = self.latest().filter(|(state, _)| Some(*state) != before) else {
            return Vec::new();
        };
        let kind = match state {
            TaskState::WaitsForAdministrator | TaskState::WaitsForPayment => return Vec::new(),
            TaskState::InReview => kind::VERIFICATION_SUBMITTED,
            TaskState::SentBack => kind::VERIFICATION_SENT_BACK,
            TaskState::Verified => kind::VERIFICATION_COMPLETED,
            TaskState::Failed => kind::VERIFICATION_FAILED,
            // The filing tells of itself.
            TaskState::FilingInReview | TaskState::FilingRejected => return Vec::new(),
        };
        if state == TaskState::Verified {
            (self.expires_at, self.expiry_words) = (None, None);
        }
        let reason = self.reason();
        vec![(kind, json!({ "state": state, "reason": reason }))]
    }

    /// Why the newer of the two was sent back or failed.
    pub fn reason(&self) -> Option<String> {
        let task = self.task.as_ref().map(|task| (task.begun_at, task.reason.clone()));
        let procedure = self.procedure.as_ref().map(|it| (it.begun_at, it.reason.clone()));
        let newer = task.into_iter().chain(procedure).max_by_key(|(begun_at, _)| *begun_at);
        newer.and_then(|(_, reason)| reason)
    }
}

impl Task {
    /// How it stands.
    pub fn state(&self) -> TaskState {
        match (self.task_status, self.apply_status) {
            (_, Some(5)) => TaskState::Failed,
            (_, Some(4)) => TaskState::Verified,
            (_, Some(3)) => TaskState::SentBack,
            (_, Some(2)) => TaskState::InReview,
            // The time is over, it was refused, or a check of the administrator failed.
            (Some(1 | 2 | 5 | 8 | 11 | 14), _) => TaskState::Failed,
            (Some(15), _) | (_, Some(1)) => TaskState::WaitsForPayment,
            (Some(12), _) => TaskState::InReview,
            _ => TaskState::WaitsForAdministrator,
        }
    }
}

impl Procedure {
    /// How it stands.
    pub fn state(&self) -> TaskState {
        match self.status {
            Some(18) => TaskState::SentBack,
            Some(20) => TaskState::Failed,
            Some(21 | 23 | 25) => TaskState::FilingRejected,
            Some(19 | 22 | 24) => TaskState::FilingInReview,
            Some(26) => TaskState::Verified,
            Some(16 | 17) => TaskState::InReview,
            Some(15) => TaskState::WaitsForPayment,
            _ => TaskState::WaitsForAdministrator,
        }
    }
}

impl TaskState {
    /// Whether WeChat still expects something of somebody.
    pub(super) fn is_open(self) -> bool {
        !matches!(self, TaskState::Verified | TaskState::Failed)
    }

    /// In words.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            TaskState::WaitsForAdministrator => {
                ("等待管理员确认", "the administrator has to agree")
            }
            TaskState::WaitsForPayment => ("等待支付审核费", "the merchant has to pay"),
            TaskState::InReview => ("认证审核中", "reviewers look at it"),
            TaskState::SentBack => ("认证被打回，需补充资料", "it was sent back to be corrected"),
            TaskState::Verified => ("已通过认证", "the owner is verified"),
            TaskState::Failed => ("认证未完成或未通过", "it ended without a verification"),
            TaskState::FilingInReview => {
                ("认证已通过，备案审核中", "verified; the filing is being reviewed")
            }
            TaskState::FilingRejected => {
                ("认证已通过，备案被驳回", "verified; the filing was sent back")
            }
        };
        Text::fixed(zh, en)
    }

    /// What to do now; none if nothing has to be done.
    pub fn what_to_do(self) -> Option<Text> {
        let (zh, en) = match self {
            TaskState::WaitsForAdministrator => (
                "请把链接发给管理员，24 小时内打开并确认",
                "send the link to the administrator, who opens it within 24 hours",
            ),
            TaskState::WaitsForPayment => {
                ("请商家在 24 小时内支付审核费", "the merchant pays within 24 hours")
            }
            TaskState::InReview => (
                "请等待，审核机构可能会电话联系填写的联系人",
                "wait; the reviewers may call the person who was named",
            ),
            TaskState::SentBack => {
                ("请按原因补充资料后重新提交", "correct what is remarked on and order it again")
            }
            TaskState::Failed => ("请查看原因后重新发起认证", "look at why, then begin it anew"),
            TaskState::FilingInReview => ("请等待备案审核", "wait for the filing"),
            TaskState::FilingRejected => (
                "请按驳回原因修改后提交备案",
                "correct what is remarked on and apply for the filing",
            ),
            TaskState::Verified => return None,
        };
        Some(Text::fixed(zh, en))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_wechats_mean_what_its_page_says() {
        let state = |task_status, apply_status| {
            let task = Task {
                task_id: String::new(),
                url: None,
                begun_at: Timestamp::UNIX_EPOCH,
                task_status,
                apply_status,
                order_id: None,
                reason: None,
                reviewer: None,
                asked_at: None,
            };
            task.state()
        };
        assert_eq!(state(None, None), TaskState::WaitsForAdministrator);
        assert_eq!(state(Some(6), Some(0)), TaskState::WaitsForAdministrator);
        assert_eq!(state(Some(15), Some(0)), TaskState::WaitsForPayment);
        assert_eq!(state(Some(12), Some(1)), TaskState::WaitsForPayment);
        assert_eq!(state(Some(12), Some(2)), TaskState::InReview);
        assert_eq!(state(Some(12), Some(3)), TaskState::SentBack);
        assert_eq!(state(Some(12), Some(4)), TaskState::Verified);
        assert_eq!(state(Some(12), Some(5)), TaskState::Failed);
        assert_eq!(state(Some(1), Some(0)), TaskState::Failed);
        assert_eq!(state(Some(99), Some(0)), TaskState::WaitsForAdministrator);
    }
}
