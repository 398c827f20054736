//! What the errors of webhooks are to an operator.

use platform::{
    text::Text,
    webhooks::{RedeliverError, TargetError},
};

use super::{Kind, Problem};

impl From<TargetError> for Problem {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::NotFound(_) => Problem::new(Kind::NotFound)
                .field("id")
                .detail(Text::fixed("没有这个 webhook", "there is no such webhook")),
            TargetError::Invalid(faults) => Problem::wrong_fields(faults),
            TargetError::TooMany => Problem::new(Kind::WrongState)
                .detail(Text::fixed("最多 50 个 webhook", "there are 50 webhooks at most"))
                .what_to_do(Text::fixed(
                    "请先删除不再使用的 webhook",
                    "delete one that is no longer used",
                )),
            TargetError::Changed(_) => Problem::new(Kind::WrongState).detail(Text::fixed(
                "其他人刚刚修改了这个 webhook，本次修改没有生效",
                "somebody else changed the webhook just now; this change is not in force",
            )),
            TargetError::Paused(_) => Problem::new(Kind::WrongState)
                .detail(Text::fixed("这个 webhook 已暂停", "the webhook is paused"))
                .what_to_do(Text::fixed(
                    "请先用 PATCH 把 active 设为 true",
                    "set active to true with a PATCH first",
                )),
            error @ TargetError::Unseal(..) => super::from::unsealable(error),
            TargetError::Storage(error) => error.into(),
        }
    }
}

impl From<RedeliverError> for Problem {
    fn from(error: RedeliverError) -> Self {
        match error {
            RedeliverError::Target(error) => error.into(),
            RedeliverError::NotFound(_) => {
                Problem::new(Kind::NotFound).field("delivery").detail(Text::fixed(
                    "没有这条投递记录，或已过 30 天",
                    "there is no such delivery, or it is older than thirty days",
                ))
            }
            RedeliverError::Storage(error) => error.into(),
        }
    }
}
