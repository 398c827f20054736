//! What WeChat checks on every call.

use bytes::Bytes;
use http::Request;
use serde_json::json;
use simulator::Authorize;

use crate::support::{NOODLES, World, code, text};

#[tokio::test]
async fn the_wrong_kind_of_token_is_named() {
    let world = World::new();
    let (merchant, _) = world.authorized(NOODLES).await;
    let component = world.component_token().await;

    let needs_component = world.get(&format!("/wxa/gettemplatelist?access_token={merchant}")).await;
    let needs_merchant = world.get(&format!("/wxa/get_category?access_token={component}")).await;

    assert_eq!(code(&needs_component), 61014);
    assert_eq!(code(&needs_merchant), 61015);
}

#[tokio::test]
async fn a_token_is_missing_or_unknown() {
    let world = World::new();

    assert_eq!(code(&world.get("/wxa/get_category").await), 41001);
    assert_eq!(code(&world.get("/wxa/get_category?access_token=").await), 41001);
    assert_eq!(code(&world.get("/wxa/get_category?access_token=nobody").await), 40001);
}

#[tokio::test]
async fn a_component_token_goes_by_two_names() {
    let world = World::new();
    let token = world.component_token().await;
    let body = json!({ "component_appid": world.component });

    for name in ["access_token", "component_access_token"] {
        let path = format!("/cgi-bin/component/api_create_preauthcode?{name}={token}");
        let answer = world.post(&path, body.clone()).await;
        assert!(text(&answer["pre_auth_code"]).starts_with("preauthcode@@@"), "{name}");
        assert_eq!(answer["expires_in"], 1800);
    }
}

#[tokio::test]
async fn a_permission_set_that_was_not_granted_answers_61007() {
    let world = World::new();
    let token = world.component_token().await;
    let order = Authorize { permission_sets: Some(vec![30]), ..Authorize::new(NOODLES) };
    let code_ = world.simulator.authorize(order).await.unwrap().auth_code;
    let answer = world.query_auth(&token, &code_).await;
    let token = text(&answer["authorization_info"]["authorizer_access_token"]);

    let category = world.get(&format!("/wxa/get_category?access_token={token}")).await;
    let info = format!("/cgi-bin/account/getaccountbasicinfo?access_token={token}");

    assert_eq!(code(&category), 61007);
    assert_eq!(code(&world.get(&info).await), 0);
}

#[tokio::test]
async fn an_address_off_the_whitelist_answers_61004_even_without_a_token() {
    let world = World::new();
    let token = world.component_token().await;
    let ticket = world.simulator.push_ticket().await.unwrap().ticket;

    world.simulator.refuse_address(true);
    let list = format!("/wxa/gettemplatelist?access_token={token}");
    assert_eq!(code(&world.get(&list).await), 61004);
    assert_eq!(code(&world.component_token_for(&ticket).await), 61004);
    world.simulator.refuse_address(false);
    assert_eq!(code(&world.component_token_for(&ticket).await), 0);
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let world = World::new();
    let (token, _) = world.authorized(NOODLES).await;
    let release = format!("/wxa/release?access_token={token}");
    let tester = format!("/wxa/bind_tester?access_token={token}");

    assert_eq!(code(&world.post_raw(&release, "").await), 44002);
    assert_eq!(code(&world.post_raw(&release, "{").await), 47001);
    assert_eq!(code(&world.post_raw(&release, "[]").await), 47001);
    assert_eq!(code(&world.post_raw(&release, "{\"a\":\"\u{0}").await), 47001);
    assert_eq!(code(&world.post_raw(&tester, &b"{\"wechatid\":\"\xff\"}"[..]).await), 47001);
    let misspelt = world.post(&tester, json!({ "wechat_id": "somebody" })).await;
    assert_eq!(code(&misspelt), 47001);
    assert!(text(&misspelt["errmsg"]).contains("wechat_id"), "the field is named");
    assert_eq!(code(&world.post(&tester, json!({ "wechatid": 5 })).await), 47001);
    assert_eq!(code(&world.post(&tester, json!({})).await), 85001);
}

#[tokio::test]
async fn text_beyond_ascii_must_not_be_escaped() {
    let world = World::new();
    let (token, _) = world.authorized(NOODLES).await;
    let tester = format!("/wxa/bind_tester?access_token={token}");
    let audit = format!("/wxa/submit_audit?access_token={token}");

    let escaped = world.post_raw(&tester, r#"{"wechatid":"\u4e2d\u6587"}"#).await;
    let category = world
        .post_raw(&audit, r#"{"item_list":[{"first_class":"\u9910\u996e","second_class":"x"}]}"#)
        .await;
    // The inner JSON of a string is that string's own business, and ASCII may be escaped.
    let inner = world.post_raw(&tester, r#"{"wechatid":"a\\u4e2d\u0041bcdef"}"#).await;

    assert_eq!(code(&escaped), 47002);
    assert_eq!(code(&category), 85008);
    assert_eq!(code(&inner), 85001);
}

#[tokio::test]
async fn the_method_and_the_query_have_to_be_right() {
    let world = World::new();
    let token = world.component_token().await;
    let list = format!("/wxa/gettemplatelist?access_token={token}");

    assert_eq!(code(&world.post(&list, json!({})).await), 43001);
    assert_eq!(code(&world.get(&format!("{list}&template_typ=0")).await), 40097);
    let add = format!("/wxa/addtotemplate?access_token={token}");
    assert_eq!(code(&world.get(&add).await), 43002);
}

#[tokio::test]
async fn errors_are_http_200_with_a_rid_and_a_date() {
    let world = World::new();

    let response = world.get_raw("/wxa/get_category?access_token=nobody").await;

    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["date"], "Wed, 20 May 2026 03:00:00 GMT");
    let answer: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    let errmsg = text(&answer["errmsg"]);
    let rid = errmsg.rsplit_once(" rid: ").unwrap().1;
    let lengths: Vec<usize> = rid.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 8, 8]);
}

#[tokio::test]
async fn an_unknown_path_is_a_page() {
    let world = World::new();

    let response = world.get_raw("/wxa/nothing_here").await;

    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(world.simulator.count("/wxa/nothing_here"), 1);
}

#[tokio::test]
async fn the_log_tells_who_asked_what_and_what_came_of_it() {
    let world = World::new();
    let (token, _) = world.authorized(NOODLES).await;
    world.simulator.clear_log();

    let path = format!("/wxa/bind_tester?access_token={token}");
    world.post(&path, json!({ "wechatid": "zhangsan" })).await;
    world.post(&path, json!({ "wechatid": "zhangsan" })).await;
    let request = Request::get("http://x/wxa/get_category").body(Bytes::new()).unwrap();
    world.wechat.answer(request).await.unwrap();

    let log = world.simulator.log();
    assert_eq!(log.count("/wxa/bind_tester"), 2);
    let calls = log.of("/wxa/bind_tester");
    assert_eq!((calls[0].token, calls[0].appid.as_str()), ("merchant", NOODLES));
    assert_eq!((calls[0].errcode, calls[0].acted), (Some(0), true));
    assert_eq!((calls[1].errcode, calls[1].acted), (Some(85004), false));
    assert!(calls[0].body.contains("zhangsan") && calls[0].query.is_empty());
    assert_eq!(log.of("/wxa/get_category")[0].token, "none");
}
