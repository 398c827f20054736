//! An AWS on two ports with TLS, one for the tables and one for the rest, as functions find it; and on
//! one without.

use std::{
    collections::BTreeMap,
    fs, io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    serve::Listener,
};
use faults::dynamodb::Dynamo;
use platform::clock::SystemClock;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::certificates;
use crate::Failure;

/// Where a Linux keeps the roots that programs look for.
const SYSTEM_ROOTS: [&str; 2] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Answers as long as it lives; its files go with it.
pub(crate) struct Aws {
    shared: Arc<Shared>,
    plain: SocketAddr,
    tls: Option<Tls>,
}

/// Where it answers by TLS.
struct Tls {
    tables: SocketAddr,
    others: SocketAddr,
    files: PathBuf,
}

struct Shared {
    dynamo: Mutex<Dynamo>,
    calls: Mutex<BTreeMap<String, u64>>,
    secret: String,
}

/// How a function comes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By TLS, and two handshakes.
    Tls,
    /// Without TLS: what everything else costs.
    Plain,
}

impl Aws {
    /// Empty tables, and one secret under every name; without TLS.
    pub(crate) async fn start(secret: &Value) -> Result<Aws, Failure> {
        let dynamo = Mutex::new(Dynamo::new(Arc::new(SystemClock)));
        let secret = secret.to_string();
        let shared = Arc::new(Shared { dynamo, calls: Mutex::default(), secret });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let plain = listener.local_addr()?;
        let router = router(&shared);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Aws { shared, plain, tls: None })
    }

    /// The same with TLS, too.
    pub(crate) async fn start_with_tls(secret: &Value) -> Result<Aws, Failure> {
        let mut aws = Aws::start(secret).await?;
        let files = std::env::temp_dir().join(format!("bench-start-{}", std::process::id()));
        fs::create_dir_all(&files)?;
        let server = Arc::new(certificates::make(&files)?);
        let known = SYSTEM_ROOTS.iter().find_map(|path| fs::read_to_string(path).ok());
        let root = fs::read_to_string(files.join("root.pem"))?;
        fs::write(files.join("roots.pem"), known.unwrap_or_default() + "\n" + &root)?;
        let mut addresses = Vec::new();
        for _ in 0..2 {
            let tcp = TcpListener::bind("127.0.0.1:0").await?;
            addresses.push(tcp.local_addr()?);
            let listener = TlsListener { tcp, tls: TlsAcceptor::from(server.clone()) };
            let router = router(&aws.shared);
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        aws.tls = Some(Tls { tables: addresses[0], others: addresses[1], files });
        Ok(aws)
    }

    /// The variables that lead a function here.
    pub(crate) fn variables(&self, way: Way) -> Vec<(&'static str, String)> {
        let Some(tls) = self.tls.as_ref().filter(|_| way == Way::Tls) else {
            return vec![("AWS_ENDPOINT_URL", format!("http://{}", self.plain))];
        };
        let file = |name: &str| tls.files.join(name).display().to_string();
        vec![
            ("AWS_ENDPOINT_URL", format!("https://localhost:{}", tls.others.port())),
            ("AWS_ENDPOINT_URL_DYNAMODB", format!("https://localhost:{}", tls.tables.port())),
            ("AWS_CA_BUNDLE", file("root.pem")),
            // The SDK's defaults read this one, which on Lambda holds the roots of browsers.
            ("SSL_CERT_FILE", file("roots.pem")),
        ]
    }

    /// Forgets what was written and what was asked.
    pub(crate) fn reset(&self) {
        *self.shared.dynamo() = Dynamo::new(Arc::new(SystemClock));
        self.shared.calls().clear();
    }

    /// What was asked since then: the operations, and how often.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        self.shared.calls().clone()
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.files);
    }
}

impl Shared {
    fn dynamo(&self) -> MutexGuard<'_, Dynamo> {
        self.dynamo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn calls(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    Router::new().fallback(answer).with_state(shared.clone())
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let Some((service, operation)) = target.and_then(|target| target.split_once('.')) else {
        // DynamoDB answers so when it is asked how it is.
        return (StatusCode::OK, "healthy".into());
    };
    *shared.calls().entry(operation.to_owned()).or_default() += 1;
    match service {
        "DynamoDB_20120810" => {
            let answer = shared.dynamo().answer(operation, &body);
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, answer.body)
        }
        "secretsmanager" => {
            let answer = json!({ "Name": "secret", "SecretString": shared.secret });
            (StatusCode::OK, answer.to_string().into_bytes())
        }
        _ => (StatusCode::BAD_REQUEST, json!({ "__type": "UnknownOperation" }).to_string().into()),
    }
}

struct TlsListener {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            // Somebody who hangs up in between is nobody.
            let Ok((tcp, address)) = self.tcp.accept().await else { continue };
            let _ = tcp.set_nodelay(true);
            if let Ok(tls) = self.tls.accept(tcp).await {
                return (tls, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
