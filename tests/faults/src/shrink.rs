//! Makes a broken schedule small: leaves out one step or fault after another, as long as one of the
//! same invariants still breaks.

use std::collections::BTreeSet;

use crate::{plan::Plan, run::run, truth::Invariant};

/// The least of `plan` that still breaks something of what it breaks.
pub fn shrink(plan: &Plan) -> Plan {
    let broken = |plan: &Plan| -> BTreeSet<Invariant> {
        run(plan, false).broken.into_iter().map(|broken| broken.invariant).collect()
    };
    let wanted = broken(plan);
    let mut small = plan.clone();
    if wanted.is_empty() {
        return small;
    }
    loop {
        let before = small.steps.len() + small.faults.len();
        for place in (0..small.steps.len()).rev() {
            let mut smaller = small.clone();
            smaller.steps.remove(place);
            if !broken(&smaller).is_disjoint(&wanted) {
                small = smaller;
            }
        }
        for place in (0..small.faults.len()).rev() {
            let mut smaller = small.clone();
            smaller.faults.remove(place);
            if !broken(&smaller).is_disjoint(&wanted) {
                small = smaller;
            }
        }
        if small.steps.len() + small.faults.len() == before {
            return small;
        }
    }
}
