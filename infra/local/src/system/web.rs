//! The one port that all functions answer on, as API Gateway does on AWS.

use std::time::Instant;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use tokio::{net::TcpListener, sync::watch};

/// The most that Lambda is given in one request, in bytes.
const MAX_REQUEST: usize = 6 * 1024 * 1024;

/// Answers until told to stop, then lets requests under way finish.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let router = router.layer(middleware::from_fn(buffer)).layer(middleware::from_fn(log));
    let stop = async move {
        // A sender that is gone means the same as one that says so.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!("the front door stopped: {error}");
    }
}

/// Reads the whole request before a function sees it, as API Gateway does: a function that refuses
/// a body unread would otherwise cut the sender's connection before its answer is read.
async fn buffer(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match to_bytes(body, MAX_REQUEST).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

/// One line a request. The path only: queries carry authorization codes.
async fn log(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let milliseconds = start.elapsed().as_millis();
    tracing::info!("{method} {path} {} {milliseconds} ms", response.status().as_u16());
    response
}
