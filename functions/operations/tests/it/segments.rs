//! Tags, variables and segments, as operators write them.

use serde_json::json;

use crate::{gateway::Call, world::*};

#[tokio::test]
async fn what_is_wrong_with_a_segment_is_named_by_its_place() {
    let world = World::new().await;
    let body = json!({ "name": "", "query": { "tags": { "any": ["fine", "two words"] } } });
    let problem = world.send(Call::post(&component("/segments")).json(body)).await.problem(422);
    assert_eq!(problem["faults"][0]["pointer"], "/name", "{problem:#}");
    assert_eq!(problem["faults"][1]["pointer"], "/query/tags/any/1", "{problem:#}");

    let body = json!({ "name": "a", "query": { "appids": ["not an appid"] } });
    let problem = world.send(Call::post(&component("/segments")).json(body)).await.problem(422);
    assert!(problem["field"].as_str().unwrap().starts_with("query.appids"), "{problem:#}");
    assert!(!problem.to_string().contains("not an appid"), "{problem:#}");
    assert_eq!(world.get(&component("/segments")).await.json(), json!({ "segments": [] }));
}

#[tokio::test]
async fn a_segment_is_made_shown_changed_and_deleted() {
    let world = World::new().await;
    let query = json!({ "tags": { "any": ["restaurant"] }, "version": { "not": ["3.2.0"] } });
    let body = json!({ "name": "餐饮", "query": query });
    let made = world.send(Call::post(&component("/segments")).json(body.clone())).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = made.header("location").unwrap().to_owned();

    let shown = world.get(&path).await.json();
    assert_eq!(shown["query"]["version"]["not"], json!(["3.2.0"]));
    assert_eq!(shown["version"], 1);
    let body = json!({ "name": "全部", "query": {} });
    let changed = world.send(Call::put(&path).json(body)).await;
    assert_eq!(changed.json()["name"], "全部", "{changed:?}");
    let members = world.get(&format!("{path}/mini-programs")).await.json();
    assert_eq!(members, json!({ "mini_programs": [], "next_cursor": null }));
    assert_eq!(world.send(Call::delete(&path)).await.status, 204);
    world.get(&path).await.problem(404);
}

#[tokio::test]
async fn tags_and_variables_are_written_on_many_at_once() {
    let world = World::new().await;
    let body = json!({
        "appids": [MINI_PROGRAM, "wx00000000000000a9"], "add": ["restaurant"], "remove": ["new"],
    });
    let tagged = world.send(Call::post(&component("/tags")).json(body)).await;
    assert_eq!(tagged.status, 200, "{tagged:?}");
    // Nobody has a record here: only a token was made for the merchant.
    let unknown = json!(["wx00000000000000a9", MINI_PROGRAM]);
    assert_eq!(tagged.json(), json!({ "done": 0, "unknown": unknown, "too_many": [] }));

    let wrong = json!({ "appids": [], "add": ["a b"], "remove": ["c,d"] });
    let problem = world.send(Call::post(&component("/tags")).json(wrong)).await.problem(422);
    assert_eq!(problem["faults"].as_array().unwrap().len(), 2, "{problem:#}");
    let wrong = json!({ "variables": { MINI_PROGRAM: { "shop id": "8812" } } });
    let problem = world.send(Call::post(&component("/variables")).json(wrong)).await.problem(422);
    let pointer = format!("/variables/{MINI_PROGRAM}");
    assert_eq!(problem["faults"][0]["pointer"], pointer, "{problem:#}");
}
