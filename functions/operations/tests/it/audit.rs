//! What is on record.

use jiff::SignedDuration;
use local::aws::{Fault, Service};
use serde_json::json;

use crate::{gateway::Call, world::World};

#[tokio::test]
async fn a_write_leaves_who_what_from_where_and_what_came_of_it() {
    let world = World::new().await;
    let body = json!({ "name": "bot", "role": "viewer" });
    world.send(Call::post("/v1/keys").json(body)).await;
    world.send(Call::delete("/v1/keys/01JZ00000000000000000000AB")).await;

    let entries = world.audit().await;

    assert_eq!(entries.len(), 2, "{entries:?}");
    let made = &entries[0];
    assert_eq!(made["key_id"], "admin");
    assert_eq!(made["role"], "admin");
    assert_eq!(made["operation"], "create_key");
    assert_eq!(made["source_ip"], "203.0.113.7");
    assert_eq!(made["user_agent"], "curl/8.5.0");
    assert_eq!(made["request"], r#"{"name":"bot","role":"viewer"}"#);
    assert_eq!(made["request_digest"].as_str().unwrap().len(), 64);
    assert_eq!(made["outcome"]["status"], 201);
    assert_eq!(entries[1]["operation"], "revoke_key");
    assert_eq!(entries[1]["outcome"]["status"], 404);
}

#[tokio::test]
async fn reads_leave_nothing() {
    let world = World::new().await;
    world.get("/v1/keys").await;
    assert!(world.audit().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_put_on_record_is_not_done() {
    let world = World::new().await;
    world.key("admin").await;
    world.clock.forward(SignedDuration::from_mins(1));

    world.aws.inject(Service::DynamoDb, Fault::Failing);
    let body = json!({ "name": "bot", "role": "viewer" });
    // The first key needs no table to sign in.
    world.send(Call::post("/v1/keys").json(body)).await.problem(503);
    world.aws.restore(Service::DynamoDb);

    let keys = world.get("/v1/keys").await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "only the one from before");
}

#[tokio::test]
async fn a_day_is_read_page_by_page_and_a_minute_alone() {
    let world = World::new().await;
    for minute in 0..3 {
        for key in 0..60 {
            let body = json!({ "name": format!("bot {minute} {key}"), "role": "viewer" });
            let reply = world.send(Call::post("/v1/keys").json(body)).await;
            assert_eq!(reply.status, 201);
        }
        world.clock.forward(SignedDuration::from_mins(7));
    }

    let mut names = Vec::new();
    let mut path = "/v1/audit?day=2026-11-22".to_owned();
    let mut pages = 0;
    loop {
        let page = world.get(&path).await.json();
        pages += 1;
        for entry in page["entries"].as_array().unwrap() {
            assert_eq!(entry["outcome"]["status"], 201, "{entry}");
            names.push(entry["request"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/audit?day=2026-11-22&cursor={cursor}");
    }

    assert_eq!(pages, 2);
    assert_eq!(names.len(), 180);
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), 180);
    let minute = world.get("/v1/audit?minute=2026-11-22T17:52").await.json();
    assert_eq!(minute["entries"].as_array().unwrap().len(), 60);
    let empty = world.get("/v1/audit?day=2026-11-21").await.json();
    assert!(empty["entries"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_malformed_day_minute_or_cursor_is_named() {
    let world = World::new().await;
    for (query, field) in [
        ("day=yesterday", "day"),
        ("minute=12", "minute"),
        ("cursor=x", "cursor"),
        ("day=2026-11-22&minute=2026-11-22T10:00", "minute"),
        ("dya=2026-11-22", "dya"),
    ] {
        let problem = world.get(&format!("/v1/audit?{query}")).await.problem(400);
        assert_eq!(problem["field"], field, "{problem}");
    }
}
