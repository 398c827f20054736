//! The operators' lists of many mini programs: the roster as a function reads it, and a search with
//! every letter that is typed, by the API and by the console.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use faults::dynamodb::SharedTables;
use journeys::{Answer, Fleet, TestClock, World};
use platform::{AppId, clock::SystemClock, random::SystemRandom, roster::Roster, storage::Table};
use processes::process::Usage;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::{
    Failure, seed,
    table::{self, figure},
    units,
};

/// What a request to DynamoDB takes, about, within a region.
const LATENCY: Duration = Duration::from_millis(5);
/// The longest that the API lets a request take, see `operations::pipeline`.
const LIMIT: Duration = Duration::from_secs(25);
/// Words that are typed.
const WORDS: usize = 40;
/// What a machine's key is called.
const READER: &str = "viewer";

/// Measures and prints.
pub(crate) async fn measure(rows: usize) -> Result<(), Failure> {
    let clock = TestClock::new();
    let tables = SharedTables::new(Arc::new(clock.clone()));
    eprintln!("{rows} mini programs …");
    let fleet = Fleet::gather(clock, seed::MODELS, "3.1.0", |settings, _| {
        settings.tables = Some(Arc::new(tables.clone()));
    })
    .await;
    seed::go_on(&fleet).await;
    let component = fleet.world().component().to_owned();
    seed::copy(&tables, &component, rows)?;

    println!(
        "\nThe roster of {} mini programs, all of them marked as changed\n",
        figure(rows as f64)
    );
    packing(&tables, &component.parse()?, rows).await?;

    println!("\nA search with every letter that is typed, nothing changed meanwhile\n");
    let key = viewer(fleet.world()).await;
    typing(fleet.world(), &tables, &key, rows).await
}

/// A key that may read and nothing else, as most people's.
async fn viewer(world: &World) -> SecretString {
    let wanted = json!({ "name": READER, "role": READER });
    let made = world.operator().post("/v1/keys", wanted).await.expect_status(201).json();
    made["secret"].as_str().expect("a new key is told").to_owned().into()
}

/// A roster as a new process has it.
fn roster(tables: &SharedTables) -> Roster {
    let configuration = aws_sdk_dynamodb::Config::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
        .build();
    let client = aws_sdk_dynamodb::Client::from_conf(configuration);
    Roster {
        table: Table::new(client, Some(Arc::new(tables.clone())), "fleet"),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        known: Default::default(),
    }
}

/// What it takes to have the roster: packed for the first time, while marks are still taken away, in a
/// new process after that, and in one that has it.
async fn packing(tables: &SharedTables, component: &AppId, rows: usize) -> Result<(), Failure> {
    tables.set_latency(LATENCY);
    let head = ["", "time", "CPU", "requests", "read units", "write units"];
    let mut printed = vec![head.map(str::to_owned).to_vec()];
    let first = roster(tables);
    printed.push(read(tables, &first, component, rows, "packed first").await?);
    let mut searches = 0;
    while is_marked(tables, component)? {
        searches += 1;
        let read = read(tables, &first, component, rows, "the next search").await?;
        if searches == 1 {
            printed.push(read);
        }
        if searches > rows {
            return Err("marks of what is packed stay".into());
        }
    }
    let new = roster(tables);
    printed.push(read(tables, &new, component, rows, "a new process").await?);
    printed.push(read(tables, &new, component, rows, "warm").await?);
    table::print(&printed);
    println!(
        "\n{} ms a request. The last marks are gone after {searches} searches. A request to the API may take {} s.",
        LATENCY.as_millis(),
        LIMIT.as_secs()
    );
    tables.set_latency(Duration::ZERO);
    Ok(())
}

/// Whether any mini program is marked as changed.
fn is_marked(tables: &SharedTables, component: &AppId) -> Result<bool, Failure> {
    let request = json!({
        "TableName": "fleet",
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :appid)",
        "ExpressionAttributeValues": {
            ":pk": { "S": format!("roster-marks#{component}") }, ":appid": { "S": "wx" },
        },
        "Limit": 1,
    });
    let answer = tables.dynamo().answer("Query", request.to_string().as_bytes());
    let answer: Value = serde_json::from_slice(&answer.body)?;
    let items = answer["Items"].as_array().ok_or_else(|| answer.to_string())?;
    Ok(!items.is_empty())
}

async fn read(
    tables: &SharedTables,
    roster: &Roster,
    component: &AppId,
    rows: usize,
    name: &str,
) -> Result<Vec<String>, Failure> {
    tables.dynamo().reset_meter();
    let (cpu, began) = (Usage::of(std::process::id())?.cpu, Instant::now());
    let all = roster.all(component).await?;
    let took = began.elapsed();
    let cpu = Usage::of(std::process::id())?.cpu - cpu;
    if all.len() != rows {
        return Err(format!("{} of {rows} are in the roster", all.len()).into());
    }
    let units = units::total(tables);
    let row = [
        name.to_owned(),
        format!("{} ms", figure(took.as_secs_f64() * 1e3)),
        format!("{} ms", figure(cpu.as_secs_f64() * 1e3)),
        figure(units.requests as f64),
        figure(units.read),
        figure(units.write),
    ];
    Ok(row.to_vec())
}

/// Everything that is typed on the way to some words: names, principals, appids, tags.
fn keystrokes(rows: usize) -> Vec<String> {
    let word = |number: usize| {
        let place = number * rows / WORDS;
        match number % 4 {
            0 | 1 => seed::name(place),
            2 => seed::principal(place),
            _ => Fleet::appid(place),
        }
    };
    let words = (0..WORDS).map(word).chain(["restaurant".to_owned(), "franchise".to_owned()]);
    words
        .flat_map(|word| {
            let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
            ends.map(|end| word[..end].to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

/// What the answers to keystrokes came to.
struct Typed {
    /// In milliseconds, the least first.
    times: Vec<f64>,
    /// Of all of them, in milliseconds.
    cpu: f64,
    read: f64,
    largest: usize,
    packed: bool,
}

impl Typed {
    fn percentile(&self, percent: f64) -> f64 {
        let place = (self.times.len() as f64 * percent / 100.0).ceil() as usize;
        self.times.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
    }

    fn bytes(&self) -> String {
        let packed = if self.packed { "" } else { ", as they are" };
        format!("{} KB{packed}", figure(self.largest as f64 / 1e3))
    }
}

async fn typing(
    world: &World,
    tables: &SharedTables,
    key: &SecretString,
    rows: usize,
) -> Result<(), Failure> {
    let component = world.component();
    let letters = keystrokes(rows);
    let operator = world.operator_with(key.clone());
    let search = format!("/v1/components/{component}/mini-programs/search");
    let address = |path: &str, pairs: &[(&str, &str)]| {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{path}?{query}")
    };
    let by_api: Vec<String> = letters
        .iter()
        .map(|text| {
            address(&search, &[("query", &json!({ "text": text }).to_string()), ("limit", "50")])
        })
        .collect();
    let here = format!("/console/{component}/mini-programs");
    let by_console: Vec<String> =
        letters.iter().map(|text| address(&here, &[("text", text)])).collect();

    let console = Console::sign_in(world, key).await?;
    // Whoever types has the page before, and with it everything is warm.
    let page = console.get(&here, false).await.expect_status(200);
    let api = type_all(tables, &by_api, async |path: &str| operator.get(path).await).await?;
    let part =
        type_all(tables, &by_console, async |path: &str| console.get(path, true).await).await?;
    let assets = console.assets(&page).await;
    let first = page.body.len() + assets;

    let milliseconds = |time: f64| format!("{} ms", figure(time));
    let goal = |words: &str| words.to_owned();
    let mut printed =
        vec![["of a keystroke", "API", "console", "goal"].map(str::to_owned).to_vec()];
    for (name, percent, wanted) in
        [("time, p50", 50.0, ""), ("time, p95", 95.0, "< 50 ms"), ("time, p99", 99.0, "")]
    {
        let [api, part] = [&api, &part].map(|typed| milliseconds(typed.percentile(percent)));
        printed.push(vec![name.to_owned(), api, part, goal(wanted)]);
    }
    let each = |all: f64| figure(all / letters.len() as f64);
    let [by_api, by_part] = [&api, &part].map(|typed| format!("{} ms", each(typed.cpu)));
    printed.push(vec!["CPU, client and tables too".to_owned(), by_api, by_part, String::new()]);
    printed.push(vec!["read units".to_owned(), each(api.read), each(part.read), goal("≤ 2")]);
    printed.push(vec!["bytes, at most".to_owned(), api.bytes(), part.bytes(), goal("< 100 KB")]);
    let whole = format!("{} KB", figure(page.body.len() as f64 / 1e3));
    printed.push(vec!["the whole page".to_owned(), String::new(), whole, goal("< 100 KB")]);
    let whole = format!("{} KB", figure(first as f64 / 1e3));
    printed.push(vec!["with its assets".to_owned(), String::new(), whole, goal("< 200 KB")]);
    table::print(&printed);
    println!(
        "\n{} keystrokes each, over a socket of this machine, with tables that answer at once. The console's \
         include\nthe API's. Nothing is compressed on the way.",
        figure(letters.len() as f64)
    );
    Ok(())
}

async fn type_all(
    tables: &SharedTables,
    addresses: &[String],
    ask: impl AsyncFn(&str) -> Answer,
) -> Result<Typed, Failure> {
    // Once for nothing, so that connections and caches are there.
    for address in addresses.iter().take(10) {
        ask(address).await.expect_status(200);
    }
    tables.dynamo().reset_meter();
    let before = Usage::of(std::process::id())?.cpu;
    let mut typed = Typed { times: Vec::new(), cpu: 0.0, read: 0.0, largest: 0, packed: false };
    for address in addresses {
        let began = Instant::now();
        let answer = ask(address).await.expect_status(200);
        typed.times.push(began.elapsed().as_secs_f64() * 1e3);
        typed.largest = typed.largest.max(answer.body.len());
        typed.packed |= !answer.header("content-encoding").is_empty();
    }
    typed.cpu = (Usage::of(std::process::id())?.cpu - before).as_secs_f64() * 1e3;
    typed.read = units::total(tables).read;
    typed.times.sort_by(f64::total_cmp);
    Ok(typed)
}

/// Somebody who has signed in to the console.
struct Console<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Console<'a> {
    async fn sign_in(world: &'a World, key: &SecretString) -> Result<Console<'a>, Failure> {
        let fields = [("key", key.expose_secret()), ("next", "/console")];
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = http::Request::post(world.url("/console/sign-in"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", world.system().base_url());
        let answer = world.request(request, body.into_bytes()).await.expect_status(303);
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        Ok(Console { world, cookie })
    }

    /// A page, or the part of it that htmx wants.
    async fn get(&self, path: &str, part: bool) -> Answer {
        let request = http::Request::get(self.world.url(path)).header("cookie", &self.cookie);
        let request = if part { request.header("hx-request", "true") } else { request };
        self.world.request(request, Vec::new()).await
    }

    /// The bytes of everything that a page loads.
    async fn assets(&self, page: &Answer) -> usize {
        let page = page.text();
        let mut addresses: Vec<&str> =
            page.split('"').filter(|text| text.starts_with("/console/assets/")).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert!(addresses.len() >= 3, "style and scripts: {addresses:?}");
        let mut bytes = 0;
        for address in addresses {
            bytes += self.get(address, false).await.expect_status(200).body.len();
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_typed_letter_by_letter() {
        let letters = keystrokes(100);
        let word = seed::name(0);
        let typed: Vec<&str> =
            letters.iter().take(word.chars().count()).map(String::as_str).collect();
        assert_eq!(typed.last(), Some(&&*word));
        assert!(typed.iter().zip(1..).all(|(text, length)| text.chars().count() == length));
    }

    #[test]
    fn the_percentile_of_hundred_times_is_the_one_at_its_place() {
        let times = (1..=100).map(f64::from).collect();
        let typed = Typed { times, cpu: 0.0, read: 0.0, largest: 0, packed: false };
        assert_eq!([50.0, 95.0, 99.0].map(|percent| typed.percentile(percent)), [50.0, 95.0, 99.0]);
    }
}
