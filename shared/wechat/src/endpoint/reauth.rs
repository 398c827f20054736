use std::time::Duration;

use http::Method;
use serde::Serialize;

use super::{AuthData, WxaAuthResponse};
use crate::{Endpoint, answer::Json, token::AuthorizerToken};

/// Applies again after a verification was sent back; `reauth`. Its data name the task.
#[derive(Debug, Serialize)]
pub struct Reauth<'a> {
    /// What the verification says now.
    pub auth_data: &'a AuthData,
}

impl Endpoint for Reauth<'_> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/wxa/sec/reauth";
    type Token = AuthorizerToken;
    type Answer = Json<WxaAuthResponse>;
    const REPEATABLE: bool = false;
    const TIMEOUT: Duration = Duration::from_secs(20);
}
