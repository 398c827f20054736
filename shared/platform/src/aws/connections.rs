//! HTTP/1.1 connections to AWS, which all SDKs of a function share.

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_smithy_runtime_api::client::{
    connection::{CaptureSmithyConnection, ConnectionMetadata},
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use http::{Request, Uri, uri::PathAndQuery};
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        self, Client,
        connect::{self, CaptureConnection},
    },
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore};

/// Connections that were idle for longer are not used again. A function that is frozen does not see
/// the far end or a gateway forget them, and a request on such a one is lost until its time is up.
/// The wall clock goes on during a freeze, which other clocks need not.
const IDLE: Duration = Duration::from_secs(50);
/// Opening one ahead of time takes no longer.
const OPENING: Duration = Duration::from_secs(3);

/// A pool of connections. Clones share it.
#[derive(Clone)]
pub(super) struct Connections(Arc<Inner>);

struct Inner {
    tls: ClientConfig,
    pool: Mutex<Pool>,
}

struct Pool {
    client: HttpsClient,
    used_at: SystemTime,
}

type HttpsClient = Client<HttpsConnector<connect::HttpConnector>, SdkBody>;

impl Connections {
    /// No connection yet, and later to those that `roots` vouch for.
    pub(super) fn trusting(roots: RootCertStore) -> Self {
        let tls = wechat::transport::tls(roots);
        let pool = Pool { client: pool(tls.clone()), used_at: SystemTime::now() };
        Connections(Arc::new(Inner { tls, pool: Mutex::new(pool) }))
    }

    /// Leaves a connection in the pool by which the host of `address` can be asked. What it answers to
    /// a stranger's `GET /` does not matter.
    pub(super) async fn open(&self, address: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut address = address.parse::<Uri>()?.into_parts();
        address.path_and_query = Some(PathAndQuery::from_static("/"));
        let request = Request::get(Uri::from_parts(address)?).body(SdkBody::empty())?;
        tokio::time::timeout(OPENING, async {
            let answer = self.client().request(request).await?;
            // Once that is read, the connection is free.
            answer.into_body().collect().await?;
            Ok(())
        })
        .await?
    }

    fn client(&self) -> HttpsClient {
        // The pool is whole whatever panicked.
        let mut pool = self.0.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemTime::now();
        if now.duration_since(pool.used_at).map_or(true, |idle| idle > IDLE) {
            pool.client = self::pool(self.0.tls.clone());
        }
        pool.used_at = now;
        pool.client.clone()
    }
}

fn pool(tls: ClientConfig) -> HttpsClient {
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    let mut tcp = connect::HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let connector = connector.enable_http1().wrap_connector(tcp);
    Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(connector)
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connections")
    }
}

impl HttpClient for Connections {
    /// Time limits are not the connections' part: an attempt that is given up takes its connection
    /// with it.
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.client();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x();
            let mut request = request.map_err(|error| ConnectorError::user(error.into()))?;
            let connection = connect::capture_connection(&mut request);
            if let Some(asked) = request.extensions().get::<CaptureSmithyConnection>() {
                asked.set_connection_retriever(move || Some(closable(connection.clone())));
            }
            let answer = client.request(request).await.map_err(failed)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// After an answer that says that the far end is unwell, the SDK tries again by another connection.
fn closable(connection: CaptureConnection) -> ConnectionMetadata {
    let close = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    ConnectionMetadata::builder().proxied(false).poison_fn(close).build()
}

/// Whatever happens to a connection may pass: the SDK tries again. Only a request that cannot be
/// sent stays as it is.
fn failed(error: legacy::Error) -> ConnectorError {
    let source = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
    match source.is_some_and(hyper::Error::is_user) {
        true => ConnectorError::user(error.into()),
        false => ConnectorError::io(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::{SocketAddr, TcpListener},
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use super::*;

    /// A server that answers `200` to everything, and how many connections were made to it.
    fn server() -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    let mut connection = connection.unwrap();
                    let lines = BufReader::new(connection.try_clone().unwrap()).lines();
                    for _end in lines.map_while(Result::ok).filter(String::is_empty) {
                        connection
                            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                            .unwrap();
                    }
                });
            }
        });
        (address, connections)
    }

    fn nobody_trusted() -> Connections {
        Connections::trusting(RootCertStore::empty())
    }

    async fn call(connections: &Connections, address: SocketAddr) -> HttpResponse {
        let request = HttpRequest::get(format!("http://{address}/")).unwrap();
        connections.call(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_request_takes_the_connection_that_was_opened_ahead() {
        let (address, made) = server();
        let connections = nobody_trusted();

        connections.open(&format!("http://{address}")).await.unwrap();
        for _ in 0..3 {
            assert!(call(&connections, address).await.status().is_success());
        }

        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_connection_that_was_idle_too_long_by_the_wall_clock_is_not_used_again() {
        let (address, made) = server();
        let connections = nobody_trusted();
        call(&connections, address).await;

        connections.0.pool.lock().unwrap().used_at -= IDLE + Duration::from_secs(1);
        call(&connections, address).await;

        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_far_end_that_is_not_there_is_worth_another_attempt() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let request = HttpRequest::get(format!("http://{free}/")).unwrap();
        let error = nobody_trusted().call(request).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
    }
}
