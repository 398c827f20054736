//! What it costs that a function starts: until it asks for its first event, and until it has answered
//! that. Beside a function that does nothing, and beside `callback` over the SDK's defaults.

mod aws;
mod certificates;
mod limit;
mod run;
mod subject;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Failure,
    table::{self, figure},
};
pub(crate) use aws::{Aws, Way};
use limit::{Limit, SHARE};
use run::{Start, once};
pub(crate) use run::{can_count, instructions};
pub(crate) use subject::{FUNCTIONS, Subject, VARIABLES, http_event, secret};

/// Where binaries are, and how often each is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Of the functions.
    pub(crate) binaries: PathBuf,
    /// Of what they are measured beside, made by tests/bench/peers/build.
    pub(crate) peers: Option<PathBuf>,
    pub(crate) times: usize,
}

/// Counts of instructions differ by less than a hundredth; the middle one of so many is taken.
const COUNTED: usize = 3;

struct Measured {
    subject: Subject,
    starts: Vec<Start>,
    /// The first event with the share of a processor that Lambda gives to 128 MB.
    held: Vec<Start>,
    calls: BTreeMap<String, u64>,
    /// Without TLS, and with it where the machine was quick enough.
    instructions: Option<(u64, Option<u64>)>,
}

/// Measures and prints.
pub(crate) async fn measure(settings: &Settings) -> Result<(), Failure> {
    let aws = Aws::start_with_tls(&secret()).await?;
    let limit = Limit::new();
    let mut measured: Vec<Measured> =
        subjects(&settings.binaries, settings.peers.as_deref())?.into_iter().map(new).collect();
    for _ in 0..settings.times {
        for of in &mut measured {
            of.starts.push(once(&of.subject, &aws, None).await?);
            of.calls = aws.calls();
            if let Some(limit) = &limit {
                of.held.push(once(&of.subject, &aws, Some(limit)).await?);
            }
        }
    }
    print(&measured, settings.times);
    if !can_count() {
        println!("\nvalgrind is not here: instructions are not counted");
        return Ok(());
    }
    for of in &mut measured {
        let plain = middle_count(&of.subject, &aws, Way::Plain).await?;
        of.instructions = Some((plain, middle_count(&of.subject, &aws, Way::Tls).await.ok()));
    }
    print_instructions(&measured);
    Ok(())
}

/// The middle one of some counts.
pub(crate) async fn middle_count(subject: &Subject, aws: &Aws, way: Way) -> Result<u64, Failure> {
    let mut counts = Vec::with_capacity(COUNTED);
    for _ in 0..COUNTED {
        counts.push(instructions(subject, aws, way).await?);
    }
    counts.sort_unstable();
    Ok(counts[COUNTED / 2])
}

fn new(subject: Subject) -> Measured {
    Measured {
        subject,
        starts: Vec::new(),
        held: Vec::new(),
        calls: BTreeMap::new(),
        instructions: None,
    }
}

/// The peers, and all functions that are there.
fn subjects(binaries: &Path, peers: Option<&Path>) -> Result<Vec<Subject>, Failure> {
    let mut subjects = Vec::new();
    if let Some(peers) = peers {
        subjects.extend(Subject::peers(peers));
    }
    let functions = FUNCTIONS.map(|name| Subject::function(name, binaries));
    subjects.extend(functions.into_iter().filter(|function| function.binary.exists()));
    match subjects.iter().find(|subject| !subject.binary.exists()) {
        Some(missing) => Err(format!("{} is not there", missing.binary.display()).into()),
        None if subjects.is_empty() => {
            Err(format!("no function is in {}", binaries.display()).into())
        }
        None => Ok(subjects),
    }
}

fn print(measured: &[Measured], times: usize) {
    let empty = measured.iter().find(|of| of.subject.name == "empty");
    let share = 100.0 * SHARE;
    println!(
        "\nFrom the start to the first poll, and to the answer to the first event; medians of {times} \
         starts, interleaved, and half of the distance between the quartiles\n"
    );
    let head = ["", "init", "± ", "× empty", "CPU", "first event", "± ", "CPU", "memory"]
        .map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    for of in measured {
        let (init, init_spread) = spread(&of.starts, |start| milliseconds(start.init));
        let (cpu, _) = spread(&of.starts, |start| milliseconds(start.init_cpu));
        let (invoke, invoke_spread) = spread(&of.starts, |start| milliseconds(start.invoke));
        let (invoke_cpu, _) = spread(&of.starts, |start| milliseconds(start.invoke_cpu));
        let (memory, _) = spread(&of.starts, |start| start.memory as f64 / 1e6);
        let of_empty = empty.map(|empty| spread(&empty.starts, |start| milliseconds(start.init)).0);
        rows.push(vec![
            of.subject.name.to_owned(),
            format!("{} ms", figure(init)),
            figure(init_spread),
            of_empty.map(|empty| figure(init / empty)).unwrap_or_default(),
            format!("{} ms", figure(cpu)),
            format!("{} ms", figure(invoke)),
            figure(invoke_spread),
            format!("{} ms", figure(invoke_cpu)),
            format!("{} MB", figure(memory)),
        ]);
    }
    table::print(&rows);

    println!(
        "\nWith {share:.1} % of a processor for the event, as Lambda gives it to 128 MB, after a start \
         with a whole one\n"
    );
    let head =
        ["", "first event", "± ", "init and first event", "AWS was asked"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    for of in measured {
        let (init, _) = spread(&of.starts, |start| milliseconds(start.init));
        let (invoke, around) = match of.held.is_empty() {
            // The processor's time, stretched.
            true => spread(&of.starts, |start| milliseconds(start.invoke_cpu) / SHARE),
            false => spread(&of.held, |start| milliseconds(start.invoke)),
        };
        let calls: Vec<String> =
            of.calls.iter().map(|(operation, times)| format!("{times} {operation}")).collect();
        rows.push(vec![
            of.subject.name.to_owned(),
            format!("{} ms", figure(invoke)),
            figure(around),
            format!("{} ms", figure(init + invoke)),
            calls.join(", "),
        ]);
    }
    table::print(&rows);
    if measured.iter().all(|of| of.held.is_empty()) {
        println!(
            "\nComputed from the processor's time: there are no control groups to be made here."
        );
    }
}

fn print_instructions(measured: &[Measured]) {
    println!("\nInstructions in user space until the first poll, in millions\n");
    let plain_of = |name: &str| {
        let of = measured.iter().find(|of| of.subject.name == name)?;
        of.instructions.map(|(plain, _)| plain as f64)
    };
    let (empty, defaults) = (plain_of("empty"), plain_of("defaults"));
    let head = ["", "without TLS", "× empty", "fewer than defaults", "with TLS"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    for of in measured {
        let Some((plain, tls)) = of.instructions else { continue };
        let plain = plain as f64;
        rows.push(vec![
            of.subject.name.to_owned(),
            figure(plain / 1e6),
            empty.map(|empty| figure(plain / empty)).unwrap_or_default(),
            defaults.map(|defaults| format!("{} ×", figure(defaults / plain))).unwrap_or_default(),
            tls.map_or_else(|| "too slow here".to_owned(), |tls| figure(tls as f64 / 1e6)),
        ]);
    }
    table::print(&rows);
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The median, and half of the distance between the quartiles.
fn spread(starts: &[Start], of: impl Fn(&Start) -> f64) -> (f64, f64) {
    let mut values: Vec<f64> = starts.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    (at(0.5), (at(0.75) - at(0.25)) / 2.0)
}
