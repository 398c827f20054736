//! Whether the next wave may begin, and whether a rollout has to stop. Pure.

use jiff::{SignedDuration, Timestamp};

use super::{
    order::{Gate, Stop},
    record::{Approved, PauseReason, Rollout},
    target::Tally,
};
use crate::text::Text;

/// What the next wave waits for; nothing if it may begin. `so_far` is about the waves that have
/// begun.
pub(super) fn waits_for(rollout: &Rollout, so_far: &Tally, now: Timestamp) -> Vec<Text> {
    let wave = rollout.waves_begun;
    let Some(gate) = rollout.order.waves.get(wave as usize).map(|wave| &wave.gate) else {
        return Vec::new();
    };
    let mut reasons = Vec::new();
    if so_far.size > 0 {
        before(gate, so_far, rollout.through_at, now, &mut reasons);
    }
    if let Some(window) = gate.window.as_ref().filter(|window| !window.is_open(now)) {
        let next = window.next(now);
        reasons.push(Text::new(
            format!("等待时间窗口，下一次在 {next}"),
            format!("its hours, which begin at {next}"),
        ));
    }
    let said = rollout.people(Approved::Wave, wave);
    let missing = usize::from(gate.people).saturating_sub(said);
    if missing > 0 {
        reasons.push(Text::new(
            format!("等待 {missing} 人确认"),
            format!("the OK of {missing} more, by POST …/approvals"),
        ));
    }
    reasons
}

fn before(
    gate: &Gate,
    so_far: &Tally,
    through_at: Option<Timestamp>,
    now: Timestamp,
    reasons: &mut Vec<Text>,
) {
    let (through, size) = (so_far.through(), so_far.size);
    if !is_through(gate, so_far) {
        reasons.push(Text::new(
            format!("前面的批次完成了 {through}/{size}，需要 {}%", gate.through_percent),
            format!(
                "the waves before: {through} of {size} are through, {}% needed",
                gate.through_percent
            ),
        ));
    }
    let (approved, decided) =
        (so_far.approved(), so_far.approved() + so_far.count(super::target::TargetState::Rejected));
    if let Some(least) = gate.approved_percent
        && decided > 0
        && approved * 100 < decided * u64::from(least)
    {
        reasons.push(Text::new(
            format!("审核通过率 {approved}/{decided}，低于 {least}%"),
            format!("{approved} of {decided} reviews were approved, fewer than {least}%"),
        ));
    }
    let failed = so_far.failed();
    if let Some(most) = gate.failed_percent
        && failed * 100 > through.max(1) * u64::from(most)
    {
        reasons.push(Text::new(
            format!("失败率 {failed}/{through}，高于 {most}%"),
            format!("{failed} of {through} failed or were rejected, more than {most}%"),
        ));
    }
    if gate.soak_minutes > 0 {
        let soak = SignedDuration::from_mins(gate.soak_minutes.into());
        let until = through_at.map(|at| at + soak);
        if until.is_none_or(|until| now < until) {
            let (zh, en) = match until {
                Some(until) => (format!("观察期至 {until}"), format!("its soak, until {until}")),
                None => (
                    format!("前面的批次完成后再观察 {} 分钟", gate.soak_minutes),
                    format!("a soak of {} minutes once they are through", gate.soak_minutes),
                ),
            };
            reasons.push(Text::new(zh, en));
        }
    }
}

/// Whether enough of the waves that have begun are through for the next.
pub(super) fn is_through(gate: &Gate, so_far: &Tally) -> bool {
    so_far.through() * 100 >= so_far.size * u64::from(gate.through_percent)
}

/// Why the rollout has to stop, if it has to. `streak` is the code that came last and how often.
pub(super) fn stops(
    stop: &Stop,
    so_far: &Tally,
    streaks: &[(String, u32)],
) -> Option<(PauseReason, Text)> {
    let (failed, through) = (so_far.failed(), so_far.through());
    if let Some(most) = stop.failed_percent
        && through >= stop.at_least.max(1)
        && failed * 100 > through * u64::from(most)
    {
        let words = Text::new(
            format!("已完成的 {through} 个中有 {failed} 个失败或被驳回，超过 {most}%"),
            format!("{failed} of {through} failed or were rejected, more than {most}%"),
        );
        return Some((PauseReason::Failures, words));
    }
    let most = stop.same_code?;
    let (key, times) = streaks.iter().find(|(_, times)| *times >= most)?;
    let words = Text::new(
        format!("同一原因 {key} 连续出现 {times} 次"),
        format!("the same cause {key} came {times} times in a row"),
    );
    Some((PauseReason::SameCode, words))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rollouts::target::TargetState;

    fn tally(size: u64, counts: &[(TargetState, u64)]) -> Tally {
        Tally { size, by_state: counts.iter().copied().collect() }
    }

    fn rollout(gate: serde_json::Value) -> Rollout {
        let now = Timestamp::UNIX_EPOCH;
        serde_json::from_value(json!({
            "id": "1", "component": "wx00000000000000c0", "state": "running", "version": 1,
            "order": {
                "name": "a", "query": {}, "template_id": 1, "user_version": "1",
                "waves": [
                    { "size": { "count": 10 } },
                    { "size": { "percent": 100.0 }, "gate": gate },
                ],
            },
            "plan": { "targets": 100 }, "boundaries": [10, 100], "waves_begun": 1,
            "created_at": now, "created_by": "key",
        }))
        .unwrap()
    }

    #[test]
    fn a_wave_waits_until_those_before_it_are_through() {
        use TargetState::{InReview, Rejected, Released};
        let now = Timestamp::UNIX_EPOCH;
        let strict = rollout(json!({}));
        let lenient = rollout(json!({ "through_percent": 80 }));
        let most = tally(10, &[(Released, 8), (InReview, 2)]);
        assert_eq!(waits_for(&strict, &most, now).len(), 1);
        assert_eq!(waits_for(&lenient, &most, now), []);
        let all = tally(10, &[(Released, 8), (Rejected, 2)]);
        assert_eq!(waits_for(&strict, &all, now), []);
        assert_eq!(waits_for(&rollout(json!({ "approved_percent": 80 })), &all, now), []);
        assert_eq!(waits_for(&rollout(json!({ "approved_percent": 81 })), &all, now).len(), 1);
        assert_eq!(waits_for(&rollout(json!({ "failed_percent": 20 })), &all, now), []);
        assert_eq!(waits_for(&rollout(json!({ "failed_percent": 19 })), &all, now).len(), 1);
    }

    #[test]
    fn a_wave_waits_for_its_soak_and_its_people() {
        let all = tally(10, &[(TargetState::Released, 10)]);
        let begun = Timestamp::UNIX_EPOCH;
        let later = begun + SignedDuration::from_mins(30);
        let mut soaking = rollout(json!({ "soak_minutes": 30 }));
        assert_eq!(waits_for(&soaking, &all, later).len(), 1, "nobody saw it through yet");
        soaking.through_at = Some(begun);
        assert_eq!(waits_for(&soaking, &all, later - SignedDuration::from_secs(1)).len(), 1);
        assert_eq!(waits_for(&soaking, &all, later), []);
        let two = rollout(json!({ "people": 2 }));
        assert!(waits_for(&two, &all, later)[0].en.contains("OK of 2 more"));
    }

    #[test]
    fn a_rollout_stops_for_many_failures_or_for_the_same_again_and_again() {
        use TargetState::{Failed, Released};
        let stop = Stop { failed_percent: Some(20), at_least: 10, same_code: Some(3) };
        let few = tally(100, &[(Failed, 9)]);
        assert_eq!(stops(&stop, &few, &[]), None, "too few to say");
        let some = tally(100, &[(Failed, 2), (Released, 8)]);
        assert_eq!(stops(&stop, &some, &[("submit.85008".to_owned(), 2)]), None);
        let many = tally(100, &[(Failed, 3), (Released, 8)]);
        assert_eq!(stops(&stop, &many, &[]).unwrap().0, PauseReason::Failures);
        let streak = [("commit.1".to_owned(), 1), ("submit.85008".to_owned(), 3)];
        assert_eq!(stops(&stop, &some, &streak).unwrap().0, PauseReason::SameCode);
        let never = Stop { failed_percent: None, at_least: 0, same_code: None };
        assert_eq!(stops(&never, &many, &streak), None);
    }
}
