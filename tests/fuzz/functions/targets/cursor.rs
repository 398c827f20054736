//! What stands in the query of a list: a cursor that we gave, or somebody made, and a search.

#![no_main]

use axum::body::Body;
use fuzz::{Deployment, Input, component, mini_program, with};
use http::Method;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    with(|deployment| {
        let mut input = Input(data);
        let lists = [
            "/v1/audit".to_owned(),
            component("mini-programs"),
            component("mini-programs/search"),
            component("events"),
            component("rollouts"),
            component("onboardings"),
            component("registrations"),
            mini_program("timeline"),
        ];
        let list = &lists[input.choice(lists.len())];
        let mut path = format!("{list}?");
        for name in ["cursor", "query", "from", "limit", "state"] {
            let text = input.text();
            if !text.is_empty() {
                path += &format!("{name}={}&", encoded(text));
            }
        }
        path += &String::from_utf8_lossy(input.rest());
        let Some(request) = Deployment::request(Method::GET, &path) else { return };
        let Ok(request) = request.body(Body::empty()) else { return };
        deployment.send(&deployment.operations, request);
    });
});

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
