//! A merchant's browser: the way out, the way back, and files by their names.

#![no_main]

use axum::body::Body;
use fuzz::{COMPONENT, Input, with};
use http::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    with(|deployment| {
        let mut input = Input(data);
        let path = match input.choice(6) {
            0 => format!("/authorize/{COMPONENT}"),
            1 => format!("/authorize/{COMPONENT}/go"),
            2 => format!("/authorize/{COMPONENT}/return"),
            3 => format!("/authorize/{COMPONENT}/register"),
            4 => format!("/authorize/{COMPONENT}/registered"),
            _ => format!("/{}", input.text()),
        };
        let (query, cookie, agent, language) =
            (input.text(), input.text(), input.text(), input.text());
        let request = Request::get(format!("{path}?{query}"))
            .header("cookie", cookie)
            .header("user-agent", agent)
            .header("accept-language", language);
        let Ok(request) = request.body(Body::empty()) else { return };
        deployment.wechat_answers(input.rest());
        deployment.send(&deployment.authorize, request);
    });
});
