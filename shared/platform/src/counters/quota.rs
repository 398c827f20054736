//! How a counter stands, and what it is in words that nothing is left.

use jiff::{Timestamp, tz::Offset};

use super::{Counted, Period};
use crate::text::Text;

/// How a counter stands in the present period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// What is counted.
    pub counted: Counted,
    /// In which period.
    pub period: Period,
    /// How many were used.
    pub used: i64,
    /// How many there may be; none while WeChat has not told.
    pub most: Option<i64>,
    /// When the next period begins; none where there is no next one.
    pub renews_at: Option<Timestamp>,
    /// When WeChat told its own numbers last.
    pub told_at: Option<Timestamp>,
}

/// Nothing is left of something: WeChat was not asked, for it would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", .0.words(), .0.what_to_do())]
pub struct UsedUp(pub Quota);

impl Quota {
    /// How many are left; none while WeChat has not told how many there are.
    pub fn left(&self) -> Option<i64> {
        self.most.map(|most| (most - self.used).max(0))
    }

    /// That nothing is left, in words.
    pub fn words(&self) -> Text {
        let what = self.counted.words();
        let most = self.most.unwrap_or(self.used);
        let (zh, en) = match self.period {
            Period::Day => ("每天", "a day"),
            Period::Month => ("每月", "a month"),
            Period::Year => ("每年", "a year"),
            Period::Life => ("总共", "in all"),
        };
        Text::new(
            format!("{}的次数已用完（{zh} {most} 次，按北京时间计算）", what.zh),
            format!("none of the {} is left: WeChat allows {most} {en}, by Beijing time", what.en),
        )
    }

    /// What to do about that.
    pub fn what_to_do(&self) -> Text {
        match self.renews_at {
            Some(at) => {
                let day = Offset::constant(8).to_datetime(at).date();
                Text::new(
                    format!("请等到北京时间 {day} 零点后再试"),
                    format!("wait until midnight of {day} in Beijing"),
                )
            }
            None => Text::fixed(
                "该额度不会恢复；小程序码请改用 getwxacodeunlimit",
                "it never comes back; for codes use getwxacodeunlimit",
            ),
        }
    }
}
