//! Many schedules of one class, spread over threads. Each runs in one thread from its beginning to
//! its end, so that the number of threads changes nothing.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    classes::{Class, plan},
    plan::{Plan, Way},
    run::run,
    truth::{Broken, Counts},
};

/// Broken schedules remembered of one search.
const REMEMBERED: usize = 1000;

/// Unoptimized, the functions' futures are larger than the two MiB that a thread has.
const STACK: usize = 16 << 20;

/// A schedule that broke something.
#[derive(Debug, Clone)]
pub struct Found {
    /// The schedule.
    pub plan: Plan,
    /// What broke.
    pub broken: Vec<Broken>,
}

/// Runs the seeds from `first` on; the broken schedules come in the order of their seeds.
pub fn search(
    class: &Class,
    way: Way,
    first: u64,
    seeds: u64,
    threads: usize,
) -> (Counts, Vec<Found>) {
    let next = AtomicU64::new(first);
    let result = Mutex::new((Counts::default(), Vec::new()));
    let work = || {
        let mut counts = Counts::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                break;
            }
            let plan = Plan { way, ..plan(class, seed) };
            let verdict = run(&plan, false);
            counts.add(&verdict.counts);
            if !verdict.broken.is_empty() {
                let mut result = result.lock().unwrap_or_else(PoisonError::into_inner);
                if result.1.len() < REMEMBERED {
                    result.1.push(Found { plan, broken: verdict.broken });
                }
            }
        }
        result.lock().unwrap_or_else(PoisonError::into_inner).0.add(&counts);
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, work).expect("a thread can be had");
        }
    });
    let (counts, mut found) = result.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|found| found.plan.seed);
    (counts, found)
}
