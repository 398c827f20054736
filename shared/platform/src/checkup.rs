//! The check-up: whether a component is well, and what to do where it is not.
//!
//! What is on record is read, and the outside is asked what nobody has on record: whether WeChat
//! takes calls from our address, what its clock shows, and whether our callback addresses can be
//! reached. That changes nothing, renews no token, and takes a few seconds at most. A question
//! without an answer makes its own check unknown, no other.

mod callbacks;
mod guarded;
mod kept;
mod probe;
mod quotas;

use std::fmt::Display;

use jiff::{Timestamp, tz::Offset};

use self::probe::Probe;
use crate::{
    Platform,
    attention::Need,
    breaker::{Cause, Open},
    check::{Check, Status, What},
    inbox,
    operators::Operators,
    payment::SOON,
    secrets::Component,
    text::Text,
    tokens::Subject,
};

/// Where a third-party platform is set up at WeChat.
const OPEN_PLATFORM: &str = "https://open.weixin.qq.com/";

/// What a check-up looks at.
#[derive(Clone, Copy)]
pub struct Checkup<'a> {
    /// The platform.
    pub platform: &'a Platform,
    /// Whose keys may end.
    pub operators: &'a Operators,
}

impl Checkup<'_> {
    /// Looks at everything that a component lives on, in the order in which things are usually put
    /// right.
    pub async fn of(&self, component: &Component) -> Vec<Check> {
        let platform = self.platform;
        let appid = &component.appid;
        let subject = Subject::Component(appid.clone());
        let (
            (probe, callbacks),
            (supply, open, token, refused),
            counted,
            tests,
            dead,
            (ends, keys),
            (troubles, lock_outs),
        ) = tokio::join!(
            async {
                tokio::join!(Probe::make(platform, appid), callbacks::reach(platform, component))
            },
            async {
                tokio::join!(
                    platform.tickets.supply(appid),
                    platform.breakers.open(appid),
                    platform.tokens.read(&subject),
                    platform.attention.list(appid, Need::Authorization, kept::NAMED),
                )
            },
            platform.counters.show(&subject),
            platform.self_tests.latest(appid),
            platform.inbox.list(appid, inbox::State::Dead, None, inbox::MAX_PAGE),
            async {
                tokio::join!(
                    platform.payments.expiring(appid, SOON, kept::NAMED),
                    kept::every_key(self.operators),
                )
            },
            async { tokio::join!(platform.audit_chain.troubles(), self.operators.lock_outs()) },
        );
        // Later than the answers: what was asked meanwhile is no older than this.
        let now = platform.clock.now();
        let mut checks =
            vec![read(kept::TICKET, supply, |supply| kept::ticket(supply, now)), callbacks];
        match open {
            Ok(open) => {
                checks.push(probe::address(&probe, &open, appid, now));
                checks.push(read(kept::TOKEN, token, |token| {
                    kept::token(token.as_ref(), &open, probe.refused_token(), now)
                }));
                checks.push(read(kept::MERCHANTS, refused, |(marks, more)| {
                    kept::merchants(marks.len(), more, &open)
                }));
            }
            Err(error) => {
                let whats = [probe::ADDRESS, kept::TOKEN, kept::MERCHANTS];
                checks.extend(whats.map(|what| unread(what, &error)));
            }
        }
        checks.push(probe::clock(&probe));
        checks.push(read(quotas::QUOTAS, counted, |counted| {
            quotas::check(&counted, probe.calls(), now)
        }));
        checks.push(read(kept::CERTIFICATES, ends, |(ends, more)| {
            kept::certificates(&ends, more, now)
        }));
        checks.push(read(kept::KEYS, keys, |keys| kept::keys(&keys, now)));
        checks.push(read(guarded::GUESSES, lock_outs, |found| guarded::guesses(&found, now)));
        checks.push(read(guarded::AUDIT, troubles, |found| guarded::audit(&found)));
        let mut test = None;
        checks.push(read(kept::SELF_TEST, tests, |report| {
            test = report.as_ref().map(|report| report.id.clone());
            kept::self_test(report.as_ref())
        }));
        checks.push(read(kept::DEAD_EVENTS, dead, |page| kept::dead_events(&page)));
        let public = &platform.addresses.public;
        let here = format!("{public}v1/components/{appid}");
        for check in checks.iter_mut().filter(|check| check.status != Status::Pass) {
            check.link = match check.id {
                "ticket" | "callbacks" | "component-token" => Some(here.clone()),
                "merchant-tokens" => Some(format!("{public}authorize/{appid}")),
                "egress-address" => Some(OPEN_PLATFORM.to_owned()),
                "quotas" => Some(format!("{here}/quotas")),
                "payment-certificates" => Some(format!("{public}v1/attention")),
                "operator-keys" | "guesses" => Some(format!("{public}v1/keys")),
                "audit-log" => Some(format!("{public}v1/audit/verification")),
                "self-test" => Some(match &test {
                    Some(id) => format!("{here}/self-tests/{id}"),
                    None => format!("{here}/self-tests"),
                }),
                "dead-events" => Some(format!("{here}/events?state=dead")),
                _ => None,
            };
        }
        checks
    }
}

/// The check of what was read from storage.
fn read<T, E: Display>(what: What, found: Result<T, E>, check: impl FnOnce(T) -> Check) -> Check {
    match found {
        Ok(found) => check(found),
        Err(error) => unread(what, &error),
    }
}

fn unread(what: What, error: &dyn Display) -> Check {
    tracing::warn!(%error, check = what.0, "a check is unknown");
    Check::unknown(
        what,
        Text::fixed("本系统的存储没有应答", "this system's storage did not answer"),
        Text::fixed("请稍后重新检查", "check again later"),
    )
}

/// The breaker of one of these causes, if it is open.
fn open_of<'a>(open: &'a [Open], causes: &[Cause]) -> Option<&'a Open> {
    open.iter().find(|open| causes.contains(&open.cause))
}

/// A day by Beijing time, as WeChat counts them.
fn day(at: Timestamp) -> String {
    Offset::constant(8).to_datetime(at).date().to_string()
}
