//! What WeChat refuses, and what an operator is told about it.

use serde_json::{Value, json};

use crate::{
    gateway::Call,
    wechat::Answer,
    world::{COMPONENT, MINI_PROGRAM, World, mini_program},
};

const RID: &str = "6740c6b1-0c4a5b6d-7e8f9a0b";

fn bind() -> Call {
    in_chinese().english()
}

fn in_chinese() -> Call {
    Call::post(&mini_program("/testers")).json(json!({ "wechat_id": "lily_2026" }))
}

async fn refused(errcode: i64, status: u16) -> Value {
    let world = World::new().await;
    world.wechat.refuses("/wxa/bind_tester", errcode);
    let reply = world.send(bind()).await;
    let problem = reply.problem(status);
    assert_eq!(problem["errcode"], errcode);
    assert_eq!(problem["rid"], RID);
    let entries = world.audit().await;
    assert_eq!(entries[0]["outcome"]["errcode"], errcode, "{entries:?}");
    assert_eq!(entries[0]["outcome"]["rid"], RID);
    problem
}

#[tokio::test]
async fn a_refusal_is_explained_with_its_code_and_rid() {
    let problem = refused(85001, 422).await;
    assert!(problem["cause"].as_str().unwrap().starts_with("There is no such WeChat id"));
    assert!(problem["what_to_do"].as_str().unwrap().ends_with('.'));
}

#[tokio::test]
async fn an_unknown_code_keeps_wechats_words() {
    let problem = refused(123_456, 422).await;
    assert_eq!(problem["wechat_message"], "no");
    assert_eq!(problem["detail"], "WeChat answered 123456: no.");
    assert_eq!(problem.get("cause"), None);
    assert!(problem["what_to_do"].as_str().unwrap().contains("not in the dictionary"));
}

#[tokio::test]
async fn a_refusal_without_words_is_no_half_sentence() {
    let world = World::new().await;
    world.wechat.says("/wxa/bind_tester", json!({ "errcode": 123_456, "errmsg": "" }));
    let chinese = world.send(in_chinese()).await.problem(422);
    let english = world.send(bind()).await.problem(422);
    assert_eq!(chinese["detail"], "微信返回 123456，没有说明。");
    assert_eq!(english["detail"], "WeChat answered 123456 without a word.");
}

#[tokio::test]
async fn a_token_that_wechat_repeats_does_not_come_out() {
    let world = World::new().await;
    let token = "61W3mEpU66027wgNZ_MhGHNQDHnFATkDa9-2llqrMBjUwxRSNPbVsMmyD";
    let words = format!("no such user, token {token}");
    world.wechat.says("/wxa/bind_tester", json!({ "errcode": 123_456, "errmsg": words }));
    let problem = world.send(bind()).await.problem(422);
    assert_eq!(problem["wechat_message"], "no such user, token [REDACTED]");
    assert!(!problem.to_string().contains(token));
}

#[tokio::test]
async fn refusals_are_answered_by_their_class() {
    let used_up = refused(45009, 429).await;
    assert_eq!(used_up["type"], "urn:wechat-fleet:problem:used-up");
    refused(85002, 422).await;
    refused(48001, 422).await;
    refused(9_402_202, 503).await;
    refused(45011, 503).await;
    refused(61004, 502).await;
    let unknown = refused(-1, 504).await;
    assert_eq!(unknown["type"], "urn:wechat-fleet:problem:outcome-unknown");
}

#[tokio::test]
async fn a_merchant_that_must_authorize_is_sent_its_link() {
    let world = World::new().await;
    world.wechat.refuses("/wxa/bind_tester", 61003);
    let link = format!("https://fleet.example.com/authorize/{COMPONENT}");

    let gone = world.send(bind()).await.problem(409);
    let stranger = mini_program("/testers").replace(MINI_PROGRAM, "wx0000000000000099");
    let never = world.get(&stranger).await.problem(409);

    assert_eq!(gone["authorization_link"], *link);
    assert_eq!(never["authorization_link"], *link);
    assert_eq!(never["type"], "urn:wechat-fleet:problem:authorization-needed");
}

#[tokio::test]
async fn a_component_that_is_unknown_or_disabled_says_which() {
    let world = World::new().await;
    let at = |component: &str| mini_program("/testers").replace(COMPONENT, component);

    let unknown = world.get(&at("wx0000000000000001")).await;
    let disabled = world.get(&at("wx00000000000000ff")).await;
    let malformed = world.get(&at("a%20b")).await;

    assert_eq!(unknown.problem(404)["field"], "component");
    let disabled = disabled.problem(503);
    assert_eq!(disabled["type"], "urn:wechat-fleet:problem:component-disabled");
    assert!(disabled["detail"].as_str().unwrap().contains("secret"), "{disabled}");
    assert_eq!(malformed.problem(404)["field"], "component");
}

#[tokio::test]
async fn a_wechat_that_does_not_answer_is_not_our_mistake() {
    let world = World::new().await;
    for (answer, status) in [
        (Answer::Html, 502),
        (Answer::NotSent, 503),
        (Answer::TimedOut, 504),
        (Answer::Json(json!([])), 502),
    ] {
        world.wechat.answers("/wxa/bind_tester", answer);
        let reply = world.send(bind().once("k")).await;
        reply.problem(status);
        assert_eq!(reply.header("idempotent-replayed"), None, "a failure is not kept");
    }
    world.wechat.says("/wxa/bind_tester", json!({ "errcode": 0, "userstr": "one" }));
    assert_eq!(world.send(bind().once("k")).await.status, 201);
}

#[tokio::test]
async fn a_question_that_gets_no_answer_has_done_nothing() {
    let world = World::new().await;
    for answer in [Answer::TimedOut, Answer::Json(json!({ "errcode": -1, "errmsg": "busy" }))] {
        world.wechat.answers("/wxa/getversioninfo", answer);
        let reply = world.send(Call::get(&mini_program("/versions")).english()).await;
        let problem = reply.problem(503);
        assert_eq!(problem["type"], "urn:wechat-fleet:problem:wechat-unavailable");
        assert!(!problem.to_string().contains("may have"), "{problem}");
        assert!(reply.header("retry-after").is_some(), "{reply:?}");
    }
}
