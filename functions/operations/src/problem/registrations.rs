//! What the errors of registrations are to an operator.

use platform::{registrations::RegistrationError, text::Text};

use super::{Kind, Problem};

impl From<RegistrationError> for Problem {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::NotFound(_) => Problem::new(Kind::NotFound)
                .field("id")
                .detail(Text::fixed("没有这个注册", "there is no such registration")),
            RegistrationError::Invalid(faults) => faults.into(),
            RegistrationError::Taken(id) => Problem::new(Kind::WrongState)
                .detail(Text::new(
                    format!("同一主体已有一个注册正在进行：{id}"),
                    format!("the registration {id} is under way for the same owner"),
                ))
                .what_to_do(Text::new(
                    format!("请查看 registrations/{id}，把其中的邀请发给对方，或等它结束"),
                    format!("look at registrations/{id}: send its invitation, or wait for its end"),
                )),
            RegistrationError::WrongState { state, what_to_do } => {
                Problem::new(Kind::WrongState).detail(state).what_to_do(what_to_do)
            }
            RegistrationError::Busy(_) => Problem::new(Kind::UnderWay)
                .detail(Text::fixed("注册正在处理中", "the registration is being worked on"))
                .retry_after(5),
            RegistrationError::Call(error) => error.into(),
            RegistrationError::Grant(error) => {
                Problem::new(Kind::Unavailable).retry_after(5).internal(error)
            }
            error @ RegistrationError::Unseal(..) => super::from::unsealable(error),
            RegistrationError::Storage(error) => error.into(),
        }
    }
}
