use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{IcpApplets, IcpMaterials, IcpSubject};
use crate::{Endpoint, answer::Json, lenient, token::AuthorizerToken};

/// Reads the filing that is in force; `get_online_icp_order`.
#[derive(Debug, Serialize)]
pub struct GetOnlineIcpOrder {}

/// The answer to [`GetOnlineIcpOrder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GetOnlineIcpOrderResponse {
    /// Who filed.
    #[serde(default)]
    pub icp_subject: IcpSubject,
    /// What is filed.
    #[serde(default)]
    pub icp_applets: IcpApplets,
    /// With what documents.
    #[serde(default)]
    pub icp_materials: IcpMaterials,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for GetOnlineIcpOrder {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/wxa/icp/get_online_icp_order";
    type Token = AuthorizerToken;
    type Answer = Json<GetOnlineIcpOrderResponse>;
}
