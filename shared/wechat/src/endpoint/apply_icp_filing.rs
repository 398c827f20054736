use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{IcpApplets, IcpMaterials, IcpSubject};
use crate::{
    Endpoint,
    answer::{Hint, Hinted},
    lenient,
    token::AuthorizerToken,
};

/// Applies for an ICP filing, without which nothing goes live; `apply_icp_filing`. WeChat checks the
/// fields at once: [`Hinted`] tells its remarks (86202). After that WeChat and the authority review
/// for 3-20 working days, and `notify_apply_icpfiling_result` tells the end.
#[derive(Debug, Serialize)]
pub struct ApplyIcpFiling<'a> {
    /// Who files.
    pub icp_subject: &'a IcpSubject,
    /// What is filed.
    pub icp_applets: &'a IcpApplets,
    /// With what documents.
    pub icp_materials: &'a IcpMaterials,
}

/// The answer to [`ApplyIcpFiling`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApplyIcpFilingResponse {
    /// Remarks of the check.
    #[serde(default, deserialize_with = "lenient::list")]
    pub hints: Vec<Hint>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for ApplyIcpFiling<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/icp/apply_icp_filing";
    type Token = AuthorizerToken;
    type Answer = Hinted<ApplyIcpFilingResponse>;
    const REPEATABLE: bool = false;
    const TIMEOUT: Duration = Duration::from_secs(20);
}
