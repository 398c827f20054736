//! Daily counters, and what is remembered of refused calls.

use serde_json::{Value, json};
use simulator::{Fault, How, Quota};

use crate::support::{FLOWERS, NOODLES, START, Shop, World, code, text};

/// A call that is about whoever calls.
async fn own(world: &World, token: &str, path: &str, body: Value) -> Value {
    world.post(&format!("{path}?access_token={token}"), body).await
}

async fn asked(world: &World, token: &str, path: &str) -> Value {
    own(world, token, "/cgi-bin/openapi/quota/get", json!({ "cgi_path": path })).await
}

fn left(appid: Option<&str>, path: &str, calls: u32) -> Quota {
    Quota {
        appid: appid.map(str::to_owned),
        calls: [(path.to_owned(), calls)].into(),
        ..Quota::default()
    }
}

#[tokio::test]
async fn a_days_calls_are_counted_by_path_and_run_out() {
    let mut shop = Shop::new(NOODLES).await;
    shop.world.simulator.set_quota(left(Some(NOODLES), "/wxa/get_category", 2)).unwrap();

    let before = asked(&shop.world, &shop.token, "/wxa/get_category").await["quota"].clone();
    assert_eq!(before["remain"], 2);
    assert_eq!(code(&shop.get("get_category").await), 0);
    let after = asked(&shop.world, &shop.token, "/wxa/get_category").await["quota"].clone();
    assert_eq!(after["remain"], 1);
    assert_eq!(after["used"].as_i64().unwrap(), before["used"].as_i64().unwrap() + 1);
    shop.get("get_category").await;
    assert_eq!(code(&shop.get("get_category").await), 45009);
    assert_eq!(code(&shop.post("getvisitstatus", json!({})).await), 0, "each path for itself");

    // It is 11:00 in Beijing: thirteen hours later it is tomorrow.
    shop.world.simulator.advance(13 * 3600);
    shop.renew().await;
    assert_eq!(code(&shop.get("get_category").await), 0);
}

#[tokio::test]
async fn whose_path_it_is_decides_whose_token_asks() {
    let shop = Shop::new(NOODLES).await;
    let component = shop.world.component_token().await;
    for (token, path, expected) in [
        (&component, "/wxa/gettemplatelist", 0),
        (&component, "/cgi-bin/component/api_component_token", 0),
        (&component, "/wxa/commit", 76022),
        (&shop.token, "/wxa/commit", 0),
        (&shop.token, "/wxa/gettemplatelist", 76022),
        (&component, "/sns/component/jscode2session", 76022),
        (&shop.token, "wxa/commit", 76003),
        (&shop.token, "https://api.weixin.qq.com/wxa/commit", 76003),
        (&shop.token, "/wxa/comit", 76021),
    ] {
        assert_eq!(code(&asked(&shop.world, token, path).await), expected, "{path}");
    }
}

#[tokio::test]
async fn an_account_begins_its_day_anew_ten_times_a_month() {
    let shop = Shop::new(NOODLES).await;
    let component = shop.world.component_token().await;
    let merchants = left(Some(NOODLES), "/wxa/get_category", 0);
    let components = left(None, "/wxa/gettemplatelist", 0);
    let templates = format!("/wxa/gettemplatelist?access_token={component}");
    shop.world.simulator.set_quota(merchants.clone()).unwrap();
    shop.world.simulator.set_quota(components.clone()).unwrap();
    let clear = async |token: &str, appid: &str| {
        code(&own(&shop.world, token, "/cgi-bin/clear_quota", json!({ "appid": appid })).await)
    };

    assert_eq!(code(&shop.get("get_category").await), 45009);
    assert_eq!(clear(&shop.token, FLOWERS).await, 40013);
    assert_eq!(clear(&shop.token, NOODLES).await, 0);
    assert_eq!(code(&shop.get("get_category").await), 0);
    assert_eq!(code(&shop.world.get(&templates).await), 45009, "the component is another account");
    assert_eq!(clear(&component, &shop.world.component).await, 0);
    assert_eq!(code(&shop.world.get(&templates).await), 0);

    // Every way uses up the same ten.
    let body = json!({ "component_appid": shop.world.component });
    let old = "/cgi-bin/component/clear_quota";
    assert_eq!(code(&own(&shop.world, &component, old, body.clone()).await), 0);
    for _ in 0..8 {
        assert_eq!(clear(&component, &shop.world.component).await, 0);
    }
    assert_eq!(code(&own(&shop.world, &component, old, body).await), 48006);
    assert_eq!(clear(&shop.token, NOODLES).await, 0, "the mini program has its own ten");
}

#[tokio::test]
async fn a_refused_call_is_remembered_for_whoever_made_it() {
    let shop = Shop::new(NOODLES).await;
    let (other, _) = shop.world.authorized(FLOWERS).await;
    let refused = shop.post("speedupaudit", json!({ "auditid": 7 })).await;
    let rid = text(&refused["errmsg"]).rsplit_once("rid: ").unwrap().1.to_owned();
    let ask = async |token: &str, rid: &str| {
        own(&shop.world, token, "/cgi-bin/openapi/rid/get", json!({ "rid": rid })).await
    };

    let call = ask(&shop.token, &rid).await["request"].clone();

    assert_eq!(call["invoke_time"], START);
    assert_eq!(call["request_body"], r#"{"auditid":7}"#);
    let answered: Value = serde_json::from_str(call["response_body"].as_str().unwrap()).unwrap();
    assert_eq!(answered, refused);
    let query = text(&call["request_url"]);
    assert!(query.starts_with("access_token=") && !query.contains(&shop.token), "{query}");
    assert_eq!(code(&ask(&other, &rid).await), 76003);
    assert_eq!(code(&ask(&shop.token, "00000000-00000000-00000000").await), 76001);
    assert_eq!(code(&ask(&shop.token, "nonsense").await), 76002);

    shop.world.simulator.fail(Fault::new("/wxa/get_category", How::Errcode(-1)));
    let busy = shop.get("get_category").await;
    let rid = text(&busy["errmsg"]).rsplit_once("rid: ").unwrap().1.to_owned();
    let call = ask(&shop.token, &rid).await["request"].clone();
    assert!(text(&call["response_body"]).contains("system error"), "an accident has a rid too");
}

#[tokio::test]
async fn a_refused_call_is_forgotten_after_seven_days() {
    let mut shop = Shop::new(NOODLES).await;
    let refused = shop.post("speedupaudit", json!({ "auditid": 7 })).await;
    let rid = text(&refused["errmsg"]).rsplit_once("rid: ").unwrap().1.to_owned();

    shop.world.simulator.advance(7 * 86_400);
    shop.renew().await;

    let body = json!({ "rid": rid });
    let path = "/cgi-bin/openapi/rid/get";
    assert_eq!(code(&own(&shop.world, &shop.token, path, body).await), 76001);
}

#[tokio::test]
async fn settings_of_official_accounts_have_two_forms() {
    let shop = Shop::new(NOODLES).await;
    let component = shop.world.component_token().await;
    let at = async |token: &str, name: &str, body: Value| {
        own(&shop.world, token, &format!("/cgi-bin/component/{name}"), body).await
    };
    let named = |extra: Value| {
        let mut body = json!({
            "component_appid": shop.world.component, "authorizer_appid": NOODLES,
        });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let voice = json!({ "option_name": "voice_recognize" });

    assert_eq!(at(&shop.token, "get_authorizer_option", voice.clone()).await["option_value"], "0");
    let on = json!({ "option_name": "voice_recognize", "option_value": "1" });
    assert_eq!(code(&at(&shop.token, "set_authorizer_option", on).await), 0);
    let old = at(&component, "api_get_authorizer_option", named(voice.clone())).await;
    assert_eq!((&old["option_value"], &old["authorizer_appid"]), (&json!("1"), &json!(NOODLES)));
    let wrong = json!({ "option_name": "voice_recognize", "option_value": "2" });
    assert_eq!(code(&at(&component, "api_set_authorizer_option", named(wrong)).await), 61013);
    let unknown = json!({ "option_name": "colour" });
    assert_eq!(code(&at(&shop.token, "get_authorizer_option", unknown).await), 61012);
    let without_names = at(&component, "get_authorizer_option", voice).await;
    assert_eq!(code(&without_names), 61015, "nothing else tells the account");
}
