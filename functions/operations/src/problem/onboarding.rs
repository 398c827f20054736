//! What the errors of onboardings are to an operator.

use platform::{onboarding::OnboardingError, text::Text};

use super::{Kind, Problem};

impl From<OnboardingError> for Problem {
    fn from(error: OnboardingError) -> Self {
        match error {
            OnboardingError::Invalid(faults) => faults.into(),
            OnboardingError::WrongState { state, what_to_do } => {
                Problem::new(Kind::WrongState).detail(state).what_to_do(what_to_do)
            }
            OnboardingError::NotFound(_) => Problem::new(Kind::NotFound)
                .detail(Text::fixed("该小程序没有上线流程", "the mini program has no onboarding")),
            OnboardingError::Storage(error) => error.into(),
        }
    }
}
