//! Published request and response bodies against the declarations: what is sent is the same JSON,
//! what comes back is read.

mod open_platform;
mod operation;
mod privacy;
mod quota;
mod request;
mod response;
mod uploads;
mod whole;

use std::{collections::BTreeMap, fs, path::Path};

use bytes::Bytes;
use serde::Serialize;
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

/// A published response as the call reads it; nothing of it is lost.
#[track_caller]
fn whole<E: Endpoint<Answer: Answer<Value: Serialize>>>(
    name: &str,
) -> <E::Answer as Answer>::Value {
    let read = answer::<E>(name).unwrap();
    let mut sample: Value = serde_json::from_slice(&data("response", name)).unwrap();
    for status in ["errcode", "errmsg"] {
        sample.as_object_mut().unwrap().remove(status);
    }
    kept(&sample, &serde_json::to_value(&read).unwrap(), name);
    read
}

/// Asserts that all of a sample stands in what was read. An empty text is nothing, digits are
/// their number, 1 is yes, and words with `|` between them are a list.
#[track_caller]
fn kept(sample: &Value, read: &Value, place: &str) {
    match (sample, read) {
        (Value::Object(fields), _) => {
            for (name, value) in fields {
                kept(value, &read[name], &format!("{place}.{name}"));
            }
        }
        (Value::Array(items), Value::Array(read)) => {
            assert_eq!(items.len(), read.len(), "{place}");
            for (at, item) in items.iter().enumerate() {
                kept(item, &read[at], &format!("{place}[{at}]"));
            }
        }
        (Value::String(text), Value::Array(parts)) => {
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            assert_eq!(text, &parts.join("|"), "{place}");
        }
        (Value::String(text), Value::Null) => assert_eq!(text, "", "{place}"),
        (Value::String(text), Value::Number(number)) => {
            assert_eq!(text, &number.to_string(), "{place}");
        }
        (Value::Number(number), Value::Bool(flag)) => {
            assert_eq!(number.as_i64(), Some(i64::from(*flag)), "{place}");
        }
        (Value::Number(a), Value::Number(b)) => assert_eq!(a.as_f64(), b.as_f64(), "{place}"),
        _ => assert_eq!(sample, read, "{place}"),
    }
}

/// Any response as the call reads it.
#[track_caller]
fn answer_of<E: Endpoint>(body: &'static str) -> Result<<E::Answer as Answer>::Value, Error> {
    E::Answer::read(E::PATH, 200, &Bytes::from_static(body.as_bytes()))
}

/// The sources of all tests, one after the other.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() {
            true => sources(&path),
            false => fs::read_to_string(&path).unwrap(),
        })
        .collect()
}

#[test]
fn every_published_body_is_used_by_a_test() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let sources = sources(&tests.join("it"));
    let mut names = BTreeMap::<String, usize>::new();
    for folder in ["request", "response", "callback"] {
        for entry in fs::read_dir(tests.join("data").join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            // Messages are named with their extension.
            let shown = if folder == "callback" { &name } else { name.trim_end_matches(".json") };
            *names.entry(shown.to_owned()).or_default() += 1;
        }
    }
    assert!(names.len() > 100, "the bodies are where they were");
    for (name, files) in names {
        // A name that stands for a request and for a response is written twice.
        let ways = [format!("\"{name}\""), format!("/{name}\"")];
        let used: usize = ways.iter().map(|way| sources.matches(way).count()).sum();
        assert!(used >= files, "{name} stands for {files} files and is used {used} times");
    }
}
