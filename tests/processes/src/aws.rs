//! What `refresh` and `callback` need of AWS, without a disk: the model of DynamoDB, one secret, a bus
//! that takes everything. Answered on a socket for a process, or inside this one.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse};
use faults::dynamodb::Dynamo;
use platform::clock::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Clones share the tables.
#[derive(Clone)]
pub struct Aws(Arc<Inner>);

struct Inner {
    dynamo: Mutex<Dynamo>,
    secret: String,
    /// Of tables, in microseconds.
    latency: AtomicU64,
    /// By what was asked for, as `x-amz-target` names it.
    calls: Mutex<BTreeMap<String, u64>>,
}

impl Aws {
    /// Empty tables, and the platform secret.
    pub fn new(clock: Arc<dyn Clock>, secret: &Value) -> Aws {
        Aws(Arc::new(Inner {
            dynamo: Mutex::new(Dynamo::new(clock)),
            secret: secret.to_string(),
            latency: AtomicU64::new(0),
            calls: Mutex::default(),
        }))
    }

    /// Lets a table's answers on a socket take so long from now on.
    pub fn set_latency(&self, latency: Duration) {
        let latency = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.0.latency.store(latency, Ordering::Relaxed);
    }

    /// How often each operation was asked for so far, such as `secretsmanager.GetSecretValue`.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The tables.
    pub fn dynamo(&self) -> MutexGuard<'_, Dynamo> {
        // Nothing panics under the lock but what ends the whole run.
        self.0.dynamo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers on a free port from now on.
    ///
    /// # Errors
    /// When there is none.
    pub async fn serve(&self) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    }

    /// An SDK whose requests do not leave this process.
    pub fn in_process(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .retry_config(RetryConfig::disabled())
            .http_client(client_of(self.clone()))
            .build()
    }

    /// The answer to a request whose `x-amz-target` is `target`.
    fn answer(&self, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(target.to_owned()).or_default() += 1;
        drop(calls);
        match target.split_once('.').unwrap_or_default() {
            ("DynamoDB_20120810", operation) => {
                let answer = self.dynamo().answer(operation, body);
                (answer.status, answer.body)
            }
            ("secretsmanager", "GetSecretValue") => {
                let answer = json!({ "Name": "platform", "SecretString": self.0.secret });
                (200, answer.to_string().into_bytes())
            }
            ("AWSEvents", "PutEvents") => {
                let request: Value = serde_json::from_slice(body).unwrap_or_default();
                let count = request["Entries"].as_array().map_or(0, Vec::len);
                let entries: Vec<Value> =
                    (0..count).map(|number| json!({ "EventId": number.to_string() })).collect();
                let answer = json!({ "FailedEntryCount": 0, "Entries": entries });
                (200, answer.to_string().into_bytes())
            }
            _ => {
                let answer = json!({ "__type": "UnknownOperationException", "message": target });
                (400, answer.to_string().into_bytes())
            }
        }
    }
}

async fn answer(State(aws): State<Aws>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default();
    let latency = Duration::from_micros(aws.0.latency.load(Ordering::Relaxed));
    if !latency.is_zero() && target.starts_with("DynamoDB_") {
        tokio::time::sleep(latency).await;
    }
    let (status, body) = aws.answer(target, &body);
    let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    (status, [("content-type", "application/x-amz-json-1.0")], body)
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (status, body) = self.answer(target, request.body().bytes().unwrap_or_default());
        let status =
            StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None));
        HttpConnectorFuture::ready(
            status.map(|status| HttpResponse::new(status, SdkBody::from(body))),
        )
    }
}

/// An SDK's client that asks this connector, whatever its settings are.
pub fn client_of(connector: impl HttpConnector + 'static) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}

impl fmt::Debug for Aws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Aws")
    }
}
