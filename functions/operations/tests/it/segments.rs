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
    assert_eq!(members, json!({ "mini_programs": [], "count": 0, "next_cursor": null }));
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
    assert_eq!(tagged.json(), json!({ "done": 0, "unknown": unknown, "too_many": [], "left": 0 }));

    let wrong = json!({ "appids": [], "add": ["a b"], "remove": ["c,d"] });
    let problem = world.send(Call::post(&component("/tags")).json(wrong)).await.problem(422);
    let pointers: Vec<_> =
        problem["faults"].as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
    assert_eq!(pointers, ["/add/0", "/remove/0", "/appids"], "{problem:#}");
    let nothing = json!({ "appids": [MINI_PROGRAM] });
    let problem = world.send(Call::post(&component("/tags")).json(nothing)).await.problem(422);
    assert_eq!(problem["field"], "add", "{problem:#}");
    let wrong = json!({ "variables": { MINI_PROGRAM: { "shop id": "8812" } } });
    let problem = world.send(Call::post(&component("/variables")).json(wrong)).await.problem(422);
    let pointer = format!("/variables/{MINI_PROGRAM}");
    assert_eq!(problem["faults"][0]["pointer"], pointer, "{problem:#}");
}

/// Accounts, as their authorizations leave them.
async fn accounts(world: &World, count: usize) {
    let table = &world.app.platform.tables.fleet;
    for n in 0..count {
        let item = json!({
            "pk": format!("apps#{COMPONENT}"), "sk": format!("wx000000000000{n:04}"),
            "component": COMPONENT, "version": 1, "permission_sets": [17, 18, 30],
            "profile": {
                "nick_name": format!("{}号店", n + 1),
                "principal_name": if n % 2 == 0 { "城南餐饮有限公司" } else { "城北茶饮有限公司" },
            },
            "authorization": { "state": "authorized", "order": 1 },
        });
        table.put(table.item(&item).unwrap()).await.unwrap();
    }
}

/// A search for `query`.
fn search(query: serde_json::Value, more: &str) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    let query = text.append_pair("query", &query.to_string()).finish();
    component(&format!("/mini-programs/search?{query}{more}"))
}

#[tokio::test]
async fn all_mini_programs_are_searched_and_counted() {
    let world = World::new().await;
    accounts(&world, 30).await;

    let south = search(json!({ "text": "城南" }), "&limit=10");
    let first = world.get(&south).await.json();
    assert_eq!(first["count"], 15, "{first:#}");
    assert_eq!(first["mini_programs"].as_array().unwrap().len(), 10);
    assert_eq!(first["mini_programs"][0]["stage"], "untouched");
    let next = first["next_cursor"].as_str().unwrap();
    let rest = world.get(&format!("{south}&cursor={next}")).await.json();
    assert_eq!(rest["mini_programs"].as_array().unwrap().len(), 5);
    assert_eq!(rest["next_cursor"], json!(null));
    let seventh = world.get(&search(json!({ "text": "7号" }), "")).await.json();
    assert_eq!(seventh["count"], 3, "7, 17 and 27: {seventh:#}");

    let typed = component("/mini-programs/search?text=7%E5%8F%B7");
    assert_eq!(world.get(&typed).await.json()["count"], 3);
    let twice = search(json!({ "text": "城南" }), "&text=7");
    assert_eq!(world.get(&twice).await.problem(422)["field"], "text");
    let long = component(&format!("/mini-programs/search?text={}", "a".repeat(101)));
    assert_eq!(world.get(&long).await.problem(400)["faults"][0]["pointer"], "/text");

    for nobodys in ["", &"s".repeat(2000)] {
        let path = component(&format!("/mini-programs/search?segment={nobodys}"));
        world.get(&path).await.problem(404);
    }
    let problem = world.get(&component("/mini-programs/search?query=tea")).await.problem(422);
    assert_eq!(problem["faults"][0]["pointer"], "/query", "{problem:#}");
    let list = search(json!([]), "");
    assert_eq!(world.get(&list).await.problem(422)["faults"][0]["pointer"], "/query");
    let unknown = search(json!({ "foo": 1 }), "");
    assert_eq!(world.get(&unknown).await.problem(422)["faults"][0]["pointer"], "/query/foo");
    let wrong = search(json!({ "tags": { "any": ["two words"] } }), "");
    let problem = world.get(&wrong).await.problem(422);
    assert_eq!(problem["faults"][0]["pointer"], "/query/tags/any/0", "{problem:#}");
}

#[tokio::test]
async fn all_that_match_are_tagged_without_being_named() {
    let world = World::new().await;
    accounts(&world, 30).await;
    let body = json!({ "query": { "text": "城南" }, "add": ["south"] });
    let tagged = world.send(Call::post(&component("/tags")).json(body.clone())).await.json();
    assert_eq!(tagged, json!({ "done": 15, "unknown": [], "too_many": [], "left": 0 }));
    let again = world.send(Call::post(&component("/tags")).json(body)).await.json();
    assert_eq!(again["done"], 0, "they have it: {again:#}");
    let found = world.get(&search(json!({ "tags": { "all": ["south"] } }), "")).await.json();
    assert_eq!(found["count"], 15);
    assert_eq!(found["tags"], json!([{ "tag": "south", "count": 15 }]));
    let both = json!({ "appids": [MINI_PROGRAM], "query": {}, "add": ["a"] });
    world.send(Call::post(&component("/tags")).json(both)).await.problem(422);
}

#[tokio::test]
async fn reviews_are_listed_the_most_urgent_first_and_counted_by_day() {
    let world = World::new().await;
    accounts(&world, 4).await;
    let table = &world.app.platform.tables.fleet;
    let review = |state: &str, ordered_at: &str, decided_at: Option<&str>| {
        json!({
            "state": state, "commit_id": "0a1b2c3d", "user_version": "3.2.0", "user_desc": "",
            "submission": {}, "audit_id": 42, "ordered_at": ordered_at,
            "submitted_at": ordered_at, "decided_at": decided_at,
            "reason": decided_at.map(|_| "1: 类目不符<br>请修改"),
        })
    };
    let day = "2026-11-21T09:00:00Z";
    for (n, review) in [
        review("in-review", "2026-11-20T09:00:00Z", None),
        review("in-review", "2026-11-19T09:00:00Z", None),
        review("rejected", "2026-11-21T08:00:00Z", Some(day)),
    ]
    .into_iter()
    .enumerate()
    {
        let appid = format!("wx000000000000{n:04}");
        let item = json!({
            "pk": format!("app#{COMPONENT}#{appid}"), "sk": "release", "component": COMPONENT,
            "appid": appid, "version": 1, "standing": { "review": review },
        });
        table.put(table.item(&item).unwrap()).await.unwrap();
    }

    let all = world.get(&component("/reviews")).await.json();
    let order: Vec<&str> =
        all["reviews"].as_array().unwrap().iter().filter_map(|it| it["appid"].as_str()).collect();
    let wanted = ["wx0000000000000002", "wx0000000000000001", "wx0000000000000000"];
    assert_eq!(order, wanted, "{all:#}");
    assert_eq!(all["reviews"][0]["reason"], "1: 类目不符<br>请修改");
    assert_eq!(all["by_state"], json!({ "in-review": 2, "rejected": 1 }));
    let days = all["days"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    let there = days.iter().find(|it| it["day"] == "2026-11-21").unwrap();
    assert_eq!((&there["submitted"], &there["rejected"]), (&json!(1), &json!(1)), "{there:#}");

    let first = world.get(&component("/reviews?state=in-review&limit=1")).await.json();
    assert_eq!((&first["count"], &first["reviews"][0]["appid"]), (&json!(2), &json!(wanted[1])));
    let next = first["next_cursor"].as_str().unwrap();
    let rest = world.get(&component(&format!("/reviews?state=in-review&cursor={next}"))).await;
    assert_eq!(rest.json()["reviews"][0]["appid"], wanted[2]);
    world.get(&component("/reviews?cursor=elsewhere")).await.problem(400);
}

#[tokio::test]
async fn a_search_asks_once_where_nothing_has_changed() {
    let world = World::new().await;
    accounts(&world, 30).await;
    let path = search(json!({ "text": "号店" }), "&limit=1");
    assert_eq!(world.get(&path).await.json()["count"], 30, "packed");

    world.aws.record().await;
    assert_eq!(world.get(&path).await.json()["count"], 30);
    let asked = world.aws.recorded().await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let about = |what: &str| -> Vec<&str> {
        let asked = asked.iter().filter(|it| text(&it.request).contains(what));
        asked.map(|it| it.operation.as_str()).collect()
    };
    assert_eq!(about("roster"), ["Query"], "the marks and the head, a unit together");
    assert!(about("apps#").is_empty() && about("app#").is_empty(), "and no record");
    let largest = asked.iter().filter(|it| text(&it.request).contains("roster"));
    assert!(largest.map(|it| it.answer.len()).max().unwrap() < 4096);
}
