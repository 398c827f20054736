//! What the errors of self-tests are to an operator.

use platform::{fault::Faults, self_test::SelfTestError, text::Text};

use super::Problem;

impl From<SelfTestError> for Problem {
    fn from(error: SelfTestError) -> Self {
        let place = || "/base_url".to_owned();
        match error {
            SelfTestError::BaseUrl(wrong) => {
                wrong.iter().map(|wrong| (place(), wrong.words())).collect::<Faults>().into()
            }
            SelfTestError::NotAnOrigin => {
                let why = Text::fixed(
                    "只填协议和域名，例如 https://fleet.example.com",
                    "scheme and host are wanted alone, such as https://fleet.example.com",
                );
                Faults::one(place(), why).into()
            }
            SelfTestError::Component(error) => error.into(),
            SelfTestError::Storage(error) => error.into(),
        }
    }
}
