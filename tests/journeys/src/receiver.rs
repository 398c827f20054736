//! One of the company's own systems, which webhooks are sent to.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// An HTTP server on this machine that remembers what it was sent.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    received: Mutex<Vec<Received>>,
    answer: Mutex<Answering>,
    connections: AtomicU64,
}

/// A message that was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// Path and query.
    pub path: String,
    /// Headers with small letters; those that are no text are left out.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub body: String,
}

#[derive(Clone)]
enum Answering {
    With(u16, Vec<(&'static str, String)>, String),
    Never,
}

impl Receiver {
    /// Starts one that answers everything with 204.
    pub async fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            answer: Mutex::new(Answering::With(204, Vec::new(), String::new())),
            connections: AtomicU64::new(0),
        });
        let router = Router::new().fallback(receive).with_state(shared.clone());
        let listener = Counting { listener, shared: shared.clone() };
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Receiver { address, shared, server }
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on it answers so.
    pub fn answer(&self, status: u16, body: &str) {
        self.set(Answering::With(status, Vec::new(), body.to_owned()));
    }

    /// From now on it sends everybody elsewhere.
    pub fn redirect(&self, location: &str) {
        self.set(Answering::With(307, vec![("location", location.to_owned())], String::new()));
    }

    /// From now on it takes everything and answers nothing.
    pub fn hang(&self) {
        self.set(Answering::Never);
    }

    /// What it was sent so far, the oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often somebody has connected, whether anything was sent or not.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    fn set(&self, answering: Answering) {
        *self.shared.answer.lock().unwrap_or_else(PoisonError::into_inner) = answering;
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Received {
    /// A header; fails the test if it is not there.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        match self.headers.get(name) {
            Some(value) => value,
            None => panic!("no header {name} in {:?}", self.headers),
        }
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {}", self.body),
        }
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &axum::http::HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers =
        headers.iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect();
    let received = Received {
        path: uri.to_string(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    shared.received.lock().unwrap_or_else(PoisonError::into_inner).push(received);
    let answering = shared.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match answering {
        Answering::With(status, headers, body) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let mut response = (status, body).into_response();
            for (name, value) in headers {
                if let Ok(value) = value.parse() {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Answering::Never => std::future::pending().await,
    }
}

/// Counts connections.
struct Counting {
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl axum::serve::Listener for Counting {
    type Io = tokio::net::TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let accepted = axum::serve::Listener::accept(&mut self.listener).await;
        self.shared.connections.fetch_add(1, Ordering::SeqCst);
        accepted
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
