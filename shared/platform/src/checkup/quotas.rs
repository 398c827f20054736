//! What is left of what WeChat counts for a component, by what is on record.

use jiff::Timestamp;
use wechat::endpoint::DailyQuota;

use super::day;
use crate::{
    check::{Check, Status, What},
    counters::{Counted, Quota},
    text::Text,
};

pub(super) const QUOTAS: What = ("quotas", Text::fixed("额度充足", "quotas suffice"));

/// Something of which little is left.
struct Scarce {
    status: Status,
    finding: Text,
    what_to_do: Text,
}

/// Looks at every counter, and at today's calls for the component's token if WeChat told them.
pub(super) fn check(quotas: &[Quota], calls: Option<&DailyQuota>, now: Timestamp) -> Check {
    let mut scarce: Vec<Scarce> = quotas.iter().filter_map(|quota| of(quota, now)).collect();
    scarce.extend(calls.and_then(of_calls));
    // The sort is stable: failures first, each kind in the order of the counters.
    scarce.sort_by_key(|it| it.status != Status::Fail);
    let told = |counted| quotas.iter().find(|it| it.counted == counted && it.most.is_some());
    let Some(first) = scarce.first() else {
        return match told(Counted::Reviews) {
            Some(reviews) => Check::pass(QUOTAS).found(left(reviews)),
            None => Check::unknown(
                QUOTAS,
                Text::fixed(
                    "微信还没有告知本月的提审次数",
                    "WeChat has not told how many reviews there are this month",
                ),
                Text::fixed(
                    "打开平台额度时会向微信查询；需要至少一个已授权的小程序",
                    "WeChat is asked when the platform's quotas are opened, by way of any mini \
                     program that has authorized",
                ),
            ),
        };
    };
    let (status, what_to_do) = (first.status, first.what_to_do.clone());
    let join = |separator: &str, words: fn(&Text) -> &str| {
        let all: Vec<&str> = scarce.iter().map(|it| words(&it.finding)).collect();
        all.join(separator)
    };
    let finding = Text::new(join("；", |text| &text.zh), join("; ", |text| &text.en));
    match status {
        Status::Fail => Check::fail(QUOTAS, finding, what_to_do),
        _ => Check::warn(QUOTAS, finding, what_to_do),
    }
}

fn left(quota: &Quota) -> Text {
    let what = quota.counted.words();
    let (left, most) = (quota.left().unwrap_or_default(), quota.most.unwrap_or_default());
    Text::new(
        format!("{}剩 {left} / {most} 次", what.zh),
        format!("{left} of {most} {} are left", what.en),
    )
}

/// A counter that needs somebody: nothing, or less than a tenth of it is left, or it will be used
/// up before it comes back.
fn of(quota: &Quota, now: Timestamp) -> Option<Scarce> {
    let (rest, most) = (quota.left()?, quota.most?);
    if rest == 0 {
        // Without reviews no version gets out; without the others much goes on.
        let status = if quota.counted == Counted::Reviews { Status::Fail } else { Status::Warn };
        return Some(Scarce { status, finding: quota.words(), what_to_do: quota.what_to_do() });
    }
    let runs_out_at = quota.runs_out_at(now);
    if runs_out_at.is_none() && rest * 10 > most {
        return None;
    }
    let left = left(quota);
    let finding = match runs_out_at {
        Some(at) => Text::new(
            format!("{}，照此速度 {} 用完", left.zh, day(at)),
            format!("{}, which at this pace are used up on {}", left.en, day(at)),
        ),
        None => left,
    };
    let what_to_do = Text::fixed(
        "请把剩余次数留给要紧的操作；新的周期开始后恢复",
        "keep what is left for what matters; it comes back with the next period",
    );
    Some(Scarce { status: Status::Warn, finding, what_to_do })
}

/// Today's calls for the component's token. WeChat gives zero of all where it does not count.
fn of_calls(calls: &DailyQuota) -> Option<Scarce> {
    let (rest, most) = (calls.remain, calls.daily_limit);
    if most <= 0 || rest * 10 > most {
        return None;
    }
    let status = if rest <= 0 { Status::Fail } else { Status::Warn };
    Some(Scarce {
        status,
        finding: Text::new(
            format!("今日获取平台令牌的调用剩 {rest} / {most} 次"),
            format!("{rest} of today's {most} calls for the component's token are left"),
        ),
        what_to_do: Text::fixed(
            "请检查是否有其他系统在使用同一个第三方平台；需要时在平台额度中重置调用次数",
            "see whether another system uses the same component; if need be, reset the daily calls \
             among the platform's quotas",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::Period;

    fn now() -> Timestamp {
        "2026-11-11T04:00:00Z".parse().unwrap()
    }

    fn quota(counted: Counted, used: i64, most: Option<i64>) -> Quota {
        let period = Period::Month;
        let renews_at = period.next_after(now());
        Quota { counted, period, used, most, renews_at, told_at: None }
    }

    fn calls(remain: i64, daily_limit: i64) -> DailyQuota {
        DailyQuota { daily_limit, used: daily_limit - remain, remain, other: Default::default() }
    }

    fn looked_at(quotas: &[Quota], calls: Option<&DailyQuota>) -> (Status, String) {
        let check = check(quotas, calls, now());
        assert_eq!(check.what_to_do.is_some(), check.status != Status::Pass);
        (check.status, check.finding.unwrap().en.into_owned())
    }

    #[test]
    fn enough_is_left_of_everything() {
        let reviews = quota(Counted::Reviews, 3, Some(20));
        let (status, finding) = looked_at(&[reviews], Some(&calls(0, 0)));
        assert_eq!(
            (status, &*finding),
            (Status::Pass, "17 of 20 reviews of the platform are left")
        );
    }

    #[test]
    fn no_review_left_is_worse_than_no_change_of_domains() {
        let domains = quota(Counted::PlatformServerDomains, 50, Some(50));
        let reviews = quota(Counted::Reviews, 20, Some(20));
        assert_eq!(looked_at(std::slice::from_ref(&domains), None).0, Status::Warn);
        let (status, finding) = looked_at(&[domains, reviews], None);
        assert_eq!(status, Status::Fail);
        assert!(finding.starts_with("none of the reviews"), "{finding}");
        assert!(finding.contains("server domains"), "{finding}");
    }

    #[test]
    fn what_will_be_used_up_before_the_month_is_over_is_told_with_the_day() {
        let (status, finding) = looked_at(&[quota(Counted::Reviews, 21, Some(39))], None);
        assert_eq!(status, Status::Warn);
        assert!(finding.ends_with("used up on 2026-11-20"), "{finding}");
    }

    #[test]
    fn what_wechat_has_not_told_is_unknown() {
        assert_eq!(looked_at(&[quota(Counted::Reviews, 3, None)], None).0, Status::Unknown);
    }

    #[test]
    fn few_calls_for_tokens_are_a_warning_and_none_a_failure() {
        let reviews = [quota(Counted::Reviews, 3, Some(20))];
        assert_eq!(looked_at(&reviews, Some(&calls(1500, 2000))).0, Status::Pass);
        assert_eq!(looked_at(&reviews, Some(&calls(150, 2000))).0, Status::Warn);
        assert_eq!(looked_at(&reviews, Some(&calls(0, 2000))).0, Status::Fail);
    }
}
