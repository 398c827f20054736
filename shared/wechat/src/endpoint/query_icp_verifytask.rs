use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, numbered::numbered, token::AuthorizerToken};

/// Reads how a face check stands; `query_icp_verifytask`.
#[derive(Debug, Serialize)]
pub struct QueryIcpVerifyTask<'a> {
    /// The task.
    pub task_id: &'a str,
}

/// The answer to [`QueryIcpVerifyTask`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryIcpVerifyTaskResponse {
    /// Whether it is over. Until then `face_status` may change.
    #[serde(deserialize_with = "lenient::boolean")]
    pub is_finish: bool,
    /// How it went.
    pub face_status: FaceStatus,
    /// 9 if the verification that goes with it was confirmed by telephone.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub along_with_auth_result: Option<i64>,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

numbered! {
    /// How a face check stands. Serialized, it is WeChat's number.
    pub enum FaceStatus {
        /// Not begun.
        NotBegun = 0,
        /// Waits for the administrator.
        Waiting = 1,
        /// It is not he.
        Failed = 2,
        /// It is he.
        Passed = 3,
    }
}

impl Endpoint for QueryIcpVerifyTask<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/icp/query_icp_verifytask";
    type Token = AuthorizerToken;
    type Answer = Json<QueryIcpVerifyTaskResponse>;
}
