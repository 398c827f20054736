//! Two operators who change the same thing.

use serde_json::{Value, json};

use crate::{
    gateway::{Call, Reply},
    world::{World, component, mini_program},
};

fn domains(list: &[&str]) -> Value {
    let lists = json!({ "requestdomain": list, "wsrequestdomain": [], "uploaddomain": [],
        "downloaddomain": [], "udpdomain": [], "tcpdomain": [] });
    json!({ "errcode": 0, "mp_domain": lists, "third_domain": lists, "direct_domain": lists,
        "effective_domain": lists })
}

fn tag(reply: &Reply) -> String {
    reply.header("etag").unwrap_or_else(|| panic!("no tag: {reply:?}")).to_owned()
}

#[tokio::test]
async fn a_change_on_the_strength_of_what_is_not_there_any_more_is_refused() {
    let world = World::new().await;
    world.wechat.says("/wxa/get_effective_domain", domains(&[]));
    let set = json!({ "errcode": 0, "requestdomain": ["https://a.example.com"] });
    world.wechat.says("/wxa/modify_domain_directly", set);
    let path = mini_program("/server-domains");
    let put = |domain: &str| {
        let body = json!({ "domains": { "requestdomain": [domain] }, "direct": true });
        Call::put(&path).json(body).english()
    };
    let seen = tag(&world.get(&path).await);

    let mine = world.send(put("https://a.example.com").header("if-match", &seen)).await;
    world.wechat.says("/wxa/get_effective_domain", domains(&["https://a.example.com"]));
    let yours = world.send(put("https://b.example.com").header("if-match", &seen)).await;
    let again = tag(&world.get(&path).await);
    let informed = world.send(put("https://b.example.com").header("if-match", &again)).await;

    assert_eq!(mine.status, 200, "{mine:?}");
    let problem = yours.problem(412);
    assert_eq!(problem["type"], "urn:wechat-fleet:problem:changed");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("It was changed meanwhile, last by "), "{detail}");
    assert_ne!(again, seen);
    assert_eq!(informed.status, 200, "{informed:?}");
    assert_eq!(world.wechat.asked("/wxa/modify_domain_directly").len(), 2);
}

#[tokio::test]
async fn without_a_condition_the_last_one_wins() {
    let world = World::new().await;
    let path = component("/server-domains");
    let put = || Call::put(&path).json(json!({ "domains": ["a.example.com"] }));
    assert_eq!(world.send(put()).await.status, 200);
    assert_eq!(world.send(put().header("if-match", "*")).await.status, 200);
    let problem = world.send(put().header("if-match", "unquoted")).await.problem(400);
    assert_eq!(problem["field"], "If-Match");
}

#[tokio::test]
async fn a_webhook_is_changed_and_deleted_under_the_same_condition() {
    let world = crate::webhooks::world("93.184.216.34").await;
    let body = json!({ "url": "https://hooks.example.com/wechat" });
    let made = world.send(Call::post("/v1/webhooks").json(body)).await;
    let path = made.header("location").unwrap().to_owned();
    let seen = tag(&world.get(&path).await);
    let patch = |name: &str| Call::new("PATCH", &path).json(json!({ "description": name }));

    let first = world.send(patch("one").header("if-match", &seen)).await;
    let late = world.send(patch("two").header("if-match", &seen)).await;
    let gone = world.send(Call::delete(&path).header("if-match", &seen)).await;
    let tag = tag(&first);
    let deleted = world.send(Call::delete(&path).header("if-match", &tag)).await;

    assert_eq!(first.status, 200, "{first:?}");
    late.problem(412);
    gone.problem(412);
    assert_eq!(deleted.status, 204, "{deleted:?}");
}

#[tokio::test]
async fn every_change_that_takes_a_condition_has_an_answer_with_its_tag() {
    let world = World::new().await;
    let document = world.get("/v1/openapi.json").await.json();
    let mut found = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array();
            let mut parameters = parameters.into_iter().flatten();
            if parameters.any(|parameter| parameter["name"] == "If-Match") {
                found += 1;
                assert!(operation["responses"]["412"].is_object(), "{method} {path}");
            }
        }
    }
    assert!(found >= 15, "{found}");
}

#[tokio::test]
async fn a_segment_is_changed_and_deleted_under_the_same_condition() {
    let world = World::new().await;
    let segment = json!({ "name": "餐厅", "query": { "tags": { "any": ["restaurant"] } } });
    let made = world.send(Call::post(&component("/segments")).json(segment.clone())).await;
    let path = made.header("location").unwrap().to_owned();
    let seen = tag(&world.get(&path).await);
    let query = &segment["query"];
    let put = |tag: &str| {
        Call::put(&path).json(json!({ "name": "饭店", "query": query })).header("if-match", tag)
    };

    let set = world.send(put(&seen)).await;
    world.send(put(&seen)).await.problem(412);
    let now = tag(&world.get(&path).await);
    assert_eq!(tag(&set), now, "the answer's tag is good for the next change");
    world.send(Call::delete(&path).header("if-match", &seen)).await.problem(412);
    assert_eq!(world.send(Call::delete(&path).header("if-match", &now)).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_saw_the_same_one_changes_it() {
    let world = World::new().await;
    let segment = |name: &str| json!({ "name": name, "query": {} });
    let made = world.send(Call::post(&component("/segments")).json(segment("一"))).await;
    let path = made.header("location").unwrap().to_owned();
    let seen = tag(&world.get(&path).await);

    let change = |name| world.send(Call::put(&path).json(segment(name)).header("if-match", &seen));
    let (first, second, third) = tokio::join!(change("甲"), change("乙"), change("丙"));

    let mut statuses = [first.status, second.status, third.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412]);
}

#[tokio::test]
async fn a_condition_is_not_passed_over() {
    let world = World::new().await;
    let body = json!({ "name": "一", "query": {} });
    let call = Call::post(&component("/segments")).json(body).header("if-match", "*");
    assert_eq!(world.send(call).await.problem(400)["field"], "If-Match");
    let gone = component("/segments/01JZ00000000000000000000ZZ");
    world.send(Call::delete(&gone).header("if-match", "*")).await.problem(412);
}

#[tokio::test]
async fn what_replaces_something_says_by_what() {
    let world = World::new().await;
    let empty =
        Call::put(&component("/onboarding-plan")).header("content-type", "application/json");
    world.send(empty).await.problem(400);
}
