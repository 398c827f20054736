//! The hours at which something may happen, in Beijing, where WeChat's reviewers, its counters and
//! the merchants are. China has one time and does not change it in summer.

use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, Time},
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Serialize};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// Hours of some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// 1 Monday to 7 Sunday; every day if there is none.
    #[serde(default)]
    pub days: Vec<i8>,
    /// When it opens, in minutes after midnight.
    pub from: u16,
    /// When it closes, in minutes after midnight. Before `from` it is the next day's.
    pub to: u16,
}

impl Window {
    /// Whether it is open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let local = beijing(now);
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        let opened_today = |local: DateTime| {
            let day = local.weekday().to_monday_one_offset();
            self.days.is_empty() || self.days.contains(&day)
        };
        if from < to {
            return opened_today(local) && (from..to).contains(&minute);
        }
        let yesterday = beijing(now - SignedDuration::from_mins(DAY));
        (opened_today(local) && minute >= from) || (opened_today(yesterday) && minute < to)
    }

    /// When it is open next: now, if it is.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        if self.is_open(now) {
            return now;
        }
        let local = beijing(now);
        let opening = Time::midnight() + SignedDuration::from_mins(self.from.into());
        (0..=7)
            .filter_map(|days| {
                let date = local.date() + SignedDuration::from_mins(days * DAY);
                of_beijing(date.to_datetime(opening))
            })
            .find(|at| *at > now && self.is_open(*at))
            .unwrap_or(now)
    }

    /// Whether it is one that ever opens.
    pub fn is_possible(&self) -> bool {
        let minute = |minute: u16| i64::from(minute) < DAY;
        minute(self.from)
            && minute(self.to)
            && self.from != self.to
            && self.days.iter().all(|day| (1..=7).contains(day))
    }
}

/// When the next day begins in Beijing.
pub(crate) fn tomorrow(now: Timestamp) -> Timestamp {
    let next = beijing(now).date().tomorrow();
    next.ok().and_then(|date| of_beijing(date.to_datetime(Time::midnight()))).unwrap_or(now)
}

fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

fn beijing(at: Timestamp) -> DateTime {
    zone().to_datetime(at)
}

fn of_beijing(local: DateTime) -> Option<Timestamp> {
    zone().to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("{text}+08:00").parse().unwrap()
    }

    #[test]
    fn a_window_is_open_in_its_hours_in_beijing_and_says_when_it_is_next() {
        // 2026-11-27 is a Friday.
        let work = Window { days: vec![1, 2, 3, 4, 5], from: 9 * 60, to: 18 * 60 };
        assert!(work.is_open(at("2026-11-27T09:00:00")));
        assert!(!work.is_open(at("2026-11-27T18:00:00")));
        assert!(!work.is_open(at("2026-11-28T10:00:00")), "Saturday");
        assert_eq!(work.next(at("2026-11-27T08:00:00")), at("2026-11-27T09:00:00"));
        assert_eq!(work.next(at("2026-11-27T18:30:00")), at("2026-11-30T09:00:00"));
        assert_eq!(work.next(at("2026-11-27T12:30:00")), at("2026-11-27T12:30:00"));
    }

    #[test]
    fn a_window_may_go_over_midnight() {
        let night = Window { days: vec![5], from: 23 * 60, to: 2 * 60 };
        assert!(night.is_open(at("2026-11-27T23:30:00")));
        assert!(night.is_open(at("2026-11-28T01:59:00")), "still Friday's");
        assert!(!night.is_open(at("2026-11-28T02:00:00")));
        assert!(!night.is_open(at("2026-11-28T23:30:00")));
        assert!(!Window { days: Vec::new(), from: 60, to: 60 }.is_possible());
        assert!(!Window { days: vec![0], from: 60, to: 90 }.is_possible());
    }

    #[test]
    fn days_turn_at_midnight_in_beijing() {
        assert_eq!(tomorrow(at("2026-12-31T08:00:00")), at("2027-01-01T00:00:00"));
    }
}
