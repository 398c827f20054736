//! A version goes to a few mini programs in two waves, while something goes wrong.

use super::Maker;
use crate::{
    path,
    plan::{Effect, Failure, Operation, Reviewers, Service, Setup, When},
};

/// Calls that are a step of a target.
const STEPS: [&str; 3] = [path::COMMIT, path::SUBMIT, path::RELEASE];
const WRITES: [&str; 3] = ["TransactWriteItems", "TransactWriteItems", "UpdateItem"];
/// The clock ticks: WeChat looks through what was committed for a minute, so that each wave needs
/// two of these.
const TICKS: [u64; 5] = [80_000, 145_000, 210_000, 275_000, 340_000];
/// A function that stands still for so long, in milliseconds, has lost its target to another.
const PAST_LEASE: u64 = 155_000;

pub(super) fn two_waves(maker: &mut Maker) {
    let targets = 3 + maker.pick(4) as u16;
    // Somebody is left out, and has a version of its own approved.
    let has_outsider = maker.once_in(3);
    maker.plan.setup = Setup {
        merchants: targets + u16::from(has_outsider),
        strangers: 0,
        template: true,
        ..Setup::default()
    };
    maker.plan.doubled = maker.once_in(2);
    let at = 500 + maker.pick(2_000);
    let first = 1 + maker.pick(2) as u16;
    maker.step(at, Operation::RollOut { targets, first });
    if has_outsider {
        maker.step(1_000, Operation::Commit(targets));
        let at = 5_000 + maker.pick(5_000);
        maker.step(at, Operation::Submit(targets));
    }
    let rejected = maker.once_in(3).then(|| maker.random.u16(..targets));
    let undecided = maker.once_in(8).then(|| maker.random.u16(..targets));
    for at in TICKS {
        let at = at + maker.pick(3_000);
        maker.step(at, Operation::Tick);
        if maker.once_in(4) {
            let at = at + maker.pick(900);
            maker.step(at, Operation::Tick);
        }
        let at = at + 3_000 + maker.pick(50_000);
        let silent = maker.once_in(8);
        let copies = 1 + maker.pick(2) as u8;
        maker.step(at, Operation::Review(Reviewers { rejected, undecided, silent, copies }));
    }
    for _ in 0..1 + maker.pick(3) {
        trouble(maker);
    }
}

fn trouble(maker: &mut Maker) {
    let step = maker.any(&STEPS);
    let nth = maker.soon(4, 1);
    let any = maker.soon(160, 1);
    match maker.pick(10) {
        // Whoever works on a target dies.
        0 => {
            let effect = maker.any(&[Effect::CrashBefore, Effect::CrashAfter]);
            maker.fault(None, any, effect);
        }
        1 => {
            let effect = maker.any(&[Effect::CrashBefore, Effect::CrashAfter]);
            maker.fault_of(Service::WeChat, step, nth, effect);
        }
        // Or stands still until somebody else has gone on with it.
        2 | 3 => {
            let milliseconds = PAST_LEASE + maker.pick(120_000);
            let effect =
                maker.any(&[Effect::PauseBefore(milliseconds), Effect::PauseAfter(milliseconds)]);
            match maker.pick(3) {
                0 => maker.fault(None, any, effect),
                1 => maker.fault_of(Service::Tables, "TransactWriteItems", nth, effect),
                _ => maker.fault_of(Service::WeChat, step, nth, effect),
            }
        }
        4 => {
            let effect =
                maker.any(&[Effect::Cut(true), Effect::Silence(true), Effect::HalfJson(true)]);
            maker.fault_of(Service::WeChat, step, nth, effect);
        }
        5 => {
            let effect = maker.any(&[Effect::Cut(true), Effect::Silence(true)]);
            let (operation, when) = (maker.any(&WRITES), maker.soon(30, 3));
            maker.fault_of(Service::Tables, operation, when, effect);
        }
        6 => {
            let from = maker.pick(280_000);
            let until = from + 10_000 + maker.pick(50_000);
            let effect = maker.any(&[
                Effect::Fail(Failure::Throttled),
                Effect::Fail(Failure::Internal),
                Effect::Unreachable,
            ]);
            let percent = maker.any(&[30, 70, 100]);
            maker.fault(Some(Service::Tables), When::Between { from, until, percent }, effect);
        }
        7 => {
            let effect = maker.any(&[
                Effect::Errcode(-1),
                Effect::Errcode(40001),
                Effect::Html,
                Effect::HalfJson(false),
            ]);
            let when = maker.soon(6, 3);
            maker.fault_of(Service::WeChat, step, when, effect);
        }
        8 => {
            let when = maker.soon(30, 6);
            let conflict = Effect::Fail(Failure::Conflict);
            maker.fault_of(Service::Tables, "TransactWriteItems", when, conflict);
        }
        _ => {
            let from = maker.pick(200_000);
            let when = When::Between { from, until: from + 100_000, percent: 60 };
            let effect = maker.any(&[Effect::Partly, Effect::Fail(Failure::Internal)]);
            maker.fault_of(Service::Bus, "PutEvents", when, effect);
        }
    }
}
