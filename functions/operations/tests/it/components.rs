//! Components, templates and domains through the routes.

use serde_json::{Value, json};

use crate::{
    gateway::Call,
    world::{COMPONENT, World, component, mini_program},
};

#[tokio::test]
async fn components_are_listed_with_those_that_cannot_work() {
    let world = World::new().await;

    let listed = world.get("/v1/components").await.json();
    let shown = world.get(&component("")).await.json();

    assert_eq!(listed["components"][0]["appid"], COMPONENT);
    assert_eq!(listed["disabled"][0]["entry"], "wx00000000000000ff");
    assert!(listed["disabled"][0]["why"].as_str().unwrap().contains("secret"), "{listed}");
    assert!(shown["ticket"]["age_seconds"].as_i64().unwrap() < 5, "{shown}");
    world.get("/v1/components/wx0000000000000001").await.problem(404);
}

#[tokio::test]
async fn a_draft_becomes_a_template_that_is_found_by_reading_again() {
    let world = World::new().await;
    let version = json!({ "user_version": "1.0", "user_desc": "first", "create_time": 1 });
    let mut draft = version.clone();
    draft["draft_id"] = 7.into();
    world.wechat.says("/wxa/gettemplatedraftlist", json!({ "errcode": 0, "draft_list": [draft] }));
    let mut old = version.clone();
    old["template_id"] = "3".into();
    world.wechat.says("/wxa/gettemplatelist", json!({ "errcode": 0, "template_list": [old] }));

    let none = world.send(Call::post(&component("/templates")).json(json!({ "draft_id": 8 })));
    let none = none.await.problem(404);

    assert!(none["detail"].as_str().unwrap().contains('8'), "{none}");
    assert!(world.wechat.asked("/wxa/addtotemplate").is_empty());
    let gone = world.send(Call::delete(&component("/templates/3"))).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(world.wechat.asked("/wxa/deletetemplate"), [json!({ "template_id": 3 })]);
    world.send(Call::delete(&component("/templates/4"))).await.problem(404);
    world.send(Call::delete(&component("/templates/x"))).await.problem(404);
}

/// A component whose own list has a.example.com.
async fn with_a_list() -> World {
    let world = World::new().await;
    let registered = json!({
        "errcode": 0, "published_wxa_server_domain": "a.example.com",
        "testing_wxa_server_domain": "a.example.com",
    });
    world.wechat.says("/cgi-bin/component/modify_wxa_server_domain", registered);
    world
}

fn set_server_domains(hosts: &[&str]) -> Value {
    let lists: Vec<String> = hosts.iter().map(|host| format!("https://{host}")).collect();
    json!({ "domains": { "requestdomain": lists } })
}

#[track_caller]
fn leaves_the_list_alone(world: &World) {
    for asked in world.wechat.asked("/cgi-bin/component/modify_wxa_server_domain") {
        assert_eq!(asked["action"], "get", "{asked}");
    }
}

#[tokio::test]
async fn domains_of_one_mini_program_are_set_directly_and_leave_the_shared_list_alone() {
    let world = with_a_list().await;
    let lists = json!({ "requestdomain": ["https://a.example.com", "https://b.example.com"] });
    world.wechat.says("/wxa/modify_domain_directly", lists.clone());
    let body = set_server_domains(&["A.example.com/", "b.example.com"]);
    let call = Call::put(&mini_program("/server-domains")).json(body);

    let set = world.send(call.clone()).await;

    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(set.json()["direct"], true);
    assert_eq!(set.json()["domains"]["requestdomain"][1], "https://b.example.com");
    let asked = world.wechat.asked("/wxa/modify_domain_directly");
    assert_eq!(asked[0]["action"], "set");
    assert_eq!(asked[0]["requestdomain"][0], "https://a.example.com");
    assert_eq!(asked[0]["tcpdomain"], json!([]));
    leaves_the_list_alone(&world);

    world.wechat.says("/wxa/get_effective_domain", json!({ "direct_domain": lists }));
    assert_eq!(world.send(call).await.status, 200);
    let asked = world.wechat.asked("/wxa/modify_domain_directly");
    assert_eq!(asked.len(), 1, "no change is spent on nothing");
}

#[tokio::test]
async fn domains_that_all_share_go_through_the_platform_and_no_others_stay() {
    let world = with_a_list().await;
    let present = json!({
        "third_domain": { "requestdomain": [] },
        "direct_domain": { "requestdomain": ["https://old.example.com"] },
    });
    world.wechat.says("/wxa/get_effective_domain", present);
    world.wechat.says("/wxa/modify_domain", json!({ "requestdomain": ["https://a.example.com"] }));

    let call = Call::put(&mini_program("/server-domains"));
    let set = world.send(call.json(set_server_domains(&["a.example.com"]))).await;

    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(set.json()["direct"], false);
    assert_eq!(world.wechat.asked("/wxa/modify_domain").len(), 1);
    let cleared = world.wechat.asked("/wxa/modify_domain_directly");
    assert_eq!(cleared[0]["requestdomain"], json!([]));
    leaves_the_list_alone(&world);
}

#[tokio::test]
async fn a_domain_that_the_platform_lacks_is_named_with_both_ways_out() {
    let world = with_a_list().await;
    let mut body = set_server_domains(&["a.example.com", "b.example.com"]);
    body["direct"] = false.into();

    let call = Call::put(&mini_program("/server-domains")).json(body).english();
    let problem = world.send(call).await.problem(422);

    assert_eq!(problem["faults"][0]["pointer"], "/domains/requestdomain/1", "{problem}");
    let why = problem["faults"][0]["detail"].as_str().unwrap();
    assert!(why.contains("\"direct\": true") && why.contains("50 times"), "{why}");
    assert!(world.wechat.asked("/wxa/modify_domain").is_empty());
    leaves_the_list_alone(&world);
}

#[tokio::test]
async fn domains_that_wechat_leaves_out_are_named() {
    let world = World::new().await;
    let answer = json!({ "errcode": 0, "invalid_requestdomain": ["https://b.example.com"] });
    world.wechat.says("/wxa/modify_domain_directly", answer);
    let domains = json!({ "requestdomain": ["https://b.example.com"] });
    let body = json!({ "domains": domains, "direct": true });

    let problem = world.send(Call::put(&mini_program("/server-domains")).json(body)).await;

    let problem = problem.problem(422);
    assert!(problem["detail"].as_str().unwrap().contains("https://b.example.com"), "{problem}");
    assert!(world.wechat.asked("/cgi-bin/component/modify_wxa_server_domain").is_empty());
}

#[tokio::test]
async fn a_confirm_file_is_fetched_and_kept() {
    let world = World::new().await;
    let file = json!({ "errcode": 0, "file_name": "Xq7.txt", "file_content": "abc" });
    world.wechat.says("/wxa/get_webviewdomain_confirmfile", file);

    let fetched = world.send(Call::post(&mini_program("/business-domains/confirm-file"))).await;

    assert_eq!(fetched.json()["address"], "https://fleet.example.com/Xq7.txt");
    let name = platform::confirm_files::FileName::parse("Xq7.txt").unwrap();
    let kept = world.app.platform.confirm_files.read(&name).await.unwrap();
    assert_eq!(kept.as_deref(), Some("abc"));
}
