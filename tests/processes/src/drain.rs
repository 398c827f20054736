//! Every merchant's token is due at once, and the binary of `refresh` renews them, a tick a minute.

use std::{
    error::Error,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use platform::clock::SystemClock;
use processes::{Process, RuntimeApi};
use serde_json::{Value, json};

use crate::fleet::{Fleet, Size, VARIABLES};

/// What the template gives `refresh`.
const TIMEOUT: Duration = Duration::from_secs(55);
/// The schedule.
const MINUTE: Duration = Duration::from_secs(60);
/// The memory at which Lambda gives one whole processor.
const WHOLE_PROCESSOR: f64 = 1769.0;

pub(crate) async fn run(binary: &Path, size: Size) -> Result<(), Box<dyn Error>> {
    let fleet = Fleet::new(Arc::new(SystemClock), size).await?;
    // Ten minutes are left: all of them are due, and nobody is without a token yet.
    fleet.authorize(|_| Duration::from_secs(600))?;
    fleet.aws.dynamo().reset_meter();
    let aws = format!("http://{}", fleet.aws.serve().await?);
    let wechat = format!("http://{}", fleet.wechat.serve().await?);
    let runtime_api = RuntimeApi::start().await;
    let mut variables = VARIABLES.to_vec();
    variables.extend([
        ("AWS_ENDPOINT_URL", aws.as_str()),
        ("WECHAT_API_URL", wechat.as_str()),
        ("RUST_LOG", "warn"),
    ]);
    let process = Process::start(binary, "refresh", &runtime_api.address(), &variables);

    let began = Instant::now();
    let mut elapsed;
    loop {
        let tick = Instant::now();
        let summary = runtime_api.invoke(&json!({}), TIMEOUT).await?;
        elapsed = began.elapsed();
        let usage = process.usage()?;
        println!(
            "{:>5.0} s: {} renewed, peak memory {:.1} MB, {:.1} s of CPU",
            elapsed.as_secs_f64(),
            fleet.wechat.tally().renewed,
            usage.peak_memory as f64 / 1e6,
            usage.cpu.as_secs_f64()
        );
        let unfinished = summary["components"]
            .as_object()
            .is_some_and(|components| components.values().any(|of| of["unfinished"] == true));
        if !failures(&summary).is_empty() {
            println!("        failed: {:?}", failures(&summary));
        }
        if !unfinished {
            break;
        }
        tokio::time::sleep_until((tick + MINUTE).into()).await;
    }

    let usage = process.usage()?;
    let tally = fleet.wechat.tally();
    println!("time              {:.0} s", elapsed.as_secs_f64());
    println!("renewed           {} of {}", tally.renewed, size.merchants);
    println!("refused           {} {}", tally.refused, tally.first_refusal.unwrap_or_default());
    println!("at once           {} calls at the most", tally.at_once);
    println!("peak memory       {:.1} MB", usage.peak_memory as f64 / 1e6);
    let cpu = usage.cpu.as_secs_f64();
    println!(
        "CPU               {cpu:.1} s, {:.0} us a refresh",
        cpu * 1e6 / tally.renewed.max(1) as f64
    );
    for memory in [128.0, 256.0] {
        let share = memory / WHOLE_PROCESSOR;
        println!(
            "  at {memory} MB        {share:.3} of a processor: at least {:.0} s of ticks",
            cpu / share
        );
    }
    fleet.print_units(tally.renewed);
    println!("lost              {}", fleet.lost().await?);
    process.stop();
    Ok(())
}

fn failures(summary: &Value) -> Vec<&Value> {
    summary["failed"].as_array().into_iter().flatten().take(3).collect()
}
