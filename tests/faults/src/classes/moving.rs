//! The component is handed to another system and taken back.

use super::Maker;
use crate::{
    path,
    plan::{Effect, Operation, Service, When},
};

const MODE: u64 = 1_000;
/// Calls that were under way have ended by then.
const QUIET: u64 = 31_000;

pub(super) fn there_and_back(maker: &mut Maker) {
    maker.plan.setup.token_age = maker.any(&[50, 102, 117, 121]);
    // Somebody is renewing just then.
    let at = MODE - 200 + maker.pick(400);
    maker.step(at, Operation::Tick);
    let (at, who) = (MODE - 200 + maker.pick(400), maker.pick(2) as u16);
    maker.step(at, Operation::Call(who));
    maker.step(MODE, Operation::HandOver);

    let mut at = MODE + QUIET;
    for _ in 0..1 + maker.pick(3) {
        let who = maker.pick(3) as u16;
        maker.step(at, Operation::RenewElsewhere(who));
        at += 200 + maker.pick(4_000);
        match maker.pick(5) {
            0 => maker.step(at, Operation::Import),
            1 => {
                let merchant = maker.pick(3) as u16;
                let redirect = maker.once_in(2).then_some(300);
                maker.step(at, Operation::Authorize { merchant, redirect, copies: 1, late: 0 });
            }
            2 => maker.step(at, Operation::Tick),
            3 => maker.step(at, Operation::Ticket(1)),
            _ => maker.step(at, Operation::Call(0)),
        }
        at += 200 + maker.pick(4_000);
    }
    maker.step(at, Operation::Import);
    if maker.once_in(2) {
        let at = at + maker.pick(900);
        maker.step(at, Operation::Import);
    }
    at += 1_000 + maker.pick(3_000);
    let who = maker.pick(2) as u16;
    maker.step(at, Operation::RenewElsewhere(who));
    at += 500;
    // The order is given twice, and by both machines at once now and then.
    for _ in 0..2 {
        let at = at + maker.pick(900);
        maker.step(at, Operation::TakeBack);
    }
    for _ in 0..2 {
        let (at, who) = (at + maker.pick(5_000), maker.pick(2) as u16);
        maker.step(at, Operation::Call(who));
        maker.step(at + 100, Operation::Tick);
    }
    if maker.once_in(3) {
        back_for_good(maker, at + 5_000);
    }
    trouble(maker);
}

/// The way back: the other system has it again, and keeps it.
fn back_for_good(maker: &mut Maker, at: u64) {
    let at = at + maker.pick(20_000);
    maker.step(at, Operation::HandOver);
    for _ in 0..2 {
        let (at, who) = (at + maker.pick(2_000), maker.pick(2) as u16);
        maker.step(at, Operation::Call(who));
    }
    let at = at + QUIET;
    let who = maker.pick(2) as u16;
    maker.step(at, Operation::RenewElsewhere(who));
    maker.step(at + 2_000, Operation::Call(who));
    maker.step(at + 3_000, Operation::Tick);
}

fn trouble(maker: &mut Maker) {
    for _ in 0..1 + maker.pick(2) {
        let effect = maker.any(&[Effect::CrashBefore, Effect::CrashAfter, Effect::Cut(true)]);
        let when = maker.soon(60, 1);
        let soon = maker.soon(3, 1);
        match maker.pick(4) {
            0 => maker.fault_of(Service::WeChat, path::COMPONENT_TOKEN, soon, effect),
            1 => maker.fault_of(Service::Tables, "TransactWriteItems", soon, effect),
            _ => maker.fault(None, when, effect),
        }
    }
    let pause = Effect::PauseBefore(26_000 + maker.pick(30_000));
    match maker.pick(6) {
        0 => {
            let when = maker.soon(60, 1);
            maker.fault(None, when, pause);
        }
        // One that imports stands still, while the component is taken back.
        1 => {
            let when = When::Nth { skip: maker.pick(4) as u32, times: 1 };
            maker.fault_of(Service::WeChat, path::AUTHORIZER_INFO, when, pause);
        }
        _ => {}
    }
}
