//! Checks of what guards the platform as a whole: the audit log, and the keys.

use jiff::Timestamp;

use crate::{
    audit::Trouble,
    check::{Check, What},
    operators::{LockOut, Locked},
    text::Text,
};

pub(super) const AUDIT: What = (
    "audit-log",
    Text::fixed(
        "操作记录完好并按日锚定",
        "the audit log is as it was written, and anchored each day",
    ),
);
pub(super) const GUESSES: What =
    ("guesses", Text::fixed("没有人在猜测密钥", "nobody guesses at keys"));

/// The first trouble that there is is told.
pub(super) fn audit(troubles: &[Trouble]) -> Check {
    match troubles.first() {
        None => Check::pass(AUDIT),
        Some(trouble @ Trouble::Broken(_)) => {
            Check::fail(AUDIT, trouble.words(), trouble.what_to_do())
        }
        Some(trouble) => Check::warn(AUDIT, trouble.words(), trouble.what_to_do()),
    }
}

/// Names neither keys nor networks: whoever looks at this need not be allowed to look at keys.
pub(super) fn guesses(lock_outs: &[LockOut], now: Timestamp) -> Check {
    if lock_outs.is_empty() {
        return Check::pass(GUESSES);
    }
    let count = |locked| lock_outs.iter().filter(|lock_out| lock_out.locked == locked).count();
    let attacked = count(Locked::Everywhere);
    let others = lock_outs.len() - attacked;
    let lasting = lock_outs.iter().filter(|lock_out| lock_out.lasts(now)).count();
    Check::warn(
        GUESSES,
        Text::new(
            format!(
                "24 小时内：{others} 次因密钥错误而锁定，{attacked} 个密钥被从大量网络猜测；{lasting} 项仍在锁定中"
            ),
            format!(
                "in the last day: {others} lock-outs after wrong secrets, {attacked} keys guessed at from very \
                 many networks; {lasting} of these last now"
            ),
        ),
        Text::fixed(
            "请管理员在密钥列表查看来源；若是自己的系统用错了密钥，改正即可，锁定会自动解除",
            "have an administrator look at the list of keys for where it came from; a system of your own \
             with a wrong key is corrected, and its lock ends by itself",
        ),
    )
}
