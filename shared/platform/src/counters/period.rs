//! WeChat's periods: they begin at midnight in Beijing.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::Offset,
};
use serde::Serialize;

/// How long something is counted before the count begins again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// A day.
    Day,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
    /// For ever: it never begins again.
    Life,
}

const BEIJING: Offset = Offset::constant(8);

impl Period {
    /// The period that `now` lies in, by name: `2026-11-28`, `2026-11`, `2026` or `life`.
    pub fn name_at(self, now: Timestamp) -> String {
        let day = BEIJING.to_datetime(now).date();
        match self {
            Period::Day => day.to_string(),
            Period::Month => format!("{:04}-{:02}", day.year(), day.month()),
            Period::Year => format!("{:04}", day.year()),
            Period::Life => "life".to_owned(),
        }
    }

    /// When the one that `now` lies in began; none where it always was.
    pub fn begun_at(self, now: Timestamp) -> Option<Timestamp> {
        let day = BEIJING.to_datetime(now).date();
        let first = match self {
            Period::Day => day,
            Period::Month => day.first_of_month(),
            Period::Year => day.first_of_year(),
            Period::Life => return None,
        };
        BEIJING.to_timestamp(first.to_datetime(Time::midnight())).ok()
    }

    /// When the next one begins; none where there is no next one.
    pub fn next_after(self, now: Timestamp) -> Option<Timestamp> {
        let day = BEIJING.to_datetime(now).date();
        let (year, month) = (day.year(), day.month());
        let first = match self {
            Period::Day => day.tomorrow().ok()?,
            Period::Month if month == 12 => Date::new(year.checked_add(1)?, 1, 1).ok()?,
            Period::Month => Date::new(year, month + 1, 1).ok()?,
            Period::Year => Date::new(year.checked_add(1)?, 1, 1).ok()?,
            Period::Life => return None,
        };
        BEIJING.to_timestamp(first.to_datetime(Time::midnight())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn periods_begin_at_midnight_in_beijing() {
        let (evening, morning) = (at("2026-12-31T15:59:59Z"), at("2026-12-31T16:00:00Z"));
        for (period, before, after) in [
            (Period::Day, "2026-12-31", "2027-01-01"),
            (Period::Month, "2026-12", "2027-01"),
            (Period::Year, "2026", "2027"),
        ] {
            assert_eq!(period.name_at(evening), before);
            assert_eq!(period.name_at(morning), after);
            assert_eq!(period.next_after(evening), Some(morning), "{period:?}");
            assert_eq!(period.begun_at(morning), Some(morning), "{period:?}");
        }
        assert_eq!(Period::Month.begun_at(evening), Some(at("2026-11-30T16:00:00Z")));
        assert_eq!(Period::Life.begun_at(evening), None);
        assert_eq!(
            Period::Month.next_after(at("2026-02-10T00:00:00Z")),
            Some(at("2026-02-28T16:00:00Z"))
        );
        assert_eq!(Period::Life.name_at(evening), "life");
        assert_eq!(Period::Life.next_after(evening), None);
    }
}
