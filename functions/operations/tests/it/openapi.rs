//! The description, and that the API is as described.

use serde_json::{Value, json};

use crate::{gateway::Call, world::*};

/// Every operation: method, path, and its description.
async fn operations(world: &World) -> Vec<(&'static str, String, Value)> {
    let document = world.get("/v1/openapi.json").await.json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch"] {
            if let Some(operation) = item.get(method) {
                let method = match method {
                    "get" => "GET",
                    "put" => "PUT",
                    "post" => "POST",
                    "delete" => "DELETE",
                    _ => "PATCH",
                };
                operations.push((method, path.clone(), operation.clone()));
            }
        }
    }
    operations
}

/// A key with which an operation may be called.
async fn key_for(world: &World, operation: &Value) -> String {
    match operation["security"][0]["operator_key"][0].as_str() {
        Some(scope) if scope.contains(':') => world.machine(&[scope]).await,
        _ => world.admin(),
    }
}

/// A request that says nothing that an operation knows, of a content type that it takes.
fn unheard_of(method: &'static str, path: &str, operation: &Value) -> Call {
    let call = Call::new(method, &filled(path));
    let taken = operation["requestBody"]["content"].as_object();
    match taken.and_then(|taken| taken.keys().next()).map(String::as_str) {
        Some(file) if file != "application/json" => {
            call.header("content-type", file).body(b"unheard of")
        }
        _ => call.json(json!({ "unheard_of": 1 })),
    }
}

fn filled(path: &str) -> String {
    path.replace("{component}", COMPONENT)
        .replace("{appid}", MINI_PROGRAM)
        .replace("{id}", "1")
        .replace("{template_id}", "1")
        .replace("{user_str}", "someone")
        .replace("{list}", "districts")
        .replace("{version}", "development")
        .replace("{errcode}", "85009")
        .replace("{first}", "8")
        .replace("{second}", "39")
        .replace("{plugin_appid}", MINI_PROGRAM)
        .replace("{applicant}", MINI_PROGRAM)
        .replace("{rid}", "6740c6b1-0c4a5b6d-7e8f9a0b")
        .replace("{media_id}", "someones")
}

#[tokio::test]
async fn every_operation_has_a_name_a_role_and_describes_its_errors() {
    let world = World::new().await;
    let mut names = std::collections::BTreeSet::new();
    for (method, path, operation) in operations(&world).await {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(names.insert(id.clone()), "{id} twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id}");
        if matches!(&*path, "/health" | "/v1/openapi.json") {
            continue;
        }
        let scopes = operation["security"][0]["operator_key"].as_array().unwrap();
        assert_eq!(scopes.len(), 1, "{id}");
        let scope = scopes[0].as_str().unwrap();
        let known = ["read", "release", "administer", "token:read", "session:write"];
        assert!(known.contains(&scope), "{id}");
        assert!(method == "GET" || scope != "read", "{id} changes something");
        for status in ["401", "403", "503"] {
            assert!(operation["responses"][status].is_object(), "{id} {status}");
        }
    }
}

#[tokio::test]
async fn every_operation_exists_and_none_is_open_to_strangers() {
    let world = World::new().await;
    for (method, path, operation) in operations(&world).await {
        if matches!(&*path, "/health" | "/v1/openapi.json") {
            assert_eq!(world.send(Call::get(&path).key("")).await.status, 200);
            continue;
        }
        let call = || unheard_of(method, &path, &operation);
        world.send(call().key("wf_stranger_1")).await.problem(401);
        let call = call().key(&key_for(&world, &operation).await);
        let reply = world.send_for_secret(call).await;
        assert_ne!(reply.status, 405, "{method} {path}");
        assert_ne!(reply.status, 500, "{method} {path}");
        if reply.status == 404 {
            let advice = reply.problem(404)["what_to_do"].to_string();
            assert!(!advice.contains("openapi.json"), "{method} {path} is no route");
        }
    }
}

#[tokio::test]
async fn a_viewer_changes_nothing() {
    let world = World::new().await;
    let viewer = world.key("viewer").await;
    let before = world.audit().await.len();
    for (method, path, _) in operations(&world).await {
        if method != "GET" {
            let call = Call::new(method, &filled(&path)).json(json!({}));
            world.send(call.key(&viewer)).await.problem(403);
        }
    }
    assert_eq!(world.audit().await.len(), before, "nothing was begun");
}

#[tokio::test]
async fn every_write_is_on_record_before_and_after() {
    let world = World::new().await;
    for (method, path, operation) in operations(&world).await {
        let scope = operation["security"][0]["operator_key"][0].as_str();
        let is_scoped = scope.is_some_and(|scope| scope.contains(':'));
        if method == "GET" && !is_scoped {
            continue;
        }
        let key = key_for(&world, &operation).await;
        let call = unheard_of(method, &path, &operation);
        world.send_for_secret(call.key(&key)).await;
        let entries = world.audit().await;
        let last = entries.last().unwrap();
        assert_eq!(last["operation"], operation["operationId"], "{method} {path}");
        assert!(last["outcome"]["status"].is_number(), "{last}");
        if path.contains("{appid}") {
            assert_eq!(last["appid"], MINI_PROGRAM);
            assert_eq!(last["component"], COMPONENT);
        }
    }
}

#[tokio::test]
async fn unknown_members_are_refused_by_every_operation_that_takes_a_body() {
    let world = World::new().await;
    for (method, path, operation) in operations(&world).await {
        if operation["requestBody"]["content"].get("application/json").is_none() {
            continue;
        }
        let call = Call::new(method, &filled(&path)).json(json!({ "unheard_of": 1 }));
        let key = key_for(&world, &operation).await;
        let problem = world.send(call.key(&key)).await.problem(422);
        assert_eq!(problem["field"], "unheard_of", "{method} {path} {problem}");
    }
}
