//! What machines' keys may do: tokens and sessions, for whom their key names, and nothing else.

use jiff::SignedDuration;
use serde_json::json;

use crate::{gateway::Call, wechat::Answer, world::*};

const JSCODE2SESSION: &str = "/sns/component/jscode2session";

#[tokio::test]
async fn a_token_is_told_with_the_life_that_it_has_left() {
    let world = World::new().await;
    let key = world.machine(&["token:read"]).await;
    world.clock.forward(SignedDuration::from_secs(1000));

    let call = Call::get(&mini_program("/access-token")).key(&key);
    let reply = world.send_for_secret(call).await;

    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json()["access_token"], "canary-access-token");
    let left = reply.json()["expires_in"].as_i64().unwrap();
    assert!((6190..=6200).contains(&left), "{left}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let call = Call::get(&component("/access-token")).key(&key);
    let reply = world.send_for_secret(call).await.json();
    assert_eq!(reply["access_token"], "canary-component-token");
    assert!((7190..=7200).contains(&reply["expires_in"].as_i64().unwrap()), "{reply}");
}

#[tokio::test]
async fn each_token_that_is_told_is_on_record_without_the_token() {
    let world = World::new().await;
    let key = world.machine(&["token:read"]).await;

    world.send_for_secret(Call::get(&mini_program("/access-token")).key(&key)).await;

    let entries = world.audit().await;
    let last = entries.last().unwrap();
    assert_eq!(last["operation"], "get_access_token");
    assert_eq!(last["appid"], MINI_PROGRAM);
    assert_eq!(last["outcome"]["status"], 200);
    let table = &world.app.platform.tables.fleet;
    let minute = last["at"].as_str().unwrap()[..16].to_owned();
    let (items, _): (Vec<serde_json::Value>, _) =
        table.page(&format!("audit#{minute}"), "", None, 50).await.unwrap();
    assert!(!items.is_empty() && !json!(items).to_string().contains("canary"));
}

#[tokio::test]
async fn nobody_but_a_machine_that_names_it_is_told_a_token() {
    let world = World::new().await;
    for role in ["viewer", "releaser", "admin"] {
        let key = world.key(role).await;
        world.send(Call::get(&mini_program("/access-token")).key(&key)).await.problem(403);
    }
    let other = "wx0000000000000002";
    for narrowed in [
        json!({ "scopes": ["relay", "session:write"] }),
        json!({ "scopes": ["token:read"], "accounts": [other] }),
        json!({ "scopes": ["token:read"], "accounts": ["component"] }),
        json!({ "scopes": ["token:read"], "components": [other] }),
        json!({ "scopes": ["token:read"], "tags": ["north"] }),
    ] {
        let key = world.machine_for(narrowed.clone()).await;
        let reply = world.send(Call::get(&mini_program("/access-token")).key(&key)).await;
        reply.problem(403);
    }
    let every_merchant = world.machine_for(json!({ "scopes": ["token:read"] })).await;
    world.send(Call::get(&component("/access-token")).key(&every_merchant)).await.problem(403);
}

#[tokio::test]
async fn a_machine_may_do_nothing_that_people_may() {
    let world = World::new().await;
    let key = world.machine(&["relay", "relay:state-machine", "token:read", "session:write"]).await;
    for path in ["/v1/components", "/v1/keys", "/v1/audit", &mini_program("")] {
        world.send(Call::get(path).key(&key)).await.problem(403);
    }
    world.send(Call::post(&mini_program("/release")).key(&key)).await.problem(403);
}

#[tokio::test]
async fn a_user_is_logged_in_and_the_session_key_is_told_once() {
    let world = World::new().await;
    let key = world.machine(&["session:write"]).await;
    let session = json!({ "openid": "o1", "session_key": "canary-session-key", "unionid": "u1" });
    world.wechat.says(JSCODE2SESSION, session.clone());

    let call = || Call::post(&mini_program("/sessions")).key(&key).json(json!({ "code": "c0de" }));
    let reply = world.send(call()).await;

    assert_eq!(reply.json(), session);
    assert!(!json!(world.audit().await).to_string().contains("c0de"));
    let refused = world.send(call().once("again")).await.problem(400);
    assert_eq!(refused["field"], "Idempotency-Key");
    world.wechat.refuses(JSCODE2SESSION, 40029);
    assert_eq!(world.send(call()).await.problem(422)["errcode"], 40029);
    world.wechat.answers(JSCODE2SESSION, Answer::TimedOut);
    world.send(call()).await.problem(504);
}

#[tokio::test]
async fn scopes_are_for_machines_and_machines_have_some() {
    let world = World::new().await;
    for (key, field) in [
        (json!({ "role": "machine" }), "scopes"),
        (json!({ "role": "machine", "scopes": [] }), "scopes"),
        (json!({ "role": "admin", "scopes": ["relay"] }), "scopes"),
        (json!({ "role": "viewer", "accounts": ["*"] }), "accounts"),
        (json!({ "role": "viewer", "tags": ["north"] }), "tags"),
        (json!({ "role": "machine", "scopes": ["relay"], "tags": [] }), "tags"),
        (json!({ "role": "machine", "scopes": ["relay"], "tags": ["a b"] }), "tags[0]"),
        (json!({ "role": "machine", "scopes": ["everything"] }), "scopes[0]"),
        (json!({ "role": "machine", "scopes": ["relay"], "paths": ["a*b"] }), "paths[0]"),
    ] {
        let mut body = key.clone();
        body["name"] = "a system".into();
        let problem = world.send(Call::post("/v1/keys").json(body)).await.problem(422);
        assert_eq!(problem["field"], field, "{key}");
    }
    let keys = world.get("/v1/keys").await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 0);

    world.machine_for(json!({ "scopes": ["relay"], "paths": ["/wxa/business/*"] })).await;
    let keys = world.get("/v1/keys").await.json();
    let permit = json!({
        "scopes": ["relay"],
        "components": ["*"],
        "accounts": ["*"],
        "tags": [],
        "paths": ["/wxa/business/*"],
    });
    assert_eq!(keys["keys"][0]["permit"], permit);
}
