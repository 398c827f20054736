//! Counters in CloudWatch's embedded metric format: one JSON line on standard output, which Lambda
//! carries to the log and CloudWatch turns into a metric.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

/// The namespace of every metric.
pub const NAMESPACE: &str = "WechatFleet";

/// Where counters go. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<dyn Fn(String) + Send + Sync>);

impl Metrics {
    /// To standard output, as Lambda wants it.
    pub fn to_standard_output() -> Self {
        Metrics(Arc::new(|line| println!("{line}")))
    }

    /// To a function of the caller's, a line at a time.
    pub fn to(receiver: impl Fn(String) + Send + Sync + 'static) -> Self {
        Metrics(Arc::new(receiver))
    }

    /// Adds `value` to the counter `name`, which has one dimension.
    pub fn count(&self, now: Timestamp, name: &str, dimension: (&str, &str), value: u64) {
        let (dimension, of) = dimension;
        let line = json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [[dimension]],
                    "Metrics": [{ "Name": name, "Unit": "Count" }],
                }],
            },
            dimension: of,
            name: value,
        });
        (self.0)(line.to_string());
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Metrics")
    }
}
