//! What is the matter with WeChat.

use super::Maker;
use crate::{
    path,
    plan::{Effect, Operation, Service, When},
};

/// Calls whose answer matters most.
pub(super) const PATHS: [&str; 8] = [
    path::MERCHANT_TOKEN,
    path::COMPONENT_TOKEN,
    path::QUERY_AUTH,
    path::AUTHORIZER_INFO,
    path::COMMIT,
    path::SUBMIT,
    path::RELEASE,
    path::REVERT,
];

pub(super) fn lost_answers(maker: &mut Maker) {
    maker.ordinary();
    for _ in 0..1 + maker.pick(3) {
        let effect = maker.any(&[
            Effect::Cut(true),
            Effect::Silence(true),
            Effect::HalfJson(true),
            Effect::Cut(true),
        ]);
        let when = maker.soon(2, 2);
        match maker.once_in(4) {
            true => {
                let when = maker.soon(10, 2);
                maker.fault(Some(Service::WeChat), when, effect);
            }
            false => {
                let path = maker.any(&PATHS);
                maker.fault_of(Service::WeChat, path, when, effect);
            }
        }
    }
}

pub(super) fn errors(maker: &mut Maker) {
    maker.ordinary();
    for _ in 0..1 + maker.pick(3) {
        let effect = maker.any(&[
            Effect::Errcode(-1),
            Effect::Errcode(40001),
            Effect::Errcode(42001),
            Effect::Errcode(61023),
            Effect::Errcode(45009),
            Effect::Html,
            Effect::HalfJson(false),
            Effect::HalfJson(true),
            Effect::Drip,
        ]);
        let when = match maker.pick(3) {
            0 => {
                let from = maker.pick(60_000);
                When::Between { from, until: from + 10_000 + maker.pick(60_000), percent: 70 }
            }
            _ => maker.soon(8, 3),
        };
        match maker.once_in(2) {
            true => maker.fault(Some(Service::WeChat), when, effect),
            false => {
                let path = maker.any(&PATHS);
                maker.fault_of(Service::WeChat, path, when, effect);
            }
        }
    }
    // 61023, for a reason.
    if maker.once_in(3) {
        let (at, who) = (maker.pick(60_000), maker.pick(2) as u16);
        maker.step(at, Operation::ExchangeRefreshToken(who));
        maker.step(at + 10, Operation::ExpireToken(who));
        maker.step(at + 500, Operation::Call(who));
    }
}

pub(super) fn no_ticket(maker: &mut Maker) {
    let setup = &mut maker.plan.setup;
    setup.ticket_age = if maker.random.bool() { 719 } else { 721 };
    setup.token_age = 50;
    let at = 100 + maker.pick(30_000);
    maker.step(at, Operation::ExpireComponentToken);
    for _ in 0..1 + maker.pick(2) {
        let (at, who) = (at + maker.pick(4_000), maker.pick(2) as u16);
        maker.step(at, Operation::Call(who));
    }
    for minute in 1..=4 {
        let at = minute * 60_000 + maker.pick(500);
        maker.step(at, Operation::Tick);
    }
    // WeChat sends none when it is asked to begin again, either.
    if maker.once_in(2) {
        let until = 30_000 + maker.pick(240_000);
        let when = When::Between { from: 0, until, percent: 100 };
        let effect = maker.any(&[Effect::Errcode(-1), Effect::Silence(false)]);
        maker.fault_of(Service::WeChat, path::START_TICKETS, when, effect);
    }
}

pub(super) fn races(maker: &mut Maker) {
    maker.plan.setup.token_age = maker.any(&[50, 117, 121]);
    let start = 60_000;
    maker.step(start, Operation::Tick);
    for _ in 0..1 + maker.pick(3) {
        let at = start.saturating_sub(1_000) + maker.pick(2_500);
        let late = if maker.once_in(2) { 0 } else { maker.pick(40_000) as u32 };
        let copies = 1 + maker.pick(2) as u8;
        let what = match maker.pick(3) {
            0 => Operation::Revoke { merchant: 0, copies, late },
            _ => {
                let redirect = maker.once_in(2).then(|| maker.random.u32(..3_000));
                Operation::Authorize { merchant: 0, redirect, copies, late }
            }
        };
        maker.step(at, what);
    }
    for _ in 0..1 + maker.pick(3) {
        let at = start.saturating_sub(500) + maker.pick(2_000);
        maker.step(at, Operation::Call(0));
    }
    if maker.once_in(2) {
        let when = maker.soon(6, 1);
        let slow = Effect::Slow(500 + maker.random.u64(..4_000));
        maker.fault(Some(Service::WeChat), when, slow);
    }
}

pub(super) fn whitelist(maker: &mut Maker) {
    maker.ordinary();
    let from = maker.pick(50_000);
    maker.step(from, Operation::RefuseAddress(true));
    let until = from + 20_000 + maker.pick(200_000);
    maker.step(until, Operation::RefuseAddress(false));
    let at = from + maker.pick(20_000);
    maker.step(at, Operation::Call(0));
}
