//! How a counter stands, and what it is in words that nothing is left.

use jiff::{SignedDuration, Timestamp, tz::Offset};

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

    /// When nothing will be left if it goes on as it did since the period began. None where it lasts
    /// until the next period, where there is no saying how much there is, and as long as less than a
    /// tenth of the period is over, which tells little.
    pub fn runs_out_at(&self, now: Timestamp) -> Option<Timestamp> {
        let (begun_at, renews_at) = (self.period.begun_at(now)?, self.renews_at?);
        let left = self.left()?;
        if left == 0 {
            return Some(now);
        }
        let gone = now.duration_since(begun_at);
        if self.used <= 0 || gone * 10 < renews_at.duration_since(begun_at) {
            return None;
        }
        let each = gone.as_secs() / self.used;
        let runs_out_at =
            now.checked_add(SignedDuration::from_secs(each.checked_mul(left)?)).ok()?;
        (runs_out_at < renews_at).then_some(runs_out_at)
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
        let (zh, en) = match self.counted {
            Counted::PlatformServerDomains | Counted::PlatformBusinessDomains => (
                "；只用于个别小程序的域名可以直接设置（\"direct\": true），不占用平台的次数",
                "; what single mini programs use can be set directly (\"direct\": true), which \
                 costs none of these",
            ),
            _ => ("", ""),
        };
        match self.renews_at {
            Some(at) => {
                let day = Offset::constant(8).to_datetime(at).date();
                Text::new(
                    format!("请等到北京时间 {day} 零点后再试{zh}"),
                    format!("wait until midnight of {day} in Beijing{en}"),
                )
            }
            None => Text::fixed(
                "该额度不会恢复；小程序码请改用 getwxacodeunlimit",
                "it never comes back; for codes use getwxacodeunlimit",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a month's counter stood at noon in Beijing of a day of November 2026.
    fn forecast(day: u8, used: i64, most: Option<i64>) -> Option<String> {
        let now: Timestamp = format!("2026-11-{day:02}T04:00:00Z").parse().unwrap();
        let (counted, period) = (Counted::Reviews, Period::Month);
        let renews_at = period.next_after(now);
        let quota = Quota { counted, period, used, most, renews_at, told_at: None };
        quota.runs_out_at(now).map(|at| at.to_string())
    }

    #[test]
    fn a_quota_runs_out_if_it_is_used_as_it_was() {
        assert_eq!(forecast(11, 21, Some(39)).as_deref(), Some("2026-11-20T04:00:00Z"));
        assert_eq!(forecast(11, 5, Some(20)), None, "it lasts until the month is over");
        assert_eq!(forecast(11, 0, Some(20)), None, "nothing was used");
        assert_eq!(forecast(2, 15, Some(20)), None, "a day and a half says little");
        assert_eq!(forecast(11, 21, None), None, "WeChat has not told how many there are");
        assert_eq!(forecast(2, 20, Some(20)).as_deref(), Some("2026-11-02T04:00:00Z"));
    }
}
