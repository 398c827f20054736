//! What is the matter with our own processes.

use super::{Maker, wechat::PATHS};
use crate::{
    path,
    plan::{Effect, NODES, Operation, Service, When},
};

pub(super) fn crashes(maker: &mut Maker) {
    maker.ordinary();
    if maker.once_in(8) {
        let effect = maker.any(&[Effect::CrashBefore, Effect::CrashAfter]);
        with_tables_away(maker, effect);
    }
    for _ in 0..1 + maker.pick(2) {
        let effect = maker.any(&[Effect::CrashBefore, Effect::CrashAfter]);
        somewhere(maker, effect);
    }
}

/// At one of WeChat's calls that matter most, or at any call, early or late.
fn somewhere(maker: &mut Maker, effect: Effect) {
    let longest = maker.any(&[45, 250]);
    let when = maker.soon(longest, 1);
    match maker.pick(6) {
        0 => maker.fault_of(
            Service::WeChat,
            path::MERCHANT_TOKEN,
            When::Nth { skip: 0, times: 1 },
            effect,
        ),
        1 | 2 => {
            let (path, when) = (maker.any(&PATHS), maker.soon(3, 1));
            maker.fault_of(Service::WeChat, path, when, effect);
        }
        3 => maker.fault(Some(Service::Tables), when, effect),
        _ => maker.fault(None, when, effect),
    }
}

/// The tables are away for a while, so that pushes go to the queue, and there too it may happen.
fn with_tables_away(maker: &mut Maker, effect: Effect) {
    let from = maker.pick(20_000);
    let when = When::Between { from, until: from + 60_000, percent: 100 };
    maker.fault(Some(Service::Tables), when, Effect::Unreachable);
    for _ in 0..2 {
        let at = from + maker.pick(60_000);
        maker.step(at, Operation::Message { merchant: 0, copies: 1 });
    }
    let when = maker.soon(2, 1);
    maker.fault(Some(Service::Queue), when, effect);
}

pub(super) fn pauses(maker: &mut Maker) {
    maker.ordinary();
    for _ in 0..1 + maker.pick(2) {
        let milliseconds = 26_000 + maker.pick(40_000);
        let effect =
            maker.any(&[Effect::PauseBefore(milliseconds), Effect::PauseAfter(milliseconds)]);
        somewhere(maker, effect);
    }
    // Somebody else comes along while one stands still.
    let at = 30_000 + maker.pick(60_000);
    let who = maker.pick(2) as u16;
    maker.step(at, Operation::Call(who));
}

pub(super) fn clocks(maker: &mut Maker) {
    maker.ordinary();
    for node in 0..NODES {
        maker.plan.offsets[node] = maker.random.i64(-300_000..=300_000);
    }
    if maker.once_in(2) {
        let effect = maker.any(&[Effect::CrashAfter, Effect::PauseAfter(30_000)]);
        let when = maker.soon(30, 1);
        maker.fault(None, when, effect);
    }
}

pub(super) fn crowd(maker: &mut Maker) {
    let setup = &mut maker.plan.setup;
    setup.merchants = match maker.random.u8(..128) {
        0 => 200,
        1..=8 => 48,
        _ => 12,
    };
    setup.token_age = 118;
    maker.step(60_000, Operation::Tick);
    let at = 60_000 + maker.pick(1_500);
    maker.step(at, Operation::Tick);
    let who = maker.pick(12) as u16;
    let at = 60_000 + maker.pick(800);
    maker.step(at, Operation::Call(who));
    maker.plan.steps.push(crate::plan::Step {
        at: 100,
        node: 0,
        what: Operation::ExpireComponentToken,
    });
    for _ in 0..maker.pick(3) {
        let effect = maker.any(&[
            Effect::CrashAfter,
            Effect::CrashBefore,
            Effect::Slow(4_000),
            Effect::Errcode(45009),
            Effect::Errcode(-1),
            Effect::Cut(true),
        ]);
        let when = maker.soon(40, 1);
        maker.fault(None, when, effect);
    }
}

pub(super) fn freezes(maker: &mut Maker) {
    maker.ordinary();
    for _ in 0..1 + maker.pick(2) {
        let (at, long) = (maker.pick(40_000), 60_000 + maker.pick(600_000));
        let node = maker.random.usize(..NODES);
        let what = Operation::Freeze(long);
        maker.plan.steps.push(crate::plan::Step { at, node, what });
        // It wakes up and is given something to do at once.
        for _ in 0..2 {
            let at = at + long + maker.pick(500);
            let who = maker.pick(2) as u16;
            let what = maker.any(&[0, 1, 2]);
            let what = match what {
                0 => Operation::Tick,
                1 => Operation::Call(who),
                _ => Operation::Message { merchant: who, copies: 1 },
            };
            maker.plan.steps.push(crate::plan::Step { at, node, what });
        }
    }
}
