//! A WeChat that answers what a test tells it to, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use serde_json::{Value, json};
use wechat::transport::{Sending, Transport, TransportError};

/// What a path answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Json(Value),
    Bytes(&'static [u8]),
    Html,
    TimedOut,
    NotSent,
}

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) body: Value,
}

#[derive(Clone, Default)]
pub(crate) struct WeChat(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    answers: HashMap<String, Answer>,
    asked: Vec<Asked>,
}

impl WeChat {
    /// From now on `path` answers this.
    pub(crate) fn answers(&self, path: &str, answer: Answer) {
        self.0.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    pub(crate) fn says(&self, path: &str, answer: Value) {
        self.answers(path, Answer::Json(answer));
    }

    pub(crate) fn refuses(&self, path: &str, errcode: i64) {
        let errmsg = "no rid: 6740c6b1-0c4a5b6d-7e8f9a0b";
        self.says(path, json!({ "errcode": errcode, "errmsg": errmsg }));
    }

    /// What `path` was asked, in order.
    pub(crate) fn asked(&self, path: &str) -> Vec<Value> {
        let script = self.0.lock().unwrap();
        let asked = script.asked.iter().filter(|asked| asked.path == path);
        asked.map(|asked| asked.body.clone()).collect()
    }
}

impl Transport for WeChat {
    fn send(&self, request: http::Request<Bytes>, timeout: Duration) -> Sending<'_> {
        let path = request.uri().path().to_owned();
        let body = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
        let mut script = self.0.lock().unwrap();
        script.asked.push(Asked { path: path.clone(), body });
        let answer = script.answers.get(&path).cloned();
        Box::pin(async move {
            let answer = answer.unwrap_or_else(|| match &*path {
                "/cgi-bin/component/api_component_token" => Answer::Json(json!({
                    "component_access_token": "canary-component-token", "expires_in": 7200,
                })),
                _ => Answer::Json(json!({ "errcode": 0, "errmsg": "ok" })),
            });
            let body = match answer {
                Answer::Json(value) => Bytes::from(value.to_string()),
                Answer::Bytes(bytes) => Bytes::from_static(bytes),
                Answer::Html => Bytes::from_static(b"<html>502 Bad Gateway</html>"),
                Answer::TimedOut => return Err(TransportError::TimedOut(timeout)),
                Answer::NotSent => return Err(TransportError::NotSent("no route".into())),
            };
            Ok(http::Response::new(body))
        })
    }
}
