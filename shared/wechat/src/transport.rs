//! How a request leaves the process: reqwest in earnest, anything else under test.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};

/// WeChat's answers are never longer than this many bytes; a longer one is an error, not memory.
pub const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// What a [`Transport`] promises to answer.
pub type Sending<'a> =
    Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, TransportError>> + Send + 'a>>;

/// Sends one HTTP request and reads the whole answer, within `timeout` for both together.
pub trait Transport: Send + Sync {
    /// Sends `request`: no redirects, and no second time if WeChat can have seen the first.
    fn send(&self, request: http::Request<Bytes>, timeout: Duration) -> Sending<'_>;
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The request cannot have reached WeChat, so that repeating it is safe.
    #[error("could not connect")]
    NotSent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing came back in time. WeChat may have acted.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The connection broke after the request may have been sent. WeChat may have acted.
    #[error("connection lost before the answer was complete")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is longer than anybody reads, [`MAX_ANSWER`] of WeChat's.
    #[error("answer is longer than anybody reads")]
    TooLong,
}

/// The transport of every deployed function: reqwest over rustls with bundled web roots.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    pool: Arc<Mutex<Pool>>,
    longest: usize,
}

/// Connections, and when one of them was last asked for.
#[derive(Debug)]
struct Pool {
    client: reqwest::Client,
    used_at: SystemTime,
}

/// Connections that were idle for longer are not used again. A function that is frozen does not see
/// the far end or a NAT gateway forget them, and a request that is written to such a one has an
/// unknown outcome. The wall clock goes on during a freeze, which other clocks need not.
const IDLE: Duration = Duration::from_secs(20);

impl HttpTransport {
    /// No connection yet.
    pub fn new() -> Self {
        HttpTransport::reading(MAX_ANSWER)
    }

    /// For answers of up to so many bytes, of somebody else than WeChat.
    pub fn reading(longest: usize) -> Self {
        let pool = Pool { client: connect(), used_at: SystemTime::now() };
        HttpTransport { pool: Arc::new(Mutex::new(pool)), longest }
    }

    fn client(&self) -> reqwest::Client {
        // The pool is whole whatever panicked.
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemTime::now();
        if now.duration_since(pool.used_at).map_or(true, |idle| idle > IDLE) {
            pool.client = connect();
        }
        pool.used_at = now;
        pool.client.clone()
    }
}

/// How every connection is encrypted, to whomever `roots` vouch for: TLS 1.2 or 1.3, by ring.
pub fn tls(roots: rustls::RootCertStore) -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring offers TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn connect() -> reqwest::Client {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls(roots))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .pool_idle_timeout(IDLE)
        .connect_timeout(Duration::from_secs(3))
        .build()
        .expect("nothing in this client's settings depends on the machine")
}

impl Default for HttpTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: http::Request<Bytes>, timeout: Duration) -> Sending<'_> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request)
                .map_err(|error| TransportError::NotSent(error.without_url().into()))?;
            let client = self.client();
            let again = request.try_clone();
            let send = |request| {
                reqwest::RequestBuilder::from_parts(client.clone(), request).timeout(timeout).send()
            };
            let mut answer = match (send(request).await, again) {
                // A connection that was not made carried nothing: another may be tried.
                (Err(error), Some(again)) if error.is_connect() => send(again).await,
                (answer, _) => answer,
            }
            .map_err(|error| lost(error, timeout))?;
            let mut body = BytesMut::new();
            while let Some(chunk) = answer.chunk().await.map_err(|error| lost(error, timeout))? {
                if body.len() + chunk.len() > self.longest {
                    return Err(TransportError::TooLong);
                }
                body.extend_from_slice(&chunk);
            }
            let mut response = http::Response::new(body.freeze());
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(response)
        })
    }
}

/// Sorts a reqwest error by the one question that matters: can WeChat have acted? The error's URL
/// is dropped first, for it holds the token.
fn lost(error: reqwest::Error, timeout: Duration) -> TransportError {
    let error = error.without_url();
    if error.is_connect() || error.is_builder() {
        TransportError::NotSent(error.into())
    } else if error.is_timeout() {
        TransportError::TimedOut(timeout)
    } else {
        TransportError::Interrupted(error.into())
    }
}
