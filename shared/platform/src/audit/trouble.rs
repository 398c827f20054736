//! What may be wrong with the audit log, in words.

use jiff::{Timestamp, civil::Date};

use super::{chain::Minute, watch::Found};
use crate::text::Text;

/// Something about the audit log that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It is not as it was written.
    Broken(Found),
    /// The end of this day, and of those after it, is not anchored.
    NotAnchored(Date),
    /// Nobody has gone along it since then.
    NotVerified(Timestamp),
}

impl Trouble {
    /// Its name, always the same.
    pub fn kind(&self) -> &'static str {
        match self {
            Trouble::Broken(_) => "audit-broken",
            Trouble::NotAnchored(_) => "audit-not-anchored",
            Trouble::NotVerified(_) => "audit-not-verified",
        }
    }

    /// Since when.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Trouble::Broken(found) => Timestamp::from_second(found.at).ok(),
            Trouble::NotAnchored(day) => Some(Minute::last_of(*day).end()),
            Trouble::NotVerified(since) => Some(*since),
        }
    }

    /// What is wrong.
    pub fn words(&self) -> Text {
        match self {
            Trouble::Broken(Found { minute, flaw, .. }) => {
                let flaw = flaw.words();
                Text::new(
                    format!("操作记录与写入时不符，最早在 {minute}（UTC）：{}", flaw.zh),
                    format!(
                        "the audit log is not as it was written, first at {minute} UTC: {}",
                        flaw.en
                    ),
                )
            }
            Trouble::NotAnchored(day) => Text::new(
                format!("操作记录自 {day} 起没有写入锚点，此后的改动可能无法发现"),
                format!(
                    "the audit log is not anchored since {day}: what is changed since may not show"
                ),
            ),
            Trouble::NotVerified(since) => Text::new(
                format!("操作记录自 {since} 起没有在夜间校验过"),
                format!("nobody has gone along the audit log at night since {since}"),
            ),
        }
    }

    /// What to do about it.
    pub fn what_to_do(&self) -> Text {
        match self {
            Trouble::Broken(_) => Text::fixed(
                "可能有人绕过本系统改动了数据表：请保全导出、锚点和 CloudTrail 记录，查明是谁改动的；步骤见运行手册 audit-log",
                "somebody may have changed the tables past this platform: keep an export, the anchors and \
                 CloudTrail's record, and find out who it was; see audit-log in the runbook",
            ),
            Trouble::NotAnchored(_) => Text::fixed(
                "请检查存放锚点的存储桶及 refresh 函数的权限和日志，恢复后会自动补写",
                "look at the bucket of anchors, and at the rights and the log of the function refresh; \
                 what is missing is put by itself then",
            ),
            Trouble::NotVerified(_) => Text::fixed(
                "请看 refresh 函数的日志（audit log），恢复后当夜自动校验；也可现在手动校验",
                "look at the log of the function refresh for the audit log; the next night goes on by \
                 itself, and it can be verified by hand at once",
            ),
        }
    }
}
