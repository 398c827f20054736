//! How a person comes to a key that nobody else has seen.

use jiff::SignedDuration;
use platform::operators::guard::BY_NETWORK;
use serde_json::{Value, json};

use crate::{
    gateway::{Call, Reply},
    world::World,
};

async fn invite(world: &World, name: &str, role: &str) -> (String, String) {
    let body = json!({ "name": name, "role": role });
    let reply = world.send(Call::post("/v1/invitations").json(body)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let answer = reply.json();
    let id = answer["invitation"]["id"].as_str().unwrap().to_owned();
    let link = answer["link"].as_str().unwrap();
    let (page, token) = link.split_once('#').unwrap();
    assert_eq!(page, "https://fleet.example.com/console/invitation");
    (id, token.to_owned())
}

async fn take(world: &World, token: &str) -> Reply {
    let call = Call::post("/v1/invitations/acceptance").json(json!({ "token": token }));
    world.send(call.key("")).await
}

async fn listed(world: &World, id: &str) -> Value {
    let list = world.get("/v1/invitations").await.json();
    let all = list["invitations"].as_array().unwrap().clone();
    all.into_iter().find(|one| one["id"] == id).unwrap()
}

#[tokio::test]
async fn whoever_was_invited_takes_a_key_once_and_the_inviter_never_sees_it() {
    let world = World::new().await;
    let (id, token) = invite(&world, "韩梅梅", "releaser").await;
    assert_eq!(listed(&world, &id).await["state"], "open");

    let taken = take(&world, &token).await;

    assert_eq!(taken.status, 201, "{taken:?}");
    let key = taken.json()["secret"].as_str().unwrap().to_owned();
    let whoami = world.send(Call::get("/v1/operator").key(&key)).await.json();
    assert_eq!((&whoami["name"], &whoami["role"]), (&json!("韩梅梅"), &json!("releaser")));
    assert_eq!(take(&world, &token).await.problem(409)["field"], "token");
    let shown = listed(&world, &id).await;
    assert_eq!((&shown["state"], &shown["key_id"]), (&json!("taken"), &whoami["id"]));
    let keys = world.get("/v1/keys").await;
    assert_eq!(keys.json()["keys"][0]["person"], id.as_str(), "a person of their own");
    assert_eq!(keys.json()["keys"][0]["created_by"], "admin");
    let secret = key.rsplit('_').next().unwrap();
    for place in ["/v1/keys", "/v1/invitations", "/v1/audit"] {
        let told = world.get(place).await;
        assert!(!told.contains(secret) && !told.contains(token.rsplit('_').next().unwrap()));
    }
    let last = world.audit().await.pop().unwrap();
    assert_eq!(last["operation"], "take_invitation");
    assert_eq!((&last["key_name"], &last["outcome"]["status"]), (&json!("韩梅梅"), &json!(201)));
}

#[tokio::test]
async fn an_invitation_is_kept_without_its_secret() {
    let world = World::new().await;
    let (id, token) = invite(&world, "韩梅梅", "viewer").await;
    let secret = token.rsplit('_').next().unwrap();
    let table = &world.app.platform.tables.fleet;
    for pk in [format!("invitation#{id}"), "invitations".to_owned()] {
        let (items, _): (Vec<Value>, _) = table.page(&pk, "", None, 10).await.unwrap();
        assert!(!items.is_empty() && !json!(items).to_string().contains(secret), "{pk}");
    }
}

#[tokio::test]
async fn of_many_who_take_it_at_once_one_does() {
    let world = World::new().await;
    let (_, token) = invite(&world, "韩梅梅", "viewer").await;
    let takes = tokio::join!(take(&world, &token), take(&world, &token), take(&world, &token));
    let mut statuses = [takes.0.status, takes.1.status, takes.2.status];
    statuses.sort_unstable();
    assert!(statuses[0] == 201 && statuses[1] >= 409, "{statuses:?}");
    let keys = world.get("/v1/keys").await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn it_is_good_for_three_days_and_until_it_is_revoked() {
    let world = World::new().await;
    let (id, token) = invite(&world, "one", "viewer").await;
    let revoked = world.send(Call::delete(&format!("/v1/invitations/{id}"))).await;
    assert_eq!(revoked.json()["state"], "revoked");
    take(&world, &token).await.problem(409);

    let (late, token) = invite(&world, "two", "viewer").await;
    world.clock.forward(SignedDuration::from_hours(72));
    take(&world, &token).await.problem(409);
    assert_eq!(listed(&world, &late).await["state"], "expired");

    let (taken, token) = invite(&world, "three", "viewer").await;
    assert_eq!(take(&world, &token).await.status, 201);
    world.send(Call::delete(&format!("/v1/invitations/{taken}"))).await.problem(409);
    world.send(Call::delete("/v1/invitations/01JZ00000000000000000000AB")).await.problem(404);
}

#[tokio::test]
async fn the_key_ends_when_the_inviter_said() {
    let world = World::new().await;
    let body = json!({ "name": "guest", "role": "viewer",
        "key_expires_at": "2026-11-23T00:00:00Z" });
    let made = world.send(Call::post("/v1/invitations").json(body)).await.json();
    let token = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let key = take(&world, &token).await.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(world.send(Call::get("/v1/operator").key(&key)).await.status, 200);
    world.clock.forward(SignedDuration::from_hours(7));
    world.send(Call::get("/v1/operator").key(&key)).await.problem(401);
    let body = json!({ "name": "guest", "role": "viewer",
        "key_expires_at": "2026-11-22T00:00:00Z" });
    let late = world.send(Call::post("/v1/invitations").json(body)).await.problem(422);
    assert_eq!(late["field"], "key_expires_at");
}

#[tokio::test]
async fn guesses_at_invitations_count_as_guesses_at_keys_do() {
    let world = World::new().await;
    let (id, token) = invite(&world, "one", "viewer").await;
    let wrong = format!("wi_{id}_{}", "0".repeat(64));
    for _ in 0..BY_NETWORK {
        take(&world, &wrong).await.problem(404);
    }
    take(&world, &token).await.problem(429);
    world.send(Call::get("/v1/operator")).await.problem(429);
    for nonsense in ["", "wi_", "wf_a_b", "wi_a"] {
        let elsewhere = Call::post("/v1/invitations/acceptance").from("198.51.100.1").key("");
        let status = world.send(elsewhere.json(json!({ "token": nonsense }))).await.status;
        assert!(status == 404 || status == 422, "{nonsense}: {status}");
    }
}

#[tokio::test]
async fn machines_are_not_invited_and_only_administrators_invite() {
    let world = World::new().await;
    let body = json!({ "name": "bot", "role": "machine" });
    let refused = world.send(Call::post("/v1/invitations").json(body)).await.problem(422);
    assert_eq!(refused["field"], "role");
    let releaser = world.key("releaser").await;
    let body = json!({ "name": "x", "role": "viewer" });
    let call = Call::post("/v1/invitations").json(body).key(&releaser);
    world.send(call).await.problem(403);
}
