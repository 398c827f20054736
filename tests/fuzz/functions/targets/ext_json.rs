//! A mini program's settings (`ext_json`), by themselves and as a rollout's template with variables.

#![no_main]

use fuzz::{component, mini_program, with};
use http::{Method, StatusCode};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Ok(ext) = serde_json::from_slice::<Value>(data) else { return };
    with(|deployment| {
        deployment.wechat_answers(br#"{"errcode":0,"errmsg":"ok"}"#);
        let trial = json!({ "template_id": 1, "user_version": "1.0.0", "ext": ext });
        let (status, _) = deployment.operate(Method::PUT, &mini_program("trial"), trial);
        if !ext.is_object() {
            assert!(status.is_client_error(), "{status}");
        }
        let variables = json!({ "variables": { fuzz::MINI_PROGRAM: { "shop": "1" } } });
        let (status, _) = deployment.operate(Method::POST, &component("variables"), variables);
        assert_eq!(status, StatusCode::OK);
        let rollout = json!({
            "name": "a", "query": {}, "template_id": 1, "user_version": "1.0.1", "ext": ext,
            "waves": [{ "percent": 100 }],
        });
        let (status, answer) = deployment.operate(Method::POST, &component("rollouts"), rollout);
        if let (StatusCode::CREATED | StatusCode::ACCEPTED, Some(id)) =
            (status, answer["id"].as_str())
        {
            let target = component(&format!("rollouts/{id}/targets/{}", fuzz::MINI_PROGRAM));
            deployment.operate(Method::GET, &target, Value::Null);
        }
    });
});
