//! Published request and response bodies against the declarations: what is sent is the same JSON,
//! what comes back is read.

mod request;
mod response;

use bytes::Bytes;
use serde_json::Value;
use wechat::{Endpoint, Error, answer::Answer, endpoint::Body};

fn data(folder: &str, name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{folder}/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The JSON that a call sends.
#[track_caller]
fn sent<E: Endpoint>(request: &E) -> Value {
    match request.body() {
        Body::Json(bytes) => serde_json::from_slice(&bytes).unwrap(),
        other => panic!("{} sends {other:?}", E::PATH),
    }
}

/// A published request.
#[track_caller]
fn published(name: &str) -> Value {
    serde_json::from_slice(&data("request", name)).unwrap()
}

/// A published response as the call reads it.
#[track_caller]
fn answer<E: Endpoint>(name: &str) -> Result<<E::Answer as Answer>::Value, Error> {
    E::Answer::read(E::PATH, 200, &Bytes::from(data("response", name)))
}

/// Any response as the call reads it.
#[track_caller]
fn answer_of<E: Endpoint>(body: &'static str) -> Result<<E::Answer as Answer>::Value, Error> {
    E::Answer::read(E::PATH, 200, &Bytes::from_static(body.as_bytes()))
}
