//! The function `callback` by itself, with an AWS in this process that costs no time and no network.

use std::sync::Arc;

use axum::{Router, body::Body};
use callback::App;
use http::Request;
use platform::{Outside, clock::SystemClock, configuration::Variables, random::SystemRandom};
use processes::{Aws, client_of};
use tower::ServiceExt;

use crate::{
    Failure,
    quiet::Quiet,
    start::{VARIABLES, secret},
    verdict::sample::Push,
};

/// The function, started.
pub(crate) struct Callback {
    pub(crate) aws: Aws,
    router: Router,
}

impl Callback {
    pub(crate) async fn start() -> Result<Callback, Failure> {
        let aws = Aws::new(Arc::new(SystemClock), &secret());
        let configuration = aws.in_process().into_builder();
        let outside = Outside {
            aws: configuration.http_client(client_of(Quiet(aws.clone()))).build(),
            tables: None,
            wechat: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        let app = App::new(&Variables::from_pairs(VARIABLES), outside).await?;
        Ok(Callback { aws, router: callback::router(app) })
    }

    /// Gives it a push, which it has to take.
    pub(crate) async fn take(&self, request: Request<Body>) -> Result<(), Failure> {
        let answer = self.router.clone().oneshot(request).await?;
        match answer.status().as_u16() {
            200 => Ok(()),
            status => Err(format!("a genuine push was answered with {status}").into()),
        }
    }
}

/// A push as API Gateway passes it on.
pub(crate) fn request(push: &Push) -> Result<Request<Body>, Failure> {
    Ok(Request::post(push.address()).body(Body::from(push.body.clone()))?)
}
