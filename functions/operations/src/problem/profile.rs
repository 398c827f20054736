//! What the errors of profiles are to an operator.

use platform::{profile::ProfileError, text::Text};

use super::{Kind, Problem};

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Invalid(faults) => faults.into(),
            ProfileError::UsedUp(used_up) => used_up.into(),
            ProfileError::WrongState { state, what_to_do } => {
                Problem::new(Kind::WrongState).detail(state).what_to_do(what_to_do)
            }
            ProfileError::NotFound(what) => Problem::new(Kind::NotFound).detail(what),
            ProfileError::Busy(_) => Problem::new(Kind::UnderWay)
                .detail(Text::fixed(
                    "小程序的资料正在被修改",
                    "the profile is being changed by somebody else",
                ))
                .retry_after(2),
            ProfileError::Call(error) => error.into(),
            ProfileError::Storage(error) => error.into(),
        }
    }
}
