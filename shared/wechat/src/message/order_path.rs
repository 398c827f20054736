use serde::Deserialize;
use serde_json::{Map, Value};

use super::Fields;
use crate::lenient;

/// How an application for order pages was taken. WeChat writes these names in lower case in one
/// place and in upper case in another.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderPathApplied {
    /// The mini programs of the application.
    #[serde(default, alias = "List", deserialize_with = "lenient::list")]
    pub list: Vec<OrderPathApplyResult>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// How the application was taken for one mini program.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderPathApplyResult {
    /// The mini program.
    #[serde(default, alias = "Appid", alias = "AppId", deserialize_with = "lenient::text")]
    pub appid: String,
    /// 0 taken, 1 repeated, −1 busy, −2 no such appid.
    #[serde(default, alias = "RetCode", deserialize_with = "lenient::integer_if_any")]
    pub ret_code: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// How order pages were reviewed.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderPathAudited {
    /// The mini programs.
    #[serde(default, alias = "List", deserialize_with = "lenient::list")]
    pub list: Vec<OrderPathAuditResult>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

/// How one mini program's order page was reviewed.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderPathAuditResult {
    /// The mini program.
    #[serde(default, alias = "Appid", alias = "AppId", deserialize_with = "lenient::text")]
    pub appid: String,
    /// The review's number.
    #[serde(default, alias = "AuditId", deserialize_with = "lenient::integer_if_any")]
    pub audit_id: Option<i64>,
    /// 2 in review, 3 failed, 4 passed.
    #[serde(default, alias = "Status", deserialize_with = "lenient::integer_if_any")]
    pub status: Option<i64>,
    /// When it was asked for, in seconds of Unix time.
    #[serde(default, alias = "ApplyTime", deserialize_with = "lenient::integer_if_any")]
    pub apply_time: Option<i64>,
    /// When it was decided, in seconds of Unix time.
    #[serde(default, alias = "AuditTime", deserialize_with = "lenient::integer_if_any")]
    pub audit_time: Option<i64>,
    /// Why it failed.
    #[serde(default, alias = "Reason", deserialize_with = "lenient::optional_text")]
    pub reason: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Fields,
}

impl OrderPathAudited {
    /// Names the event that these fields are, for one sample of them has no `InfoType`.
    pub(super) fn recognize(fields: &Map<String, Value>) -> Option<&'static str> {
        let list = fields.get("list").or_else(|| fields.get("List"))?;
        let first = list.get(0).unwrap_or(list).as_object()?;
        let has = |names: [&str; 2]| names.iter().any(|name| first.contains_key(*name));
        if has(["audit_id", "AuditId"]) {
            Some("order_path_audit_result_notify")
        } else if has(["ret_code", "RetCode"]) {
            Some("order_path_apply_result_notify")
        } else {
            None
        }
    }
}
