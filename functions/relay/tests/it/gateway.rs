//! Requests as API Gateway hands them to Lambda, and answers as Lambda hands them back.

use axum::Router;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::HeaderMap;
use lambda_http::IntoResponse;
use serde_json::{Value, json};
use tower::ServiceExt;

const EVENT: &str = include_str!("events/request.json");

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether Lambda sends the body in base64.
    pub(crate) is_base64: bool,
}

impl Call {
    /// `target` is what follows `/relay/`.
    pub(crate) fn new(method: &'static str, target: &str) -> Call {
        let target = format!("/relay/{target}");
        Call { method, target, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn get(target: &str) -> Call {
        Call::new("GET", target)
    }

    pub(crate) fn post(target: &str) -> Call {
        Call::new("POST", target)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Call {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: Value) -> Call {
        self.header("content-type", "application/json").body(body.to_string().as_bytes())
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Call {
        self.body = body.to_vec();
        self
    }

    pub(crate) fn key(self, key: &str) -> Call {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub(crate) async fn send(self, router: Router) -> Reply {
        let mut event: Value = serde_json::from_str(EVENT).unwrap();
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        event["rawPath"] = path.into();
        event["rawQueryString"] = query.into();
        event["requestContext"]["http"]["method"] = self.method.into();
        event["requestContext"]["http"]["path"] = path.into();
        for (name, value) in &self.headers {
            event["headers"][name] = json!(value);
        }
        if !self.body.is_empty() {
            event["headers"]["content-length"] = self.body.len().to_string().into();
            match std::str::from_utf8(&self.body) {
                Ok(text) => event["body"] = text.into(),
                Err(_) => {
                    event["body"] = STANDARD.encode(&self.body).into();
                    event["isBase64Encoded"] = true.into();
                }
            }
        }
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = IntoResponse::into_response(response).await.into_parts();
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            is_base64: matches!(body, lambda_http::Body::Binary(_)),
            body: Bytes::copy_from_slice(&body),
        }
    }
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The problem details, which every refusal of the relay's own is, with what an SDK looks for.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["errcode"].as_i64().is_some_and(|code| code != 0), "{problem}");
        for member in ["type", "title", "detail", "errmsg"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        problem
    }

    /// A refusal as WeChat words one; its code.
    #[track_caller]
    pub(crate) fn errcode(&self) -> i64 {
        assert_eq!(self.status, 200, "{self:?}");
        let answer = self.json();
        assert!(answer["errmsg"].is_string(), "{answer}");
        answer["errcode"].as_i64().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let within = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        within(&self.body) || self.headers.values().any(|value| within(value.as_bytes()))
    }
}
