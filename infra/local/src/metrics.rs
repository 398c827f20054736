//! What the functions count. On AWS it goes to CloudWatch; here it is kept to look at.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

/// The sums of all counters so far. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counters {
    /// What `metric` amounts to for one value of its dimension, such as `Refusals` for the cause
    /// `signature`.
    pub fn count(&self, metric: &str, dimension: &str) -> u64 {
        let counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counters.get(&name(metric, dimension)).copied().unwrap_or(0)
    }

    /// Where functions are to send their counters.
    pub(crate) fn receiver(&self) -> platform::metric::Metrics {
        let counters = self.clone();
        platform::metric::Metrics::to(move |line| counters.add(&line))
    }

    /// Adds one line in CloudWatch's embedded metric format.
    fn add(&self, line: &str) {
        tracing::debug!("counted {line}");
        let Ok(line) = serde_json::from_str::<Value>(line) else { return };
        let kinds = &line["_aws"]["CloudWatchMetrics"][0];
        let dimension = kinds["Dimensions"][0][0].as_str().unwrap_or("");
        let metric = kinds["Metrics"][0]["Name"].as_str().unwrap_or("");
        let (Some(of), Some(value)) = (line[dimension].as_str(), line[metric].as_u64()) else {
            return;
        };
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry(name(metric, of)).or_insert(0) += value;
    }
}

fn name(metric: &str, dimension: &str) -> String {
    format!("{metric}/{dimension}")
}
