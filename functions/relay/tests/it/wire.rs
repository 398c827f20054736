//! The way to the simulated WeChat, within the process: it remembers what was sent, and can answer
//! in the place of WeChat.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use simulator::Simulator;
use wechat::transport::{Sending, Transport, TransportError};

#[derive(Clone)]
pub(crate) struct Wire {
    simulator: Simulator,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    sent: Vec<Sent>,
    answers: HashMap<String, Answer>,
}

/// A request as WeChat got it.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What is answered in the place of WeChat.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// These bytes, with a content type.
    Bytes(&'static str, Bytes),
    /// The query and the body of the request, also in a header.
    Echo,
    TimedOut,
    NotSent,
}

impl Sent {
    /// The token that the request carried.
    pub(crate) fn token(&self) -> String {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        let token = pairs.find(|(name, _)| name.ends_with("access_token"));
        token.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

impl Wire {
    pub(crate) fn to(simulator: Simulator) -> Wire {
        Wire { simulator, inside: Arc::default() }
    }

    /// From now on `path` answers this.
    pub(crate) fn answers(&self, path: &str, answer: Answer) {
        self.inside.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    /// What `path` was sent, in order.
    pub(crate) fn sent(&self, path: &str) -> Vec<Sent> {
        let inside = self.inside.lock().unwrap();
        inside.sent.iter().filter(|sent| sent.path == path).cloned().collect()
    }

    /// How many requests of any kind were sent.
    pub(crate) fn count(&self) -> usize {
        self.inside.lock().unwrap().sent.len()
    }
}

impl Transport for Wire {
    fn send(&self, request: Request<Bytes>, timeout: Duration) -> Sending<'_> {
        let sent = Sent {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        };
        let mut inside = self.inside.lock().unwrap();
        inside.sent.push(sent.clone());
        let answer = inside.answers.get(&sent.path).cloned();
        Box::pin(async move {
            let Some(answer) = answer else {
                let service = self.simulator.service();
                return match tokio::time::timeout(timeout, service.answer(request)).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(TransportError::Interrupted(error.into())),
                    Err(_) => Err(TransportError::TimedOut(timeout)),
                };
            };
            let (kind, body) = match answer {
                Answer::Bytes(kind, body) => (kind, body),
                Answer::Echo => {
                    let body = String::from_utf8_lossy(&sent.body).into_owned();
                    ("text/html", format!("<p>{}</p><p>{body}</p>", sent.query).into())
                }
                Answer::TimedOut => return Err(TransportError::TimedOut(timeout)),
                Answer::NotSent => return Err(TransportError::NotSent("no route".into())),
            };
            let response = Response::builder()
                .header("content-type", kind)
                .header("set-cookie", "wechat=1")
                .header("x-said", format!("token {}", sent.token()))
                .header("x-kept", "yes");
            Ok(response.body(body).unwrap())
        })
    }
}
