//! A form with a certificate's file.

#![no_main]

use axum::body::Body;
use fuzz::{Deployment, Input, mini_program, with};
use http::Method;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    with(|deployment| {
        let mut input = Input(data);
        let content_type = match input.choice(4) {
            0 => input.text(),
            _ => "multipart/form-data; boundary=edge",
        };
        let path = mini_program("payment/certificate");
        let request = Deployment::request(Method::PUT, &path).expect("it is an address");
        let request =
            request.header("content-type", content_type).body(Body::from(input.rest().to_vec()));
        let Ok(request) = request else { return };
        deployment.send(&deployment.operations, request);
    });
});
