//! What a body costs `callback`, whoever sends it; and how long its refusals take.

use std::time::Instant;

use faults::dynamodb::SharedTables;
use journeys::{TestClock, World};
use processes::process::Usage;
use tokio::{runtime::Handle, task::block_in_place};

use crate::{
    Failure,
    sender::Sender,
    table::{self, figure},
};

/// The longest bodies that are looked at, in bytes.
const LENGTH: usize = 64 * 1024;
/// What one of them may cost: CPU in milliseconds, and memory in megabytes.
const CPU: f64 = 1.0;
const MEMORY: f64 = 1.0;
/// Each body is sent so often.
const TIMES: u32 = 200;
/// Refusals of each kind that are timed.
const REFUSALS: usize = 20_000;
/// Beyond this, Welch's t says that two times differ. The one that is usual for leaks of time.
const DIFFERENT: f64 = 4.5;

/// A beginning, and what follows it as often as there is room.
const FAMILIES: [(&str, &str, &str); 16] = [
    ("attributes", "<xml ", "a='b' "),
    ("nested elements", "<xml>", "<a>"),
    ("empty elements", "<xml><InfoType>a</InfoType>", "<a/>"),
    ("entities", "<xml><InfoType>a</InfoType><a>", "&amp;"),
    ("characters by number", "<xml><InfoType>a</InfoType><a>", "&#65;"),
    ("CDATA sections", "<xml><InfoType>a</InfoType><a>", "<![CDATA[ ]]>x"),
    ("comments", "<xml><InfoType>a</InfoType>", "<!-- -->"),
    ("a declaration of entities", "<!DOCTYPE a [", "<!ENTITY a \"&b;&b;\">"),
    ("a long name", "<", "a"),
    ("angle brackets", "", "<"),
    ("white space", "<xml>", " "),
    ("brackets", "{\"a\":", "["),
    ("objects", "", "{\"a\":"),
    ("members", "{\"InfoType\":\"a\"", ",\"a\":1"),
    ("escapes", "{\"Encrypt\":\"", "\\u0041"),
    ("base64", "<xml><Encrypt>", "QUFB"),
];

/// Measures and prints. An error if a body costs more than it may.
pub(crate) async fn measure() -> Result<(), Failure> {
    let clock = TestClock::new();
    let tables = SharedTables::new(std::sync::Arc::new(clock.clone()));
    let world = World::start_by(clock, |settings, _| {
        settings.tables = Some(std::sync::Arc::new(tables));
    })
    .await;
    let sender = Sender::new(&world)?;

    println!("\nBodies of {} KiB, the costliest of each family\n", LENGTH / 1024);
    let head = ["", "by a stranger", "", "memory", "signed and encrypted", "", "memory"];
    let mut printed = vec![head.map(str::to_owned).to_vec()];
    let mut costly = Vec::new();
    for (name, beginning, more) in FAMILIES {
        let fill = |length: usize| {
            let times = (length - beginning.len()) / more.len();
            format!("{beginning}{}", more.repeat(times))
        };
        // In base64 it is a third longer, and there is an envelope around it.
        let encrypt = sender.key.encrypt([7; 16], &fill(LENGTH / 4 * 3 - 200), &sender.component);
        let signed = format!("<xml><Encrypt>{encrypt}</Encrypt></xml>");
        let mut row = vec![name.to_owned()];
        for (body, msg_signature) in
            [(fill(LENGTH), "0".repeat(40)), (signed, sender.signature(&encrypt))]
        {
            let cost = cost(&sender, &msg_signature, &body).await?;
            row.push(cost.status.to_string());
            row.push(format!("{} ms", figure(cost.cpu)));
            row.push(format!("{} MB", figure(cost.memory)));
            // What is kept costs what keeping costs, too: that is not the body's.
            if cost.status != 200 && (cost.cpu > CPU || cost.memory > MEMORY) {
                costly.push(name);
            }
        }
        printed.push(row);
    }
    table::print(&printed);
    println!("\nAt most {CPU} ms and {MEMORY} MB for what is refused.");
    refusals(&sender).await?;
    match costly.is_empty() {
        true => Ok(()),
        false => Err(format!("too costly: {}", costly.join(", ")).into()),
    }
}

struct Cost {
    status: u16,
    /// In milliseconds, the mean.
    cpu: f64,
    /// In megabytes, the most.
    memory: f64,
}

async fn cost(sender: &Sender, msg_signature: &str, body: &str) -> Result<Cost, Failure> {
    let (mut status, mut memory) = (0, 0);
    let before = Usage::of(std::process::id())?.cpu;
    for _ in 0..TIMES {
        let body = body.as_bytes().to_vec();
        let mut sent = Ok(0);
        let allocated = allocation_counter::measure(|| {
            let send = sender.send(msg_signature, body);
            sent = block_in_place(|| Handle::current().block_on(send));
        });
        status = sent?;
        memory = memory.max(allocated.bytes_max);
    }
    let cpu = Usage::of(std::process::id())?.cpu - before;
    let cpu = cpu.as_secs_f64() * 1e3 / f64::from(TIMES);
    Ok(Cost { status, cpu, memory: memory as f64 / 1e6 })
}

/// Times signatures that are right to different degrees, in a random order.
async fn refusals(sender: &Sender) -> Result<(), Failure> {
    let encrypt =
        sender.key.encrypt([7; 16], "<xml><InfoType>a</InfoType></xml>", &sender.component);
    let right = sender.signature(&encrypt);
    let body = format!("<xml><Encrypt>{encrypt}</Encrypt></xml>");
    let kinds = [0, 1, 8, 20, 39].map(|digits| {
        let mut given = right.clone().into_bytes();
        for digit in &mut given[digits..] {
            *digit = if *digit == b'0' { b'1' } else { b'0' };
        }
        (digits, String::from_utf8(given).unwrap_or_default(), Vec::with_capacity(REFUSALS))
    });
    let mut kinds = kinds.to_vec();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..REFUSALS * kinds.len() {
        let kind = random.usize(0..kinds.len());
        let (_, given, times) = &mut kinds[kind];
        let body = body.clone().into_bytes();
        let began = Instant::now();
        sender.send(given, body).await?;
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    println!("\nHow long a refusal takes, by how many digits of the signature are right\n");
    let head = ["digits", "times", "median", "mean of the quicker 90 %", "t against none"];
    let mut printed = vec![head.map(str::to_owned).to_vec()];
    let first = quicker(&kinds[0].2);
    for (digits, _, times) in &kinds {
        let these = quicker(times);
        let t = welch(&first, &these);
        printed.push(vec![
            digits.to_string(),
            figure(times.len() as f64),
            format!("{} µs", figure(these[these.len() * 5 / 9])),
            format!("{} µs", figure(mean(&these))),
            format!("{t:.1}{}", if t.abs() > DIFFERENT { ": differs" } else { "" }),
        ]);
    }
    table::print(&printed);
    Ok(())
}

/// Without the slowest tenth, in which somebody else had the processor.
fn quicker(times: &[f64]) -> Vec<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.truncate(times.len() * 9 / 10);
    times
}

fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len() as f64
}

/// How many standard errors two means are apart.
fn welch(one: &[f64], other: &[f64]) -> f64 {
    let error = |times: &[f64]| {
        let mean = mean(times);
        let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
        squares / (times.len() as f64 - 1.0) / times.len() as f64
    };
    (mean(other) - mean(one)) / (error(one) + error(other)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_differ_are_told_from_times_that_only_scatter() {
        let scattered =
            |by: f64| -> Vec<f64> { (0..1000).map(|place| by + f64::from(place % 10)).collect() };
        assert!(welch(&scattered(0.0), &scattered(0.0)).abs() < 0.1);
        assert!(welch(&scattered(0.0), &scattered(1.0)) > DIFFERENT);
    }
}
