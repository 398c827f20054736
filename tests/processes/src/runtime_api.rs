//! A double of Lambda's Runtime API: the HTTP server from which a function's process asks for its
//! next event, and to which it gives the answer.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

/// A new process has so long to begin, beyond the function's own time.
const START: Duration = Duration::from_secs(25);

/// Why there is no answer to an event.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The function said that it failed.
    #[error("the function failed: {0}")]
    Failed(String),
    /// It hangs, or never started.
    #[error("the function did not answer in time")]
    Silent,
}

/// What a function made of an event, or why it made nothing of it.
type Answer = Result<Value, String>;

/// A running Runtime API, for one process.
pub struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::UnboundedSender<Event>,
    shared: Arc<Shared>,
    count: AtomicU64,
    server: JoinHandle<std::io::Result<()>>,
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Event {
    id: String,
    body: String,
    timeout: Duration,
}

struct Shared {
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Answer>>>,
    first_asked: watch::Sender<Option<Instant>>,
}

impl RuntimeApi {
    /// Listens on a free port of this machine.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        let (events, receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: tokio::sync::Mutex::new(receiver),
            waiting: Mutex::default(),
            first_asked: watch::Sender::new(None),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port has an address");
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        RuntimeApi { address, events, shared, count: AtomicU64::new(0), server }
    }

    /// Value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// When the process asked for its first event: its start is over. Waits for that.
    ///
    /// # Errors
    /// When it does not ask in time.
    pub async fn first_asked(&self) -> Result<Instant, Failure> {
        let mut asked = self.shared.first_asked.subscribe();
        let asked = tokio::time::timeout(START, asked.wait_for(Option::is_some)).await;
        let asked = asked.map_err(|_| Failure::Silent)?.map_err(|_| Failure::Silent)?;
        asked.ok_or(Failure::Silent)
    }

    /// Hands the process an event, and waits for its answer as long as the function's timeout is;
    /// the time counts from when the process takes the event.
    ///
    /// # Errors
    /// When the function fails, or does not answer in time.
    pub async fn invoke(&self, event: &Value, timeout: Duration) -> Result<Value, Failure> {
        let id =
            format!("00000000-0000-4000-8000-{:012}", self.count.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        self.shared
            .waiting
            .lock()
            .expect("nothing panics under the lock")
            .insert(id.clone(), sender);
        let event = Event { id, body: event.to_string(), timeout };
        self.events.send(event).expect("the server runs as long as its handle");
        match tokio::time::timeout(START + timeout, answer).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(failed))) => Err(Failure::Failed(failed)),
            Ok(Err(_)) | Err(_) => Err(Failure::Silent),
        }
    }
}

impl Shared {
    fn answer(&self, id: &str, answer: Answer) -> StatusCode {
        match self.waiting.lock().expect("nothing panics under the lock").remove(id) {
            Some(sender) => {
                // The test has given up on it; its failure is told elsewhere.
                let _ = sender.send(answer);
                StatusCode::ACCEPTED
            }
            None => StatusCode::BAD_REQUEST,
        }
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let now = Instant::now();
    shared.first_asked.send_if_modified(|asked| {
        let first = asked.is_none();
        asked.get_or_insert(now);
        first
    });
    let Some(Event { id, body, timeout }) = shared.events.lock().await.recv().await else {
        return Err(StatusCode::GONE);
    };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is past 1970") + timeout;
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:function".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-6342770e-0123456789abcdef01234567".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    Ok((headers, body))
}

async fn response(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> StatusCode {
    shared.answer(&id, serde_json::from_slice(&body).map_err(|error| error.to_string()))
}

async fn error(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> StatusCode {
    shared.answer(&id, Err(String::from_utf8_lossy(&body).into_owned()))
}

async fn init_error(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    let waiting: Vec<String> =
        shared.waiting.lock().expect("nothing panics under the lock").keys().cloned().collect();
    for id in waiting {
        shared.answer(&id, Err(format!("at its start: {}", String::from_utf8_lossy(&body))));
    }
    StatusCode::ACCEPTED
}
