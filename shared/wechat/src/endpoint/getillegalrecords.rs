use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Lists how the mini program broke WeChat's rules; `getillegalrecords`. A time that is left out
/// lies 90 days from the other, and without both it is the last 90 days.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetIllegalRecords {
    /// From when, in seconds of Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<i64>,
    /// Until when, in seconds of Unix time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
}

/// The answer to [`GetIllegalRecords`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetIllegalRecordsResponse {
    /// The records.
    #[serde(default, deserialize_with = "lenient::list")]
    pub records: Vec<IllegalRecord>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// One time that the mini program broke WeChat's rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IllegalRecord {
    /// The record, for [`GetAppealRecords`](super::GetAppealRecords).
    #[serde(default, deserialize_with = "lenient::text")]
    pub illegal_record_id: String,
    /// When it was punished, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub create_time: Option<i64>,
    /// Why.
    #[serde(default, deserialize_with = "lenient::text")]
    pub illegal_reason: String,
    /// What it was.
    #[serde(default, deserialize_with = "lenient::text")]
    pub illegal_content: String,
    /// Where the rule stands.
    #[serde(default, deserialize_with = "lenient::text")]
    pub rule_url: String,
    /// The rule's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub rule_name: String,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetIllegalRecords {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/getillegalrecords";
    type Token = AuthorizerToken;
    type Answer = Json<GetIllegalRecordsResponse>;
}
