//! A call that is passed on as it is: for what has no declaration.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use secrecy::{ExposeSecret, SecretString};

use super::Client;
use crate::transport::TransportError;

/// A call as somebody else wrote it, but for the token.
#[derive(Clone)]
pub struct Raw {
    /// The HTTP method.
    pub method: Method,
    /// The path, beginning with `/`: letters, digits and what else needs no encoding.
    pub path: String,
    /// The query without the token, encoded; empty where there is none.
    pub query: String,
    /// The query parameter that carries the token, see
    /// [`Endpoint::TOKEN_PARAMETER`](crate::Endpoint::TOKEN_PARAMETER).
    pub token_parameter: &'static str,
    /// The headers to send.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Client {
    /// Sends a call once and gives back what WeChat answers, whatever it is. What to do about a
    /// refused token is the caller's policy, see [`answer::errcode`](crate::answer::errcode).
    pub async fn pass(
        &self,
        token: &SecretString,
        raw: &Raw,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let mut target = format!("{}{}?", self.base, raw.path);
        let token = [(raw.token_parameter, token.expose_secret())];
        target +=
            &url::form_urlencoded::Serializer::new(String::new()).extend_pairs(token).finish();
        if !raw.query.is_empty() {
            target.push('&');
            target += &raw.query;
        }
        let mut request = Request::new(raw.body.clone());
        // The error would show the address, and with it the token.
        let not_sent = |_| TransportError::NotSent("the address is malformed".into());
        *request.uri_mut() = target.parse().map_err(not_sent)?;
        *request.method_mut() = raw.method.clone();
        *request.headers_mut() = raw.headers.clone();
        self.transport.send(request, timeout).await
    }
}

/// Neither the query nor the body, which may hold anything.
impl std::fmt::Debug for Raw {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Raw({} {})", self.method, self.path)
    }
}
