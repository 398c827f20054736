use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, numbered::numbered, token::AuthorizerToken};

/// Lists the appeals against one punishment; `getappealrecords`.
#[derive(Debug, Serialize)]
pub struct GetAppealRecords<'a> {
    /// The punishment, from [`GetIllegalRecords`](super::GetIllegalRecords).
    pub illegal_record_id: &'a str,
}

/// The answer to [`GetAppealRecords`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetAppealRecordsResponse {
    /// The appeals.
    #[serde(default, deserialize_with = "lenient::list")]
    pub records: Vec<AppealRecord>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// An appeal against a punishment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppealRecord {
    /// The appeal.
    #[serde(deserialize_with = "lenient::integer")]
    pub appeal_record_id: i64,
    /// When it was made, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub appeal_time: Option<i64>,
    /// How often the punishment was appealed against.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_integer"
    )]
    pub appeal_count: Option<i64>,
    /// 0 by the owner, 1 by the platform.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub appeal_from: Option<i64>,
    /// How it stands.
    pub appeal_status: AppealStatus,
    /// When it was decided, in seconds of Unix time.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_integer"
    )]
    pub audit_time: Option<i64>,
    /// Why it was decided so.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub audit_reason: Option<String>,
    /// What was punished.
    #[serde(default, deserialize_with = "lenient::text")]
    pub punish_description: String,
    /// What was found, and what was said to it.
    #[serde(default, deserialize_with = "lenient::list")]
    pub materials: Vec<AppealMaterial>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// One finding, and what was said to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppealMaterial {
    /// The finding: `content` and `content_url`.
    #[serde(default)]
    pub illegal_material: Map<String, Value>,
    /// The answer: `reason` and `proof_material_ids`, temporary media.
    #[serde(default)]
    pub appeal_material: Map<String, Value>,
}

numbered! {
    /// How an appeal stands. Serialized, it is WeChat's number.
    pub enum AppealStatus {
        /// Not decided.
        Running = 1,
        /// Accepted.
        Accepted = 2,
        /// Refused.
        Refused = 3,
        /// Withdrawn.
        Withdrawn = 4,
    }
}

impl Endpoint for GetAppealRecords<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/getappealrecords";
    type Token = AuthorizerToken;
    type Answer = Json<GetAppealRecordsResponse>;
}
