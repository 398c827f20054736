//! Operators' mistakes: each is answered with what to do, and nothing of it reaches WeChat.

use journeys::{EMPTY_MERCHANT, MERCHANT, UNFILED_MERCHANT, World};
use secrecy::SecretString;
use serde_json::json;
use simulator::{Fault, How};

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_key_or_too_small_a_one_is_told_so() {
    let world = World::start().await;
    let operator = world.operator();

    world.stranger().get("/v1/components").await.expect_problem(401);
    for key in ["wf_admin_wrong", "nonsense", ""] {
        let stranger = world.operator_with(SecretString::from(key));
        stranger.get("/v1/components").await.expect_problem(401);
    }
    let made = operator.post("/v1/keys", json!({ "name": "screen", "role": "viewer" })).await;
    let made = made.expect_status(201).json();
    let viewer = world.operator_with(SecretString::from(made["secret"].as_str().unwrap()));
    viewer.get("/v1/components").await.expect_status(200);
    viewer.post("/v1/keys", json!({ "name": "x", "role": "admin" })).await.expect_problem(403);
    let key = format!("/v1/keys/{}", made["key"]["id"].as_str().unwrap());
    operator.delete(&key).await.expect_status(200);
    viewer.get("/v1/components").await.expect_problem(401);

    world.stranger().get("/health").await.expect_status(200);
    let document = world.stranger().get("/v1/openapi.json").await.expect_status(200).json();
    assert!(document["paths"].as_object().unwrap().len() > 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_named() {
    let shop = Shop::open().await;
    let operator = shop.world.operator();
    let stranger_appid = shop.world.mini_program("wx0000000000000000");

    operator.get("/v1/nonsense").await.expect_problem(404);
    operator.get("/v1/components/wx0000000000000000").await.expect_problem(404);
    operator.get("/v1/components/..%2f..").await.expect_problem(404);
    operator.get(&stranger_appid).await.expect_problem(404);
    operator.get(&format!("{stranger_appid}/preflight")).await.expect_problem(404);
    shop.get("review").await.expect_problem(404);
    operator.delete("/v1/components").await.expect_problem(405);
    let order = shop.post("rollback", json!({ "app_version": 7 })).await;
    assert!(order.status.is_client_error(), "{}", order.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_named_and_wechat_is_not_asked() {
    let shop = Shop::open().await;
    shop.world.simulator().clear_log();
    let with = |name: &str, value: serde_json::Value| {
        let mut order = shop.trial("1.0.0");
        order[name] = value;
        order
    };

    for (order, field) in [
        (with("user_version", json!("v".repeat(65))), "user_version"),
        (with("user_version", json!(7)), "user_version"),
        (with("user_version", json!("")), "user_version"),
        (with("user_desc", json!("述".repeat(181))), "user_desc"),
        (with("template_id", json!("one")), "template_id"),
        (with("ext", json!("{}")), "ext"),
        (with("colour", json!("red")), "colour"),
        (json!({ "user_version": "1.0.0" }), "template_id"),
    ] {
        let problem = shop.put("trial", order).await.expect_problem(422);
        assert_eq!(problem["field"], field, "{problem:#}");
    }
    for body in ["{", "[]", "\u{0}", &"[".repeat(5000)] {
        let answer = shop
            .world
            .request(
                http::Request::builder()
                    .method("PUT")
                    .uri(shop.world.url(&shop.path("trial")))
                    .header("content-type", "application/json")
                    .header("authorization", bearer(&shop.world)),
                body.as_bytes().to_vec(),
            )
            .await;
        assert!(answer.status.is_client_error(), "{body:.20} was answered with {}", answer.text());
    }
    let lists = json!({ "domains": { "requestdomain": ["http://a.example.com"] } });
    let problem = shop.put("server-domains", lists).await.expect_problem(422);
    assert!(problem["field"].is_string(), "{problem:#}");

    assert!(shop.world.simulator().log().calls.is_empty(), "{:?}", shop.world.simulator().log());
}

fn bearer(world: &World) -> String {
    use secrecy::ExposeSecret;
    format!("Bearer {}", world.system().sign_in_key().expose_secret())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_in_the_wrong_state_says_what_to_do_first() {
    let shop = Shop::open().await;

    shop.post("review", json!({})).await.expect_problem(409);
    shop.post("release", json!({})).await.expect_problem(409);
    shop.world.operator().delete(&shop.path("review")).await.expect_problem(409);
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    shop.put("trial", shop.trial("1.0.1")).await.expect_problem(409);
    shop.post("release", json!({})).await.expect_problem(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_who_has_not_authorized_is_sent_the_link() {
    let shop = Shop::open().await;
    let world = &shop.world;
    world
        .simulator()
        .revoke(simulator::Revoke { appid: MERCHANT.to_owned(), ..Default::default() })
        .await
        .unwrap();
    world.settle().await;

    let problem = shop.get("server-domains").await.expect_problem(409);

    let link = problem["authorization_link"].as_str().unwrap();
    assert!(link.ends_with(&format!("/authorize/{}", world.component())), "{link}");
    let account = world.operator().get(&world.mini_program(MERCHANT)).await.expect_status(200);
    assert_eq!(account.json()["authorized"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_first_release_lacks_is_said_before_it_is_submitted() {
    let shop = Shop::open().await;
    let world = &shop.world;
    for merchant in [UNFILED_MERCHANT, EMPTY_MERCHANT] {
        world.authorize(merchant).await.expect_status(200);
        let path = world.mini_program(merchant);
        let operator = world.operator();
        operator.put(&format!("{path}/trial"), shop.trial("1.0.0")).await.expect_status(200);
        world.later(crate::shop::DETECTION).await;

        let preflight = operator.get(&format!("{path}/preflight")).await.expect_status(200).json();

        assert_eq!(preflight["ready"], false, "{merchant}: {preflight:#}");
        let failed = preflight["checks"].as_array().unwrap().iter();
        for check in failed.filter(|check| check["status"] == "fail") {
            assert!(check["what_to_do"].is_string(), "{merchant}: {check:#}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wechats_refusal_is_explained_with_its_code_in_the_callers_language() {
    let shop = Shop::open().await;
    let refuse = || shop.world.simulator().fail(Fault::new("/wxa/commit", How::Errcode(85013)));
    refuse();
    let chinese = shop.put("trial", shop.trial("1.0.0")).await.expect_problem(422);
    refuse();
    let english = shop
        .world
        .operator()
        .send("PUT", &shop.path("trial"), &[("accept-language", "en")], Some(shop.trial("1.0.0")))
        .await
        .expect_problem(422);

    assert_eq!(chinese["errcode"], 85013, "{chinese:#}");
    assert!(chinese["rid"].is_string(), "{chinese:#}");
    assert_ne!(chinese["what_to_do"], english["what_to_do"]);
    assert!(english["what_to_do"].as_str().unwrap().is_ascii(), "{english:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_is_filled_in_or_missed_before_anything_is_uploaded() {
    let shop = Shop::open().await;
    let order = |ext: serde_json::Value| {
        let mut order = shop.trial("1.0.0");
        order["ext"] = ext;
        order
    };
    let filled = json!({ "ext": { "shop": "{{shop}}", "title": "{{ name }}·{{shop}}号" } });
    let missed = shop.put("trial", order(filled.clone())).await.expect_problem(422);
    let variables = json!({ "variables": { MERCHANT: { "shop": 77 } } });
    let path = format!("/v1/components/{}/variables", shop.world.component());
    shop.world.operator().post(&path, variables).await.expect_status(200);
    shop.put("trial", order(filled)).await.expect_status(200);

    let pointers: Vec<_> =
        missed["faults"].as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
    assert_eq!(pointers, ["/ext/ext/shop", "/ext/ext/title"], "{missed:#}");
    let log = shop.world.simulator().log();
    let sent: Vec<_> = log.calls.iter().filter(|call| call.path == "/wxa/commit").collect();
    assert_eq!(sent.len(), 1);
    let sent: serde_json::Value = serde_json::from_str(&sent[0].body).unwrap();
    let ext: serde_json::Value = serde_json::from_str(sent["ext_json"].as_str().unwrap()).unwrap();
    assert_eq!(ext["ext"]["shop"], 77);
    assert!(ext["ext"]["title"].as_str().unwrap().ends_with("·77号"), "{ext:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_an_idempotency_key_is_done_once() {
    let shop = Shop::open().await;
    let operator = shop.world.operator();
    let order = async |body: serde_json::Value| {
        let headers = [("idempotency-key", "order-1")];
        operator.send("PUT", &shop.path("trial"), &headers, Some(body)).await
    };

    let first = order(shop.trial("1.0.0")).await.expect_status(200);
    let second = order(shop.trial("1.0.0")).await.expect_status(200);
    order(shop.trial("1.0.1")).await.expect_problem(422);

    assert_eq!(first.text(), second.text());
    assert_eq!(shop.world.calls("/wxa/commit"), 1);
}
