//! Measures, and prints tables.
//!
//! * `callback`: from the bytes of a push to its verdict, beside OpenSSL and beside other SDKs.
//! * `function`: whole pushes through the function's binary, and its cold starts.
//! * `units`: what each operation asks of AWS and of WeChat. `--check` holds that against a file, and
//!   `--write` writes it.
//! * `allocations`: what a push allocates; the same.
//! * `rollout --sizes 100,1000,10000`: fleets of so many mini programs get a version in waves; what
//!   it costs for each mini program, and whether that grows with the fleet.
//! * `lists --rows 10000`: so many mini programs are searched, a letter at a time.
//! * `bodies`: hostile bodies of 64 KiB, sent to `callback`: CPU and memory of each, and whether the time of
//!   a refusal tells how much of a signature was right.
//! * `start --binaries DIR --peers DIR`: each function from its start to its first answer, beside what
//!   tests/bench/peers/build makes: time, instructions, memory.
//! * `size --binaries DIR`: how long the zip files of the functions are.
//! * `guard --binaries DIR`: fails if starts or sizes are over their budgets.
//! * `all`: all of these that need no binaries, each in a process of its own.

mod allocations;
mod alone;
mod bodies;
mod counts;
mod function;
mod guard;
mod lists;
mod operations;
mod quiet;
mod rollout;
mod seed;
mod sender;
mod series;
mod size;
mod start;
mod table;
mod units;
mod verdict;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Command, ExitCode},
};

use counts::Mode;

const USAGE: &str = "\
usage: bench all
       bench callback    [--rounds N]
       bench function    [--binary PATH] [--pushes N] [--starts N]
       bench units       [--check | --write]
       bench allocations [--check | --write]
       bench rollout     [--sizes N,N,…]
       bench lists       [--rows N]
       bench bodies
       bench start       --binaries DIR [--peers DIR] [--times N]
       bench size        --binaries DIR [--budgets FILE]
       bench guard       --binaries DIR [--budgets FILE] [--write yes]";

/// Where the budgets of starts and sizes are, from the root.
const BUDGETS: &str = "tests/bench/budgets.json";

/// Why there is no table.
type Failure = Box<dyn std::error::Error + Send + Sync>;

enum Order {
    All,
    Callback(usize),
    Function(function::Settings),
    Units(Mode),
    Allocations(Mode),
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

/// What `all` does, in that order.
const ALL: [&[&str]; 7] = [
    &["callback"],
    &["function"],
    &["units", "--check"],
    &["allocations", "--check"],
    &["bodies"],
    &["lists"],
    &["rollout", "--sizes", "100,1000"],
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(order) = read(&arguments).or_else(|| read_binaries(&arguments)) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let done = match order {
        Order::All => all(),
        Order::Callback(rounds) => verdict::compare(rounds),
        Order::Function(settings) => run(function::measure(settings)),
        Order::Units(mode) => run(operations::measure()).and_then(|counts| {
            operations::print(&counts);
            operations::GUARD.apply(mode, &counts)
        }),
        Order::Allocations(mode) => allocations::measure().and_then(|counts| {
            allocations::print(&counts);
            allocations::GUARD.apply(mode, &counts)
        }),
        Order::Rollouts(sizes) => rollout::compare(&sizes),
        Order::Rollout(size) => run(rollout::measure(size)).map(|measured| println!("{measured}")),
        Order::Lists(rows) => run(lists::measure(rows)),
        Order::Bodies => run(bodies::measure()),
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

fn read(arguments: &[String]) -> Option<Order> {
    let (what, options) = arguments.split_first()?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    Some(match (&**what, &options[..]) {
        ("all", []) => Order::All,
        ("callback", []) => Order::Callback(9),
        ("callback", ["--rounds", rounds]) => Order::Callback(rounds.parse().ok()?),
        ("function", options) => Order::Function(function(options)?),
        ("units", options) => Order::Units(mode(options)?),
        ("allocations", options) => Order::Allocations(mode(options)?),
        ("rollout", []) => Order::Rollouts(vec![100, 1000, 10_000]),
        ("rollout", ["--sizes", sizes]) => {
            Order::Rollouts(sizes.split(',').map(|size| size.parse().ok()).collect::<Option<_>>()?)
        }
        ("rollout", ["--size", size]) => Order::Rollout(size.parse().ok()?),
        ("bodies", []) => Order::Bodies,
        ("lists", []) => Order::Lists(10_000),
        ("lists", ["--rows", rows]) => Order::Lists(rows.parse().ok()?),
        _ => return None,
    })
}

fn function(options: &[&str]) -> Option<function::Settings> {
    let mut settings = function::Settings::default();
    let (pairs, rest) = options.as_chunks();
    for [name, value] in pairs {
        match *name {
            "--binary" => settings.binary = Some(value.into()),
            "--pushes" => settings.pushes = value.parse().ok()?,
            "--starts" => settings.starts = value.parse().ok()?,
            _ => return None,
        }
    }
    rest.is_empty().then_some(settings)
}

fn mode(options: &[&str]) -> Option<Mode> {
    match options {
        [] => Some(Mode::Show),
        ["--check"] => Some(Mode::Check),
        ["--write"] => Some(Mode::Write),
        _ => None,
    }
}

/// Goes on where one fails, and fails at the end.
fn all() -> Result<(), Failure> {
    let mut failed = Vec::new();
    for arguments in ALL {
        println!("\n== bench {}", arguments.join(" "));
        let status = Command::new(std::env::current_exe()?).args(arguments).status()?;
        if !status.success() {
            failed.push(arguments[0]);
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("not as it should be: {}", failed.join(", ")).into()),
    }
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
