//! One cheap call to WeChat, and what its answer tells: whether our address is on the IP list,
//! whether the token is accepted, what WeChat's clock shows, and what is left of the day's calls.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wechat::{
    ApiError, AppId, Endpoint,
    endpoint::{ApiComponentToken, DailyQuota, OpenapiQuotaGet},
    token::ComponentToken,
};

use super::open_of;
use crate::{
    Platform,
    breaker::{Cause, Open},
    call::CallError,
    check::{Check, What},
    clock::of_header,
    text::Text,
    tokens::Subject,
};

/// WeChat answers within a fraction of it.
const TIMEOUT: Duration = Duration::from_secs(4);
/// Further off than this, one of the clocks is not kept right.
const OFF: SignedDuration = SignedDuration::from_secs(60);
/// From here on tokens, tickets and signed requests of AWS count as expired that are not.
const FAR_OFF: SignedDuration = SignedDuration::from_mins(5);

pub(super) const ADDRESS: What = (
    "egress-address",
    Text::fixed("微信接受本系统的出口 IP", "WeChat takes calls from this system's address"),
);
const CLOCK: What = ("clock", Text::fixed("本系统时钟准确", "this system's clock is right"));

/// What came of the call.
pub(super) enum Probe {
    /// There is no token to call with, and none is fetched for a check-up.
    NotAsked,
    /// There was no token to be had, or no answer.
    Silent(CallError),
    /// WeChat answered.
    Answered {
        /// What it told of today's calls for the component's token, or its refusal.
        outcome: Result<DailyQuota, CallError>,
        /// What its clock showed.
        date: Option<Timestamp>,
        /// What ours showed, in the middle of the call.
        at: Timestamp,
    },
}

impl Probe {
    /// Calls WeChat with the component's token as it is.
    pub(super) async fn make(platform: &Platform, component: &AppId) -> Self {
        let subject = Subject::Component(component.clone());
        let token = match platform.tokens.at_hand(&subject).await {
            Ok(Some(token)) => token,
            Ok(None) => return Probe::NotAsked,
            Err(error) => return Probe::Silent(error.into()),
        };
        // It is not counted itself, and tells how many tokens may still be fetched today.
        let request = OpenapiQuotaGet::<ComponentToken>::new(ApiComponentToken::PATH);
        let before = platform.clock.now();
        let answer =
            platform.tokens.wechat.probe(&ComponentToken(token.secret), &request, TIMEOUT).await;
        let at = before + platform.clock.now().duration_since(before) / 2;
        match answer {
            Err(error) => Probe::Silent(error.into()),
            Ok(dated) => Probe::Answered {
                outcome: dated.value.map(|answer| answer.quota).map_err(CallError::from),
                date: dated.date.as_deref().and_then(of_header),
                at,
            },
        }
    }

    /// WeChat does not accept the token that is stored.
    pub(super) fn refused_token(&self) -> bool {
        self.refusal().is_some_and(ApiError::is_token_invalid)
    }

    /// Today's calls for the component's token, if WeChat told them.
    pub(super) fn calls(&self) -> Option<&DailyQuota> {
        match self {
            Probe::Answered { outcome: Ok(calls), .. } => Some(calls),
            _ => None,
        }
    }

    fn refusal(&self) -> Option<&ApiError> {
        match self {
            Probe::Answered { outcome: Err(error), .. } => error.refusal(),
            _ => None,
        }
    }
}

/// Whether WeChat takes calls from here. What it says now counts for more than a breaker, which is
/// open for a minute after the address was put on the list.
pub(super) fn address(probe: &Probe, open: &[Open], component: &AppId, now: Timestamp) -> Check {
    let refused = probe
        .refusal()
        .and_then(|refusal| Open::of(component, refusal, now))
        .filter(|open| open.cause == Cause::Address);
    if let Some(refused) = refused {
        return Check::fail(ADDRESS, refused.words(), refused.what_to_do());
    }
    // A refusal for another reason comes after the one for the address.
    let heard = probe.calls().is_some()
        || probe.refusal().is_some_and(|it| !it.is_busy() && !it.is_token_invalid());
    if heard {
        return Check::pass(ADDRESS);
    }
    if let Some(refused) = open_of(open, &[Cause::Address]) {
        return Check::fail(ADDRESS, refused.words(), refused.what_to_do());
    }
    unheard(ADDRESS, probe)
}

/// Whether our clock shows what WeChat's does.
pub(super) fn clock(probe: &Probe) -> Check {
    let Probe::Answered { date, at, .. } = probe else { return unheard(CLOCK, probe) };
    let Some(date) = date else {
        return Check::unknown(
            CLOCK,
            Text::fixed("微信的应答没有时间", "WeChat's answer has no date"),
            Text::fixed("请稍后重新检查", "check again later"),
        );
    };
    let off = at.duration_since(*date);
    let seconds = off.abs().as_secs();
    let finding = match off.is_negative() {
        // WeChat dates in whole seconds.
        _ if seconds < 2 => Text::fixed("与微信一致", "it agrees with WeChat's"),
        true => Text::new(
            format!("比微信慢 {seconds} 秒"),
            format!("{seconds} seconds behind WeChat's"),
        ),
        false => Text::new(
            format!("比微信快 {seconds} 秒"),
            format!("{seconds} seconds ahead of WeChat's"),
        ),
    };
    let what_to_do = Text::fixed(
        "请校准运行本系统的机器的时钟（NTP）；时钟不准时，令牌和票据的有效期会算错",
        "set the clock of the machine that runs this system (NTP); while it is wrong, tokens and \
         tickets are renewed too early or too late",
    );
    match off.abs() {
        off if off > FAR_OFF => Check::fail(CLOCK, finding, what_to_do),
        off if off > OFF => Check::warn(CLOCK, finding, what_to_do),
        _ => Check::pass(CLOCK).found(finding),
    }
}

/// WeChat did not tell.
fn unheard(what: What, probe: &Probe) -> Check {
    match probe {
        Probe::Silent(error) | Probe::Answered { outcome: Err(error), .. } => {
            Check::unanswered(what, error)
        }
        Probe::NotAsked | Probe::Answered { outcome: Ok(_), .. } => Check::unknown(
            what,
            Text::fixed(
                "没有可用的平台令牌，无法询问微信",
                "there is no component token to ask WeChat with",
            ),
            Text::fixed(
                "收到 verify ticket 后一分钟内会自动获取令牌，请稍后重新检查",
                "one is fetched within a minute after a verify ticket has come: check again then",
            ),
        ),
    }
}
