//! The one port that all functions answer on, as API Gateway does on AWS.

use std::time::Instant;

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use tokio::{net::TcpListener, sync::watch};

/// Answers until told to stop, then lets requests under way finish.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let router = router.layer(middleware::from_fn(log));
    let stop = async move {
        // A sender that is gone means the same as one that says so.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!("the front door stopped: {error}");
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
