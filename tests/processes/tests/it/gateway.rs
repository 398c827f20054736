//! API Gateway: a port whose requests become events of the functions that `template.yaml` names.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::function::Function;

pub(crate) struct Gateway {
    pub(crate) callback: Arc<Function>,
    pub(crate) authorize: Arc<Function>,
    pub(crate) operations: Arc<Function>,
}

impl Gateway {
    pub(crate) fn serve(self, listener: TcpListener) -> SocketAddr {
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(pass).with_state(Arc::new(self));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }
}

async fn pass(
    State(gateway): State<Arc<Gateway>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let function = match uri.path().split('/').nth(1) {
        Some("wechat") => &gateway.callback,
        Some("authorize") => &gateway.authorize,
        _ => &gateway.operations,
    };
    match function.invoke(&event(&method, &uri, &headers, &body)).await {
        Ok(answer) => response(&answer),
        // As API Gateway says when the function dies or takes too long.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn event(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Value {
    let headers: BTreeMap<&str, &str> =
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": uri.path(),
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.cn-north-1.amazonaws.com.cn",
            "domainPrefix": "abcdefghij",
            "http": {
                "method": method.as_str(),
                "path": uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "test",
            },
            "requestId": "Z1a2bGciBTMEPbA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "09/Oct/2026:07:25:02 +0000",
            "timeEpoch": 1_790_000_000_000_i64,
        },
        "body": BASE64_STANDARD.encode(body),
        "isBase64Encoded": true,
    })
}

fn response(answer: &Value) -> Response {
    let status = answer["statusCode"].as_u64().unwrap_or(500) as u16;
    let mut response = Response::builder().status(status);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => BASE64_STANDARD.decode(body).unwrap(),
        _ => body.as_bytes().to_vec(),
    };
    response.body(body.into()).unwrap()
}
