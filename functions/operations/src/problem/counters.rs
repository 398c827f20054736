//! What it is to an operator that nothing is left of something that WeChat counts.

use platform::counters::UsedUp;

use super::{Kind, Problem};

impl From<UsedUp> for Problem {
    fn from(UsedUp(quota): UsedUp) -> Self {
        Problem::new(Kind::UsedUp)
            .detail(quota.words())
            .what_to_do(quota.what_to_do())
            .renews_at(quota.renews_at)
    }
}
