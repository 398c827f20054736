use http::Method;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads what became of one review; `get_auditstatus`.
#[derive(Debug, Serialize)]
pub struct GetAuditStatus {
    /// The review's number, from [`SubmitAudit`](super::SubmitAudit).
    pub auditid: i64,
}

/// The answer to [`GetAuditStatus`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetAuditStatusResponse {
    /// How the review stands.
    #[serde(deserialize_with = "lenient::code")]
    pub status: AuditStatus,
    /// Why it was rejected or is delayed.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub reason: Option<String>,
    /// Media ids of the reviewer's screenshots, to be fetched with `material/get_material`.
    #[serde(default, deserialize_with = "lenient::joined")]
    pub screenshot: Vec<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// How a review stands. Serialized, it is WeChat's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditStatus {
    /// 0: may be released.
    Passed,
    /// 1: refused, with a reason.
    Rejected,
    /// 2: in review.
    Reviewing,
    /// 3: withdrawn by us.
    Withdrawn,
    /// 4: takes longer, with a reason.
    Delayed,
    /// A number that this crate has not met.
    Unknown(i64),
}

impl From<i64> for AuditStatus {
    fn from(number: i64) -> Self {
        match number {
            0 => AuditStatus::Passed,
            1 => AuditStatus::Rejected,
            2 => AuditStatus::Reviewing,
            3 => AuditStatus::Withdrawn,
            4 => AuditStatus::Delayed,
            other => AuditStatus::Unknown(other),
        }
    }
}

impl From<AuditStatus> for i64 {
    fn from(status: AuditStatus) -> i64 {
        match status {
            AuditStatus::Passed => 0,
            AuditStatus::Rejected => 1,
            AuditStatus::Reviewing => 2,
            AuditStatus::Withdrawn => 3,
            AuditStatus::Delayed => 4,
            AuditStatus::Unknown(other) => other,
        }
    }
}

impl Serialize for AuditStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64((*self).into())
    }
}

impl Endpoint for GetAuditStatus {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/get_auditstatus";
    type Token = AuthorizerToken;
    type Answer = Json<GetAuditStatusResponse>;
}
