//! Any operation of the operators' API, with a body that is nearly right or not right at all.

#![no_main]

use axum::body::Body;
use fuzz::{COMPONENT, Deployment, Input, MINI_PROGRAM, with};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    with(|deployment| {
        let mut input = Input(data);
        let operation = &deployment.api[input.choice(deployment.api.len().min(256))];
        let (way, place) = (input.choice(4), input.choice(256));
        let known = [
            ("{component}", COMPONENT),
            ("{appid}", MINI_PROGRAM),
            ("{plugin_appid}", MINI_PROGRAM),
            ("{applicant}", MINI_PROGRAM),
        ];
        let mut path = operation.path.clone();
        for (name, value) in known {
            path = path.replace(name, value);
        }
        while let Some((before, after)) = path.split_once('{') {
            let after = after.split_once('}').map_or("", |(_, after)| after);
            path = format!("{before}{}{after}", input.text());
        }
        let query = input.text();
        let content_type = match way {
            0 => input.text(),
            _ => "application/json",
        };
        let body = match (&operation.example, way) {
            (Some(example), 1..) => {
                let mut body = example.clone();
                let value = input.rest();
                let value = serde_json::from_slice(value)
                    .unwrap_or_else(|_| String::from_utf8_lossy(value).into());
                replace(&mut body, &mut { place }, value);
                body.to_string().into_bytes()
            }
            _ => input.rest().to_vec(),
        };
        let Some(request) =
            Deployment::request(operation.method.clone(), &format!("{path}?{query}"))
        else {
            return;
        };
        let request = request.header("content-type", content_type).body(Body::from(body));
        let Ok(request) = request else { return };
        deployment.wechat_answers(br#"{"errcode":0,"errmsg":"ok"}"#);
        deployment.send(&deployment.operations, request);
    });
});

/// Puts `value` in the place of the member at `place`, counted through the whole document.
fn replace(document: &mut Value, place: &mut usize, value: Value) -> Option<Value> {
    if *place == 0 {
        *document = value;
        return None;
    }
    *place -= 1;
    let mut value = Some(value);
    let members: Vec<&mut Value> = match document {
        Value::Object(members) => members.values_mut().collect(),
        Value::Array(members) => members.iter_mut().collect(),
        _ => Vec::new(),
    };
    for member in members {
        value = replace(member, place, value?);
    }
    value
}
