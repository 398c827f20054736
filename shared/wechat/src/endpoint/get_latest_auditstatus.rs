use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::get_auditstatus::AuditStatus;
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads the mini program's last review; `get_latest_auditstatus`. 85058 where there was none.
#[derive(Debug, Serialize)]
pub struct GetLatestAuditStatus {}

/// The answer to [`GetLatestAuditStatus`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Wire")]
pub struct GetLatestAuditStatusResponse {
    /// The review's number.
    pub auditid: i64,
    /// How it stands.
    pub status: AuditStatus,
    /// Why it was rejected or is delayed.
    pub reason: Option<String>,
    /// Media ids of the reviewer's screenshots, to be fetched with `material/get_material`.
    pub screenshot: Vec<String>,
    /// The version that was submitted.
    pub user_version: Option<String>,
    /// What was said about that version.
    pub user_desc: Option<String>,
    /// When it was submitted, in seconds of Unix time.
    pub submit_audit_time: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// WeChat's page writes `screenshot`, Tencent's own service reads `ScreenShot`.
#[derive(Deserialize)]
struct Wire {
    #[serde(deserialize_with = "lenient::integer")]
    auditid: i64,
    #[serde(deserialize_with = "lenient::code")]
    status: AuditStatus,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "lenient::joined")]
    screenshot: Vec<String>,
    #[serde(rename = "ScreenShot", default, deserialize_with = "lenient::joined")]
    upper_case_screenshot: Vec<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    user_version: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    user_desc: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    submit_audit_time: Option<i64>,
    #[serde(flatten, deserialize_with = "lenient::other")]
    other: Map<String, Value>,
}

impl From<Wire> for GetLatestAuditStatusResponse {
    fn from(wire: Wire) -> Self {
        let screenshot = match wire.screenshot.is_empty() {
            true => wire.upper_case_screenshot,
            false => wire.screenshot,
        };
        GetLatestAuditStatusResponse {
            auditid: wire.auditid,
            status: wire.status,
            reason: wire.reason,
            screenshot,
            user_version: wire.user_version,
            user_desc: wire.user_desc,
            submit_audit_time: wire.submit_audit_time,
            other: wire.other,
        }
    }
}

impl Endpoint for GetLatestAuditStatus {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/get_latest_auditstatus";
    type Token = AuthorizerToken;
    type Answer = Json<GetLatestAuditStatusResponse>;
}
