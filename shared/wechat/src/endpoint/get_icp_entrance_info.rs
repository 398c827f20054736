use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads how the mini program's ICP filing stands; `get_icp_entrance_info`. Without a filing
/// nothing can be released for the first time.
#[derive(Debug, Serialize)]
pub struct GetIcpEntranceInfo {}

/// The answer to [`GetIcpEntranceInfo`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetIcpEntranceInfoResponse {
    /// The filing.
    pub info: IcpEntranceInfo,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// How a filing stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IcpEntranceInfo {
    /// 2 WeChat reviews, 3 WeChat rejected, 4 the authority reviews, 5 the authority rejected,
    /// 6 filed, 1024 and 1025 not filed; there are more.
    #[serde(deserialize_with = "lenient::integer")]
    pub status: i64,
    /// Whether the filing is being cancelled.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub is_canceling: Option<bool>,
    /// What has to be corrected.
    #[serde(default, deserialize_with = "lenient::list")]
    pub audit_data: Vec<IcpAuditRemark>,
    /// Fields that are not declared here, such as `available` and `sms_verify_status`.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// Something to correct in a filing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IcpAuditRemark {
    /// The field.
    #[serde(default, deserialize_with = "lenient::text")]
    pub key_name: String,
    /// What is wrong with it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub error: String,
    /// What to do.
    #[serde(default, deserialize_with = "lenient::text")]
    pub suggest: String,
}

impl IcpEntranceInfo {
    /// Whether the mini program is filed.
    pub fn is_filed(&self) -> bool {
        self.status == 6
    }
}

impl Endpoint for GetIcpEntranceInfo {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/icp/get_icp_entrance_info";
    type Token = AuthorizerToken;
    type Answer = Json<GetIcpEntranceInfoResponse>;
}
