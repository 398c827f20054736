use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Body;
use crate::{Endpoint, answer::Json, client::to_json, lenient, token::AuthorizerToken};

/// Has the administrator show his face for a filing; `create_icp_verifytask`. The task is good for
/// three days, for one with `along_with_auth`; he is notified and has 24 hours.
///
/// Developers met 47001 when they sent `{}`, and were told to send nothing: so `None` sends
/// nothing at all.
#[derive(Debug, Default, Serialize)]
pub struct CreateIcpVerifyTask {
    /// Whether the same check shall serve a verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub along_with_auth: Option<bool>,
}

/// The answer to [`CreateIcpVerifyTask`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateIcpVerifyTaskResponse {
    /// The task.
    pub task_id: String,
    /// What the administrator opens, with `along_with_auth`.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub verify_url: Option<String>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

impl Endpoint for CreateIcpVerifyTask {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/icp/create_icp_verifytask";
    type Token = AuthorizerToken;
    type Answer = Json<CreateIcpVerifyTaskResponse>;

    fn body(&self) -> Body {
        match self.along_with_auth {
            None => Body::None,
            Some(_) => Body::Json(to_json(self)),
        }
    }
}
