//! The whole function: its binary as Lambda runs it, asked by a double of the Runtime API, with a table that
//! answers after five milliseconds. One push at a time, as Lambda gives them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use platform::clock::SystemClock;
use processes::{Aws, Process, RuntimeApi};
use serde_json::Value;

use crate::{
    Failure,
    series::Series,
    start::{VARIABLES, http_event, secret},
    table::{self, figure},
    verdict::{peers, sample::Push},
};

/// What a table takes to answer.
const LATENCY: Duration = Duration::from_millis(5);
/// What the template gives the function.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Pushes of which nothing is measured.
const WARM: usize = 100;

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The function's binary; without one it is built as it is deployed.
    pub(crate) binary: Option<PathBuf>,
    /// Pushes to one process.
    pub(crate) pushes: usize,
    /// Processes that are started for a push each.
    pub(crate) starts: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { binary: None, pushes: 4000, starts: 1000 }
    }
}

/// A process of the function, and what it asks.
struct Function {
    runtime_api: RuntimeApi,
    process: Process,
}

impl Function {
    async fn start(binary: &Path, endpoint: &str) -> Function {
        Function::of(RuntimeApi::start().await, binary, endpoint)
    }

    fn of(runtime_api: RuntimeApi, binary: &Path, endpoint: &str) -> Function {
        let mut variables = VARIABLES.to_vec();
        variables.push(("AWS_ENDPOINT_URL", endpoint));
        let process = Process::start(binary, "callback", &runtime_api.address(), &variables);
        Function { runtime_api, process }
    }

    /// Gives it a push, which it has to take; answers the milliseconds that it took.
    async fn take(&self, event: &Value) -> Result<f64, Failure> {
        let asked = Instant::now();
        let answer = self.runtime_api.invoke(event, TIMEOUT).await?;
        let took = asked.elapsed().as_secs_f64() * 1e3;
        match answer["statusCode"].as_u64() {
            Some(200) if answer["body"] == "success" => Ok(took),
            _ => Err(format!("a genuine push was answered with {answer}").into()),
        }
    }
}

/// Measures and prints.
pub(crate) async fn measure(settings: Settings) -> Result<(), Failure> {
    let binary = match settings.binary {
        Some(binary) => binary,
        None => {
            let target = peers::target()?;
            peers::build("callback", &target)?;
            target.join("release/callback")
        }
    };
    // Each is newer than the one before, so that each is written.
    let events = (0..WARM + settings.pushes)
        .map(|number| Ok(event(&Push::ticket(1_665_300_301 + number as i64)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let aws = Aws::new(Arc::new(SystemClock), &secret());
    aws.set_latency(LATENCY);
    let endpoint = format!("http://{}", aws.serve().await?);

    let function = Function::start(&binary, &endpoint).await;
    let (warm, measured) = events.split_at(WARM);
    for event in warm {
        function.take(event).await?;
    }
    let before = function.process.usage()?;
    let began = Instant::now();
    let mut times = Series::default();
    for event in measured {
        times.push(function.take(event).await?);
    }
    let wall = began.elapsed().as_secs_f64();
    let after = function.process.usage()?;
    function.process.stop();
    let written = aws.calls().get("DynamoDB_20120810.UpdateItem").copied().unwrap_or(0);
    if written != events.len() as u64 {
        return Err(format!("{} pushes were written {written} times", events.len()).into());
    }

    let mut starts = Series::default();
    for event in events.iter().cycle().take(settings.starts) {
        let runtime_api = RuntimeApi::start().await;
        let began = Instant::now();
        let function = Function::of(runtime_api, &binary, &endpoint);
        function.take(event).await?;
        starts.push(began.elapsed().as_secs_f64() * 1e3);
        function.process.stop();
    }

    println!(
        "\nThe function callback, ticket pushes one after the other, tables that take {LATENCY:?}\n"
    );
    let head = ["milliseconds", "times", "p50", "p99", "p99.9", "most"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (name, count, series) in [
        ("a push", measured.len(), &times),
        ("a new process and its first push", settings.starts, &starts),
    ] {
        let parts = [500, 990, 999, 1000].map(|part| figure(series.thousandths(part)));
        rows.push([name.to_owned(), figure(count as f64)].into_iter().chain(parts).collect());
    }
    table::print(&rows);
    let each = |total: f64| total * 1e6 / measured.len().max(1) as f64;
    println!(
        "\n{} pushes a second, {} µs of processor time each; {} MB at most",
        figure(measured.len() as f64 / wall),
        figure(each((after.cpu - before.cpu).as_secs_f64())),
        figure(after.peak_memory as f64 / 1e6)
    );
    Ok(())
}

/// A push as API Gateway hands it to Lambda.
fn event(push: &Push) -> Value {
    http_event("POST", &push.path(), &push.query(), push.body.as_str())
}
