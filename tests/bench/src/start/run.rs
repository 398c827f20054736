//! One start of one binary.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use processes::{Process, RuntimeApi, process::Usage};

use super::{
    aws::{Aws, Way},
    limit::Limit,
    subject::{Subject, VARIABLES},
};
use crate::Failure;

/// No function has longer for an event.
const PATIENCE: Duration = Duration::from_secs(20);
/// A process that has used no time for so long waits for something.
const QUIET: Duration = Duration::from_millis(100);

/// What a start and the first event took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// Until it asked for its first event.
    pub(crate) init: Duration,
    /// Of a processor, until it had nothing to do but to wait for it.
    pub(crate) init_cpu: Duration,
    /// Until that event was answered.
    pub(crate) invoke: Duration,
    /// Of a processor, for that event.
    pub(crate) invoke_cpu: Duration,
    /// The most memory it had, in bytes.
    pub(crate) memory: u64,
}

/// Starts `subject`, and gives it its event. With a `limit`, that has a share of a processor.
pub(crate) async fn once(
    subject: &Subject,
    aws: &Aws,
    limit: Option<&Limit>,
) -> Result<Start, Failure> {
    aws.reset();
    let runtime_api = RuntimeApi::start().await;
    let began = Instant::now();
    let mut process = start(Command::new(&subject.binary), subject, &runtime_api, aws, Way::Tls);
    let asked = match asked(&mut process, &runtime_api).await {
        Ok(asked) => asked,
        Err(failure) => return Err(died(subject, process, failure)),
    };
    let init_cpu = quiet(process.id()).await?;
    if let Some(limit) = limit {
        limit.hold(process.id())?;
    }
    let given = Instant::now();
    if let Err(failure) = runtime_api.invoke(&subject.event(), PATIENCE).await {
        return Err(died(subject, process, failure.into()));
    }
    let invoke = given.elapsed();
    let invoke_cpu = quiet(process.id()).await?.saturating_sub(init_cpu);
    let memory = Usage::of(process.id())?.peak_memory;
    Ok(Start { init: asked.duration_since(began), init_cpu, invoke, invoke_cpu, memory })
}

/// Counts the instructions of `subject` until it waits for its first event, in user space, under
/// valgrind's callgrind. There everything takes some fifty times as long, and where others use the
/// machine, too, the limit of a call to AWS may be too short; so it is tried again.
pub(crate) async fn instructions(subject: &Subject, aws: &Aws, way: Way) -> Result<u64, Failure> {
    let mut failure = None;
    for _ in 0..ATTEMPTS {
        match count(subject, aws, way).await {
            Ok(counted) => return Ok(counted),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| "nothing was tried".into()))
}

const ATTEMPTS: usize = 5;

async fn count(subject: &Subject, aws: &Aws, way: Way) -> Result<u64, Failure> {
    aws.reset();
    let counts = counts(subject);
    let runtime_api = RuntimeApi::start().await;
    let mut valgrind = Command::new(VALGRIND);
    valgrind.args(["--tool=callgrind", "--quiet"]);
    valgrind.arg(format!("--callgrind-out-file={}", counts.display())).arg(&subject.binary);
    let mut process = start(valgrind, subject, &runtime_api, aws, way);
    if let Err(failure) = asked(&mut process, &runtime_api).await {
        return Err(died(subject, process, failure));
    }
    quiet(process.id()).await?;
    if aws.calls().values().any(|times| *times > 1) {
        return Err(died(subject, process, "AWS was asked again".into()));
    }
    // Callgrind writes down what it counted when the process is told to end.
    Command::new("kill").arg("-TERM").arg(process.id().to_string()).status()?;
    process.ended()?;
    let written = fs::read_to_string(&counts)?;
    fs::remove_file(&counts)?;
    let total = written.lines().rev().find_map(|line| line.strip_prefix("totals: "));
    let total = total.ok_or("callgrind counted nothing")?;
    Ok(total.trim().parse()?)
}

/// Whether instructions can be counted here.
pub(crate) fn can_count() -> bool {
    Command::new(VALGRIND).arg("--version").output().is_ok_and(|output| output.status.success())
}

const VALGRIND: &str = "valgrind";

fn counts(subject: &Subject) -> PathBuf {
    std::env::temp_dir().join(format!("callgrind-{}-{}", std::process::id(), subject.name))
}

fn start(
    command: Command,
    subject: &Subject,
    runtime_api: &RuntimeApi,
    aws: &Aws,
    way: Way,
) -> Process {
    let reached = aws.variables(way);
    let mut variables = VARIABLES.to_vec();
    variables.extend(reached.iter().map(|(name, value)| (*name, value.as_str())));
    Process::run(command, subject.name, &runtime_api.address(), &variables)
}

/// When the process asked for its first event; an error if it ended before.
async fn asked(process: &mut Process, runtime_api: &RuntimeApi) -> Result<Instant, Failure> {
    let asked = runtime_api.first_asked();
    tokio::pin!(asked);
    loop {
        tokio::select! {
            asked = &mut asked => return Ok(asked?),
            () = tokio::time::sleep(QUIET) => {
                if process.has_ended()? {
                    return Err("it ended before it asked for an event".into());
                }
            }
        }
    }
}

fn died(subject: &Subject, process: Process, failure: Failure) -> Failure {
    format!("{}: {failure}\n{}", subject.name, process.stop()).into()
}

/// Waits until the process does nothing, and answers the time it had on a processor until then.
async fn quiet(process: u32) -> Result<Duration, Failure> {
    let mut used = time_on_processor(process)?;
    loop {
        tokio::time::sleep(QUIET).await;
        let now = time_on_processor(process)?;
        if now == used {
            return Ok(now);
        }
        used = now;
    }
}

/// By all its threads, to the nanosecond.
fn time_on_processor(process: u32) -> Result<Duration, Failure> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(Path::new("/proc").join(process.to_string()).join("task"))? {
        // A thread may end meanwhile.
        let Ok(told) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        let on_processor = told.split(' ').next().ok_or("schedstat is empty")?;
        nanoseconds += on_processor.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
