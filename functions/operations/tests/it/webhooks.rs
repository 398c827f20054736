//! Webhooks: who may make them, and what a target may be.

use std::{net::IpAddr, sync::Arc};

use platform::webhooks::{Names, Network, Reach, Resolving};
use serde_json::json;

use crate::{gateway::Call, world::World};

/// Every name leads to the same address.
struct Everywhere(&'static str);

impl Names for Everywhere {
    fn addresses<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let address: IpAddr = self.0.parse().unwrap();
        Box::pin(async move { Ok(vec![address]) })
    }
}

/// A deployment in which every name leads to `address`.
pub(crate) async fn world(address: &'static str) -> World {
    let mut world = World::new().await;
    world.app.platform.webhooks.network = Network {
        reach: Arc::new(Reach::public([443, 8443])),
        names: Arc::new(Everywhere(address)),
    };
    world.serve_again();
    world
}

fn wanted() -> serde_json::Value {
    json!({
        "url": "https://hooks.example.com/wechat",
        "description": "orders",
        "filter": { "kinds": ["release.*"], "appids": ["wxf8b4f85f3a794e77"] },
    })
}

#[tokio::test]
async fn a_webhook_is_made_changed_shown_and_deleted() {
    let world = world("93.184.216.34").await;

    let made = world.send(Call::post("/v1/webhooks").json(wanted())).await;

    assert_eq!(made.status, 201, "{made:?}");
    let body = made.json();
    let path = made.header("location").unwrap().to_owned();
    assert_eq!(path, format!("/v1/webhooks/{}", body["webhook"]["id"].as_str().unwrap()));
    let shown = world.get(&path).await.json();
    assert_eq!(shown, body["webhook"]);
    assert_eq!(shown["filter"]["kinds"], json!(["release.*"]));
    assert_eq!((&shown["active"], &shown["created_by"]), (&json!(true), &json!("admin")));

    let change = Call::new("PATCH", &path).json(json!({ "description": "bills", "active": false }));
    let changed = world.send(change).await.json();
    assert_eq!(changed["description"], "bills");
    assert_eq!(changed["filter"], shown["filter"], "what is left out stays");
    assert_eq!(changed["paused"]["reason"], "operator");
    let listed = world.get("/v1/webhooks").await.json();
    assert_eq!(listed["webhooks"], json!([changed]));

    assert_eq!(world.send(Call::delete(&path)).await.status, 204);
    world.get(&path).await.problem(404);
    assert_eq!(world.get("/v1/webhooks").await.json()["webhooks"], json!([]));
}

#[tokio::test]
async fn a_signing_secret_is_told_once_and_stored_nowhere() {
    let world = world("93.184.216.34").await;
    let create = || Call::post("/v1/webhooks").once("one").json(wanted());

    let made = world.send(create()).await.json();
    let again = world.send(create()).await;

    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    assert_eq!(again.json(), made, "the same request is answered alike");
    let id = made["webhook"]["id"].as_str().unwrap();
    let path = format!("/v1/webhooks/{id}");
    let rotated = world.send(Call::post(&format!("{path}/secret"))).await;
    assert_eq!(rotated.status, 200, "{rotated:?}");
    assert_ne!(rotated.json()["secret"], made["secret"]);
    assert!(rotated.json()["webhook"]["previous_secret_until"].is_string());
    for page in ["/v1/webhooks", &path, "/v1/audit", &format!("{path}/deliveries")] {
        assert!(!world.get(page).await.contains("whsec_"), "{page}");
    }
    let table = &world.app.platform.tables.fleet;
    let secret = secret.trim_start_matches("whsec_");
    for pk in ["webhooks", "idempotency#admin#one"] {
        let (items, _): (Vec<serde_json::Value>, _) = table.page(pk, "", None, 10).await.unwrap();
        assert!(!items.is_empty(), "{pk}");
        assert!(!serde_json::to_string(&items).unwrap().contains(secret), "{pk}");
    }
    assert_eq!(world.get("/v1/webhooks").await.json()["webhooks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn all_that_is_wrong_is_told_by_its_place_and_nothing_is_made() {
    let world = world("10.0.0.1").await;
    let mut body = json!({
        "url": "http://user:pass@169.254.169.254/latest",
        "description": "d".repeat(201),
        "filter": { "kinds": ["release.*", "NO"], "components": ["x"] },
    });

    // What the description of the API says comes first, then what the words mean.
    let call = Call::post("/v1/webhooks").json(body.clone());
    assert_eq!(world.send(call).await.problem(422)["field"], "description");
    body["description"] = "orders".into();
    let refused = world.send(Call::post("/v1/webhooks").json(body).english()).await.problem(422);

    let faults = refused["faults"].as_array().unwrap();
    let pointers: Vec<&str> =
        faults.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/url", "/url", "/url", "/filter/kinds/1", "/filter/components/0"]);
    assert!(faults.iter().all(|fault| fault["detail"].as_str().unwrap().ends_with('.')));
    let inside = world.send(Call::post("/v1/webhooks").json(wanted()).english()).await.problem(422);
    assert_eq!(inside["field"], "url");
    assert_eq!(
        inside["detail"],
        "The field url: the name resolves to an address that is not public."
    );
    let hours = json!({ "overlap_hours": 169 });
    let path = "/v1/webhooks/01JZ00000000000000000000AB";
    world.send(Call::post(&format!("{path}/secret")).json(hours)).await.problem(422);
    for reply in [
        world.get(path).await,
        world.send(Call::delete(path)).await,
        world.send(Call::new("PATCH", path).json(json!({ "active": true }))).await,
        world.send(Call::post(&format!("{path}/test"))).await,
        world.send(Call::post(&format!("{path}/secret"))).await,
        world.send(Call::post(&format!("{path}/redeliver"))).await,
    ] {
        reply.problem(404);
    }
    assert_eq!(world.get("/v1/webhooks").await.json()["webhooks"], json!([]));
}

#[tokio::test]
async fn webhooks_are_for_administrators() {
    let world = world("93.184.216.34").await;
    for role in ["viewer", "releaser"] {
        let key = world.key(role).await;
        world.send(Call::get("/v1/webhooks").key(&key)).await.problem(403);
        world.send(Call::post("/v1/webhooks").json(wanted()).key(&key)).await.problem(403);
    }
    let made = world.send(Call::post("/v1/webhooks").json(wanted())).await;
    assert_eq!(made.status, 201);
    let audit = world.audit().await;
    let entry = audit.iter().find(|entry| entry["operation"] == "create_webhook").unwrap();
    assert_eq!(entry["outcome"]["status"], 201);
}

#[tokio::test]
async fn there_are_fifty_at_most() {
    let world = world("93.184.216.34").await;
    for _ in 0..50 {
        assert_eq!(world.send(Call::post("/v1/webhooks").json(wanted())).await.status, 201);
    }
    world.send(Call::post("/v1/webhooks").json(wanted())).await.problem(409);
    assert_eq!(world.get("/v1/webhooks").await.json()["webhooks"].as_array().unwrap().len(), 50);
}
