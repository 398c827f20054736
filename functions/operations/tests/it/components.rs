//! Components, templates and domains through the routes.

use serde_json::json;

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

#[tokio::test]
async fn server_domains_are_registered_with_the_platform_first() {
    let world = World::new().await;
    let registered = json!({
        "errcode": 0, "published_wxa_server_domain": "a.example.com",
        "testing_wxa_server_domain": "a.example.com",
    });
    world.wechat.says("/cgi-bin/component/modify_wxa_server_domain", registered);
    let wanted = json!({
        "requestdomain": ["https://A.example.com/", "https://b.example.com"],
        "wsrequestdomain": ["wss://b.example.com"],
    });
    world.wechat.says("/wxa/modify_domain", wanted.clone());

    let call = Call::put(&mini_program("/server-domains")).json(json!({ "domains": wanted }));
    let set = world.send(call.clone()).await;

    assert_eq!(set.status, 200, "{set:?}");
    let asked = world.wechat.asked("/cgi-bin/component/modify_wxa_server_domain");
    assert_eq!(asked[1]["action"], "add");
    assert_eq!(asked[1]["wxa_server_domain"], "b.example.com");
    let asked = world.wechat.asked("/wxa/modify_domain");
    assert_eq!(asked[0]["action"], "set");
    assert_eq!(asked[0]["requestdomain"][0], "https://a.example.com");
    assert_eq!(asked[0]["tcpdomain"], json!([]));

    let present = json!({
        "requestdomain": ["https://b.example.com", "https://a.example.com"],
        "wsrequestdomain": ["wss://b.example.com"],
    });
    world.wechat.says("/wxa/get_effective_domain", json!({ "third_domain": present }));
    assert_eq!(world.send(call).await.status, 200);
    assert_eq!(world.wechat.asked("/wxa/modify_domain").len(), 1, "no change is spent on nothing");
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
