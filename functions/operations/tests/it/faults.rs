//! Everything that is wrong with a request is told at once.

use serde_json::{Value, json};

use crate::{
    gateway::Call,
    world::{World, component, mini_program},
};

fn pointers(problem: &Value) -> Vec<&str> {
    let faults = problem["faults"].as_array().unwrap();
    faults.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn everything_that_a_body_lacks_or_has_too_much_is_told_at_once() {
    let world = World::new().await;
    let body = json!({
        "template_id": "7", "user_desc": "长".repeat(181), "ext": [], "canary": "canary-value",
    });

    let call = Call::new("PUT", &mini_program("/trial")).json(body);
    let problem = world.send(call.english()).await.problem(422);

    let mut found = pointers(&problem);
    found.sort_unstable();
    assert_eq!(found, ["/canary", "/ext", "/template_id", "/user_desc", "/user_version"]);
    assert_eq!(problem["detail"], "5 things are wrong, see faults.");
    assert!(!problem.to_string().contains("canary-value"), "{problem}");
}

#[tokio::test]
async fn everything_that_wechat_would_not_take_is_told_at_once() {
    let world = World::new().await;
    let body = json!({ "domains": {
        "requestdomain": ["https://ok.example.com", "http://a.example.com", "https://10.0.0.1"],
        "udpdomain": ["udp://api.weixin.qq.com"],
    } });

    let call = Call::new("PUT", &mini_program("/server-domains")).json(body);
    let problem = world.send(call).await.problem(422);

    assert_eq!(
        pointers(&problem),
        ["/domains/requestdomain/1", "/domains/requestdomain/2", "/domains/udpdomain/0",]
    );
    assert_eq!(problem["field"], "domains.requestdomain[1]");
    assert!(world.wechat.asked("/wxa/modify_domain").is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_the_shape_hides_nothing_of_what_is_wrong_with_the_values() {
    let world = World::new().await;
    let registration = json!({
        "kind": "enterprise", "name": "x", "code": "y", "component_phone": "z", "openid": "a",
        "foo": 1,
    });
    let call = Call::post(&component("/registrations")).json(registration);
    let problem = world.send(call).await.problem(422);
    let mut found = pointers(&problem);
    found.sort_unstable();
    assert_eq!(found, ["/code", "/component_phone", "/foo", "/name", "/openid"]);

    let key = json!({
        "name": "a\u{202e}b", "role": "machine", "scopes": ["relay", "everything"],
        "accounts": ["x y"], "components": [7, "*"], "paths": ["wxa"], "expires_at": "tomorrow",
    });
    let problem = world.send(Call::post("/v1/keys").json(key)).await.problem(422);
    let mut found = pointers(&problem);
    found.sort_unstable();
    let wrong = ["/accounts/0", "/components/0", "/expires_at", "/name", "/paths/0", "/scopes/1"];
    assert_eq!(found, wrong, "{problem:#}");

    let tags = json!({ "appids": ["wx1f0a5c2e9d3b7486", "x", "y z"], "add": ["a b"], "more": {} });
    let problem = world.send(Call::post(&component("/tags")).json(tags)).await.problem(422);
    let mut found = pointers(&problem);
    found.sort_unstable();
    assert_eq!(found, ["/add/0", "/appids/1", "/appids/2", "/more"], "{problem:#}");
}

#[tokio::test]
async fn a_single_fault_is_the_problems_detail() {
    let world = World::new().await;
    let body = json!({ "percentage": 101 });
    let call = Call::new("PUT", &mini_program("/gray-release")).json(body);
    let problem = world.send(call.english()).await.problem(422);
    assert_eq!(problem["detail"], "The field percentage: is 0 to 100.");
    assert_eq!(pointers(&problem), ["/percentage"]);
}

#[tokio::test]
async fn a_query_is_checked_whole() {
    let world = World::new().await;
    let path = component("/mini-programs?limit=many&cursor=a&cursor=b&shown=1");
    let problem = world.get(&path).await.problem(400);
    let mut found = pointers(&problem);
    found.sort_unstable();
    assert_eq!(found, ["/cursor", "/limit", "/shown"]);
    let missing = world.get(&component("/calls")).await.problem(400);
    assert_eq!(missing["field"], "path");
}

#[tokio::test]
async fn what_no_key_of_a_table_can_be_is_refused_before_any_is_read() {
    let world = World::new().await;
    for cursor in [String::new(), "x".repeat(257)] {
        for list in ["/v1/keys".to_owned(), component("/mini-programs")] {
            let problem = world.get(&format!("{list}?cursor={cursor}")).await.problem(400);
            assert_eq!(problem["field"], "cursor");
        }
    }
    let long = "x".repeat(2100);
    world.get(&format!("/v1/webhooks/{long}")).await.problem(404);
    world.get(&component(&format!("/self-tests/{long}"))).await.problem(404);
    let write = Call::new("POST", &component(&format!("/mini-programs/{long}/release")));
    world.send(write).await.problem(404);
}
