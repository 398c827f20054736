//! Who may use the API.

use jiff::SignedDuration;
use local::aws::{Fault, Service};
use platform::clock::Clock;
use secrecy::SecretString;
use serde_json::json;

use crate::{gateway::Call, world::World};

#[tokio::test]
async fn nobody_gets_in_without_a_good_key() {
    let world = World::new().await;
    let viewer = world.key("viewer").await;
    let (id, secret) = viewer.strip_prefix("wf_").unwrap().split_once('_').unwrap();
    let other = world.key("viewer").await;
    let (_, other_secret) = other.strip_prefix("wf_").unwrap().split_once('_').unwrap();

    for key in [
        "",
        "wf_",
        "wf_admin_wrong",
        &format!("wf_{id}_{}", "0".repeat(64)),
        &format!("wf_{id}_{other_secret}"),
        &format!("wf_{}_{secret}", id.to_lowercase()),
        &viewer[..viewer.len() - 1],
        &"x".repeat(5000),
    ] {
        let reply = world.send(Call::get("/v1/keys").key(key)).await;
        reply.problem(401);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        assert!(secret.is_empty() || !reply.contains(secret));
    }
    let basic = world.send(Call::get("/v1/keys").header("authorization", "Basic YTpi")).await;
    basic.problem(401);
}

#[tokio::test]
async fn each_role_may_do_what_it_may_and_no_more() {
    let world = World::new().await;
    let (viewer, releaser) = (world.key("viewer").await, world.key("releaser").await);
    let body = json!({ "name": "another", "role": "admin" });

    for key in [&viewer, &releaser] {
        let reply = world.send(Call::post("/v1/keys").json(body.clone()).key(key)).await;
        reply.problem(403);
        world.send(Call::get("/v1/keys").key(key)).await.problem(403);
        world.send(Call::get("/v1/audit").key(key)).await.problem(403);
    }
    let keys = world.get("/v1/keys").await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2, "nothing was made");
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let world = World::new().await;
    let admin = world.key("admin").await;
    let id = admin.split('_').nth(1).unwrap();
    assert_eq!(world.send(Call::get("/v1/keys").key(&admin)).await.status, 200);

    let revoked = world.send(Call::delete(&format!("/v1/keys/{id}"))).await;

    assert_eq!(revoked.status, 200, "{revoked:?}");
    assert_eq!(revoked.json()["revoked_by"], "admin");
    let problem = world.send(Call::get("/v1/keys").key(&admin).english()).await.problem(401);
    assert_eq!(problem["detail"], "The key was revoked.");
    let listed = world.get("/v1/keys").await.json();
    assert_eq!(listed["keys"][0]["revoked_at"], revoked.json()["revoked_at"]);
    world.send(Call::delete("/v1/keys/01JZ00000000000000000000AB")).await.problem(404);
    world.send(Call::delete("/v1/keys/admin")).await.problem(409);
}

#[tokio::test]
async fn a_key_is_good_until_it_expires() {
    let world = World::new().await;
    let until = (world.clock.now() + SignedDuration::from_hours(1)).to_string();
    let body = json!({ "name": "guest", "role": "admin", "expires_at": until });
    let key = world.send(Call::post("/v1/keys").json(body)).await.json();
    let key = key["secret"].as_str().unwrap().to_owned();
    assert_eq!(world.send(Call::get("/v1/keys").key(&key)).await.status, 200);

    world.clock.forward(SignedDuration::from_hours(1));

    world.send(Call::get("/v1/keys").key(&key)).await.problem(401);
    let past = json!({ "name": "guest", "role": "admin", "expires_at": until });
    let refused = world.send(Call::post("/v1/keys").json(past)).await.problem(422);
    assert_eq!(refused["field"], "expires_at");
}

#[tokio::test]
async fn a_keys_secret_is_told_once_and_stored_nowhere() {
    let world = World::new().await;

    let made = world
        .send(Call::post("/v1/keys").once("one").json(json!({ "name": "bot", "role": "viewer" })));
    let made = made.await;

    let secret = made.json()["secret"].as_str().unwrap().rsplit('_').next().unwrap().to_owned();
    assert!(!world.get("/v1/keys").await.contains(&secret));
    assert!(!world.get("/v1/audit").await.contains(&secret));
    let id = made.json()["key"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), Some(&*format!("/v1/keys/{id}")));
    let table = &world.app.platform.tables.fleet;
    for pk in [format!("key#{id}"), "idempotency#admin#one".to_owned(), "keys".to_owned()] {
        let (items, _): (Vec<serde_json::Value>, _) = table.page(&pk, "", None, 10).await.unwrap();
        assert!(!items.is_empty(), "{pk}");
        assert!(!serde_json::to_string(&items).unwrap().contains(&secret), "{pk}");
    }
}

#[tokio::test]
async fn the_first_key_can_be_replaced_and_survives_an_outage() {
    let world = World::new().await;
    assert_eq!(world.get("/v1/keys").await.status, 200);
    let reads = world.aws.calls(Service::SecretsManager);
    world.aws.inject(Service::SecretsManager, Fault::Failing);
    assert_eq!(world.get("/v1/keys").await.status, 200, "what is known stays in force");
    world.aws.restore(Service::SecretsManager);

    let new = "N".repeat(43);
    world.aws.secrets().put("admin-key", SecretString::from(new.clone()));
    let key = format!("wf_admin_{new}");
    world.send(Call::get("/v1/keys").key(&key)).await.problem(401);
    assert_eq!(world.aws.calls(Service::SecretsManager), reads, "not read again within a minute");

    // Sockets and a paused clock do not go together: it is paused for the jump only.
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    tokio::time::resume();
    assert_eq!(world.send(Call::get("/v1/keys").key(&key)).await.status, 200);
    world.get("/v1/keys").await.problem(401);
}
