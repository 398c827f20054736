//! Several third-party platforms: what one was given is worth nothing in another's hands.

use serde_json::{Value, json};
use simulator::{Authorize, ComponentOptions, Options, Via};

use crate::support::{NOODLES, World, code, text};

const OTHER: &str = "wx00000000000000b2";

/// Two components; the world speaks for the first.
fn world() -> World {
    World::with(|options| options.components.push(other(options)))
}

fn other(options: &Options) -> ComponentOptions {
    ComponentOptions {
        appid: OTHER.to_owned(),
        secret: "the-other-secret".to_owned(),
        encoding_aes_key: "z".repeat(43),
        ..options.components[0].clone()
    }
}

impl World {
    async fn other_ticket(&self) -> String {
        self.simulator.push_ticket_to(Some(OTHER)).await.unwrap().ticket
    }

    async fn ask_for_token(&self, appid: &str, secret: &str, ticket: &str) -> Value {
        let body = json!({
            "component_appid": appid,
            "component_appsecret": secret,
            "component_verify_ticket": ticket,
        });
        self.post("/cgi-bin/component/api_component_token", body).await
    }

    async fn other_token(&self) -> String {
        let ticket = self.other_ticket().await;
        let answer = self.ask_for_token(OTHER, "the-other-secret", &ticket).await;
        text(&answer["component_access_token"])
    }

    /// A call of `component` with `token` about the noodle shop.
    async fn info(&self, component: &str, token: &str) -> Value {
        let path = format!("/cgi-bin/component/api_get_authorizer_info?access_token={token}");
        let body = json!({ "component_appid": component, "authorizer_appid": NOODLES });
        self.post(&path, body).await
    }
}

#[tokio::test]
async fn where_no_component_is_named_the_first_of_the_options_is_meant() {
    // The other's appid comes before in the alphabet.
    let world = world();
    world.simulator.push_ticket().await.unwrap();
    let state = world.simulator.state();
    assert_eq!(state["components"][&world.component]["tickets"].as_array().unwrap().len(), 1);
    assert!(state["components"][OTHER]["tickets"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_ticket_or_secret_of_another_component_gives_no_token() {
    let world = world();
    let ours = world.simulator.push_ticket().await.unwrap().ticket;
    let theirs = world.other_ticket().await;

    let with_their_ticket = world.component_token_for(&theirs).await;
    let with_our_ticket = world.ask_for_token(OTHER, "the-other-secret", &ours).await;
    let with_our_secret = world.ask_for_token(OTHER, &world.secret, &theirs).await;

    assert_eq!(code(&with_their_ticket), 61006);
    assert_eq!(code(&with_our_ticket), 61006);
    assert_eq!(code(&with_our_secret), 40125);
}

#[tokio::test]
async fn a_merchant_of_one_component_is_a_stranger_to_another() {
    let world = world();
    world.authorized(NOODLES).await;
    let (ours, theirs) = (world.component_token().await, world.other_token().await);

    let right = world.info(&world.component, &ours).await;
    let stranger = world.info(OTHER, &theirs).await;
    let borrowed = world.info(&world.component, &theirs).await;

    assert_eq!(code(&right), 0, "{right}");
    assert_eq!(code(&stranger), 61003);
    assert_eq!(code(&borrowed), 40013);
}

#[tokio::test]
async fn what_a_merchant_gave_to_one_component_is_worth_nothing_to_another() {
    let world = world();
    let theirs = world.other_token().await;
    let silent = Authorize { via: Via::Nothing, ..Authorize::new(NOODLES) };
    let for_us = world.simulator.authorize(silent.clone()).await.unwrap().auth_code;
    let ours = world.component_token().await;
    let answer = world.query_auth(&ours, &for_us).await;
    let refresh_token = text(&answer["authorization_info"]["authorizer_refresh_token"]);
    let for_them = Authorize { component: Some(OTHER.to_owned()), ..silent };
    let for_them = world.simulator.authorize(for_them).await.unwrap().auth_code;

    // Our code in their hands, theirs in ours, and our refresh token in theirs.
    let path = format!("/cgi-bin/component/api_query_auth?access_token={theirs}");
    let body = json!({ "component_appid": OTHER, "authorization_code": for_us });
    assert_eq!(code(&world.post(&path, body).await), 61009);
    assert_eq!(code(&world.query_auth(&ours, &for_them).await), 61009);
    let path = format!("/cgi-bin/component/api_authorizer_token?access_token={theirs}");
    let body = json!({
        "component_appid": OTHER,
        "authorizer_appid": NOODLES,
        "authorizer_refresh_token": refresh_token,
    });
    assert_eq!(code(&world.post(&path, body).await), 61023);
    assert_eq!(code(&world.refresh(&ours, NOODLES, &refresh_token).await), 0);
}

#[tokio::test]
async fn a_refresh_of_one_component_leaves_the_tokens_of_another_alone() {
    let world = world();
    let (token, _) = world.authorized(NOODLES).await;
    let theirs = world.other_token().await;
    let for_them = Authorize {
        component: Some(OTHER.to_owned()),
        via: Via::Nothing,
        ..Authorize::new(NOODLES)
    };
    let code_for_them = world.simulator.authorize(for_them).await.unwrap().auth_code;
    let path = format!("/cgi-bin/component/api_query_auth?access_token={theirs}");
    let body = json!({ "component_appid": OTHER, "authorization_code": code_for_them });
    assert_eq!(code(&world.post(&path, body).await), 0);

    let category = world.get(&format!("/wxa/get_category?access_token={token}")).await;

    assert_eq!(code(&category), 0, "{category}");
}
