//! One schedule from its plan to its verdict.

use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    check::{self, Ill},
    plan::{Operation, Plan},
    setup,
    truth::{Broken, Counts, Invariant},
    world::{World, renew_budget},
};

/// Whoever has not finished by then has been given up by its caller, in milliseconds.
const LATEST: u64 = 60_000;
/// A tick, in milliseconds.
const MINUTE: u64 = 60_000;
/// What still waits after two ticks is looked at again after so many minutes: longer than every
/// pause between two attempts, and than the time that a message is out of sight.
const LATER: [u64; 9] = [3, 7, 8, 16, 17, 33, 34, 65, 66];

/// What came of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Numbers.
    pub counts: Counts,
    /// What broke.
    pub broken: Vec<Broken>,
    /// Stands for everything that happened: two equal runs have the same.
    pub hash: u64,
    /// What happened, if it was to be traced.
    pub trace: Vec<String>,
}

/// Runs a plan.
pub fn run(plan: &Plan, traced: bool) -> Verdict {
    let origin = setup::origin(plan.setup, plan.behaviour);
    fastrand::seed(plan.seed);
    let verdict = runtime().block_on(async {
        let world = World::of(plan, &origin, traced);
        let mut steps = JoinSet::new();
        for step in plan.steps.clone() {
            let world = world.clone();
            steps.spawn(async move {
                world.until(step.at).await;
                world.play(step).await;
            });
        }
        world.until(plan.end).await;
        let finished = async {
            while let Some(step) = steps.join_next().await {
                if let Err(panic) = step {
                    let at = world.elapsed();
                    let words = format!("a step ended: {panic}");
                    world.state().truth.breaks(Invariant::NotHealed, at, words);
                }
            }
        };
        let _ = tokio::time::timeout(std::time::Duration::from_millis(LATEST), finished).await;
        world.calm_down();
        heal(&world, plan).await;
        let at = world.elapsed();
        world.close();
        let mut state = world.state();
        state.trace.note(at, 0, "end", "");
        let mut counts = state.truth.counts;
        counts.runs = 1;
        counts.met = u64::from(counts.injections > 0);
        Verdict {
            counts,
            broken: std::mem::take(&mut state.truth.broken),
            hash: state.trace.number(),
            trace: state.trace.take(),
        }
    });
    renew_budget();
    verdict
}

/// Two ticks, and everything is to be well.
async fn heal(world: &std::sync::Arc<World>, plan: &Plan) {
    let ticks = async |minutes: u64| {
        let start = world.elapsed();
        let node = world.state().pick(crate::plan::NODES as u64) as usize;
        // By the clock of whoever looks for what is due.
        let ticked = world.milliseconds() + world.state().nodes[node].offset;
        if let Some(reviewers) = plan.reviewers() {
            world.review(reviewers).await;
        }
        world.tick(node).await;
        world.until(start + minutes * MINUTE).await;
        ticked
    };
    ticks(1).await;
    let mut ticked = ticks(1).await;
    let restored = plan.steps.iter().any(|step| step.what == Operation::Restore);
    let mut ills = check::examine(world, restored, ticked).await;
    let at = world.elapsed();
    for ill in ills.iter().filter(|ill| !ill.waits) {
        world.state().truth.breaks(Invariant::NotHealed, at, ill.words.clone());
    }
    if ills.iter().any(|ill| ill.waits) {
        let mut state = world.state();
        state.truth.counts.waiting += 1;
        for ill in ills.iter().filter(|ill| ill.waits) {
            state.trace.note(at, 0, "after two ticks", &ill.words);
        }
    }
    for pause in LATER {
        if ills.is_empty() {
            return;
        }
        world.until(world.elapsed() + pause * MINUTE).await;
        world.skip_cursor();
        ticked = ticks(1).await;
        ills = check::examine(world, restored, ticked).await;
    }
    let at = world.elapsed();
    for Ill { invariant, words, .. } in ills {
        world.state().truth.breaks(invariant, at, format!("for good: {words}"));
    }
}

/// One thread, on a clock that jumps to whatever is waited for.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without any I/O can always be had")
}
