//! What is on record.

use jiff::SignedDuration;
use local::aws::{Fault, Service};
use serde_json::json;

use crate::{
    gateway::Call,
    world::{World, component},
};

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

/// The audit log as the clock leaves it some minutes later.
async fn sealed(world: &World) {
    world.clock.forward(SignedDuration::from_mins(12));
    let soon = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    world.app.platform.audit_chain.seal(soon).await.unwrap();
}

#[tokio::test]
async fn a_change_is_on_record_as_it_was_and_as_it_became_without_secrets() {
    let world = World::new().await;
    let plan = |name: &str| json!({ "name": name, "query": { "tags": { "any": ["north"] } } });
    let made = world.send(Call::post(&component("/segments")).json(plan("north"))).await.json();
    let path = component(&format!("/segments/{}", made["id"].as_str().unwrap()));
    world.send(Call::put(&path).json(plan("the north"))).await;
    world.send(Call::delete(&path)).await;
    let key = json!({ "name": "bot", "role": "viewer" });
    let secret = world.send(Call::post("/v1/keys").json(key)).await.json()["secret"].clone();
    let refused = world.send(Call::put(&path).json(plan("gone"))).await;
    assert_eq!(refused.status, 404);

    let entries = world.audit().await;

    let changes = |at: usize| entries[at]["outcome"]["changes"].clone();
    let side = |at: usize, side: &str| {
        let text = changes(at)[0][side].as_str().unwrap_or("null").to_owned();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["name"].clone()
    };
    assert_eq!((side(0, "before"), side(0, "after")), (json!(null), json!("north")));
    assert_eq!((side(1, "before"), side(1, "after")), (json!("north"), json!("the north")));
    assert_eq!((side(2, "before"), side(2, "after")), (json!("the north"), json!(null)));
    let made = changes(3).to_string();
    assert!(made.contains("bot") && made.contains("key#"), "{made}");
    let secret = secret.as_str().unwrap().rsplit('_').next().unwrap().to_owned();
    assert!(!made.contains(&secret), "{made}");
    assert_eq!(changes(4), json!(null), "nothing was changed");
}

#[tokio::test]
async fn the_chain_is_shown_and_verified_and_what_was_changed_is_named() {
    let world = World::new().await;
    assert!(world.get("/v1/audit/chain").await.json()["began"].is_null());
    world.get("/v1/audit/verification").await.problem(404);
    sealed(&world).await;
    for name in ["a", "b"] {
        let body = json!({ "name": name, "role": "viewer" });
        world.send(Call::post("/v1/keys").json(body)).await;
    }
    sealed(&world).await;

    let chain = world.get("/v1/audit/chain").await.json();
    let verified = world.get("/v1/audit/verification").await.json();

    assert_eq!((&chain["links"], &chain["lines"]), (&json!(1), &json!(4)), "{chain}");
    assert_eq!(verified["intact"], true, "{verified}");
    assert_eq!(verified["until"], chain["until"]);
    let entry = world.audit().await[0].clone();
    let pk = format!("audit#{}", &entry["at"].as_str().unwrap()[..16]);
    let table = &world.app.platform.tables.fleet;
    table.delete(&pk, &format!("{}#outcome", entry["id"].as_str().unwrap())).await.unwrap();
    let verified = world.send(Call::get("/v1/audit/verification").english()).await.json();
    assert_eq!(verified["intact"], false);
    assert_eq!(verified["broken"]["flaw"], "removed", "{verified}");
    assert_eq!(verified["broken"]["text"], "An entry was removed.");
    assert_eq!(verified["broken"]["minute"], pk["audit#".len()..]);
    world.get("/v1/audit/verification?cursor=x").await.problem(400);
}

#[tokio::test]
async fn the_log_is_taken_along_as_lines_and_as_a_table() {
    let world = World::new().await;
    sealed(&world).await;
    // A spreadsheet would calculate it.
    let body = json!({ "name": "=HYPERLINK(\"http://x\")", "role": "viewer" });
    world.send(Call::post("/v1/keys").json(body)).await;
    sealed(&world).await;

    let lines = world.get("/v1/audit/export").await;
    let table = world.send(Call::get("/v1/audit/export?format=csv").english()).await;

    assert_eq!(lines.header("content-type"), Some("application/jsonl"));
    let text = lines.text();
    let verified = platform::audit::exported::verify(text.lines(), &[]).unwrap();
    assert_eq!((verified.links, verified.lines, verified.broken), (1, 2, None), "{text}");
    assert!(lines.header("x-next-cursor").is_none());
    let rows: Vec<&str> = table.text().trim_start_matches('\u{feff}').lines().collect();
    assert!(rows[0].starts_with("id,at,key_id,"), "{rows:?}");
    assert!(rows[1].contains(",create_key,create key,"), "{rows:?}");
    assert!(!rows[1].contains(",=") && !rows[1].contains(",\"="), "{rows:?}");
    world.get("/v1/audit/export?from=2026-11-22&to=2026-11-21").await.problem(400);
    world.get("/v1/audit/export?cursor=x").await.problem(400);
    world.get("/v1/audit/export?format=xml").await.problem(400);
    let none = world.get("/v1/audit/export?from=2020-01-01&to=2020-12-31").await;
    assert_eq!(none.text(), "", "{none:?}");
    assert!(none.header("x-next-cursor").is_some(), "a year is more than one part");
}
