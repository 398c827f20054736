//! What WeChat answers to a call that an operator ordered.

#![no_main]

use axum::body::Body;
use fuzz::{COMPONENT, Deployment, Input, MINI_PROGRAM, with};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    with(|deployment| {
        let mut input = Input(data);
        let operation = &deployment.api[input.choice(deployment.api.len().min(256))];
        let path =
            operation.path.replace("{component}", COMPONENT).replace("{appid}", MINI_PROGRAM);
        let path = path.replace(['{', '}'], "");
        let Some(request) = Deployment::request(operation.method.clone(), &path) else { return };
        let body = operation.example.as_ref().map_or_else(String::new, ToString::to_string);
        let request = request.header("content-type", "application/json").body(Body::from(body));
        let Ok(request) = request else { return };
        deployment.wechat_answers(input.rest());
        deployment.send(&deployment.operations, request);
    });
});
