//! What is the matter with WeChat's pushes.

use super::Maker;
use crate::plan::{Operation, Setup};

pub(super) fn duplicates(maker: &mut Maker) {
    maker.plan.doubled = true;
    maker.news();
    if maker.once_in(2) {
        maker.tokens();
    }
    let at = 300 + maker.pick(2_000);
    let copies = 2 + maker.pick(4) as u8;
    let redirect = maker.once_in(2).then_some(50);
    let what = Operation::Authorize { merchant: 2, redirect, copies, late: 0 };
    maker.step(at, what);
}

pub(super) fn older_tickets(maker: &mut Maker) {
    maker.plan.setup = Setup { ticket_age: 5, ..maker.plan.setup };
    let mut at = 200;
    for _ in 0..1 + maker.pick(3) {
        at += 1_000 + maker.pick(9_000);
        let copies = 1 + maker.pick(2) as u8;
        maker.step(at, Operation::Ticket(copies));
        for _ in 0..1 + maker.pick(2) {
            let later = at + maker.pick(3_000);
            maker.step(later, Operation::OlderTicket);
        }
    }
    maker.step(at + 3_500, Operation::ExpireComponentToken);
    let later = at + 4_000 + maker.pick(2_000);
    maker.step(later, Operation::Call(0));
    maker.step(later + 300, Operation::Tick);
}

pub(super) fn poison(maker: &mut Maker) {
    maker.news();
    for _ in 0..1 + maker.pick(3) {
        let at = 100 + maker.pick(40_000);
        maker.step(at, Operation::Poison);
    }
    maker.step(120_000, Operation::Tick);
}

pub(super) fn keys(maker: &mut Maker) {
    maker.news();
    let announced = 2_000 + maker.pick(30_000);
    maker.step(announced, Operation::AnnounceKeys);
    // As the procedure has it: every process has read the secret again by then.
    let exchanged = announced + 300_000 + maker.pick(40_000);
    maker.step(exchanged, Operation::ExchangeKeys);
    for _ in 0..1 + maker.pick(3) {
        let from = if maker.once_in(4) { announced } else { exchanged - 5_000 };
        let at = from + maker.pick(70_000);
        let what = match maker.pick(3) {
            0 => Operation::Ticket(1),
            1 => Operation::Message { merchant: 0, copies: 1 },
            _ => Operation::Authorize { merchant: 2, redirect: None, copies: 1, late: 0 },
        };
        maker.step(at, what);
    }
}
