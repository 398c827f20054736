//! `cargo run -p faults --release -- --seeds 1000`: so many schedules of every class of faults, and
//! a table of what broke. With `--class 5 --seed 17` one schedule, with all that happens in it.

mod arguments;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use arguments::Arguments;
use faults::{
    classes::{CLASSES, Class, plan},
    mutations,
    plan::{Plan, Way},
    run::run,
    search::{Found, search},
    shrink::shrink,
    truth::Counts,
};

/// A sixth of a schedule's time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// So many seeds are searched before anybody looks whether one is broken.
const BLOCK: usize = 50;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n\n{}", arguments::USAGE);
            return ExitCode::FAILURE;
        }
    };
    if arguments.mutations {
        return match mutations::run(arguments.only.as_deref()) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("the bugs could not be planted: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let wanted = |class: &&Class| arguments.class.is_none_or(|number| number == class.number);
    let classes = CLASSES.iter().filter(wanted);
    let well = match arguments.seed {
        Some(seed) => classes
            .map(|class| replay(class, seed, arguments.way, arguments.shrink))
            .fold(true, all),
        None if arguments.first_broken => first_broken(classes, &arguments),
        None => table(classes, &arguments),
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all(one: bool, other: bool) -> bool {
    one && other
}

/// One schedule, in words. True if nothing broke.
fn replay(class: &Class, seed: u64, way: Way, shrunk: bool) -> bool {
    let mut plan = Plan { way, ..plan(class, seed) };
    if shrunk {
        plan = shrink(&plan);
    }
    let verdict = run(&plan, true);
    for line in &verdict.trace {
        println!("{line}");
    }
    println!("\n{plan:#?}\n");
    println!("class {}, seed {seed}: {:#?}", class.number, verdict.counts);
    println!("history {:016x}", verdict.hash);
    for broken in &verdict.broken {
        println!("BROKEN at {:.3} s: {:?}: {}", seconds(broken.at), broken.invariant, broken.words);
    }
    verdict.broken.is_empty()
}

/// Looks for the first schedule that breaks something. True if there is none.
fn first_broken<'a>(classes: impl Iterator<Item = &'a Class>, arguments: &Arguments) -> bool {
    for class in classes {
        for first in (arguments.first..arguments.first + arguments.seeds).step_by(BLOCK) {
            let (way, threads) = (arguments.way, arguments.threads);
            let (_, found) = search(class, way, first, BLOCK as u64, threads);
            if let Some(Found { plan, broken }) = found.first() {
                let what = broken.first().map(|broken| broken.invariant);
                println!("class {}, seed {}: {what:?}", plan.class, plan.seed);
                return false;
            }
        }
    }
    true
}

fn table<'a>(classes: impl Iterator<Item = &'a Class>, arguments: &Arguments) -> bool {
    println!("{}", HEAD.join("\n"));
    let mut sum = Counts::default();
    let mut failures: Vec<Found> = Vec::new();
    let mut unmet = Vec::new();
    let begun = Instant::now();
    for class in classes {
        let start = Instant::now();
        let Arguments { way, first, seeds, threads, .. } = *arguments;
        let (counts, mut found) = search(class, way, first, seeds, threads);
        row(class.number, class.name, &counts, start.elapsed());
        sum.add(&counts);
        if counts.met == 0 {
            unmet.push(class.number);
        }
        found.truncate(arguments.show);
        failures.append(&mut found);
    }
    row(0, "all", &sum, begun.elapsed());
    for found in &failures {
        tell(found);
    }
    for number in &unmet {
        println!("\nclass {number}: not one of its faults was met");
    }
    println!(
        "\n{} reviews submitted, {} versions released, {} rollouts ended, {} hand-overs, {} cut-overs",
        sum.submissions, sum.releases, sum.rollouts_ended, sum.hand_overs, sum.cut_overs,
    );
    sum.is_well() && unmet.is_empty()
}

const HEAD: [&str; 3] = [
    "   class                               schedules  with a    faults  tokens  over-    events  done   renewed twice     not     still    a person  503  other  seconds",
    "                                                  fault                lost    written  lost    twice  plain | stall     healed  waiting  is told        refusals",
    "",
];

fn row(number: u8, name: &str, counts: &Counts, time: Duration) {
    println!(
        "{number:>3} {name:<34} {:>9} {:>9} {:>8} {:>6} {:>8} {:>7} {:>6} {:>6} | {:<6} {:>7} {:>8} {:>9} {:>5} {:>6} {:>8.1}",
        counts.runs,
        counts.met,
        counts.injections,
        counts.tokens_lost,
        counts.overwritten,
        counts.events_lost,
        counts.done_twice,
        counts.refreshed_twice,
        counts.refreshed_twice_stalled,
        counts.not_healed,
        counts.waiting,
        counts.told,
        counts.not_kept,
        counts.refused,
        time.as_secs_f64(),
    );
}

/// A schedule that broke something, as small as it gets, and how to see it again.
fn tell(found: &Found) {
    let class = found.plan.class;
    println!("\nclass {class}, seed {}: {} broken", found.plan.seed, found.broken.len());
    for broken in &found.broken {
        println!("  at {:.3} s: {:?}: {}", seconds(broken.at), broken.invariant, broken.words);
    }
    let small = shrink(&found.plan);
    println!("  the least that breaks it: {:?}", small.setup);
    for step in &small.steps {
        println!("    {:.3} s on {}: {:?}", seconds(step.at), step.node, step.what);
    }
    for fault in &small.faults {
        println!("    {fault:?}");
    }
    println!("  cargo run -p faults --release -- --class {class} --seed {}", found.plan.seed);
}

fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}
