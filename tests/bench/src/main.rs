//! Measures, and prints tables.
//!
//! * `rollout --sizes 100,1000,10000`: fleets of so many mini programs get a version in waves; what
//!   it costs for each mini program, and whether that grows with the fleet.
//! * `lists --rows 10000`: so many mini programs are searched, a letter at a time.
//! * `bodies`: hostile bodies of 64 KiB, sent to `callback`: CPU and memory of each, and whether the time of
//!   a refusal tells how much of a signature was right.
//! * `start --binaries DIR --peers DIR`: each function from its start to its first answer, beside what
//!   tests/bench/peers/build makes: time, instructions, memory.
//! * `size --binaries DIR`: how long the zip files of the functions are.
//! * `guard --binaries DIR`: fails if starts or sizes are over their budgets.

mod bodies;
mod guard;
mod lists;
mod rollout;
mod seed;
mod size;
mod start;
mod table;
mod units;

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

const USAGE: &str = "\
usage: bench rollout [--sizes N,N,…]
       bench lists   [--rows N]
       bench bodies
       bench start   --binaries DIR [--peers DIR] [--times N]
       bench size    --binaries DIR [--budgets FILE]
       bench guard   --binaries DIR [--budgets FILE] [--write yes]";

/// Where the budgets are, from the root.
const BUDGETS: &str = "tests/bench/budgets.json";

/// Why there is no table.
type Failure = Box<dyn std::error::Error + Send + Sync>;

enum Order {
    /// Fleets of these sizes, each in a process of its own, so that each has its own peak of memory.
    Rollouts(Vec<usize>),
    /// One of those, told as JSON.
    Rollout(usize),
    Lists(usize),
    Bodies,
    Start(start::Settings),
    /// Of the binaries here, beside these budgets.
    Size(PathBuf, Option<PathBuf>),
    Guard(guard::Settings),
}

/// Counts what is held.
#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let order = read(arguments.iter().cloned()).or_else(|| read_binaries(&arguments));
    let Some(order) = order else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let done = match order {
        Order::Rollouts(sizes) => rollout::compare(&sizes),
        Order::Rollout(size) => run(rollout::measure(size)).map(|measured| println!("{measured}")),
        Order::Lists(rows) => run(lists::measure(rows)),
        Order::Bodies => run(bodies::measure(&ALLOCATOR)),
        Order::Start(settings) => run(start::measure(&settings)),
        Order::Size(binaries, budgets) => size::measure(&binaries, budgets.as_deref()),
        Order::Guard(settings) => run(guard::hold(&settings)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Option<Order> {
    let (what, name, value) = (arguments.next()?, arguments.next(), arguments.next());
    let given = name.as_deref().zip(value.as_deref());
    if arguments.next().is_some() || name.is_some() != given.is_some() {
        return None;
    }
    Some(match (&*what, given) {
        ("rollout", None) => Order::Rollouts(vec![100, 1000, 10_000]),
        ("rollout", Some(("--sizes", sizes))) => {
            Order::Rollouts(sizes.split(',').map(|size| size.parse().ok()).collect::<Option<_>>()?)
        }
        ("rollout", Some(("--size", size))) => Order::Rollout(size.parse().ok()?),
        ("bodies", None) => Order::Bodies,
        ("lists", None) => Order::Lists(10_000),
        ("lists", Some(("--rows", rows))) => Order::Lists(rows.parse().ok()?),
        _ => return None,
    })
}

/// Orders about the functions' binaries.
fn read_binaries(arguments: &[String]) -> Option<Order> {
    let (what, options) = arguments.split_first()?;
    let (pairs, []) = options.as_chunks::<2>() else { return None };
    let mut options: BTreeMap<&str, &str> =
        pairs.iter().map(|[name, value]| (&**name, &**value)).collect();
    let binaries = options.remove("--binaries")?.into();
    let order = match &**what {
        "start" => Order::Start(start::Settings {
            binaries,
            peers: options.remove("--peers").map(PathBuf::from),
            times: options
                .remove("--times")
                .unwrap_or("20")
                .parse()
                .ok()
                .filter(|times| *times > 0)?,
        }),
        "size" => Order::Size(binaries, options.remove("--budgets").map(PathBuf::from)),
        "guard" => Order::Guard(guard::Settings {
            binaries,
            budgets: options.remove("--budgets").unwrap_or(BUDGETS).into(),
            write: options.remove("--write") == Some("yes"),
        }),
        _ => return None,
    };
    options.is_empty().then_some(order)
}

/// On threads with room for a journey's futures, on as many processors as there are.
fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().thread_stack_size(16 * 1024 * 1024).build()?.block_on(Box::pin(work))
}
