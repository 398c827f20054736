//! The plan of a component's onboardings, the board, and the onboarding of a mini program, as
//! operators order them. Nothing of it asks WeChat.

use serde_json::{Value, json};

use crate::{
    gateway::{Call, Reply},
    world::*,
};

/// The example of the description, which has every part.
async fn example(world: &World) -> Value {
    let document = world.get("/v1/openapi.json").await.json();
    let path = "/v1/components/{component}/onboarding-plan";
    let content = &document["paths"][path]["put"]["requestBody"]["content"];
    content["application/json"]["example"].clone()
}

async fn put(world: &World, plan: &Value) -> Reply {
    world.send(Call::put(&component("/onboarding-plan")).json(plan.clone())).await
}

#[tokio::test]
async fn a_plan_is_shown_as_it_was_put_and_may_be_put_as_it_is_shown() {
    let world = World::new().await;
    let path = component("/onboarding-plan");
    let none = world.get(&path).await.json();
    assert_eq!((&none["version"], &none["plan"]["automatic"]), (&json!(0), &json!(false)));
    assert_eq!(none["plan"]["trial"], json!(null), "{none:#}");

    let first = put(&world, &example(&world).await).await;
    assert_eq!(first.status, 200, "{first:?}");
    let shown = world.get(&path).await;
    assert_eq!(shown.header("etag"), first.header("etag"));
    let shown = shown.json();
    assert_eq!(shown["version"], 1);
    assert!(shown["changed_by"].is_string() && shown["changed_at"].is_string(), "{shown:#}");
    let second = put(&world, &shown["plan"]).await;

    assert_eq!(second.status, 200, "{second:?}");
    let again = second.json();
    assert_eq!((&again["plan"], &again["version"]), (&shown["plan"], &json!(2)));
    let plan = &again["plan"];
    assert_eq!(plan["trial"]["ext"]["ext"]["shop"], "{{shop}}");
    assert_eq!(plan["categories"]["categories"][0]["second"], 40);
    assert_eq!(plan["privacy"]["statements"][0]["key"], "UserInfo");
    assert_eq!(plan["release"], "on-approval");
}

#[tokio::test]
async fn of_two_operators_who_change_a_plan_the_second_is_told() {
    let world = World::new().await;
    let seen = world.get(&component("/onboarding-plan")).await;
    let seen = seen.header("etag").unwrap().to_owned();
    let change = |automatic: bool| {
        let call = Call::put(&component("/onboarding-plan")).header("if-match", &seen);
        call.json(json!({ "automatic": automatic }))
    };

    let first = world.send(change(true)).await;
    let second = world.send(change(false)).await;

    assert_eq!(first.status, 200, "{first:?}");
    second.problem(412);
    let shown = world.get(&component("/onboarding-plan")).await.json();
    assert_eq!(shown["plan"]["automatic"], true);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_plan_is_named_at_once_by_the_rules_of_its_parts() {
    let world = World::new().await;
    let plan = json!({
        "server_domains": { "domains": { "requestdomain": ["http://a.example.com"] } },
        "business_domains": { "domains": ["https://10.0.0.1"] },
        "privacy": { "owner": { "notice_method": "弹窗" }, "statements": [] },
        "testers": ["some one"],
        "categories": { "categories": [{ "first": 1, "second": 2 }, { "first": 1, "second": 2 }] },
        "trial": { "template_id": 1, "user_version": "1.0.0", "ext": { "shop": "{{a b}}" } },
        "review": { "ugc_declare": { "method": [5] } },
    });

    let problem = put(&world, &plan).await.problem(422);

    let faults = problem["faults"].as_array().unwrap();
    let places: Vec<&str> = faults.iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    for wanted in [
        "/server_domains/domains/requestdomain/0",
        "/business_domains/domains/0",
        "/privacy/owner",
        "/privacy/statements",
        "/testers/0",
        "/categories/categories/1",
        "/trial/ext/shop",
        "/review/ugc_declare/method/0",
    ] {
        assert!(places.contains(&wanted), "{wanted} is not among {places:#?}");
    }
    assert_eq!(world.get(&component("/onboarding-plan")).await.json()["version"], 0);
    put(&world, &json!({ "release": "some day" })).await.problem(422);
}

#[tokio::test]
async fn an_onboarding_is_begun_shown_retried_and_stopped() {
    let world = World::new().await;
    let path = mini_program("/onboarding");
    world.get(&path).await.problem(404);
    world.merchant().await;
    world.get(&path).await.problem(404);
    let without_a_plan = world.send(Call::post(&path)).await.problem(409);
    assert!(without_a_plan["what_to_do"].is_string(), "{without_a_plan:#}");
    world.send(Call::post(&mini_program("/onboarding/retry"))).await.problem(404);
    world.send(Call::delete(&path)).await.problem(404);
    put(&world, &json!({ "release": "by-hand" })).await;

    let begun = world.send(Call::post(&path).english()).await;

    assert_eq!(begun.status, 202, "{begun:?}");
    let begun = begun.json();
    assert_eq!((&begun["state"], &begun["stage"]), (&json!("running"), &json!("authorization")));
    let step = |name: &str| {
        let steps = begun["steps"].as_array().unwrap();
        steps.iter().find(|step| step["step"] == name).unwrap().clone()
    };
    assert_eq!(step("authorization")["state"], "pending");
    assert_eq!(step("trial")["state"], "left-out");
    assert_eq!(step("trial")["title"], "the trial version");
    assert_eq!(step("release")["state"], "pending");
    let retried = world.send(Call::post(&mini_program("/onboarding/retry"))).await;
    assert_eq!(retried.status, 202, "{retried:?}");
    assert_eq!(world.send(Call::delete(&path)).await.status, 204);
    let shown = world.get(&path).await.json();
    assert_eq!((&shown["state"], &shown["state_text"]), (&json!("stopped"), &json!("已中止")));
    world.send(Call::post(&mini_program("/onboarding/retry"))).await.problem(409);
    let audited = world.audit().await;
    let of_it = audited.iter().filter(|it| it["operation"] == "begin_onboarding").count();
    assert_eq!(of_it, 2, "the one that was refused is on record too");
}

#[tokio::test]
async fn the_same_order_with_the_same_key_begins_it_once() {
    let world = World::new().await;
    world.merchant().await;
    put(&world, &json!({})).await;
    let order = || Call::post(&mini_program("/onboarding")).header("idempotency-key", "once");

    let (first, second) = (world.send(order()).await, world.send(order()).await);

    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!(world.get(&mini_program("/onboarding")).await.json()["version"], 1);
}

#[tokio::test]
async fn the_board_shows_each_column_and_who_is_looked_for() {
    let world = World::new().await;
    world.merchant().await;
    put(&world, &json!({})).await;
    let board = async |query: &str| {
        let reply = world.get(&component(&format!("/onboardings{query}"))).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    };
    let empty = board("").await;
    assert_eq!(empty["onboardings"], json!([]));
    assert_eq!(empty["stages"].as_array().unwrap().len(), 8, "{empty:#}");
    world.send(Call::post(&mini_program("/onboarding"))).await;

    let all = board("").await;

    let row = &all["onboardings"][0];
    assert_eq!((&row["appid"], &row["name"]), (&json!(MINI_PROGRAM), &json!("城南面馆")));
    assert_eq!((&row["stage_text"], &row["state_text"]), (&json!("授权"), &json!("进行中")));
    assert_eq!((&row["step"], &row["step_title"]), (&json!("authorization"), &json!("授权")));
    assert_eq!(all["stages"][0]["count"], 1, "{all:#}");
    assert_eq!(board("?stage=filing").await["onboardings"], json!([]));
    assert_eq!(board("?state=running&stage=authorization").await["onboardings"][0], *row);
    assert_eq!(board("?whom=wechat").await["onboardings"], json!([]));
    world.get(&component("/onboardings?stage=nowhere")).await.problem(400);
    world.get(&component("/onboardings?cursor=nowhere")).await.problem(422);
    let elsewhere = "/v1/components/wx00000000000000aa/onboardings";
    world.get(elsewhere).await.problem(404);
}
