//! The dictionary of WeChat's codes as it is served.

use std::collections::BTreeSet;

use crate::{gateway::Call, world::World};

#[tokio::test]
async fn a_code_is_explained_in_the_callers_language() {
    let world = World::new().await;
    let code = || Call::get("/v1/errcodes/85009");

    let chinese = world.send(code()).await.json();
    let english = world.send(code().english()).await.json();

    assert_eq!(chinese["errcode"], 85009);
    assert_eq!(chinese["meanings"][0]["class"], "state");
    assert_eq!(chinese["meanings"][0]["cause"], "已有一个版本正在审核。");
    assert_eq!(english["meanings"][0]["cause"], "A version is under review already.");
    assert!(english.to_string().is_ascii(), "{english:#}");
}

#[tokio::test]
async fn a_code_that_means_different_things_says_where() {
    let world = World::new().await;
    let code = world.get("/v1/errcodes/45009").await.json();
    let meanings = code["meanings"].as_array().unwrap();
    assert_eq!(meanings[0]["class"], "quota");
    assert_eq!(meanings[0].get("paths"), None);
    assert_eq!(meanings[1]["class"], "busy");
    assert_eq!(meanings[1]["paths"][0], "/wxa/getwxacodeunlimit");
    assert_eq!(world.get("/v1/errcodes/-1").await.json()["errcode"], -1);
}

#[tokio::test]
async fn an_unknown_code_is_not_found_and_says_what_to_go_by() {
    let world = World::new().await;
    let code = |code: &str| Call::get(&format!("/v1/errcodes/{code}")).english();
    let unknown = world.send(code("123456")).await.problem(404);
    assert_eq!(unknown["field"], "errcode");
    assert_eq!(unknown["detail"], "The code 123456 is not in the dictionary.");
    assert!(unknown["what_to_do"].as_str().unwrap().contains("wechat_message"));
    world.send(code("many")).await.problem(404);
    world.send(code("0")).await.problem(404);
}

#[tokio::test]
async fn codes_are_listed_by_class() {
    let world = World::new().await;
    let all = world.get("/v1/errcodes").await.json();
    let all = all["errcodes"].as_array().unwrap();
    let codes: BTreeSet<i64> = all.iter().map(|code| code["errcode"].as_i64().unwrap()).collect();
    assert_eq!(codes.len(), all.len(), "each code stands there once");
    assert!(codes.len() > 300, "{}", codes.len());

    let busy = world.get("/v1/errcodes?class=busy").await.json();
    let busy = busy["errcodes"].as_array().unwrap();
    assert!(!busy.is_empty() && busy.len() < all.len() / 10);
    for meaning in busy.iter().flat_map(|code| code["meanings"].as_array().unwrap()) {
        assert_eq!(meaning["class"], "busy");
    }
    let wrong = world.get("/v1/errcodes?class=bored").await.problem(400);
    assert_eq!(wrong["field"], "class");
    world.get("/v1/errcodes?area=code").await.problem(400);
}
