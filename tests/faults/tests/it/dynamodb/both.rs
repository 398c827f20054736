//! The model and the engine side by side: every request goes to both.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use faults::dynamodb::Dynamo;
use local::aws::Aws;
use platform::clock::SystemClock;
use serde_json::{Value, json};
use wechat::transport::{HttpTransport, Transport};

use super::differences::{Case, known};

pub(super) struct Both {
    pub(super) model: Dynamo,
    engine: Aws,
    http: HttpTransport,
}

impl Both {
    pub(super) async fn start() -> Both {
        Both {
            model: Dynamo::new(Arc::new(SystemClock)),
            engine: Aws::start(None).await.unwrap(),
            http: HttpTransport::new(),
        }
    }

    /// What both answer, the model first, without what may differ; and the words of the model's
    /// refusal.
    pub(super) async fn ask(&mut self, operation: &str, request: &Value) -> (Value, Value, String) {
        let body = request.to_string();
        let modelled = self.model.answer(operation, body.as_bytes());
        let request = http::Request::post(self.engine.endpoint())
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", "20260101T000000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=host, Signature=0",
            )
            .body(Bytes::from(body))
            .unwrap();
        let engine = self.http.send(request, Duration::from_secs(10)).await.unwrap();
        let words: Value = serde_json::from_slice(&modelled.body).unwrap();
        (
            comparable(modelled.status, &modelled.body),
            comparable(engine.status().as_u16(), engine.body()),
            words["message"].as_str().unwrap_or_default().to_owned(),
        )
    }

    /// Both must answer the same, but for what is known. Answers what the model said, and whether
    /// from here on the tables may differ.
    pub(super) async fn agree(
        &mut self,
        operation: &str,
        request: &Value,
    ) -> Result<Agreement, String> {
        let (model, engine, words) = self.ask(operation, request).await;
        let case = Case { operation, request, model: &model, engine: &engine, words: &words };
        if model == engine {
            return Ok(Agreement::Same);
        }
        if let Some(name) = known(&case) {
            return Ok(Agreement::Known(name, model["status"] != engine["status"]));
        }
        Err(format!("{operation} {request:#}\nmodel:  {model}\nengine: {engine}"))
    }
}

/// How far both answered the same.
pub(super) enum Agreement {
    Same,
    /// A known difference, and whether one wrote what the other refused.
    Known(&'static str, bool),
}

/// An answer without the words of its errors, and with its sets in order.
pub(super) fn comparable(status: u16, body: &[u8]) -> Value {
    let mut body: Value = serde_json::from_slice(body).unwrap();
    if status != 200 {
        let reasons = body["CancellationReasons"].as_array().map(|reasons| {
            let reason = |reason: &Value| json!({ "Code": reason["Code"], "Item": reason["Item"] });
            reasons.iter().map(reason).collect::<Value>()
        });
        let kind = body["__type"].as_str().unwrap_or_default();
        body = json!({
            "__type": kind.rsplit('#').next().unwrap_or_default(),
            "Item": body["Item"],
            "CancellationReasons": reasons,
        });
    }
    sort_sets(&mut body);
    json!({ "status": status, "body": body })
}

fn sort_sets(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let ("SS" | "NS" | "BS", Value::Array(set)) = (name.as_str(), &mut *member) {
                    set.sort_by_key(Value::to_string);
                } else {
                    sort_sets(member);
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(sort_sets),
        _ => {}
    }
}
