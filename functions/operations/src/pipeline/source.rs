//! Where a request comes from.

use axum::http::{Extensions, HeaderMap, header};
use lambda_http::request::RequestContext;
use platform::operators::{Source, VISITOR};

use crate::App;

/// What API Gateway saw; or, where the console asks, what the console saw.
pub(crate) fn of(app: &App, headers: &HeaderMap, extensions: &Extensions) -> Source {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(visitor) = header(VISITOR) {
        let keys = app.platform.secrets.sealing();
        let authorization = header(header::AUTHORIZATION.as_str()).unwrap_or_default();
        let now = app.platform.clock.now();
        if let Some(source) = Source::vouched(visitor, &keys, now, authorization) {
            return source;
        }
    }
    of_gateway(extensions)
}

fn of_gateway(extensions: &Extensions) -> Source {
    match extensions.get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            Source::of_gateway(context.http.source_ip.as_deref())
        }
        _ => Source::default(),
    }
}
