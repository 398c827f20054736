//! What the errors of rollouts are to an operator.

use platform::{fault::Faults, rollouts::RolloutError, text::Text};

use super::{Kind, Problem};

impl From<RolloutError> for Problem {
    fn from(error: RolloutError) -> Self {
        match error {
            RolloutError::NotFound(_) => Problem::new(Kind::NotFound)
                .field("id")
                .detail(Text::fixed("没有这个发布", "there is no such rollout")),
            RolloutError::NoTarget(_) => {
                Problem::new(Kind::NotFound).field("appid").detail(Text::fixed(
                    "该小程序不在这个发布中",
                    "the rollout does not have this mini program",
                ))
            }
            RolloutError::Invalid(wrong) => Faults(wrong).into(),
            RolloutError::WrongState { state, what_to_do } => {
                Problem::new(Kind::WrongState).detail(state).what_to_do(what_to_do)
            }
            RolloutError::OtherPlan => Problem::new(Kind::WrongState)
                .field("plan_digest")
                .detail(Text::fixed(
                    "计划与所核对的不一致",
                    "the plan is not the one whose digest was given",
                ))
                .what_to_do(Text::fixed(
                    "请重新查看该发布，核对计划后使用其中的 plan.digest",
                    "look at the rollout again, and send the plan.digest that it shows",
                )),
            RolloutError::Busy | RolloutError::Taken => {
                Problem::new(Kind::Unavailable).retry_after(2).detail(Text::fixed(
                    "它正在被处理，请稍后再试",
                    "it is being worked on at the moment",
                ))
            }
            RolloutError::Cursor => Problem::malformed_cursor(),
            RolloutError::Segment(error) => match Problem::from(error) {
                problem if problem.status() == Kind::NotFound.status() => {
                    Problem::new(Kind::InvalidField)
                        .field("segment")
                        .detail(Text::fixed("没有这个分组", "there is no such segment"))
                }
                problem => problem,
            },
            RolloutError::Release(error) => error.into(),
            RolloutError::Storage(error) => error.into(),
        }
    }
}
