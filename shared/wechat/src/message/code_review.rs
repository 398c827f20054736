use serde::Deserialize;

use super::Fields;
use crate::lenient;

/// The code passed its review. Names neither the review nor the version: ask
/// [`GetLatestAuditStatus`](crate::endpoint::GetLatestAuditStatus).
#[derive(Debug, Clone, Deserialize)]
pub struct WeappAuditSuccess {
    /// When, in seconds of Unix time.
    #[serde(rename = "SuccTime", default, deserialize_with = "lenient::integer_if_any")]
    pub succ_time: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// The code did not pass its review.
#[derive(Debug, Clone, Deserialize)]
pub struct WeappAuditFail {
    /// When, in seconds of Unix time.
    #[serde(rename = "FailTime", default, deserialize_with = "lenient::integer_if_any")]
    pub fail_time: Option<i64>,
    /// Why, with `<br>` between the lines.
    #[serde(rename = "Reason", default, deserialize_with = "lenient::text")]
    pub reason: String,
    /// Media ids of the reviewer's screenshots, to be fetched with `material/get_material`.
    #[serde(
        rename = "ScreenShot",
        alias = "screenshot",
        default,
        deserialize_with = "lenient::joined"
    )]
    pub screenshot: Vec<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// The review takes longer.
#[derive(Debug, Clone, Deserialize)]
pub struct WeappAuditDelay {
    /// Since when, in seconds of Unix time.
    #[serde(rename = "DelayTime", default, deserialize_with = "lenient::integer_if_any")]
    pub delay_time: Option<i64>,
    /// Why.
    #[serde(rename = "Reason", default, deserialize_with = "lenient::text")]
    pub reason: String,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}
