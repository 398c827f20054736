use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AuthData, IcpApplets, IcpMaterials, IcpSubject};
use crate::{
    Endpoint,
    answer::{Hint, Hinted},
    lenient,
    token::AuthorizerToken,
};

/// Begins verification and ICP filing in one; `submit_auth_and_icp`. [`Hinted`] tells WeChat's remarks
/// about the fields. Events `notify_3rd_wxa_auth_and_icp` tell the steps.
#[derive(Debug, Serialize)]
pub struct SubmitAuthAndIcp<'a> {
    /// What the verification says.
    pub auth_data: &'a AuthData,
    /// Who files.
    pub icp_subject: &'a IcpSubject,
    /// What is filed.
    pub icp_applets: &'a IcpApplets,
    /// With what documents.
    pub icp_materials: &'a IcpMaterials,
}

/// The answer to [`SubmitAuthAndIcp`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubmitAuthAndIcpResponse {
    /// The procedure.
    #[serde(default, deserialize_with = "lenient::text")]
    pub procedure_id: String,
    /// Where the merchant pays, if he does.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub pay_url: Option<String>,
    /// Remarks of the check.
    #[serde(default, deserialize_with = "lenient::list")]
    pub hints: Vec<Hint>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for SubmitAuthAndIcp<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/sec/submit_auth_and_icp";
    type Token = AuthorizerToken;
    type Answer = Hinted<SubmitAuthAndIcpResponse>;
    const REPEATABLE: bool = false;
    const TIMEOUT: Duration = Duration::from_secs(20);
}
