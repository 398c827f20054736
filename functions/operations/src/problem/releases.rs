//! What the errors of releases are to an operator.

use platform::releases::ReleaseError;

use super::{Kind, Problem};

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::NotAuthorized(error) => error.into(),
            ReleaseError::WrongState { state, what_to_do } => {
                Problem::new(Kind::WrongState).detail(state).what_to_do(what_to_do)
            }
            ReleaseError::Invalid(faults) => Problem::wrong_fields(faults),
            ReleaseError::UsedUp(used_up) => used_up.into(),
            ReleaseError::InProgress(words) => {
                Problem::new(Kind::UnderWay).detail(words).retry_after(5)
            }
            ReleaseError::Refused { refusal, cause, what_to_do } => {
                Problem::from(*refusal).cause(cause).what_to_do(what_to_do)
            }
            ReleaseError::Call(error) => error.into(),
            ReleaseError::Storage(error) => error.into(),
        }
    }
}
