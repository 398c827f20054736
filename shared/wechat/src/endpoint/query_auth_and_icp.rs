use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::IcpAuditRemark;
use crate::{
    Endpoint,
    answer::{Hint, Json},
    lenient,
    token::AuthorizerToken,
};

/// Reads how verification and filing in one stand; `query_auth_and_icp`.
#[derive(Debug, Serialize)]
pub struct QueryAuthAndIcp<'a> {
    /// The procedure.
    pub procedure_id: &'a str,
}

/// The answer to [`QueryAuthAndIcp`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryAuthAndIcpResponse {
    /// 15 to be paid, 16 paid, 17 verification in review, 18 sent back, 19 verified, 20 refused for good,
    /// 21 filing order failed, 22 WeChat reviews the filing, 23 WeChat rejected it, 24 the authority
    /// reviews it, 25 the authority rejected it, 26 done; there are more.
    #[serde(deserialize_with = "lenient::integer")]
    pub procedure_status: i64,
    /// The order's number in WeChat's console.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub orderid: Option<String>,
    /// Why the verification was sent back (18).
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub refill_reason: Option<String>,
    /// Why it failed for good (20).
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub fail_reason: Option<String>,
    /// About the filing.
    #[serde(default)]
    pub icp_audit: Option<IcpAudit>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// How the filing of a procedure stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IcpAudit {
    /// Remarks of the check (21).
    #[serde(default, deserialize_with = "lenient::list")]
    pub hints: Vec<Hint>,
    /// What has to be corrected (23 and 25).
    #[serde(default, deserialize_with = "lenient::list")]
    pub audit_data: Vec<IcpAuditRemark>,
    /// At the authority (24): 1 waits for the short message, 2 confirmed, 3 too late.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub sms_verify_status: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for QueryAuthAndIcp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/sec/query_auth_and_icp";
    type Token = AuthorizerToken;
    type Answer = Json<QueryAuthAndIcpResponse>;
}
