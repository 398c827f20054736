//! Open-platform accounts, and who users are to those who are bound to them.

use serde_json::{Value, json};
use simulator::{LogIn, MerchantOptions, RegisteredOpenAccount};

use crate::support::{FLOWERS, NOODLES, Shop, World, code, text};

async fn open(world: &World, token: &str, name: &str, body: Value) -> Value {
    world.post(&format!("/cgi-bin/open/{name}?access_token={token}"), body).await
}

#[tokio::test]
async fn an_account_is_made_read_and_left() {
    let shop = Shop::new(NOODLES).await;
    let at = async |name: &str, body: Value| open(&shop.world, &shop.token, name, body).await;
    let have = async || {
        let path = format!("/cgi-bin/open/have?access_token={}", shop.token);
        shop.world.get(&path).await["have_open"].clone()
    };

    assert_eq!(code(&at("get", json!({})).await), 89002);
    assert_eq!(have().await, false);
    assert_eq!(code(&at("create", json!({ "appid": FLOWERS })).await), 40013);
    let made = text(&at("create", json!({ "appid": NOODLES })).await["open_appid"]);
    assert_eq!(code(&at("create", json!({})).await), 89000);
    assert_eq!(at("get", json!({ "appid": NOODLES })).await["open_appid"], made.as_str());
    assert_eq!(have().await, true);
    let other = json!({ "open_appid": "wx0000000000000000" });
    assert_eq!(code(&at("unbind", other).await), 89002);
    assert_eq!(code(&at("unbind", json!({ "open_appid": made })).await), 0);
    assert_eq!(have().await, false);
    assert_eq!(code(&at("bind", json!({ "open_appid": made })).await), 0, "it is still there");
}

#[tokio::test]
async fn owners_have_to_be_the_same() {
    let shop = Shop::new(NOODLES).await;
    let (other, _) = shop.world.authorized(FLOWERS).await;
    let made = open(&shop.world, &shop.token, "create", json!({})).await["open_appid"].clone();

    let bind = json!({ "open_appid": made });
    assert_eq!(code(&open(&shop.world, &other, "bind", bind).await), 89001);
}

#[tokio::test]
async fn five_accounts_fit_unless_it_is_verified() {
    let world = World::new();
    let mut tokens = Vec::new();
    for number in 0..7 {
        let appid = format!("wx00000000000000{number:02}");
        let account = MerchantOptions {
            appid: appid.clone(),
            user_name: format!("gh_{number}"),
            principal_name: "同一家公司".to_owned(),
            ..MerchantOptions::default()
        };
        world.simulator.set_merchant(account).unwrap();
        tokens.push(world.authorized(&appid).await.0);
    }
    let made = open(&world, &tokens[0], "create", json!({})).await["open_appid"].clone();
    let bind = async |token: &str, to: &Value| {
        code(&open(&world, token, "bind", json!({ "open_appid": to })).await)
    };

    for token in &tokens[1..5] {
        assert_eq!(bind(token, &made).await, 0);
    }
    assert_eq!(bind(&tokens[5], &made).await, 89004);

    // One from the console is of use only when it is verified, and is not left through the API.
    let registered = |verified| RegisteredOpenAccount {
        open_appid: "wxopen0001".to_owned(),
        principal_name: "同一家公司".to_owned(),
        verified,
        bound: Vec::new(),
    };
    let to = json!("wxopen0001");
    world.simulator.register_open_account(registered(false)).unwrap();
    assert_eq!(bind(&tokens[5], &to).await, 89036);
    world.simulator.register_open_account(registered(true)).unwrap();
    assert_eq!(bind(&tokens[5], &to).await, 0);
    let left = open(&world, &tokens[5], "unbind", json!({ "open_appid": to })).await;
    assert_eq!(code(&left), 89003);
}

#[tokio::test]
async fn a_user_is_the_same_person_within_one_open_platform_account() {
    let shop = Shop::new(NOODLES).await;
    shop.world.authorized(FLOWERS).await;
    let component = shop.world.component_token().await;
    let log_in = |appid: &str| {
        let order = LogIn { appid: appid.to_owned(), user: "小林".to_owned() };
        shop.world.simulator.log_in(order).unwrap()
    };
    let session = async |appid: &str, js_code: &str| {
        let path = format!(
            "/sns/component/jscode2session?appid={appid}&js_code={js_code}\
             &grant_type=authorization_code&component_appid={}&component_access_token={component}",
            shop.world.component,
        );
        shop.world.get(&path).await
    };

    let first = session(NOODLES, &log_in(NOODLES)).await;
    assert!(first.get("unionid").is_none());
    let made = open(&shop.world, &shop.token, "create", json!({})).await["open_appid"].clone();
    let second = session(NOODLES, &log_in(NOODLES)).await;
    assert_eq!(first["openid"], second["openid"]);
    assert_ne!(first["session_key"], second["session_key"]);
    assert!(second["unionid"].is_string());

    let bound = RegisteredOpenAccount {
        open_appid: text(&made),
        principal_name: "某公司".to_owned(),
        verified: true,
        bound: vec![FLOWERS.to_owned()],
    };
    shop.world.simulator.register_open_account(bound).unwrap();
    let elsewhere = session(FLOWERS, &log_in(FLOWERS)).await;
    assert_ne!(elsewhere["openid"], first["openid"]);
    assert_eq!(elsewhere["unionid"], second["unionid"]);
    assert_eq!(code(&session(FLOWERS, &log_in(NOODLES)).await), 40029, "another one's code");
    let late = log_in(NOODLES);
    shop.world.simulator.advance(300);
    assert_eq!(code(&session(NOODLES, &late).await), 40029);
}
