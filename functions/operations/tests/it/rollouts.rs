//! Rollouts as operators order them. What becomes of one is played in the journeys.

use serde_json::{Value, json};

use crate::{gateway::Call, world::*};

fn order() -> Value {
    json!({
        "name": "夏季菜单", "query": { "tags": { "any": ["restaurant"] } },
        "template_id": 1, "user_version": "3.2.0", "waves": [{ "count": 1 }, { "percent": 100 }],
    })
}

async fn create(world: &World, order: Value) -> crate::gateway::Reply {
    world.send(Call::post(&component("/rollouts")).json(order)).await
}

#[tokio::test]
async fn everything_that_is_wrong_with_an_order_is_named_by_its_place() {
    let world = World::new().await;
    let mut wrong = order();
    wrong["segment"] = "01JX".into();
    wrong["waves"] = json!([{ "count": 1, "percent": 1 }]);
    wrong["release"] = json!({ "mode": "window" });
    let problem = create(&world, wrong).await.problem(422);
    let places = |problem: &Value| -> Vec<String> {
        let faults = problem["faults"].as_array().unwrap().iter();
        faults.map(|fault| fault["pointer"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(places(&problem), ["/query", "/waves/0", "/release"], "{problem:#}");

    let mut wrong = order();
    wrong["name"] = "".into();
    wrong["ext"] = json!({ "ext": { "shop": "{{shop id}}" } });
    wrong["waves"] = json!([
        { "percent": 50, "gate": { "window": { "from": "9", "to": "18:00" } } },
    ]);
    let problem = create(&world, wrong).await.problem(422);
    let expected = ["/name", "/ext/ext/shop", "/waves/0/gate/window", "/waves/0/percent"];
    assert_eq!(places(&problem), expected, "{problem:#}");

    let mut wrong = order();
    wrong.as_object_mut().unwrap().remove("query");
    wrong["segment"] = "nobody-made-this".into();
    assert_eq!(create(&world, wrong).await.problem(422)["field"], "segment");
    let list = world.get(&component("/rollouts")).await.json();
    assert_eq!(list, json!({ "rollouts": [], "next_cursor": null }), "nothing was made");
}

#[tokio::test]
async fn an_order_is_shown_as_it_was_given_and_is_not_started_before_it_is_planned() {
    let world = World::new().await;
    let mut wanted = order();
    wanted["waves"][1]["gate"] = json!({
        "people": 2, "window": { "days": [1, 5], "from": "22:30", "to": "02:00" },
    });
    wanted["release"] = json!({ "mode": "after-ok", "people": 2 });
    let made = create(&world, wanted).await;
    assert_eq!(made.status, 202, "{made:?}");
    let path = made.header("location").unwrap().to_owned();

    let shown = world.get(&path).await.json();
    assert_eq!(shown["state"], "planning");
    assert_eq!(shown["plan"]["digest"], Value::Null);
    assert_eq!(shown["waves"].as_array().unwrap().len(), 2, "{shown:#}");
    let gate = &shown["waves"][1]["ordered"]["gate"];
    assert_eq!(gate["window"], json!({ "days": [1, 5], "from": "22:30", "to": "02:00" }));
    assert_eq!(shown["order"]["release"], json!({ "mode": "after-ok", "people": 2 }));
    let start = json!({ "plan_digest": "anything" });
    let call = || Call::post(&format!("{path}/start")).json(start.clone());
    assert!(world.send(call()).await.problem(409)["detail"].as_str().unwrap().contains("计划"));
    world.send(Call::post(&format!("{path}/resume"))).await.problem(409);
    world.get(&format!("{path}/targets/{MINI_PROGRAM}")).await.problem(404);
    let empty = json!({ "targets": [], "next_cursor": null });
    assert_eq!(world.get(&format!("{path}/targets?state=failed")).await.json(), empty);
    assert_eq!(world.get(&format!("{path}/triage")).await.json()["groups"], json!([]));
    world.get(&format!("{path}/targets?cursor=%25")).await.problem(400);
    let ended = world.send(Call::post(&format!("{path}/abort"))).await;
    assert_eq!(ended.json()["state"], "aborted", "{ended:?}");
}
