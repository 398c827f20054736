//! Tickets, component tokens, codes, authorizer tokens.

use serde_json::json;
use simulator::{Authorize, Expire, Expiring, RefreshTokens, ReplacedTokens, TokenBehaviour};

use crate::support::{FLOWERS, NOODLES, START, World, code, text};

fn behaviour(replaced_tokens: ReplacedTokens, refresh_tokens: RefreshTokens) -> TokenBehaviour {
    TokenBehaviour { replaced_tokens, refresh_tokens }
}

#[tokio::test]
async fn a_ticket_buys_a_component_token_for_two_hours() {
    let world = World::new();

    let ticket = world.simulator.push_ticket().await.unwrap();
    let answer = world.component_token_for(&ticket.ticket).await;

    assert!(ticket.delivery.accepted);
    assert!(world.pushes()[0].contains(&ticket.ticket));
    assert_eq!(answer["expires_in"], 7200);
    assert!(answer.get("errcode").is_none(), "token answers carry no errcode");
}

#[tokio::test]
async fn a_ticket_is_good_for_twelve_hours_and_not_longer() {
    let world = World::new();
    let ticket = world.simulator.push_ticket().await.unwrap().ticket;

    world.simulator.advance(12 * 3600 - 1);
    assert_eq!(code(&world.component_token_for(&ticket).await), 0);
    world.simulator.advance(1);
    assert_eq!(code(&world.component_token_for(&ticket).await), 61005);
    assert_eq!(code(&world.component_token_for("ticket@@@made-up").await), 61006);
}

#[tokio::test]
async fn wrong_credentials_are_told_apart() {
    let world = World::new();
    let ask = async |appid: &str, secret: &str| {
        let body = json!({
            "component_appid": appid,
            "component_appsecret": secret,
            "component_verify_ticket": "ticket@@@x",
        });
        code(&world.post("/cgi-bin/component/api_component_token", body).await)
    };

    assert_eq!(ask("wx0000000000000000", &world.secret).await, 40013);
    assert_eq!(ask(&world.component, "wrong").await, 40125);
    assert_eq!(ask(&world.component, "").await, 41004);
    assert_eq!(ask(&world.component, &world.secret).await, 61006);
}

#[tokio::test]
async fn start_push_ticket_pushes_one() {
    let world = World::new();
    let body = json!({ "component_appid": world.component, "component_secret": world.secret });

    let answer = world.post("/cgi-bin/component/api_start_push_ticket", body).await;
    tokio::task::yield_now().await;

    assert_eq!(code(&answer), 0);
    for _ in 0..100 {
        if !world.arrived.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(world.pushes()[0].contains("component_verify_ticket"));
}

#[tokio::test]
async fn a_replaced_component_token_dies_at_once() {
    let world = World::new();
    let first = world.component_token().await;
    let second = world.component_token().await;
    let path = "/wxa/gettemplatelist?access_token=";

    assert_eq!(code(&world.get(&format!("{path}{first}")).await), 40001);
    assert_eq!(code(&world.get(&format!("{path}{second}")).await), 0);
}

#[tokio::test]
async fn a_replaced_component_token_may_live_five_minutes() {
    let world = World::with(|options| {
        options.token_behaviour =
            behaviour(ReplacedTokens::LiveFiveMinutes, RefreshTokens::Constant);
    });
    let first = world.component_token().await;
    world.component_token().await;
    let path = format!("/wxa/gettemplatelist?access_token={first}");

    world.simulator.advance(299);
    assert_eq!(code(&world.get(&path).await), 0);
    world.simulator.advance(1);
    assert_eq!(code(&world.get(&path).await), 40001);
}

#[tokio::test]
async fn a_token_expires_after_two_hours() {
    let world = World::new();
    let token = world.component_token().await;
    let path = format!("/wxa/gettemplatelist?access_token={token}");

    world.simulator.advance(7199);
    assert_eq!(code(&world.get(&path).await), 0);
    world.simulator.advance(1);
    assert_eq!(code(&world.get(&path).await), 42001);
}

#[tokio::test]
async fn the_daily_quota_of_component_tokens_runs_out() {
    let world = World::new();
    let ticket = world.simulator.push_ticket().await.unwrap().ticket;
    let quota = simulator::Quota { component_tokens: Some(1), ..simulator::Quota::default() };
    world.simulator.set_quota(quota).unwrap();

    assert_eq!(code(&world.component_token_for(&ticket).await), 0);
    assert_eq!(code(&world.component_token_for(&ticket).await), 45009);
    // 13 hours later it is past midnight in Beijing, and this ticket has expired.
    world.simulator.advance(13 * 3600);
    let ticket = world.simulator.push_ticket().await.unwrap().ticket;
    assert_eq!(code(&world.component_token_for(&ticket).await), 0);
}

#[tokio::test]
async fn an_authorization_code_is_exchanged_once() {
    let world = World::new();
    let token = world.component_token().await;
    let authorized = world.simulator.authorize(Authorize::new(NOODLES)).await.unwrap();

    let first = world.query_auth(&token, &authorized.auth_code).await;
    let second = world.query_auth(&token, &authorized.auth_code).await;

    let info = &first["authorization_info"];
    assert_eq!(info["authorizer_appid"], NOODLES);
    assert_eq!(info["func_info"][1]["funcscope_category"]["id"], 18);
    assert_eq!(code(&second), 61010);
    assert_eq!(code(&world.query_auth(&token, "queryauthcode@@@made-up").await), 61009);
}

#[tokio::test]
async fn an_authorization_code_expires() {
    let world = World::new();
    let token = world.component_token().await;
    let authorized = world.simulator.authorize(Authorize::new(NOODLES)).await.unwrap();

    world.simulator.advance(authorized.expires_in);

    assert_eq!(code(&world.query_auth(&token, &authorized.auth_code).await), 61010);
}

#[tokio::test]
async fn without_permissions_there_are_no_tokens() {
    let world = World::new();
    let token = world.component_token().await;
    let order = Authorize { permission_sets: Some(Vec::new()), ..Authorize::new(NOODLES) };
    let code = world.simulator.authorize(order).await.unwrap().auth_code;

    let answer = world.query_auth(&token, &code).await;

    assert!(answer["authorization_info"].get("authorizer_access_token").is_none());
    assert!(answer["authorization_info"].get("authorizer_refresh_token").is_none());
}

#[tokio::test]
async fn a_refresh_token_may_stay() {
    let world = World::new();
    let (_, refresh_token) = world.authorized(NOODLES).await;
    let token = world.component_token().await;

    let first = world.refresh(&token, NOODLES, &refresh_token).await;
    let second = world.refresh(&token, NOODLES, &refresh_token).await;

    assert_eq!(first["authorizer_refresh_token"], refresh_token.as_str());
    assert_eq!(second["authorizer_refresh_token"], refresh_token.as_str());
    assert_ne!(first["authorizer_access_token"], second["authorizer_access_token"]);
}

#[tokio::test]
async fn a_refresh_token_may_change_at_each_use() {
    let world = World::with(|options| {
        options.token_behaviour = behaviour(ReplacedTokens::DieAtOnce, RefreshTokens::Rotate);
    });
    let (_, first) = world.authorized(NOODLES).await;
    let token = world.component_token().await;

    let answer = world.refresh(&token, NOODLES, &first).await;
    let second = text(&answer["authorizer_refresh_token"]);

    assert_ne!(first, second);
    assert_eq!(code(&world.refresh(&token, NOODLES, &first).await), 61023);
    assert_eq!(code(&world.refresh(&token, NOODLES, &second).await), 0);
}

#[tokio::test]
async fn a_changed_refresh_token_may_leave_the_old_one_five_minutes() {
    let world = World::with(|options| {
        options.token_behaviour =
            behaviour(ReplacedTokens::DieAtOnce, RefreshTokens::RotateWithGrace);
    });
    let (_, first) = world.authorized(NOODLES).await;
    let token = world.component_token().await;

    let second = text(&world.refresh(&token, NOODLES, &first).await["authorizer_refresh_token"]);
    world.simulator.advance(299);
    let again = world.refresh(&token, NOODLES, &first).await;
    assert_eq!(again["authorizer_refresh_token"], second.as_str(), "one successor, not two");
    world.simulator.advance(1);
    assert_eq!(code(&world.refresh(&token, NOODLES, &first).await), 61023);
}

#[tokio::test]
async fn a_new_authorization_replaces_the_refresh_token() {
    let world = World::new();
    let (access_token, refresh_token) = world.authorized(NOODLES).await;
    world.simulator.authorize(Authorize::new(NOODLES)).await.unwrap();
    let token = world.component_token().await;

    assert_eq!(code(&world.refresh(&token, NOODLES, &refresh_token).await), 61023);
    let path = format!("/cgi-bin/account/getaccountbasicinfo?access_token={access_token}");
    assert_eq!(code(&world.get(&path).await), 0, "access tokens stay");
}

#[tokio::test]
async fn a_withdrawn_authorization_answers_61003() {
    let world = World::new();
    let (access_token, refresh_token) = world.authorized(NOODLES).await;
    let token = world.component_token().await;
    world.pushes();

    let order = simulator::Revoke { appid: NOODLES.to_owned(), ..simulator::Revoke::default() };
    world.simulator.revoke(order).await.unwrap();

    assert!(world.pushes()[0].contains("unauthorized"));
    assert_eq!(code(&world.refresh(&token, NOODLES, &refresh_token).await), 61003);
    let path = format!("/cgi-bin/account/getaccountbasicinfo?access_token={access_token}");
    assert_eq!(code(&world.get(&path).await), 61003);
    let path = format!("/cgi-bin/component/api_get_authorizer_info?access_token={token}");
    let body = json!({ "component_appid": world.component, "authorizer_appid": NOODLES });
    assert_eq!(code(&world.post(&path, body).await), 61003);
}

#[tokio::test]
async fn a_lost_refresh_token_is_found_in_the_list() {
    let world = World::new();
    let (_, lost) = world.authorized(NOODLES).await;
    world.simulator.authorize(Authorize::new(FLOWERS)).await.unwrap();
    world.simulator.invalidate_refresh_token(NOODLES).unwrap();
    let token = world.component_token().await;
    let path = format!("/cgi-bin/component/api_get_authorizer_list?access_token={token}");
    let page = |offset: i64, count: i64| json!({ "component_appid": world.component, "offset": offset, "count": count });

    assert_eq!(code(&world.refresh(&token, NOODLES, &lost).await), 61023);
    let list = world.post(&path, page(0, 500)).await;

    assert_eq!(list["total_count"], 2);
    let rows = list["list"].as_array().unwrap();
    let row = rows.iter().find(|row| row["authorizer_appid"] == NOODLES).unwrap();
    assert_eq!(row["auth_time"], START);
    let found = text(&row["refresh_token"]);
    assert_eq!(code(&world.refresh(&token, NOODLES, &found).await), 0);
    assert_eq!(code(&world.post(&path, page(0, 501)).await), 40170);
    assert_eq!(world.post(&path, page(1, 500)).await["list"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_changed_password_needs_a_new_authorization() {
    let world = World::new();
    let (_, refresh_token) = world.authorized(NOODLES).await;
    let token = world.component_token().await;
    world.simulator.expire(Expire::of(Expiring::Passwords, NOODLES)).unwrap();

    assert_eq!(code(&world.refresh(&token, NOODLES, &refresh_token).await), 42007);
}

#[tokio::test]
async fn a_null_refresh_token_answers_61023() {
    let world = World::new();
    world.authorized(NOODLES).await;
    let token = world.component_token().await;
    let path = format!("/cgi-bin/component/api_authorizer_token?access_token={token}");
    let body = json!({
        "component_appid": world.component,
        "authorizer_appid": NOODLES,
        "authorizer_refresh_token": null,
    });

    assert_eq!(code(&world.post(&path, body).await), 61023);
}
