//! What is never passed on.

use crate::{gateway::Call, world::World};

#[tokio::test]
async fn what_hands_out_or_endangers_credentials_is_never_passed_on() {
    let world = World::new().await;
    let key = world.key(&["relay", "relay:state-machine", "token:read", "session:write"]).await;
    let before = world.wire.count();
    for path in [
        "/cgi-bin/component/api_component_token",
        "/cgi-bin/component/api_authorizer_token",
        "/cgi-bin/component/api_query_auth",
        "/cgi-bin/component/API_Query_Auth",
        "/cgi-bin/component/api_query_auth/x",
        "/cgi-bin/component/set_authorizer_option",
        "/cgi-bin/component/api_set_authorizer_option",
        "/cgi-bin/component/api_start_push_ticket",
        "/cgi-bin/component/clear_quota",
        "/cgi-bin/component/clear_quota/v2",
        "/cgi-bin/clear_quota",
        "/cgi-bin/clear_quota/v2",
        "/CGI-BIN/Clear_Quota",
        "/cgi-bin/TOKEN",
        "/cgi-bin/token/x",
        "/cgi-bin/Stable_Token",
        "/sns/jscode2session",
        "/sns/oauth2/access_token",
    ] {
        for target in [world.at(path), world.component_at(path)] {
            let reply = world.send(Call::post(&target).key(&key)).await;
            let problem = reply.problem(403);
            assert_eq!(problem["errcode"], 48001, "{path}");
            assert!(problem["what_to_do"].is_string(), "{path}");
        }
    }
    assert_eq!(world.wire.count(), before, "nothing was sent");
}

#[tokio::test]
async fn an_address_that_names_nothing_is_answered_in_words() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    for path in ["/relay/", "/relay/x", "/relay/wx570bc396a51b8ff8"] {
        world.send(Call::get(path).key(&key)).await.problem(404);
    }
}

#[tokio::test]
async fn no_disguise_gets_a_path_through() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let before = world.wire.count();
    for path in [
        "/wxa/release/",
        "/wxa//release",
        "//wxa/release",
        "/wxa/x/../release",
        "/wxa/./release",
        "/wxa/%2e%2e/wxa/release",
        "/wxa/x/%2E%2E/release",
        "/wxa%2frelease",
        "/wxa/%72elease",
        "/wxa/release%00",
        "/wxa/release%0a",
        "/wxa/release;v=1",
        "/wxa/release.json",
        "/wxa/release%3Fx",
        "/wxa/release%23",
        "/http://evil.example.com/wxa/release",
        "/@evil.example.com/",
        "",
        "/",
    ] {
        let reply = world.send(Call::post(&world.at(path)).key(&key)).await;
        assert!(matches!(reply.status, 403 | 404), "{path} {reply:?}");
    }
    for (path, status) in [
        ("/wxa/RELEASE", 403),
        ("/WXA/Release", 403),
        ("/wxa/any?access_token=a&access_token=b", 400),
        ("/wxa/any?access_token=a&component_access_token=b", 400),
        ("/wxa/any?x=1;access_token=b", 400),
        ("/wxa/any?access_token=a&access%5Ftoken=b", 400),
    ] {
        world.send(Call::post(&world.at(path)).key(&key)).await.problem(status);
    }
    assert_eq!(world.wire.count(), before, "nothing was sent");
}

#[tokio::test]
async fn what_is_longer_than_four_megabytes_is_refused_with_a_way_out() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let before = world.wire.count();
    let call =
        Call::post(&world.at("/cgi-bin/media/upload")).body(&vec![b'x'; 4 * 1024 * 1024 + 1]);
    for language in ["zh", "en"] {
        let call = call.clone().header("accept-language", language);
        let problem = world.send(call.key(&key)).await.problem(413);
        let words = problem["what_to_do"].as_str().unwrap();
        let path = format!("/v1/components/{}/mini-programs/{}", world.component, world.merchant);
        assert!(words.contains(&format!("POST {path}/uploads")), "{words}");
        assert!(words.contains("20 MB") && words.contains("X-Relay-Body: <id>"), "{words}");
    }
    assert_eq!(world.wire.count(), before);
}

#[tokio::test]
async fn a_refusal_speaks_the_callers_language() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let call = || Call::post(&world.at("/wxa/release")).key(&key);
    let chinese = world.send(call()).await.problem(403);
    let english = world.send(call().header("accept-language", "en")).await.problem(403);
    assert!(chinese["what_to_do"].as_str().unwrap().contains("请改用"), "{chinese}");
    assert!(english["what_to_do"].as_str().unwrap().contains("POST /v1/components"), "{english}");
    assert_eq!(chinese["errmsg"], english["errmsg"]);
}
