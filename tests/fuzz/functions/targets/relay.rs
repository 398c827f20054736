//! A relayed call: any address, query and body, and whatever WeChat answers to it.

#![no_main]

use axum::body::Body;
use fuzz::{COMPONENT, COMPONENT_TOKEN, Input, MERCHANT_TOKEN, MINI_PROGRAM, with};
use http::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    with(|deployment| {
        let mut input = Input(data);
        let (whose, method, signed_in) = (input.choice(4), input.choice(4), input.choice(4));
        let prefix = match whose {
            0 => String::new(),
            1 => format!("{COMPONENT}/component/"),
            _ => format!("{COMPONENT}/{MINI_PROGRAM}/"),
        };
        let (path, query, content_type) = (input.text(), input.text(), input.text());
        deployment.wechat_answers(input.bytes());
        let method = ["GET", "POST", "PUT", "PATCH"][method];
        let request = Request::builder()
            .method(method)
            .uri(format!("/relay/{prefix}{path}?{query}"))
            .header("content-type", content_type);
        let request = match signed_in {
            0 => request,
            _ => request.header("authorization", format!("Bearer {}", deployment.machine_key)),
        };
        let Ok(request) = request.body(Body::from(input.rest().to_vec())) else { return };
        let (_, answer) = deployment.send(&deployment.relay, request);
        // The token that was put in comes back with nothing.
        let token = match whose {
            0 => return,
            1 => COMPONENT_TOKEN,
            _ => MERCHANT_TOKEN,
        };
        assert!(!answer.windows(token.len()).any(|part| part == token.as_bytes()));
    });
});
