//! What happened later? Pushes come in any order and repeat, so that only WeChat's `CreateTime`
//! tells. A redirect has none: its order is the time of the exchange, a little later than the
//! truth. Where the times do not settle it, WeChat is asked how things stand.

use crate::mini_programs::{Authorization, AuthorizationState, Row};

/// A provisional order may be this much later than the truth, in seconds.
const DOUBT: i64 = 600;
/// WeChat's list and its pushes may name times of one grant that are so many seconds apart.
pub(super) const APART: i64 = 5;

/// What there is to be compared with the record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Incoming<'a> {
    /// A grant.
    Granted {
        /// The grant's key.
        key: &'a str,
        /// When, in seconds.
        order: i64,
        /// The order is not WeChat's `CreateTime`.
        provisional: bool,
    },
    /// The end of a grant, at this `CreateTime`.
    Withdrawn(i64),
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is newer than what is known.
    Newer,
    /// It is older than what is known, or known already.
    Older,
    /// The times do not tell: ask WeChat.
    Doubtful,
}

/// Compares `incoming` with the record, if there is one.
pub(super) fn weigh(known: Option<&Row>, incoming: Incoming<'_>) -> Verdict {
    let Some(known) = known else { return Verdict::Newer };
    let stands = &known.authorization;
    let authorized = stands.state == AuthorizationState::Authorized;
    let (order, provisional) = match incoming {
        Incoming::Granted { key, .. } if authorized && known.grant.as_deref() == Some(key) => {
            return Verdict::Older;
        }
        Incoming::Granted { order, provisional, .. } => (order, provisional),
        Incoming::Withdrawn(order) if !authorized && order <= stands.order => {
            return Verdict::Older;
        }
        Incoming::Withdrawn(_) if !authorized => return Verdict::Newer,
        Incoming::Withdrawn(order) => (order, false),
    };
    let apart = order - stands.order;
    let uncertain = provisional || stands.provisional;
    if apart == 0 || (uncertain && apart.abs() <= DOUBT) {
        Verdict::Doubtful
    } else if apart > 0 {
        Verdict::Newer
    } else {
        Verdict::Older
    }
}

/// Whether a grant of `order` is newer than the one that `stands`, where their times do not tell:
/// by the time of the `newest` as WeChat lists it, in seconds, which no renewal of a token changes.
/// None if that does not tell either: the order of one of the two must be WeChat's own.
pub(super) fn is_newest(
    order: i64,
    provisional: bool,
    stands: &Authorization,
    newest: Option<i64>,
) -> Option<bool> {
    match (provisional, stands.provisional) {
        // The list may name a later time of one grant. Should it be another's all the same, the push
        // of that one tells.
        (false, _) => Some(newest? <= order + APART),
        (true, false) => Some(newest? > stands.order + APART),
        (true, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict::*, *};

    fn known(state: AuthorizationState, order: i64, provisional: bool) -> Row {
        let authorization =
            Authorization { state, order, provisional, authorized_at: None, unauthorized_at: None };
        Row::of_test(authorization, Some("grant#a"))
    }

    fn granted(key: &str, order: i64, provisional: bool) -> Incoming<'_> {
        Incoming::Granted { key, order, provisional }
    }

    #[test]
    fn whatever_comes_first_is_new() {
        assert_eq!(weigh(None, granted("grant#a", 1, false)), Newer);
        assert_eq!(weigh(None, Incoming::Withdrawn(1)), Newer);
    }

    #[test]
    fn create_time_decides_where_both_have_one() {
        let row = known(AuthorizationState::Authorized, 1000, false);
        assert_eq!(weigh(Some(&row), Incoming::Withdrawn(999)), Older);
        assert_eq!(weigh(Some(&row), Incoming::Withdrawn(1001)), Newer);
        assert_eq!(weigh(Some(&row), granted("grant#b", 999, false)), Older);
        assert_eq!(weigh(Some(&row), granted("grant#b", 1001, false)), Newer);
    }

    #[test]
    fn a_tie_is_settled_by_wechat() {
        let row = known(AuthorizationState::Authorized, 1000, false);
        assert_eq!(weigh(Some(&row), Incoming::Withdrawn(1000)), Doubtful);
        assert_eq!(weigh(Some(&row), granted("grant#b", 1000, false)), Doubtful);
        let row = known(AuthorizationState::Unauthorized, 1000, false);
        assert_eq!(weigh(Some(&row), granted("grant#b", 1000, false)), Doubtful);
    }

    #[test]
    fn near_a_provisional_order_wechat_is_asked() {
        let row = known(AuthorizationState::Authorized, 1000, true);
        for (order, verdict) in [(399, Older), (400, Doubtful), (1600, Doubtful), (1601, Newer)] {
            assert_eq!(weigh(Some(&row), Incoming::Withdrawn(order)), verdict, "{order}");
            assert_eq!(weigh(Some(&row), granted("grant#b", order, false)), verdict, "{order}");
        }
        let row = known(AuthorizationState::Unauthorized, 1000, false);
        assert_eq!(weigh(Some(&row), granted("grant#b", 1010, true)), Doubtful);
        assert_eq!(weigh(Some(&row), granted("grant#b", 1700, true)), Newer);
    }

    #[test]
    fn of_two_grants_the_one_given_when_wechat_says_is_the_newest() {
        let stands = |provisional| known(AuthorizationState::Authorized, 1000, provisional);
        let newest = |order, provisional, row: Row, newest| {
            is_newest(order, provisional, &row.authorization, newest)
        };
        // By its push, against one that came by its redirect.
        assert_eq!(newest(1001, false, stands(true), Some(1001)), Some(true));
        assert_eq!(newest(994, false, stands(true), Some(999)), Some(true));
        assert_eq!(newest(993, false, stands(true), Some(999)), Some(false));
        // By its redirect, against one whose push came.
        assert_eq!(newest(990, true, stands(false), Some(1006)), Some(true));
        assert_eq!(newest(990, true, stands(false), Some(1005)), Some(false));
        assert_eq!(newest(1010, true, stands(false), Some(1000)), Some(false));
        // Nothing tells.
        assert_eq!(newest(990, true, stands(true), Some(980)), None);
        assert_eq!(newest(990, false, stands(true), None), None);
    }

    #[test]
    fn a_repetition_changes_nothing() {
        let row = known(AuthorizationState::Authorized, 1000, true);
        assert_eq!(weigh(Some(&row), granted("grant#a", 1000, true)), Older);
        assert_eq!(weigh(Some(&row), granted("grant#a", 2000, false)), Older);
        let row = known(AuthorizationState::Unauthorized, 1000, true);
        assert_eq!(weigh(Some(&row), Incoming::Withdrawn(1000)), Older);
        assert_eq!(weigh(Some(&row), Incoming::Withdrawn(990)), Older);
    }

    #[test]
    fn a_later_withdrawal_moves_the_tombstone_on() {
        let row = known(AuthorizationState::Unauthorized, 1000, true);
        assert_eq!(weigh(Some(&row), Incoming::Withdrawn(1001)), Newer);
    }
}
