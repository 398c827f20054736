use serde::Deserialize;

use super::Fields;
use crate::lenient;

/// A step of WeChat's verification of a merchant.
#[derive(Debug, Clone, Deserialize)]
pub struct WxaAuth {
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::text")]
    pub appid: String,
    /// The task, as the call that began it named it.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub taskid: Option<String>,
    /// 0 begun, 1 not done within 24 hours, 2 refused, 3 agreed, 6 face recognized, 9 telephone
    /// confirmed, 12 review order made, 14 failed, 15 to be paid, …
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub task_status: Option<i64>,
    /// 0 nothing, 1 to be paid, 2 in review, 3 sent back, 4 verified, 5 refused for good.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub apply_status: Option<i64>,
    /// WeChat's words.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub message: Option<String>,
    /// Who reviews.
    #[serde(default)]
    pub dispatch_info: Option<Dispatch>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// The company that WeChat has review a verification.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Dispatch {
    /// Its name.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub provider: Option<String>,
    /// How to reach it.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub contact: Option<String>,
    /// Since when it reviews, in seconds of Unix time.
    #[serde(deserialize_with = "lenient::integer_if_any")]
    pub dispatch_time: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// A verification that is about to expire.
#[derive(Debug, Clone, Deserialize)]
pub struct WxaVerifyExpiry {
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::text")]
    pub appid: String,
    /// When it expires, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub expired: Option<i64>,
    /// WeChat's words, with the consequences.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub message: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// A step of verification and ICP filing in one.
#[derive(Debug, Clone, Deserialize)]
pub struct WxaAuthAndIcp {
    /// The procedure, as the call that began it named it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub procedure_id: String,
    /// 18 sent back, 20 refused for good, 21 filing order failed, 23 and 25 rejected, 24 at the
    /// authority, …
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub procedure_status: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// The end of the administrator's face check for an ICP filing.
#[derive(Debug, Clone, Deserialize)]
pub struct IcpFilingVerifyResult {
    /// The task, as the call that began it named it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub task_id: String,
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub verify_appid: Option<String>,
    /// 2 failed, 3 passed.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub result: Option<i64>,
    /// How the verification that was asked for with it went.
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub along_with_auth_result: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// The decision about an ICP filing.
#[derive(Debug, Clone, Deserialize)]
pub struct ApplyIcpFilingResult {
    /// The mini program.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub authorizer_appid: Option<String>,
    /// As in [`IcpEntranceInfo::status`](crate::endpoint::IcpEntranceInfo::status).
    #[serde(default, deserialize_with = "lenient::integer_if_any")]
    pub beian_status: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}
