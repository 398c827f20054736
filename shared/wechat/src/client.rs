//! Sends one call, decodes one answer.

mod raw;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use serde::Serialize;
use url::Url;

use crate::{
    Endpoint, Error,
    answer::Answer,
    endpoint::Body,
    token::Token,
    transport::{HttpTransport, Transport},
};

pub use raw::Raw;

/// Where WeChat answers.
pub const WECHAT: &str = "https://api.weixin.qq.com";

/// A connection to WeChat. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    base: Arc<str>,
    transport: Arc<dyn Transport>,
}

/// An answer, and when it was given.
#[derive(Debug)]
pub struct Dated<T> {
    /// The answer.
    pub value: T,
    /// The answer's `Date` header, such as `Sun, 06 Nov 1994 08:49:37 GMT`, if it has one.
    pub date: Option<String>,
}

impl Client {
    /// A client of the WeChat at `base`, which is [`WECHAT`] in earnest, over real sockets.
    pub fn new(base: &Url) -> Self {
        Self::with_transport(base, Arc::new(HttpTransport::new()))
    }

    /// A client that sends by `transport`.
    pub fn with_transport(base: &Url, transport: Arc<dyn Transport>) -> Self {
        let base = base.as_str().trim_end_matches('/').into();
        Client { base, transport }
    }

    /// Sends `request` once. What to do about a refused token is the caller's policy.
    pub async fn send<E: Endpoint>(
        &self,
        token: &E::Token,
        request: &E,
    ) -> Result<<E::Answer as Answer>::Value, Error> {
        Ok(self.send_dated(token, request).await?.value)
    }

    /// Sends `request` once, and says what WeChat's clock showed when it answered.
    pub async fn send_dated<E: Endpoint>(
        &self,
        token: &E::Token,
        request: &E,
    ) -> Result<Dated<<E::Answer as Answer>::Value>, Error> {
        let Dated { value, date } = self.probe(token, request, E::TIMEOUT).await?;
        Ok(Dated { value: value?, date })
    }

    /// Sends `request` once, within `timeout`, and says what WeChat's clock showed whatever it
    /// answered, be it a refusal.
    pub async fn probe<E: Endpoint>(
        &self,
        token: &E::Token,
        request: &E,
        timeout: Duration,
    ) -> Result<Dated<Result<<E::Answer as Answer>::Value, Error>>, Error> {
        let message = self.message(token, request);
        let answer = self.transport.send(message, timeout).await;
        let answer = answer.map_err(|source| Error::Transport { path: E::PATH, source })?;
        let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let value = E::Answer::read(E::PATH, answer.status().as_u16(), answer.body());
        Ok(Dated { value, date: date.map(str::to_owned) })
    }

    fn message<E: Endpoint>(&self, token: &E::Token, request: &E) -> Request<Bytes> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(token) = token.expose() {
            query.append_pair(E::TOKEN_PARAMETER, token);
        }
        for (name, value) in request.query() {
            query.append_pair(name, &value);
        }
        let query = query.finish();
        let separator = if query.is_empty() { "" } else { "?" };
        let message = Request::builder().method(E::METHOD).uri(format!(
            "{}{}{separator}{query}",
            self.base,
            E::PATH
        ));
        let message = match request.body() {
            Body::None => message.body(Bytes::new()),
            Body::Json(bytes) => {
                message.header(header::CONTENT_TYPE, "application/json").body(bytes)
            }
            Body::Form { content_type, bytes } => {
                message.header(header::CONTENT_TYPE, content_type).body(bytes)
            }
        };
        message.expect("base, path and encoded query make a valid request")
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

/// JSON as WeChat wants it: UTF-8, non-ASCII not escaped.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Bytes {
    serde_json::to_vec(value).expect("requests are plain structs with string keys").into()
}
