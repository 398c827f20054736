//! What went wrong, in words.

use local::aws::{Fault, Service};
use serde_json::json;

use crate::{gateway::Call, world::World};

#[tokio::test]
async fn a_body_that_is_no_json_in_utf8_is_refused_before_anything_happens() {
    let world = World::new().await;
    let post = || Call::post("/v1/keys");
    let json = |body: &[u8]| post().header("content-type", "application/json").body(body);

    world.send(json(b"{")).await.problem(400);
    world.send(json(br#"{"name":"a","role":"viewer"} x"#)).await.problem(400);
    world.send(json(&[b'"', 0xff, b'"'])).await.problem(400);
    world.send(json(b"[\"a\",\"viewer\"]")).await.problem(400);
    world.send(json("[".repeat(100_000).as_bytes())).await.problem(400);
    world.send(json(&vec![b' '; 1024 * 1024 + 1])).await.problem(413);
    world.send(post().header("content-type", "text/plain").body(b"{}")).await.problem(415);
    world.send(post().body(b"{}")).await.problem(415);
    let gbk = post().header("content-type", "application/json; charset=gbk").body(b"{}");
    world.send(gbk).await.problem(415);
}

#[tokio::test]
async fn a_wrong_field_is_named_and_its_value_is_not_repeated() {
    let world = World::new().await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "a" }), "role"),
        (json!({ "name": "a", "role": "canary" }), "role"),
        (json!({ "name": 7, "role": "viewer" }), "name"),
        (json!({ "name": "a", "role": "viewer", "canary": 1 }), "canary"),
        (json!({ "name": "x".repeat(81), "role": "viewer" }), "name"),
        (json!({ "name": "  ", "role": "viewer" }), "name"),
        (json!({ "name": "a", "role": "viewer", "expires_at": "canary" }), "expires_at"),
    ] {
        let problem = world.send(Call::post("/v1/keys").json(body.clone())).await.problem(422);
        assert_eq!(problem["field"].as_str().unwrap_or_default(), field, "{body} {problem}");
        if field != "canary" {
            assert!(!problem.to_string().contains("canary"), "{problem}");
        }
    }
    world.send(Call::post("/v1/keys")).await.problem(422);
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let world = World::new().await;
    world.get("/v1/nothing").await.problem(404);
    world.get("/v1").await.problem(404);
    let reply = world.send(Call::new("PATCH", "/v1/keys")).await;
    reply.problem(405);
    assert_eq!(reply.header("allow"), Some("GET,HEAD,POST"));
    world.send(Call::post("/health")).await.problem(405);
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_a_passing_problem() {
    let world = World::new().await;
    world.get("/v1/keys").await;
    world.aws.inject(Service::DynamoDb, Fault::Failing);

    let reply = world.get("/v1/keys").await;

    reply.problem(503);
    assert!(reply.header("retry-after").is_some());
    assert!(!reply.contains("Query") && !reply.contains("table"), "{reply:?}");
}

#[tokio::test]
async fn problems_speak_the_callers_language() {
    let world = World::new().await;
    let chinese = world.get("/v1/nothing").await;
    let english = world.send(Call::get("/v1/nothing").english()).await;

    assert_eq!(chinese.problem(404)["title"], "不存在");
    assert_eq!(english.problem(404)["title"], "There is no such thing");
    assert_eq!(chinese.header("content-language"), Some("zh-CN"));
    assert_eq!(english.header("content-language"), Some("en"));
}

#[tokio::test]
async fn every_answer_carries_the_headers_of_a_careful_api() {
    let world = World::new().await;
    for path in ["/health", "/v1/openapi.json", "/v1/keys", "/v1/nothing"] {
        let reply = world.get(path).await;
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path}");
        }
        assert!(reply.header("strict-transport-security").is_some());
        assert!(!reply.is_base64, "{path} is text");
    }
}
