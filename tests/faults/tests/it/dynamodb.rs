//! The model of DynamoDB answers like the engine that the local system runs on: to generated
//! requests, to what the functions themselves ask, and to variations of that.

mod both;
mod differences;
mod generated;
mod own;
mod traffic;

use std::collections::BTreeMap;

use both::{Agreement, Both};
use fastrand::Rng;
use local::aws::Exchange;
use serde_json::Value;

/// Generated requests to one pair of databases.
const REQUESTS: usize = 400;

/// How many seeds a test plays: what the environment says, or so many.
fn seeds(usual: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("DYNAMODB_SEEDS").ok();
    0..asked.map_or(usual, |seeds| seeds.parse().unwrap())
}

/// What two databases made of many requests.
#[derive(Default)]
struct Comparison {
    requests: usize,
    known: BTreeMap<&'static str, usize>,
    differences: Vec<String>,
}

impl Comparison {
    /// Sends requests to both until their tables may differ.
    async fn run(&mut self, seed: u64, requests: impl Iterator<Item = (String, Value)>) {
        let mut both = Both::start().await;
        for (number, (operation, request)) in requests.enumerate() {
            self.requests += 1;
            match both.agree(&operation, &request).await {
                Ok(Agreement::Same) => {}
                Ok(Agreement::Known(name, diverged)) => {
                    *self.known.entry(name).or_default() += 1;
                    if diverged {
                        return;
                    }
                }
                Err(difference) => {
                    self.differences.push(format!("seed {seed}, request {number}: {difference}"));
                    return;
                }
            }
        }
    }

    #[track_caller]
    fn finish(self) {
        println!("{} requests, known differences: {:#?}", self.requests, self.known);
        assert!(self.differences.is_empty(), "{}", self.differences.join("\n\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_requests_are_answered_alike() {
    let mut comparison = Comparison::default();
    for seed in seeds(15) {
        let mut rng = Rng::with_seed(seed);
        let requests = (0..REQUESTS).map(|_| {
            let (operation, request) = generated::request(&mut rng);
            (operation.to_owned(), request)
        });
        comparison.run(seed, requests).await;
    }
    comparison.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_functions_ask_is_answered_alike() {
    let traffic = traffic::record().await;

    let differences: Vec<String> = traffic.replay();

    println!("{} requests", traffic.exchanges.len());
    assert!(traffic.exchanges.len() > 200, "{}", traffic.exchanges.len());
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn variations_of_what_the_functions_ask_are_answered_alike() {
    let traffic = traffic::record().await;
    let mut comparison = Comparison::default();
    for seed in seeds(8) {
        let mut rng = Rng::with_seed(seed);
        let varied = traffic.varied(&mut rng);
        comparison.run(seed, varied.into_iter()).await;
    }
    comparison.finish();
}

fn request_of(exchange: &Exchange) -> Value {
    serde_json::from_slice(&exchange.request).unwrap()
}
