//! How far a registration is, as a query tells it. The numbers of the flows differ: an enterprise's
//! begin with 1, a person's with 0; of conversions it is not known which they follow, so that only
//! what both readings agree about counts there.

use super::RegistrationKind;
use crate::{explain::explain, text::Text};

/// The InfoType in whose statuses the dictionary explains how registrations end.
pub(super) const EVENT: &str = "notify_third_fasteregister";

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What that means for the registration.
    pub standing: Standing,
    /// In words.
    pub words: Text,
}

/// What a stage means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The person has not begun.
    NotBegun,
    /// The person has begun, and may still come to the end of it.
    UnderWay,
    /// The person did not do it in time.
    TooLate,
    /// It did not work.
    Failed,
    /// There is a mini program.
    Registered,
}

impl RegistrationKind {
    /// Whether WeChat can be asked how far it is.
    pub fn can_be_asked(self) -> bool {
        matches!(
            self,
            RegistrationKind::Enterprise
                | RegistrationKind::Personal
                | RegistrationKind::TrialConversion
        )
    }

    /// Whether a call without an answer is made again by itself: the same ticket makes the same
    /// mini program.
    pub(super) fn asks_by_itself(self) -> bool {
        self == RegistrationKind::OfficialAccount
    }
}

impl Stage {
    /// The stage `number` of a flow.
    pub fn of(kind: RegistrationKind, number: i64) -> Self {
        if (1001..=1008).contains(&number)
            && let Some(known) = explain(EVENT, number)
        {
            return Stage { standing: Standing::Failed, words: known.cause.clone() };
        }
        let as_of_a_person = match (kind, number) {
            // Both end alike.
            (_, 10..=14) => number,
            (RegistrationKind::Enterprise, 1..=9) => number - 1,
            (RegistrationKind::Personal, 0..=9) => number,
            (RegistrationKind::TrialConversion, 4..=9) => UNDER_WAY,
            // By the one reading the person has not begun; by the other there is no such number.
            (RegistrationKind::TrialConversion, 0) => number,
            _ => UNKNOWN,
        };
        let (standing, zh, en) = match as_of_a_person {
            0 => (Standing::NotBegun, "等待对方打开链接", "the person has not opened the link"),
            1 => (Standing::TooLate, "对方没有在 24 小时内确认", "not confirmed within 24 hours"),
            2 => (Standing::Failed, "对方拒绝了", "the person refused"),
            3 => (Standing::UnderWay, "对方已同意，等待刷脸", "agreed; the face check is next"),
            4 => (Standing::UnderWay, "正在刷脸", "the face check has begun"),
            5 => (Standing::UnderWay, "刷脸没有通过，可以再试", "the face check failed; once more"),
            6 => (Standing::UnderWay, "刷脸已通过", "the face check is passed"),
            7 => (Standing::UnderWay, "验证码已发到手机", "a code was sent to the phone"),
            8 => (Standing::UnderWay, "手机验证没有通过，可以再试", "the phone failed; once more"),
            9 => (Standing::UnderWay, "手机验证已通过", "the phone is verified"),
            10 => (Standing::UnderWay, "已提交，微信正在创建", "submitted; WeChat makes it"),
            11 => (Standing::Failed, "微信创建失败", "WeChat could not make it"),
            12 => (Standing::Registered, "小程序已注册", "the mini program is registered"),
            13 => (Standing::UnderWay, "主体校验已通过", "the owner's check is passed"),
            14 => (Standing::Failed, "主体校验没有通过", "the owner's check failed"),
            UNDER_WAY => (Standing::UnderWay, "对方正在确认", "the person is at it"),
            _ => {
                let words = Text::new(
                    format!("等待对方确认（微信返回进度 {number}，含义未公开）"),
                    format!(
                        "the person has to confirm; WeChat says {number}, and not what that means"
                    ),
                );
                return Stage { standing: Standing::NotBegun, words };
            }
        };
        Stage { standing, words: Text::fixed(zh, en) }
    }
}

const UNDER_WAY: i64 = -100;
const UNKNOWN: i64 = -101;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enterprise_counts_from_one_and_a_person_from_nought() {
        use RegistrationKind::{Enterprise, Personal, TrialConversion};
        for (kind, number, standing) in [
            (Enterprise, 1, Standing::NotBegun),
            (Personal, 0, Standing::NotBegun),
            (Enterprise, 2, Standing::TooLate),
            (Personal, 1, Standing::TooLate),
            (Enterprise, 3, Standing::Failed),
            (Personal, 3, Standing::UnderWay),
            (Enterprise, 9, Standing::UnderWay),
            (Enterprise, 12, Standing::Registered),
            (Personal, 12, Standing::Registered),
            (Personal, 1005, Standing::Failed),
            (TrialConversion, 12, Standing::Registered),
            (TrialConversion, 0, Standing::NotBegun),
            // Too late by one reading, refused by the other: neither is believed.
            (TrialConversion, 2, Standing::NotBegun),
            (Enterprise, 77, Standing::NotBegun),
        ] {
            assert_eq!(Stage::of(kind, number).standing, standing, "{kind:?} {number}");
        }
    }

    #[test]
    fn a_number_that_nobody_has_met_is_told() {
        assert!(Stage::of(RegistrationKind::Personal, 77).words.en.contains("77"));
        let words = Stage::of(RegistrationKind::TrialConversion, 0).words;
        assert_eq!(words.zh, "等待对方打开链接");
    }
}
