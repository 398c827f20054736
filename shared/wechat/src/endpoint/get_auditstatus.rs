use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, numbered::numbered, token::AuthorizerToken};

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

numbered! {
    /// How a review stands. Serialized, it is WeChat's number.
    pub enum AuditStatus {
        /// May be released.
        Passed = 0,
        /// Refused, with a reason.
        Rejected = 1,
        /// In review.
        Reviewing = 2,
        /// Withdrawn by us.
        Withdrawn = 3,
        /// Takes longer, with a reason.
        Delayed = 4,
    }
}

impl Endpoint for GetAuditStatus {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/get_auditstatus";
    type Token = AuthorizerToken;
    type Answer = Json<GetAuditStatusResponse>;
}
