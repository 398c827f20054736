//! What to make of an error: it passes, the month's reviews are used up, or the target is out.
//! Pure.

use jiff::{SignedDuration, Timestamp};

use super::{
    RolloutError,
    step::NO_REVIEWS_LEFT,
    target::{Cause, CauseKind, Step},
    window,
};
use crate::{
    call::CallError,
    counters::{Counted, UsedUp},
    explain::{Class, explain},
    releases::ReleaseError,
    text::{Language, Text},
    tokens::TokenError,
};

/// A step that fails is tried so often before its target is out.
const PATIENCE: u32 = 8;
/// The first pause after a failure; each one after it is twice as long.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(30);
/// What is nobody's fault here is tried again after this long, and counts for nothing.
const SOON: SignedDuration = SignedDuration::from_secs(20);
/// The component as a whole is refused: one probe is enough.
const HALTED: SignedDuration = SignedDuration::from_mins(5);

/// What follows from an error.
#[derive(Debug, PartialEq)]
pub(super) enum Fate {
    /// It is tried again then.
    Again {
        /// When.
        at: Timestamp,
        /// Whether patience ends some time.
        counts: bool,
        /// Why.
        words: Text,
    },
    /// The month's reviews are used up.
    NoReviews,
    /// The target is out.
    Out(Cause),
}

/// What follows from `error` after so many attempts. Storage's own errors are handed on: nothing can
/// be written then, and the lease ends by itself.
pub(super) fn fate(
    step: Step,
    error: ReleaseError,
    attempts: u32,
    now: Timestamp,
) -> Result<Fate, RolloutError> {
    let again = |pause: SignedDuration, counts: bool, error: &dyn ToString| {
        let words = error.to_string();
        Fate::Again { at: now + pause, counts, words: Text::new(words.clone(), words) }
    };
    let out = |kind, errcode, path: Option<&str>, words: Text| {
        let path = path.map(str::to_owned);
        Fate::Out(Cause { step, errcode, path, kind, words })
    };
    Ok(match error {
        ReleaseError::Storage(error) => return Err(error.into()),
        ReleaseError::Call(CallError::Token(TokenError::Storage(error))) => {
            return Err(error.into());
        }
        ReleaseError::InProgress(words) => Fate::Again { at: now + SOON, counts: false, words },
        ReleaseError::NotAuthorized(error) => out(
            CauseKind::Authorization,
            None,
            None,
            Text::new("商家未授权，或授权已失效", error.to_string()),
        ),
        ReleaseError::WrongState { state, what_to_do } => out(
            CauseKind::State,
            None,
            None,
            Text::new(
                format!("{}；{}", state.zh, what_to_do.zh),
                format!("{}; {}", state.en, what_to_do.en),
            ),
        ),
        ReleaseError::Refused { refusal, cause, what_to_do } => out(
            CauseKind::Refused,
            Some(refusal.errcode),
            Some(refusal.path),
            Text::new(
                format!("{}；{}", cause.zh, what_to_do.zh),
                format!("{}; {}", cause.en, what_to_do.en),
            ),
        ),
        ReleaseError::UsedUp(UsedUp(quota)) if quota.counted == Counted::Reviews => Fate::NoReviews,
        ReleaseError::UsedUp(used_up) => match used_up.0.renews_at {
            Some(at) => Fate::Again { at, counts: false, words: used_up.0.words() },
            None => out(CauseKind::Refused, None, None, used_up.0.words()),
        },
        ReleaseError::Invalid(faults) => {
            let words = |language| {
                let words = faults
                    .list()
                    .iter()
                    .map(|fault| format!("{}: {}", fault.pointer, fault.why.read(language)));
                words.collect::<Vec<_>>().join("; ")
            };
            let words = Text::new(words(Language::Chinese), words(Language::English));
            out(CauseKind::State, None, None, words)
        }
        ReleaseError::Call(CallError::Token(error)) => again(HALTED, false, &error),
        ReleaseError::Call(CallError::WeChat(wechat::Error::WeChat(refusal))) => {
            let errcode = refusal.errcode;
            let known = explain(refusal.path, errcode);
            match known.map(|known| known.class) {
                _ if errcode == NO_REVIEWS_LEFT => Fate::NoReviews,
                // A quota of the day; the others of the month and of a mini program are explained
                // where they come.
                Some(Class::Quota) if matches!(errcode, 45_009 | 45_011) => {
                    again(window::tomorrow(now).duration_since(now), false, &refusal)
                }
                Some(Class::Busy) if attempts < PATIENCE => again(pause(attempts), true, &refusal),
                Some(Class::Credentials) => again(HALTED, false, &refusal),
                class => {
                    let kind = match class {
                        Some(Class::Busy) => CauseKind::Unreachable,
                        Some(Class::Authorization) => CauseKind::Authorization,
                        _ => CauseKind::Refused,
                    };
                    let words = match known {
                        Some(known) => known.cause.clone(),
                        None => Text::new(
                            format!("微信返回 {errcode}：{}", refusal.errmsg),
                            refusal.to_string(),
                        ),
                    };
                    out(kind, Some(errcode), Some(refusal.path), words)
                }
            }
        }
        ReleaseError::Call(CallError::WeChat(error)) if attempts < PATIENCE => {
            again(pause(attempts), true, &error)
        }
        ReleaseError::Call(CallError::WeChat(error)) => out(
            CauseKind::Unreachable,
            None,
            None,
            Text::new(format!("多次尝试均未得到微信的答复：{error}"), error.to_string()),
        ),
    })
}

fn pause(attempts: u32) -> SignedDuration {
    let factor = 1_i32.checked_shl(attempts.min(16)).unwrap_or(i32::MAX);
    FIRST_PAUSE.checked_mul(factor).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use wechat::{ApiError, transport::TransportError};

    use super::*;

    fn refused(errcode: i64) -> ReleaseError {
        let refusal =
            ApiError { path: "/wxa/submit_audit", errcode, errmsg: "no".to_owned(), rid: None };
        ReleaseError::Call(CallError::WeChat(refusal.into()))
    }

    fn fate_of(error: ReleaseError, attempts: u32) -> Fate {
        fate(Step::Submit, error, attempts, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn what_passes_is_tried_again_ever_more_seldom_and_then_no_more() {
        let mut last = SignedDuration::ZERO;
        for attempts in 0..PATIENCE {
            let Fate::Again { at, counts: true, .. } = fate_of(refused(-1), attempts) else {
                panic!("{attempts}");
            };
            let pause = at.duration_since(Timestamp::UNIX_EPOCH);
            assert!(pause >= last && pause <= LONGEST_PAUSE, "{pause}");
            last = pause;
        }
        let Fate::Out(cause) = fate_of(refused(-1), PATIENCE) else { panic!("still tried") };
        assert_eq!((cause.kind, cause.errcode), (CauseKind::Unreachable, Some(-1)));
        let silent = || {
            let source = TransportError::TimedOut(std::time::Duration::from_secs(20));
            let error = wechat::Error::Transport { path: "/wxa/commit", source };
            ReleaseError::Call(CallError::WeChat(error))
        };
        assert!(matches!(fate_of(silent(), 0), Fate::Again { counts: true, .. }));
        assert!(matches!(fate_of(silent(), PATIENCE), Fate::Out(_)));
    }

    #[test]
    fn what_concerns_everybody_costs_no_single_one_its_turn() {
        assert_eq!(fate_of(refused(85_085), 0), Fate::NoReviews);
        for errcode in [45_009, 61_004] {
            let fate = fate_of(refused(errcode), 100);
            assert!(matches!(fate, Fate::Again { counts: false, .. }), "{errcode}: {fate:?}");
        }
        let busy = ReleaseError::InProgress(Text::fixed("忙", "busy"));
        assert!(matches!(fate_of(busy, 100), Fate::Again { counts: false, .. }));
    }

    #[test]
    fn what_somebody_must_mend_ends_it_and_is_grouped_by_its_code() {
        let Fate::Out(cause) = fate_of(refused(85_008), 0) else { panic!("tried again") };
        assert_eq!(cause.key(), "submit.85008");
        let Fate::Out(cause) = fate_of(refused(-123_456), 0) else { panic!("tried again") };
        assert!(cause.words.zh.contains("-123456"), "{cause:?}");
        let gone = TokenError::Revoked("wx00000000000000a1".parse().unwrap());
        let Fate::Out(cause) = fate_of(ReleaseError::NotAuthorized(gone), 0) else {
            panic!("tried again");
        };
        assert_eq!(cause.key(), "submit.authorization");
    }
}
