//! Why an item could not be worked off.

use platform::{grants::GrantError, orders::OrderError};

/// Why an item could not be worked off.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) why: String,
    /// Trying again would change nothing.
    pub(crate) is_final: bool,
}

impl Failure {
    /// It says nothing that we understand, and will not the next time.
    pub(crate) fn unreadable(why: impl ToString) -> Self {
        Failure { why: why.to_string(), is_final: true }
    }

    /// It may go better the next time.
    pub(crate) fn passing(why: impl ToString) -> Self {
        Failure { why: why.to_string(), is_final: false }
    }
}

impl From<GrantError> for Failure {
    fn from(error: GrantError) -> Self {
        Failure { is_final: error.is_final(), why: error.to_string() }
    }
}

/// WeChat could not be asked; the next time it may be.
impl From<OrderError> for Failure {
    fn from(error: OrderError) -> Self {
        Failure::passing(error)
    }
}
