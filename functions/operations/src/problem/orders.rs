//! What the errors of orders about records are to an operator.

use platform::orders::OrderError;

use super::{Kind, Problem};

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Invalid(faults) => faults.into(),
            OrderError::Faulty { refusal, faults } => Problem::from(refusal).faults(faults),
            OrderError::WrongState { state, what_to_do } => {
                Problem::new(Kind::WrongState).detail(state).what_to_do(what_to_do)
            }
            OrderError::UnderWay(words) => {
                Problem::new(Kind::UnderWay).detail(words).retry_after(60)
            }
            OrderError::NotFound(what) => Problem::new(Kind::NotFound).detail(what),
            OrderError::Call(error) => error.into(),
            OrderError::Storage(error) => error.into(),
        }
    }
}
