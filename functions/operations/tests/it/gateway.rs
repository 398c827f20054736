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
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    from: Option<String>,
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
    pub(crate) fn new(method: &'static str, path: &str) -> Call {
        Call { method, path: path.to_owned(), headers: Vec::new(), body: None, from: None }
    }

    pub(crate) fn get(path: &str) -> Call {
        Call::new("GET", path)
    }

    pub(crate) fn post(path: &str) -> Call {
        Call::new("POST", path)
    }

    pub(crate) fn put(path: &str) -> Call {
        Call::new("PUT", path)
    }

    pub(crate) fn delete(path: &str) -> Call {
        Call::new("DELETE", path)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Call {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: Value) -> Call {
        self.header("content-type", "application/json").body(body.to_string().as_bytes())
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Call {
        self.body = Some(body.to_vec());
        self
    }

    pub(crate) fn english(self) -> Call {
        self.header("accept-language", "en-GB,en;q=0.9")
    }

    pub(crate) fn once(self, key: &str) -> Call {
        self.header("idempotency-key", key)
    }

    /// From this address, as API Gateway sees it.
    pub(crate) fn from(mut self, address: &str) -> Call {
        self.from = Some(address.to_owned());
        self
    }

    pub(crate) fn key(self, key: &str) -> Call {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub(crate) fn key_unless_set(self, key: &str) -> Call {
        match self.headers.iter().any(|(name, _)| name == "authorization") {
            true => self,
            false => self.key(key),
        }
    }

    pub(crate) async fn send(self, router: Router) -> Reply {
        let mut event: Value = serde_json::from_str(EVENT).unwrap();
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        event["rawPath"] = path.into();
        event["rawQueryString"] = query.into();
        event["requestContext"]["http"]["method"] = self.method.into();
        event["requestContext"]["http"]["path"] = path.into();
        if let Some(from) = &self.from {
            event["requestContext"]["http"]["sourceIp"] = from.as_str().into();
        }
        for (name, value) in &self.headers {
            event["headers"][name] = json!(value);
        }
        if let Some(body) = &self.body {
            event["headers"]["content-length"] = body.len().to_string().into();
            match std::str::from_utf8(body) {
                Ok(text) => event["body"] = text.into(),
                Err(_) => {
                    event["body"] = STANDARD.encode(body).into();
                    event["isBase64Encoded"] = true.into();
                }
            }
        }
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let response = IntoResponse::into_response(response).await;
        let (parts, body) = response.into_parts();
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

    /// The problem details, which every error is.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        for member in ["type", "title", "what_to_do"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        problem
    }

    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        let headers = self.headers.values().any(|value| value.as_bytes() == text.as_bytes());
        headers || self.body.windows(text.len()).any(|window| window == text.as_bytes())
    }
}
