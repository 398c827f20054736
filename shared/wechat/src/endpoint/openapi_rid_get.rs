use std::marker::PhantomData;

use http::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Endpoint, answer::Json, lenient, token::Token};

/// Reads what WeChat remembers of a call that it refused; `openapi/rid/get`. Only with the token of
/// whoever made the call, and for seven days (76001).
#[derive(Debug, Serialize)]
pub struct OpenapiRidGet<'a, T> {
    /// The [`rid`](crate::ApiError::rid) of the refusal.
    pub rid: &'a str,
    #[serde(skip)]
    token: PhantomData<T>,
}

impl<'a, T> OpenapiRidGet<'a, T> {
    /// Asks about the call `rid`.
    pub fn new(rid: &'a str) -> Self {
        OpenapiRidGet { rid, token: PhantomData }
    }
}

/// The answer to [`OpenapiRidGet`].
#[derive(Debug, Clone, Deserialize)]
pub struct OpenapiRidGetResponse {
    /// The call.
    pub request: RememberedCall,
    /// Fields that are not declared here.
    #[serde(flatten, deserialize_with = "lenient::other")]
    pub other: Map<String, Value>,
}

/// A call as WeChat remembers it. Query and bodies may hold tokens, so that they are secrets.
#[derive(Debug, Clone, Deserialize)]
pub struct RememberedCall {
    /// When it came in, in seconds of Unix time.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub invoke_time: Option<i64>,
    /// How long it took, in milliseconds.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub cost_in_ms: Option<i64>,
    /// Its query; the sample has no path in it.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub request_url: Option<SecretString>,
    /// What was sent.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub request_body: Option<SecretString>,
    /// What was answered.
    #[serde(default, deserialize_with = "lenient::optional_secret")]
    pub response_body: Option<SecretString>,
    /// Where it came from.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub client_ip: Option<String>,
}

impl<T: Token> Endpoint for OpenapiRidGet<'_, T> {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/cgi-bin/openapi/rid/get";
    type Token = T;
    type Answer = Json<OpenapiRidGetResponse>;
}
