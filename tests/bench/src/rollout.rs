//! Fleets of several sizes get a version in waves, from WeChats whose reviewers approve everything at
//! once. The clock is moved by a minute as soon as a minute's work is done, so that what is measured
//! is work and no waiting.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use faults::dynamodb::{SharedTables, Units};
use journeys::{Fleet, TestClock};
use processes::process::Usage;
use serde::{Deserialize, Serialize};
use serde_json::json;
use simulator::{Quota, Verdict};

use crate::{Failure, table, units};

const BEFORE: &str = "3.1.0";
const WANTED: &str = "3.2.0";
/// A minute, and the second that WeChat's detection may take longer.
const MINUTE: i64 = 61;
/// More minutes than any rollout takes.
const MOST_MINUTES: u64 = 1000;

/// What one rollout took, from its order to its end.
#[derive(Serialize, Deserialize)]
struct Measured {
    size: usize,
    /// Of our clock, not the machine's.
    minutes: u64,
    /// In seconds.
    wall: f64,
    cpu: f64,
    /// In seconds, for the fleet to come together.
    gathering: f64,
    /// In bytes: before the rollout, and at most.
    memory: u64,
    peak_memory: u64,
    events: BTreeMap<String, u64>,
    messages: u64,
    calls: BTreeMap<String, u64>,
    /// By table and operation: requests, read units, write units.
    units: BTreeMap<String, (u64, f64, f64)>,
    renewing: Spent,
}

/// What a part of it took.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Spent {
    read: f64,
    write: f64,
}

/// Measures one fleet; answers JSON.
pub(crate) async fn measure(size: usize) -> Result<String, Failure> {
    let clock = TestClock::new();
    let tables = SharedTables::new(Arc::new(clock.clone()));
    let began = Instant::now();
    let fleet = Fleet::gather(clock, size, BEFORE, |settings, _| {
        settings.tables = Some(Arc::new(tables.clone()));
    })
    .await;
    let gathering = began.elapsed().as_secs_f64();
    let world = fleet.world();
    let audits = Some(u32::try_from(size)?);
    world.simulator().set_quota(Quota { audits, ..Quota::default() })?;
    let process = std::process::id();
    let counted = |fleet: &Fleet| {
        let world = fleet.world();
        (world.aws().bus().counts(), world.aws().queues().sent(), world.simulator().log().counts)
    };
    let (events, messages, calls) = counted(&fleet);
    tables.dynamo().reset_meter();
    let before = Usage::of(process)?;
    let began = Instant::now();

    let minutes = roll_out(&fleet, size).await?;

    let wall = began.elapsed().as_secs_f64();
    let after = Usage::of(process)?;
    let meter = tables.dynamo().meter().clone();
    let (more_events, more_messages, more_calls) = counted(&fleet);
    let of = |Units { read, write, .. }| Spent { read, write };
    let measured = Measured {
        size,
        minutes,
        wall,
        cpu: (after.cpu - before.cpu).as_secs_f64(),
        gathering,
        memory: before.memory,
        peak_memory: after.peak_memory,
        events: since(more_events, &events),
        messages: more_messages - messages,
        calls: since(more_calls, &calls),
        renewing: of(units::of_table(&meter, "tokens")),
        units: meter
            .into_iter()
            .map(|((table, operation), units)| {
                (format!("{table} {operation}"), (units.requests, units.read, units.write))
            })
            .collect(),
    };
    Ok(serde_json::to_string(&measured)?)
}

/// A rollout from its order to its end; how many minutes it took.
async fn roll_out(fleet: &Fleet, size: usize) -> Result<u64, Failure> {
    let world = fleet.world();
    let id = fleet
        .order(json!({
            "name": "夏季菜单",
            "query": { "tags": { "any": [Fleet::TAG] }, "version": { "not": [WANTED] } },
            "template_id": fleet.template(),
            "user_version": WANTED,
            "ext": { "ext": { "shop": "{{shop}}", "title": "{{name}}" } },
            "waves": [{ "count": 1 }, { "percent": 10 }, { "percent": 40 }, { "percent": 100 }],
        }))
        .await;
    let planned = fleet.rollout(&id).await;
    fleet.tell(&id, "start", json!({ "plan_digest": planned["plan"]["digest"] })).await;
    let mut minutes = 0;
    loop {
        minutes += 1;
        world.clock().advance(MINUTE);
        world.tick().await;
        fleet.settle().await;
        fleet.review(|_, appid| (true, Verdict::on(appid))).await;
        let rollout = fleet.rollout(&id).await;
        let released = rollout["total"]["by_state"]["released"].as_u64();
        match rollout["state"].as_str() {
            Some("finished") if released == Some(size as u64) => return Ok(minutes),
            Some("running") if minutes < MOST_MINUTES => {}
            _ => return Err(format!("the rollout is stuck: {rollout:#}").into()),
        }
    }
}

fn since(now: BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let gone = |name: &String| before.get(name).copied().unwrap_or(0);
    now.into_iter()
        .map(|(name, count)| (count - gone(&name), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| (name, count))
        .collect()
}

/// Measures fleets of all sizes, each in a process of its own, and prints what they cost.
pub(crate) fn compare(sizes: &[usize]) -> Result<(), Failure> {
    let mut all = Vec::new();
    for size in sizes {
        eprintln!("{size} mini programs …");
        let measured = Command::new(std::env::current_exe()?)
            .args(["rollout", "--size", &size.to_string()])
            .stderr(Stdio::inherit())
            .output()?;
        if !measured.status.success() {
            return Err(format!("the fleet of {size} was not measured").into());
        }
        all.push(serde_json::from_slice::<Measured>(&measured.stdout)?);
    }
    print(&all);
    if let Some(largest) = all.last() {
        print_parts(largest);
    }
    Ok(())
}

/// A figure of a rollout that its mini programs share.
type Cost = (&'static str, fn(&Measured) -> f64);

const COSTS: [Cost; 10] = [
    ("time, ms", |it| it.wall * 1e3),
    ("CPU, ms", |it| it.cpu * 1e3),
    ("memory grown, KB", |it| it.peak_memory.saturating_sub(it.memory) as f64 / 1e3),
    ("DynamoDB requests", |it| it.units.values().map(|(requests, ..)| *requests as f64).sum()),
    ("DynamoDB read units", |it| it.units.values().map(|(_, read, _)| read).sum()),
    ("  but for tokens", |it| {
        it.units.values().map(|(_, read, _)| read).sum::<f64>() - it.renewing.read
    }),
    ("DynamoDB write units", |it| it.units.values().map(|(.., write)| write).sum()),
    ("bus events", |it| it.events.values().sum::<u64>() as f64),
    ("queue messages", |it| it.messages as f64),
    ("WeChat calls", |it| it.calls.values().sum::<u64>() as f64),
];

fn print(all: &[Measured]) {
    let sizes = all.iter().map(|it| table::figure(it.size as f64));
    let pairs = || all.windows(2).map(|pair| (&pair[0], &pair[1]));
    let steps = pairs().map(|(less, more)| {
        format!("{} : {}", table::figure(more.size as f64), table::figure(less.size as f64))
    });
    let mut rows = vec![
        std::iter::once("of each mini program".to_owned())
            .chain(sizes.clone())
            .chain(steps)
            .collect(),
    ];
    for (name, cost) in COSTS {
        let each = |it: &Measured| cost(it) / it.size as f64;
        let figures = all.iter().map(|it| table::figure(each(it)));
        let slopes = pairs().map(|(less, more)| format!("{:.2}", each(more) / each(less)));
        rows.push(std::iter::once(name.to_owned()).chain(figures).chain(slopes).collect());
    }
    println!("\nA version in four waves, everything approved. 1.00 to the right is linear.\n");
    table::print(&rows);

    let mut rows = vec![std::iter::once("of the rollout".to_owned()).chain(sizes).collect()];
    let wholes: [Cost; 6] = [
        ("time, s", |it| it.wall),
        ("CPU, s", |it| it.cpu),
        ("minutes by its clock", |it| it.minutes as f64),
        ("memory before, MB", |it| it.memory as f64 / 1e6),
        ("memory at most, MB", |it| it.peak_memory as f64 / 1e6),
        ("(the fleet's coming together, s)", |it| it.gathering),
    ];
    for (name, whole) in wholes {
        let figures = all.iter().map(|it| table::figure(whole(it)));
        rows.push(std::iter::once(name.to_owned()).chain(figures).collect());
    }
    println!();
    table::print(&rows);
    println!(
        "\nTime, CPU and memory are of one process: the functions, the simulated WeChat, the tables, bus \
         and\nqueues. Memory grows by what tables and WeChat keep."
    );
}

/// Where it goes, for one size.
fn print_parts(it: &Measured) {
    let each = |value: f64| table::figure(value / it.size as f64);
    println!("\nof each of {} mini programs\n", table::figure(it.size as f64));
    let head = ["DynamoDB", "requests", "read units", "write units"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (name, (requests, read, write)) in &it.units {
        rows.push(vec![name.clone(), each(*requests as f64), each(*read), each(*write)]);
    }
    table::print(&rows);
    for (title, counts) in [("WeChat calls", &it.calls), ("bus events", &it.events)] {
        println!();
        let mut rows = vec![vec![title.to_owned(), String::new()]];
        rows.extend(counts.iter().map(|(name, count)| vec![name.clone(), each(*count as f64)]));
        table::print(&rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_before_does_not_count() {
        let counts = |all: &[(&str, u64)]| -> BTreeMap<String, u64> {
            all.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
        };
        let now = counts(&[("a", 5), ("b", 2), ("c", 1)]);
        assert_eq!(since(now, &counts(&[("a", 3), ("b", 2)])), counts(&[("a", 2), ("c", 1)]));
    }
}
