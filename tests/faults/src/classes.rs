//! The classes of faults. A class makes a plan out of a seed: something that people, WeChat
//! and the clock do on an ordinary day, and what goes wrong meanwhile.

mod moving;
mod processes;
mod pushes;
mod rollouts;
mod stores;
mod wechat;

use crate::plan::{
    Effect, Fault, NODES, Operation, Plan, Service, Setup, Step, VARIANTS, Way, When, behaviour,
};

/// One class.
pub struct Class {
    /// Its number, from 1.
    pub number: u8,
    /// What goes wrong.
    pub name: &'static str,
    make: fn(&mut Maker),
}

/// All of them.
pub const CLASSES: [Class; 22] = [
    Class { number: 1, name: "pushes come twice, at once too", make: pushes::duplicates },
    Class { number: 2, name: "an older ticket after a newer", make: pushes::older_tickets },
    Class { number: 3, name: "a crash before or after any call", make: processes::crashes },
    Class { number: 4, name: "a pause longer than the lease", make: processes::pauses },
    Class { number: 5, name: "WeChat acted, its answer is lost", make: wechat::lost_answers },
    Class { number: 6, name: "DynamoDB wrote, its answer is lost", make: stores::lost_answers },
    Class { number: 7, name: "DynamoDB away for ten minutes", make: stores::outage },
    Class { number: 8, name: "PutEvents fails in part", make: stores::partly_put },
    Class { number: 9, name: "WeChat answers with errors", make: wechat::errors },
    Class { number: 10, name: "no ticket for twelve hours", make: wechat::no_ticket },
    Class { number: 11, name: "authorizations race refreshes", make: wechat::races },
    Class { number: 12, name: "clocks five minutes apart", make: processes::clocks },
    Class { number: 13, name: "many tokens due at once", make: processes::crowd },
    Class { number: 14, name: "dead connections after a freeze", make: processes::freezes },
    Class { number: 15, name: "a push that cannot be worked off", make: pushes::poison },
    Class { number: 16, name: "our address off the whitelist", make: wechat::whitelist },
    Class { number: 17, name: "exchange of key and token", make: pushes::keys },
    Class { number: 18, name: "tables restored to an hour ago", make: stores::restored },
    Class { number: 19, name: "stale reads", make: stores::stale },
    Class { number: 20, name: "transactions in conflict", make: stores::conflicts },
    Class { number: 21, name: "handed over and taken back", make: moving::there_and_back },
    Class { number: 22, name: "a rollout in two waves", make: rollouts::two_waves },
];

/// The plan of a seed.
pub fn plan(class: &Class, seed: u64) -> Plan {
    let mut maker = Maker {
        random: fastrand::Rng::with_seed(seed.wrapping_mul(32) + u64::from(class.number)),
        plan: Plan {
            class: class.number,
            seed,
            behaviour: behaviour(seed % VARIANTS),
            setup: Setup::default(),
            offsets: [0; NODES],
            doubled: false,
            steps: Vec::new(),
            faults: Vec::new(),
            end: 0,
            way: Way::default(),
        },
    };
    (class.make)(&mut maker);
    let mut plan = maker.plan;
    plan.steps.sort_by_key(|step| step.at);
    let last = plan.steps.last().map_or(0, |step| step.at);
    plan.end = plan.end.max(last + 3_000);
    plan
}

/// A plan in the making.
struct Maker {
    random: fastrand::Rng,
    plan: Plan,
}

impl Maker {
    /// One of `0..n`.
    fn pick(&mut self, n: u64) -> u64 {
        self.random.u64(..n)
    }

    /// One in `n`.
    fn once_in(&mut self, n: u64) -> bool {
        self.pick(n) == 0
    }

    /// One of them.
    fn any<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.usize(..of.len())]
    }

    fn step(&mut self, at: u64, what: Operation) {
        let node = self.random.usize(..NODES);
        self.plan.steps.push(Step { at, node, what });
    }

    fn fault(&mut self, service: Option<Service>, when: When, effect: Effect) {
        self.plan.faults.push(Fault { service, operation: None, when, effect });
    }

    fn fault_of(&mut self, service: Service, operation: &str, when: When, effect: Effect) {
        let operation = Some(operation.to_owned());
        self.plan.faults.push(Fault { service: Some(service), operation, when, effect });
    }

    /// After so many calls at the most, so often at the most.
    fn soon(&mut self, skip: u64, times: u64) -> When {
        let skip = self.pick(skip) as u32;
        When::Nth { skip, times: 1 + self.pick(times) as u32 }
    }

    /// Something of everything, most of it about tokens.
    fn ordinary(&mut self) {
        match self.pick(8) {
            0 | 1 => {
                self.plan.setup.template = true;
                self.release();
            }
            2 | 3 => {
                self.tokens();
                self.news();
            }
            4 => self.news(),
            _ => self.tokens(),
        }
    }

    /// Ticks and calls that meet over the same tokens.
    fn tokens(&mut self) {
        // Tokens that are due, about to end, and past their end.
        self.plan.setup.token_age = self.any(&[50, 102, 117, 121]);
        let start = 1_000 + self.pick(3_000);
        let minutes = 1 + self.pick(2);
        for minute in 1..=minutes {
            let at = minute * 60_000 + self.pick(400);
            self.step(at, Operation::Tick);
            if self.once_in(2) {
                let at = at + self.pick(600);
                self.step(at, Operation::Tick);
            }
            if self.once_in(2) {
                let (at, who) = (at + self.pick(400), self.pick(2) as u16);
                self.step(at, Operation::Call(who));
            }
        }
        for _ in 0..self.pick(3) {
            let (at, who) = (start + self.pick(300), self.pick(2) as u16);
            self.step(at, Operation::Call(who));
        }
        if self.once_in(3) {
            let (at, who) = (start / 2, self.pick(2) as u16);
            let what = self.any(&[0, 1]);
            let what = match what {
                0 => Operation::ExpireToken(who),
                _ => Operation::ExpireComponentToken,
            };
            self.plan.steps.push(Step { at, node: 0, what });
        }
    }

    /// WeChat's pushes of all kinds.
    fn news(&mut self) {
        let copies = if self.plan.doubled { 4 } else { 1 };
        for _ in 0..1 + self.pick(3) {
            let at = 500 + self.pick(50_000);
            let copies = 1 + self.pick(copies) as u8;
            let what = match self.pick(6) {
                0 => Operation::Ticket(copies),
                1 => Operation::Message { merchant: 0, copies },
                2 => Operation::Revoke { merchant: 1, copies, late: 0 },
                _ => {
                    let redirect = match self.pick(3) {
                        0 => None,
                        _ => Some(self.pick(1500) as u32),
                    };
                    let merchant = self.pick(3) as u16;
                    Operation::Authorize { merchant, redirect, copies, late: 0 }
                }
            };
            self.step(at, what);
        }
        let at = 55_000 + self.pick(8_000);
        self.step(at, Operation::Tick);
    }

    /// One release from its commit on, with an operator who tries again.
    fn release(&mut self) {
        let mut at = 500;
        let rounds = 1 + self.pick(4) / 3;
        for _ in 0..rounds {
            let orders = [
                Operation::Commit(0),
                Operation::Submit(0),
                Operation::Approve { merchant: 0, silent: false },
                Operation::Release(0),
            ];
            for order in orders {
                let again = self.once_in(5) && !matches!(order, Operation::Commit(_));
                let patience = 1_000 + self.pick(45_000);
                if again && !matches!(order, Operation::Approve { .. }) {
                    let at = at + self.pick(patience);
                    self.step(at, order.clone());
                }
                self.step(at, order);
                at += if self.once_in(2) { patience } else { 2_000 + self.pick(1_500) };
            }
            if self.once_in(2) {
                let at = at - self.pick(2_000);
                self.step(at, Operation::Tick);
            }
        }
        if self.once_in(2) {
            self.step(at, Operation::RollBack(0));
        }
    }
}
