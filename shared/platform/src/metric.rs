//! Counters in CloudWatch's embedded metric format: one JSON line on standard output, which Lambda
//! carries to the log and CloudWatch turns into a metric.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use crate::configuration::Variables;

/// The namespace of every metric, where `METRICS_NAMESPACE` names no other.
pub const NAMESPACE: &str = "WechatFleet";

/// Where counters go. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    namespace: Arc<str>,
    receiver: Arc<dyn Fn(String) + Send + Sync>,
}

impl Metrics {
    /// To standard output, as Lambda wants it. `METRICS_NAMESPACE` keeps the counters of several
    /// deployments in one account apart.
    pub fn to_standard_output() -> Self {
        let namespace = Variables::of_process().optional("METRICS_NAMESPACE");
        Metrics {
            namespace: namespace.as_deref().unwrap_or(NAMESPACE).into(),
            receiver: Arc::new(|line| println!("{line}")),
        }
    }

    /// To a function of the caller's, a line at a time.
    pub fn to(receiver: impl Fn(String) + Send + Sync + 'static) -> Self {
        Metrics { namespace: NAMESPACE.into(), receiver: Arc::new(receiver) }
    }

    /// Adds `value` to the counter `name`, which has one dimension; and once more without any,
    /// which is what alarms look at: they cannot know the components.
    pub fn count(&self, now: Timestamp, name: &str, dimension: (&str, &str), value: u64) {
        let (dimension, of) = dimension;
        let line = json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": &*self.namespace,
                    "Dimensions": [[dimension], []],
                    "Metrics": [{ "Name": name, "Unit": "Count" }],
                }],
            },
            dimension: of,
            name: value,
        });
        (self.receiver)(line.to_string());
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::Value;

    use super::*;

    #[test]
    fn a_counter_is_counted_by_its_dimension_and_without_any() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = lines.clone();
        let metrics = Metrics::to(move |line| kept.lock().unwrap().push(line));

        metrics.count(Timestamp::UNIX_EPOCH, "Refusals", ("Cause", "signature"), 2);

        let line: Value = serde_json::from_str(&lines.lock().unwrap()[0]).unwrap();
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], NAMESPACE);
        assert_eq!(directive["Dimensions"], json!([["Cause"], []]));
        assert_eq!(directive["Metrics"][0]["Name"], "Refusals");
        assert_eq!((&line["Refusals"], &line["Cause"]), (&json!(2), &json!("signature")));
    }
}
