//! What goes through, and how.

use bytes::Bytes;
use platform::breaker::Cause;
use serde_json::json;
use simulator::{Expire, Expiring, Fault, How, LogIn};

use crate::{gateway::Call, wire::Answer, world::World};

const VERSIONS: &str = "/wxa/getversioninfo";

#[tokio::test]
async fn a_call_goes_through_with_the_merchants_token_and_comes_back_as_it_is() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;

    let target = world.at("/cgi-bin/account/getaccountbasicinfo");
    let reply = world.send(Call::get(&target).key(&key)).await;

    assert_eq!((reply.status, reply.errcode()), (200, 0), "{reply:?}");
    assert_eq!(reply.json()["appid"], world.merchant.as_str());
    let sent = world.wire.sent("/cgi-bin/account/getaccountbasicinfo");
    assert_eq!(sent.len(), 1);
    assert!(!sent[0].token().is_empty());
    assert!(!sent[0].headers.contains_key("authorization"), "our key stays here");
}

#[tokio::test]
async fn method_query_type_and_bytes_stay_as_they_are() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    world.wire.answers("/wxa/any", Answer::Bytes("text/plain", Bytes::from_static(b"{ \"a\" :1}")));

    let call = Call::new("PUT", &world.at("/wxa/any?b=%E9%9D%A2+x&a=1&a=2&access_token=old"))
        .header("content-type", "application/json; charset=utf-8")
        .header("accept", "application/json")
        .header("cookie", "c=1")
        .body("{\"名\": 1 }".as_bytes());
    let reply = world.send(call.key(&key)).await;

    let sent = &world.wire.sent("/wxa/any")[0];
    assert_eq!(sent.method, "PUT");
    assert!(sent.query.starts_with("access_token="), "{}", sent.query);
    assert!(sent.query.ends_with("&b=%E9%9D%A2+x&a=1&a=2"), "{}", sent.query);
    assert_ne!(sent.token(), "old");
    assert_eq!(sent.body, "{\"名\": 1 }");
    assert_eq!(sent.headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(sent.headers["accept"], "application/json");
    assert!(!sent.headers.contains_key("cookie"));
    assert_eq!((reply.status, &*reply.body), (200, &b"{ \"a\" :1}"[..]));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    assert_eq!(reply.header("x-kept"), Some("yes"));
    assert_eq!(reply.header("set-cookie"), None);
}

#[tokio::test]
async fn the_component_calls_with_its_own_token_under_the_name_that_wechat_wants() {
    let world = World::new().await;
    let key = world.key(&["relay", "session:write"]).await;

    let target = world.component_at("/wxa/gettemplatedraftlist");
    assert_eq!(world.send(Call::get(&target).key(&key)).await.errcode(), 0);
    let user = LogIn { appid: world.merchant.to_string(), user: "a user".to_owned() };
    let code = world.simulator.log_in(user).unwrap();
    let login = format!(
        "/sns/component/jscode2session?appid={}&js_code={code}&grant_type=authorization_code\
         &component_appid={}",
        world.merchant, world.component
    );
    let reply = world.send(Call::get(&world.component_at(&login)).key(&key)).await;
    assert!(reply.json()["openid"].is_string(), "{reply:?}");
    let sent = &world.wire.sent("/sns/component/jscode2session")[0];
    assert!(sent.query.starts_with("component_access_token="), "{}", sent.query);
}

#[tokio::test]
async fn a_file_goes_up_and_a_picture_comes_down() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let mut form = b"--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\n\
        Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n"
        .to_vec();
    form.extend((0..=255).cycle().take(300_000));
    form.extend_from_slice(b"\r\n--x--\r\n");

    let call = Call::post(&world.at("/cgi-bin/media/upload?type=image"))
        .header("content-type", "multipart/form-data; boundary=x");
    let reply = world.send(call.body(&form).key(&key)).await;
    assert!(reply.json()["media_id"].is_string(), "{reply:?}");
    assert_eq!(world.wire.sent("/cgi-bin/media/upload")[0].body, form);

    let call = Call::post(&world.at("/wxa/getwxacodeunlimit"));
    let call = call.json(json!({ "scene": "table=7", "check_path": false }));
    let reply = world.send(call.key(&key)).await;
    assert!(reply.is_base64, "{:?}", reply.headers);
    assert!(reply.body.starts_with(b"\xff\xd8\xff") || reply.body.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn bytes_that_only_claim_to_be_text_come_through_unharmed() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    for (kind, body) in [
        ("text/plain", &b"\xff\xd8\xff\xe0 not text"[..]),
        ("text/plain; charset=gbk", "面".as_bytes()),
        ("application/json", b"\xef\xbb\xbf{}"),
        ("image/jpeg", b"\xff\xd8\xff"),
    ] {
        world.wire.answers("/wxa/any", Answer::Bytes(kind, Bytes::from_static(body)));
        let reply = world.send(Call::get(&world.at("/wxa/any")).key(&key)).await;
        assert!(reply.is_base64 && &*reply.body == body, "{kind} {reply:?}");
    }
}

#[tokio::test]
async fn a_token_that_wechat_refuses_is_renewed_once_and_the_call_repeated_once() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let call = || Call::post(&world.at(VERSIONS)).json(json!({})).key(&key);
    world.simulator.expire(Expire::new(Expiring::AuthorizerTokens)).unwrap();

    assert_eq!(world.send(call()).await.errcode(), 0);

    let sent = world.wire.sent(VERSIONS);
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0].token(), sent[1].token());
    assert_eq!(world.wire.sent("/cgi-bin/component/api_authorizer_token").len(), 1);
    for code in [40001, 40014, 42001] {
        let fault = Fault { times: 9, ..Fault::new(VERSIONS, How::Errcode(code)) };
        world.simulator.fail(fault);
        let before = world.wire.sent(VERSIONS).len();
        assert_eq!(world.send(call()).await.errcode(), code, "WeChat's word is the last");
        assert_eq!(world.wire.sent(VERSIONS).len(), before + 2);
        world.simulator.clear_faults();
    }
}

#[tokio::test]
async fn what_wechat_refuses_for_another_reason_is_not_repeated() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let call = || Call::post(&world.at(VERSIONS)).json(json!({})).key(&key);
    for code in [-1, 45009, 85052] {
        world.simulator.fail(Fault::new(VERSIONS, How::Errcode(code)));
        let before = world.wire.sent(VERSIONS).len();
        assert_eq!(world.send(call()).await.errcode(), code);
        assert_eq!(world.wire.sent(VERSIONS).len(), before + 1);
    }
    world.simulator.fail(Fault::new(VERSIONS, How::Status(502)));
    let reply = world.send(call()).await;
    assert_eq!(reply.status, 502, "WeChat's status is ours");
    assert!(reply.contains("<"), "and so is its page: {reply:?}");
}

#[tokio::test]
async fn silence_and_absence_are_told_apart() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let call = || Call::get(&world.at("/wxa/any")).key(&key);
    world.wire.answers("/wxa/any", Answer::TimedOut);
    let problem = world.send(call()).await.problem(504);
    assert_ne!(problem["errcode"], -1, "an SDK would call again");
    world.wire.answers("/wxa/any", Answer::NotSent);
    world.send(call()).await.problem(503);
    world.wire.answers("/wxa/any", Answer::Bytes("image/png", vec![1; 4 * 1024 * 1024 + 1].into()));
    world.send(call()).await.problem(502);
}

#[tokio::test]
async fn who_has_not_authorized_cannot_be_called_for() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let target = format!("{}/{}{VERSIONS}", world.component, world.stranger);
    let problem = world.send(Call::post(&target).json(json!({})).key(&key)).await.problem(409);
    assert_eq!(problem["errcode"], 61003);
    let target = format!("wx00000000000000aa/{}{VERSIONS}", world.merchant);
    world.send(Call::post(&target).json(json!({})).key(&key)).await.problem(404);
}

#[tokio::test]
async fn what_wechat_refuses_the_whole_component_opens_the_breaker_until_a_probe_closes_it() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    world.simulator.refuse_address(true);

    let reply = world.send(Call::post(&world.at(VERSIONS)).json(json!({})).key(&key)).await;
    let breakers = &world.app.platform.breakers;
    let open = breakers.open(&world.component).await.unwrap();

    assert_eq!(reply.json()["errcode"], 61004, "the answer goes back as it is");
    assert_eq!(open.first().map(|open| (open.cause, open.errcode)), Some((Cause::Address, 61004)));

    world.simulator.refuse_address(false);
    // It is a token that is asked for next.
    world.clock.forward(8000);
    world.send(Call::post(&world.at(VERSIONS)).json(json!({})).key(&key)).await;
    assert_eq!(breakers.open(&world.component).await.unwrap(), []);
}
