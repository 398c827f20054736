//! What WeChat counts, and what happens when nothing is left of it.

use serde_json::{Value, json};

use crate::{
    gateway::Call,
    wechat::Answer,
    world::{COMPONENT, MINI_PROGRAM, World, component, mini_program},
};

const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0xff, 0xfe];

/// How one thing stands in its shortest period.
fn quota<'a>(list: &'a Value, counted: &str) -> &'a Value {
    let mut all = list["quotas"].as_array().unwrap().iter();
    all.find(|quota| quota["counted"] == counted).unwrap()
}

async fn draw(world: &World) -> crate::gateway::Reply {
    let body = json!({ "kind": "getwxacode", "path": "pages/index" });
    world.send(Call::post(&mini_program("/code")).json(body)).await
}

#[tokio::test]
async fn what_is_used_is_shown_and_what_wechat_tells_is_taken_over() {
    let world = World::new().await;
    world.wechat.answers("/wxa/getwxacode", Answer::Bytes(PNG));
    draw(&world).await;
    let account = json!({ "errcode": 0, "appid": MINI_PROGRAM,
        "nickname_info": { "nickname": "店", "modify_used_count": 1, "modify_quota": 2 },
        "head_image_info": { "head_image_url": "", "modify_used_count": 5, "modify_quota": 5 },
        "signature_info": { "signature": "", "modify_used_count": 0, "modify_quota": 5 } });
    world.wechat.says("/cgi-bin/account/getaccountbasicinfo", account);

    let shown = world.get(&mini_program("/quotas")).await.json();

    let codes = quota(&shown, "codes");
    assert_eq!((&codes["used"], &codes["left"]), (&json!(1), &json!(99_999)));
    assert_eq!((&codes["period"], &codes["renews_at"]), (&json!("life"), &Value::Null));
    let avatars = quota(&shown, "avatars");
    assert_eq!((&avatars["left"], &avatars["most"]), (&json!(0), &json!(5)));
    assert!(avatars["told_at"].is_string());
    assert_eq!(avatars["renews_at"], "2026-11-30T16:00:00Z", "the first in Beijing");
    assert_eq!(quota(&shown, "names")["left"], 1);
    assert_eq!(quota(&shown, "withdrawals")["most"], 5, "those of a day come first");
}

#[tokio::test]
async fn what_is_used_up_is_refused_before_the_call() {
    let world = World::new().await;
    world.wechat.refuses("/wxa/getwxacode", 45029);

    draw(&world).await.problem(429);
    let refused = draw(&world).await.problem(429);

    assert_eq!(refused["type"], "urn:wechat-fleet:problem:used-up");
    assert!(refused["what_to_do"].as_str().unwrap().contains("getwxacodeunlimit"), "{refused}");
    assert_eq!(world.wechat.asked("/wxa/getwxacode").len(), 1);
}

#[tokio::test]
async fn a_call_that_did_nothing_costs_nothing_and_one_that_may_have_does() {
    let world = World::new().await;
    for (answer, status) in
        [(Answer::NotSent, 503), (Answer::Json(json!({ "errcode": 41030, "errmsg": "no" })), 422)]
    {
        world.wechat.answers("/wxa/getwxacode", answer);
        draw(&world).await.problem(status);
    }
    let nothing = world.get(&mini_program("/quotas")).await.json();
    world.wechat.answers("/wxa/getwxacode", Answer::TimedOut);
    draw(&world).await.problem(504);
    let perhaps = world.get(&mini_program("/quotas")).await.json();

    assert_eq!(quota(&nothing, "codes")["used"], 0);
    assert_eq!(quota(&perhaps, "codes")["used"], 1);
}

#[tokio::test]
async fn calls_are_counted_and_reset_with_the_components_secret() {
    let world = World::new().await;
    let numbers = json!({ "errcode": 0, "quota": { "daily_limit": 10, "used": 4, "remain": 6 } });
    world.wechat.says("/cgi-bin/openapi/quota/get", numbers);

    let shown = world.get(&mini_program("/calls?path=/wxa/commit")).await.json();
    world.get(&mini_program("/calls?path=https://api.weixin.qq.com/wxa/commit")).await.problem(422);
    let reset = world.send(Call::delete(&component("/calls"))).await;
    world.wechat.refuses("/cgi-bin/component/clear_quota/v2", 48006);
    world.send(Call::delete(&mini_program("/calls"))).await.problem(429);
    world.send(Call::delete(&mini_program("/calls"))).await.problem(429);

    assert_eq!(shown["left"], 6);
    assert_eq!(reset.status, 204, "{reset:?}");
    let asked = world.wechat.asked("/cgi-bin/component/clear_quota/v2");
    let secret = "canary-app-secret";
    assert_eq!(
        asked,
        [
            json!({ "component_appid": COMPONENT, "appsecret": secret }),
            json!({ "component_appid": COMPONENT, "appsecret": secret, "appid": MINI_PROGRAM }),
        ]
    );
    let quotas = world.get(&component("/quotas")).await.json();
    assert_eq!(quota(&quotas, "platform-resets")["used"], 1);
}

#[tokio::test]
async fn a_refused_call_is_looked_up_without_its_secrets() {
    let world = World::new().await;
    let request = json!({
        "invoke_time": 1_635_156_704, "cost_in_ms": 30, "client_ip": "1.2.3.4",
        "request_url": "access_token=canary-access-token&type=image",
        "request_body": "{\"appsecret\":\"canary-app-secret\"}",
        "response_body": "{\"errcode\":45009,\"errmsg\":\"canary-ticket\"}",
    });
    world.wechat.says("/cgi-bin/openapi/rid/get", json!({ "errcode": 0, "request": request }));

    let path = mini_program("/requests/617682e0-09059ac5-34a8e2ea");
    let call = world.get(&path).await.json();
    world.get(&mini_program("/requests/617682e0")).await.problem(422);

    assert_eq!(call["query"], json!(["access_token", "type"]));
    assert_eq!(call["sent"], json!(["appsecret"]));
    assert_eq!(call["errcode"], 45009);
}
