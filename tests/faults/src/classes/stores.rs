//! What is the matter with what we store in and send by.

use super::Maker;
use crate::plan::{Effect, Failure, Operation, Service, When};

const WRITES: [&str; 4] = ["UpdateItem", "PutItem", "TransactWriteItems", "DeleteItem"];
const TEN_MINUTES: u64 = 600_000;

pub(super) fn lost_answers(maker: &mut Maker) {
    maker.ordinary();
    for _ in 0..1 + maker.pick(3) {
        let effect = maker.any(&[Effect::Cut(true), Effect::Silence(true)]);
        let operation = maker.any(&WRITES);
        let when = maker.soon(8, 3);
        maker.fault_of(Service::Tables, operation, when, effect);
    }
}

pub(super) fn outage(maker: &mut Maker) {
    maker.ordinary();
    let from = maker.pick(60_000);
    let until = from + TEN_MINUTES;
    let effect = maker.any(&[
        Effect::Fail(Failure::Throttled),
        Effect::Fail(Failure::Internal),
        Effect::Silence(false),
        Effect::Unreachable,
    ]);
    let percent = maker.any(&[100, 100, 60]);
    maker.fault(Some(Service::Tables), When::Between { from, until, percent }, effect);
    for _ in 0..1 + maker.pick(3) {
        let at = from + maker.pick(TEN_MINUTES);
        let what = match maker.pick(4) {
            0 => Operation::Ticket(1),
            1 => Operation::Message { merchant: 0, copies: 1 },
            2 => Operation::Tick,
            _ => Operation::Authorize { merchant: 2, redirect: None, copies: 1, late: 0 },
        };
        maker.step(at, what);
    }
    // Both stores are away.
    if maker.once_in(4) {
        let when = When::Between { from, until, percent: 100 };
        maker.fault(Some(Service::Queue), when, Effect::Fail(Failure::Internal));
    }
    maker.plan.end = until;
}

pub(super) fn partly_put(maker: &mut Maker) {
    maker.news();
    if maker.once_in(2) {
        maker.plan.setup.template = true;
        maker.release();
    }
    let percent = maker.any(&[40, 80, 100]);
    let when = When::Between { from: 0, until: 90_000, percent };
    let effect = maker.any(&[Effect::Partly, Effect::Partly, Effect::Fail(Failure::Internal)]);
    maker.fault_of(Service::Bus, "PutEvents", when, effect);
}

pub(super) fn restored(maker: &mut Maker) {
    maker.ordinary();
    let at = maker.pick(40_000);
    maker.step(at, Operation::BackUp);
    let later = 3_600_000;
    if maker.once_in(2) {
        let (at, who) = (later - 30_000, maker.pick(2) as u16);
        maker.step(at, Operation::ExpireToken(who));
        maker.step(at + 100, Operation::Call(who));
    }
    maker.step(later, Operation::Restore);
    let who = maker.pick(2) as u16;
    let at = later + maker.pick(2_000);
    maker.step(at, Operation::Call(who));
    // People go on, and so does WeChat.
    for _ in 0..maker.pick(3) {
        let at = later + maker.pick(90_000);
        let what = match maker.pick(5) {
            0 => Operation::Submit(0),
            1 => Operation::Release(0),
            2 => Operation::Message { merchant: who, copies: 1 },
            3 => Operation::Ticket(1),
            _ => Operation::Authorize { merchant: who, redirect: Some(500), copies: 1, late: 0 },
        };
        maker.step(at, what);
    }
}

pub(super) fn stale(maker: &mut Maker) {
    maker.ordinary();
    let milliseconds = 1 + maker.pick(60_000);
    // Of two reads the second may see less than the first.
    let percent = maker.any(&[100, 50]);
    let when = When::Between { from: 0, until: 200_000, percent };
    maker.fault(Some(Service::Tables), when, Effect::Stale(milliseconds));
    maker.step(150_000, Operation::Tick);
}

pub(super) fn conflicts(maker: &mut Maker) {
    maker.ordinary();
    for _ in 0..1 + maker.pick(3) {
        let operation = maker.any(&["TransactWriteItems", "TransactWriteItems", "UpdateItem"]);
        let when = match maker.once_in(3) {
            true => When::Between { from: 0, until: 60_000, percent: 50 },
            false => maker.soon(4, 6),
        };
        maker.fault_of(Service::Tables, operation, when, Effect::Fail(Failure::Conflict));
    }
}
