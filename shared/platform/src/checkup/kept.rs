//! Checks of what is on record: a record in, a finding out.

use jiff::{SignedDuration, Timestamp};

use super::{day, open_of};
use crate::{
    breaker::{Cause, Open},
    check::{Check, What},
    inbox,
    operators::{KeyRecord, Operators},
    payment::{Expiring, RENEWAL, VERY_SOON},
    self_test::{Report, TestState},
    storage::StorageError,
    text::Text,
    ticket::Supply,
    tokens::{TokenItem, TokenState},
};

/// Merchants and certificates that are counted, at most.
pub(super) const NAMED: i32 = 50;
/// Time enough to hand out another key.
const KEY_ENDS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Keys that are read at a time.
const PAGE: i32 = 100;

pub(super) const TICKET: What =
    ("ticket", Text::fixed("verify ticket 按时推送", "tickets keep coming"));
pub(super) const TOKEN: What =
    ("component-token", Text::fixed("平台令牌可用", "the component's token is good"));
pub(super) const MERCHANTS: What =
    ("merchant-tokens", Text::fixed("商家令牌可续期", "merchants' tokens can be renewed"));
pub(super) const CERTIFICATES: What = (
    "payment-certificates",
    Text::fixed("微信支付证书没有临近到期", "no WeChat Pay certificate ends soon"),
);
pub(super) const KEYS: What =
    ("operator-keys", Text::fixed("操作密钥没有临近到期", "no operator's key ends soon"));
pub(super) const SELF_TEST: What =
    ("self-test", Text::fixed("全网发布自检通过", "the go-live self-test passed"));
pub(super) const DEAD_EVENTS: What =
    ("dead-events", Text::fixed("推送全部得到处理", "every push is worked off"));

pub(super) fn ticket(supply: Supply, now: Timestamp) -> Check {
    let words = supply.words(now);
    match (supply, supply.what_to_do()) {
        (Supply::Late(_), Some(what_to_do)) => Check::warn(TICKET, words, what_to_do),
        (_, Some(what_to_do)) => Check::fail(TICKET, words, what_to_do),
        (_, None) => Check::pass(TICKET).found(words),
    }
}

/// `refused`: WeChat was just asked with it, and does not accept it.
pub(super) fn token(
    item: Option<&TokenItem>,
    open: &[Open],
    refused: bool,
    now: Timestamp,
) -> Check {
    if item.is_some_and(|item| item.state == TokenState::Shadow) {
        let words =
            Text::fixed("影子模式：令牌由其他系统掌管", "shadow mode: another system renews it");
        return Check::pass(TOKEN).found(words);
    }
    if let Some(open) = open_of(open, &[Cause::Ticket, Cause::ComponentQuota]) {
        return Check::fail(TOKEN, open.words(), open.what_to_do());
    }
    let soon = Text::fixed(
        "系统每分钟自动续期；若两分钟后仍是如此，请先解决上面的问题，再看 refresh 的日志",
        "it is renewed by itself every minute; if this stays for two minutes, mend what stands above, \
         then look at the log of refresh",
    );
    let Some(item) = item else {
        return Check::warn(TOKEN, Text::fixed("还没有获取过", "there is none yet"), soon);
    };
    let life = item.access_expires_at - now.as_second();
    let failure = item.failure.as_deref();
    let also = |zh: String, en: String| match failure {
        Some(failure) => Text::new(format!("{zh}；{failure}"), format!("{en}; {failure}")),
        None => Text::new(zh, en),
    };
    if refused {
        let words = also(
            "微信不再接受现有令牌".to_owned(),
            "WeChat does not accept the present one any more".to_owned(),
        );
        return Check::warn(TOKEN, words, soon);
    }
    if life <= 0 {
        return Check::fail(TOKEN, also("已失效".to_owned(), "it has expired".to_owned()), soon);
    }
    let minutes = life / 60;
    let words =
        also(format!("还有 {minutes} 分钟有效"), format!("it is good for {minutes} minutes"));
    match failure {
        Some(_) => Check::warn(TOKEN, words, soon),
        None => Check::pass(TOKEN).found(words),
    }
}

/// `refused`: of how many merchants WeChat accepts the refresh token no longer.
pub(super) fn merchants(refused: usize, more: bool, open: &[Open]) -> Check {
    if let Some(open) = open_of(open, &[Cause::MerchantQuota]) {
        return Check::fail(MERCHANTS, open.words(), open.what_to_do());
    }
    if refused == 0 {
        return Check::pass(MERCHANTS);
    }
    let (zh, en) = if more { ("至少 ", "at least ") } else { ("", "") };
    Check::warn(
        MERCHANTS,
        Text::new(
            format!("{zh}{refused} 个小程序的授权已失效"),
            format!("{en}{refused} mini programs have to be authorized again"),
        ),
        Text::fixed(
            "请把授权链接发给这些小程序的管理员重新授权",
            "send the authorization link to their administrators",
        ),
    )
}

pub(super) fn certificates(ends: &[Expiring], more: bool, now: Timestamp) -> Check {
    // They come in the order of their ends.
    let Some(first) = ends.first() else { return Check::pass(CERTIFICATES) };
    let (count, on) = (ends.len(), day(first.not_after));
    let (zh, en) = if more { ("至少 ", "at least ") } else { ("", "") };
    let finding = Text::new(
        format!("{zh}{count} 个小程序的微信支付证书三十天内到期或已过期，最早的在 {on}"),
        format!(
            "WeChat Pay certificates of {en}{count} mini programs end within thirty days or have \
             ended, the first on {on}"
        ),
    );
    match first.not_after <= now + VERY_SOON {
        true => Check::fail(CERTIFICATES, finding, RENEWAL),
        false => Check::warn(CERTIFICATES, finding, RENEWAL),
    }
}

/// Every key that was ever made.
pub(super) async fn every_key(operators: &Operators) -> Result<Vec<KeyRecord>, StorageError> {
    let mut keys = Vec::new();
    let mut after = None;
    loop {
        let (page, next) = operators.list(after.as_deref(), PAGE).await?;
        keys.extend(page);
        match next {
            Some(next) => after = Some(next),
            None => return Ok(keys),
        }
    }
}

/// Names none of them: whoever looks at this need not be allowed to look at keys.
pub(super) fn keys(keys: &[KeyRecord], now: Timestamp) -> Check {
    let (now, line) = (now.as_second(), (now + KEY_ENDS).as_second());
    let good = keys.iter().filter(|key| key.revoked_at.is_none());
    let ends: Vec<i64> = good
        .filter_map(|key| key.valid_until)
        .filter(|until| *until > now && *until <= line)
        .collect();
    let Some(first) = ends.iter().min() else { return Check::pass(KEYS) };
    let (count, on) = (ends.len(), day(crate::clock::moment(*first)));
    Check::warn(
        KEYS,
        Text::new(
            format!("{count} 个操作密钥十四天内到期，最早的在 {on}"),
            format!("{count} operators' keys end within fourteen days, the first on {on}"),
        ),
        Text::fixed(
            "请管理员为仍需使用的人和系统新建密钥，再吊销旧的",
            "have an administrator make new keys for whoever still needs one, and revoke the old",
        ),
    )
}

pub(super) fn self_test(report: Option<&Report>) -> Check {
    let play = Text::fixed(
        "请管理员发起一次全网发布自检",
        "have an administrator play the go-live self-test",
    );
    let Some(report) = report else {
        let words =
            Text::fixed("最近九十天没有做过自检", "none was played in the last ninety days");
        return Check::unknown(SELF_TEST, words, play);
    };
    let (on, whom) = (day(report.started_at), &report.base_url);
    match report.state {
        TestState::Passed => {
            let words =
                Text::new(format!("{on} 通过（{whom}）"), format!("passed on {on} at {whom}"));
            Check::pass(SELF_TEST).found(words)
        }
        TestState::Running => Check::unknown(
            SELF_TEST,
            Text::fixed("自检正在进行", "one is being played"),
            Text::fixed("请稍后重新检查", "check again in a few seconds"),
        ),
        TestState::Failed => Check::fail(
            SELF_TEST,
            Text::new(
                format!("{on} 的自检未通过（{whom}）"),
                format!("that of {on} at {whom} failed"),
            ),
            Text::fixed(
                "打开该次自检，按每个未通过步骤的提示处理后重新自检",
                "open it, do what each step that failed says, and play it again",
            ),
        ),
    }
}

pub(super) fn dead_events(page: &inbox::Page) -> Check {
    let Some(newest) = page.items.first() else { return Check::pass(DEAD_EVENTS) };
    let count = page.items.len();
    let (zh, en) = if page.next.is_some() { ("至少 ", "at least ") } else { ("", "") };
    let name = &newest.name;
    Check::warn(
        DEAD_EVENTS,
        Text::new(
            format!("{zh}{count} 个推送处理失败，已不再重试，最近一个是 {name}"),
            format!("{en}{count} pushes were given up, the newest of them {name}"),
        ),
        Text::fixed(
            "请查看原因，解决后重新处理",
            "look at why, and when that is mended have them worked off again",
        ),
    )
}
