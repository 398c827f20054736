//! What is kept about a filing, and what it means.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wechat::endpoint::{FaceStatus, IcpAuditRemark, IcpEntranceInfo};

use crate::{
    attention::Need,
    event::kind,
    orders::PATIENCE,
    records::{Kept, Needed, Told},
    text::Text,
};

/// The administrator has so long to show his face, and to answer the authority's short message.
const ADMINISTRATOR: SignedDuration = SignedDuration::from_hours(24);
/// WeChat keeps a face check for so long; one that serves a verification too, for a day.
const FACE_KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How the filing of a mini program stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filing {
    /// WeChat's number for it; none if WeChat was never asked.
    pub status: Option<i64>,
    /// When WeChat was last asked.
    pub asked_at: Option<Timestamp>,
    /// When it came to stand so.
    pub since: Option<Timestamp>,
    /// When it was last applied for through this platform.
    pub applied_at: Option<Timestamp>,
    /// What has to be corrected.
    pub remarks: Vec<Remark>,
    /// At the authority: 1 waits for the short message, 2 confirmed, 3 too late.
    pub message_status: Option<i64>,
    /// It is in force and being cancelled.
    pub canceling: bool,
    /// The last face check.
    pub face: Option<FaceCheck>,
    /// When an application was sent of which it is not known yet whether WeChat has it.
    pub pending: Option<Timestamp>,
    /// When WeChat is asked next.
    pub next_poll: Option<Timestamp>,
}

/// Something that WeChat or the authority wants corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The field, as WeChat calls it.
    pub field: String,
    /// What is wrong with it.
    pub error: String,
    /// What to do.
    pub suggestion: String,
}

/// A face check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceCheck {
    /// WeChat's id of it.
    pub task_id: String,
    /// Whether it serves WeChat's verification too.
    pub along_with_auth: bool,
    /// What the administrator opens, where WeChat told it.
    pub url: Option<String>,
    /// How it stands.
    pub state: FaceState,
    /// When it was begun.
    pub begun_at: Timestamp,
}

/// How a face check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaceState {
    /// The administrator has not shown his face yet.
    Waiting,
    /// It is he.
    Passed,
    /// It is not he, or he let the time pass.
    Failed,
}

/// How a filing stands, in our own terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilingState {
    /// WeChat was not asked yet.
    Unknown,
    /// Nothing is filed.
    NotFiled,
    /// Applied for; WeChat has not confirmed it yet.
    Applying,
    /// WeChat reviews it.
    InReview,
    /// WeChat sent it back.
    Rejected,
    /// The authority reviews it.
    AtAuthority,
    /// The authority sent it back.
    RejectedByAuthority,
    /// It is in force.
    Filed,
    /// It is in force and being cancelled.
    Canceling,
    /// Something that WeChat invented since.
    Other,
}

impl Kept for Filing {
    const NAME: &'static str = "filing";

    fn next_poll(&self) -> Option<Timestamp> {
        self.next_poll
    }

    fn poll_at(&mut self, at: Option<Timestamp>) {
        self.next_poll = at;
    }

    fn needs(&self) -> Vec<Needed> {
        let mut needs = Vec::new();
        let may_apply = !matches!(self.status, Some(2 | 4 | 6));
        if let Some(face) = self.face.as_ref().filter(|_| may_apply) {
            let until = match face.state {
                FaceState::Waiting => Some(Some(face.waits_until())),
                FaceState::Failed => Some(None),
                FaceState::Passed => None,
            };
            needs.extend(until.map(|until| Needed { need: Need::FilingFace, until }));
        }
        match self.state() {
            FilingState::Rejected | FilingState::RejectedByAuthority => {
                needs.push(Needed { need: Need::FilingRejected, until: None });
            }
            FilingState::AtAuthority if self.message_status == Some(1) => {
                let until = self.since.map(|since| since + ADMINISTRATOR);
                needs.push(Needed { need: Need::FilingMessage, until });
            }
            _ => {}
        }
        needs
    }
}

impl Filing {
    /// How it stands.
    pub fn state(&self) -> FilingState {
        match self.status {
            _ if self.pending.is_some() => FilingState::Applying,
            None => FilingState::Unknown,
            Some(2) => FilingState::InReview,
            Some(3) => FilingState::Rejected,
            Some(4) => FilingState::AtAuthority,
            Some(5) => FilingState::RejectedByAuthority,
            Some(6) if self.canceling => FilingState::Canceling,
            Some(6) => FilingState::Filed,
            Some(1024..=1031) => FilingState::NotFiled,
            Some(_) => FilingState::Other,
        }
    }

    /// Takes in what WeChat shows, and answers what there is to tell of it.
    pub(super) fn shown(&mut self, info: &IcpEntranceInfo, now: Timestamp) -> Vec<Told> {
        let before = (self.status, self.canceling);
        let was_pending = self.pending.is_some();
        // One that is not shown may still be on its way.
        let is_on_its_way = |sent: &Timestamp| now < *sent + PATIENCE;
        let is_taken = matches!(info.status, 2 | 4 | 6);
        self.pending = self.pending.filter(is_on_its_way).filter(|_| !is_taken);
        self.status = Some(info.status);
        self.asked_at = Some(now);
        self.canceling = info.is_canceling.unwrap_or(false);
        let message = info.other.get("sms_verify_status").and_then(|status| status.as_i64());
        let message = message.filter(|_| info.status == 4);
        let message_changed = self.message_status != message;
        self.message_status = message;
        self.remarks = info.audit_data.iter().map(Remark::from).collect();
        if before.0 != self.status || (message == Some(1) && message_changed) {
            self.since = Some(now);
        }
        self.next_poll = self.interval().map(|interval| now + interval);
        let told = match (before.0, info.status) {
            (before, status) if before == Some(status) => None,
            // How it stood before anybody looked is no news.
            (None, _) if !was_pending => None,
            // An application of ours whose outcome was not known.
            (_, 2) => {
                if was_pending {
                    self.applied_at = Some(now);
                }
                Some(kind::FILING_SUBMITTED)
            }
            (_, 4) => Some(kind::FILING_PASSED_ON),
            (_, 3 | 5) => Some(kind::FILING_REJECTED),
            (_, 6) => Some(kind::FILING_COMPLETED),
            (Some(6), 1024..=1031) => Some(kind::FILING_CANCELLED),
            (Some(2..=5), 1024..=1031) => Some(kind::FILING_WITHDRAWN),
            _ => None,
        };
        told.into_iter().map(|kind| (kind, self.details())).collect()
    }

    /// A face check that WeChat tells about, if it is the one that is kept.
    pub(super) fn face_shown(&mut self, task_id: &str, status: FaceStatus) -> Vec<Told> {
        let Some(face) = self.face.as_mut().filter(|face| face.task_id == task_id) else {
            return Vec::new();
        };
        let state = match status {
            FaceStatus::Passed => FaceState::Passed,
            FaceStatus::Failed => FaceState::Failed,
            _ => FaceState::Waiting,
        };
        if std::mem::replace(&mut face.state, state) == state {
            return Vec::new();
        }
        let details = json!({ "state": state });
        self.next_poll = self.next_poll.filter(|_| self.interval().is_some());
        match state {
            FaceState::Waiting => Vec::new(),
            FaceState::Passed => vec![(kind::FILING_FACE_PASSED, details)],
            FaceState::Failed => vec![(kind::FILING_FACE_FAILED, details)],
        }
    }

    /// How long until WeChat is asked again; none if nothing is expected to change by itself.
    pub(super) fn interval(&self) -> Option<SignedDuration> {
        let waits = self.face.as_ref().is_some_and(|face| face.state == FaceState::Waiting);
        match self.state() {
            FilingState::Applying => Some(SignedDuration::from_mins(1)),
            // The administrator is at it; and an event tells sooner.
            _ if waits => Some(SignedDuration::from_mins(15)),
            // Days, as a rule.
            FilingState::InReview | FilingState::AtAuthority | FilingState::Canceling => {
                Some(SignedDuration::from_hours(6))
            }
            _ => None,
        }
    }

    /// What events say of it: no word of who files.
    pub(super) fn details(&self) -> serde_json::Value {
        let fields: Vec<&str> = self.remarks.iter().map(|remark| &*remark.field).collect();
        let reasons: Vec<String> = self
            .remarks
            .iter()
            .map(|remark| format!("{}：{}", remark.field, remark.error))
            .collect();
        let reason = (!reasons.is_empty()).then(|| reasons.join("；"));
        json!({ "status": self.status, "fields": fields, "reason": reason })
    }
}

impl From<&IcpAuditRemark> for Remark {
    fn from(remark: &IcpAuditRemark) -> Self {
        Remark {
            field: remark.key_name.clone(),
            error: remark.error.clone(),
            suggestion: remark.suggest.clone(),
        }
    }
}

impl FaceCheck {
    /// Until when the administrator may show his face.
    pub fn waits_until(&self) -> Timestamp {
        self.begun_at + ADMINISTRATOR
    }

    /// Until when an application may name it.
    pub fn is_good_until(&self) -> Timestamp {
        self.begun_at + if self.along_with_auth { ADMINISTRATOR } else { FACE_KEPT }
    }

    /// Whether an application may name it now.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.state == FaceState::Passed && now < self.is_good_until()
    }
}

impl FilingState {
    /// In words.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            FilingState::Unknown => ("尚未向微信查询", "WeChat was not asked yet"),
            FilingState::NotFiled => ("未备案", "nothing is filed"),
            FilingState::Applying => ("已提交，等待微信确认", "applied for, not confirmed yet"),
            FilingState::InReview => ("平台审核中", "WeChat reviews the application"),
            FilingState::Rejected => ("平台审核驳回", "WeChat sent the application back"),
            FilingState::AtAuthority => ("管局审核中", "the authority reviews the application"),
            FilingState::RejectedByAuthority => {
                ("管局审核驳回", "the authority sent the application back")
            }
            FilingState::Filed => ("已备案", "the filing is in force"),
            FilingState::Canceling => ("备案注销中", "the filing is being cancelled"),
            FilingState::Other => ("微信返回了新的状态", "WeChat shows a state that is new"),
        };
        Text::fixed(zh, en)
    }
}

impl Filing {
    /// What to do now; none if nothing has to be done.
    pub fn what_to_do(&self, now: Timestamp) -> Option<Text> {
        let (zh, en) = match self.state() {
            FilingState::Unknown => ("请先查询备案状态", "ask WeChat how it stands"),
            FilingState::NotFiled => return Some(self.next_step(now)),
            FilingState::Applying => {
                ("系统正在核对，请一分钟后查看", "it is being found out; look again in a minute")
            }
            FilingState::InReview => {
                ("请等待，通常需要 1–2 个工作日", "wait, as a rule one or two working days")
            }
            FilingState::AtAuthority if self.message_status == Some(1) => (
                "请负责人在收到工信部短信后 24 小时内完成核验",
                "the person in charge answers the ministry's short message within 24 hours",
            ),
            FilingState::AtAuthority if self.message_status == Some(3) => (
                "短信核验已超时，管局可能驳回；请准备重新提交备案",
                "the short message was not answered in time; be ready to apply again",
            ),
            FilingState::AtAuthority => {
                ("请等待，通常需要 1–20 个工作日", "wait, as a rule up to 20 working days")
            }
            FilingState::Rejected | FilingState::RejectedByAuthority => {
                ("请按驳回原因修改后重新提交备案", "correct what was remarked on and apply again")
            }
            FilingState::Canceling => ("请等待注销完成", "wait for it to be cancelled"),
            FilingState::Filed => return None,
            FilingState::Other => ("请登录微信公众平台查看", "look at it in WeChat's console"),
        };
        Some(Text::fixed(zh, en))
    }

    /// What comes before an application.
    fn next_step(&self, now: Timestamp) -> Text {
        // WeChat adds up what is missing: 1 the profile, 2 a category, 4 the verification.
        let missing = self.status.unwrap_or(1024) - 1024;
        if missing & 3 != 0 {
            return Text::fixed(
                "请先补全小程序名称、头像、简介和类目，再备案",
                "complete name, avatar, introduction and category first",
            );
        }
        match &self.face {
            Some(face) if face.is_good(now) => {
                Text::fixed("人脸核验已通过，请提交备案", "the face was recognized: apply")
            }
            Some(face) if face.state == FaceState::Waiting && now < face.waits_until() => {
                Text::fixed(
                    "请管理员在 24 小时内按微信的通知完成人脸核验",
                    "the administrator shows his face within 24 hours, as WeChat asks him to",
                )
            }
            _ => Text::fixed("请先发起人脸核验", "begin a face check first"),
        }
    }
}
