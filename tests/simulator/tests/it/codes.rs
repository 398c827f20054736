//! Mini-program codes and account facts.

use serde_json::{Value, json};
use simulator::{LogIn, Quota};

use crate::support::{NOODLES, Shop, World, code};

/// The errcode, or 0 for a picture of this type.
async fn make(shop: &Shop, path: &str, body: Value) -> (i64, String) {
    let request = http::Request::post(format!("http://x{path}?access_token={}", shop.token));
    let request = request.body(body.to_string().into()).unwrap();
    let response = shop.world.wechat.answer(request).await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    match serde_json::from_slice(response.body()) {
        Ok(answer) => (code(&answer), kind),
        Err(_) => {
            let png = response.body().starts_with(b"\x89PNG\r\n\x1a\n");
            assert_eq!(png, kind == "image/png");
            (0, kind)
        }
    }
}

#[tokio::test]
async fn limited_codes_run_out() {
    let shop = Shop::new(NOODLES).await;
    let quota = Quota { appid: Some(NOODLES.to_owned()), codes: Some(2), ..Quota::default() };
    shop.world.simulator.set_quota(quota).unwrap();
    let path = "/wxa/getwxacode";

    assert_eq!(make(&shop, path, json!({ "path": "a?b=1" })).await, (0, "image/jpeg".into()));
    let hyaline =
        json!({ "path": "a", "is_hyaline": true, "line_color": { "r": "1", "g": 2, "b": 3 } });
    assert_eq!(make(&shop, path, hyaline).await, (0, "image/png".into()));
    let square = make(&shop, "/cgi-bin/wxaapp/createwxaqrcode", json!({ "path": "a" })).await;
    assert_eq!(square.0, 45029);
    assert_eq!(make(&shop, path, json!({ "path": "" })).await.0, 40159);
    assert_eq!(make(&shop, path, json!({ "path": "a".repeat(1025) })).await.0, 40159);
    assert_eq!(make(&shop, path, json!({ "path": "a", "width": 1281 })).await.0, 40097);
}

#[tokio::test]
async fn a_square_code_is_a_png() {
    let shop = Shop::new(NOODLES).await;
    let path = "/cgi-bin/wxaapp/createwxaqrcode";

    assert_eq!(
        make(&shop, path, json!({ "path": "a", "width": 280 })).await,
        (0, "image/png".into())
    );
    assert_eq!(make(&shop, path, json!({ "path": "a".repeat(129) })).await.0, 40159);
}

#[tokio::test]
async fn unlimited_codes_check_scene_and_page() {
    let shop = Shop::new(NOODLES).await;
    let unlimited = async |body: Value| make(&shop, "/wxa/getwxacodeunlimit", body).await.0;

    assert_eq!(unlimited(json!({ "scene": "a=1" })).await, 41030, "nothing is online yet");
    assert_eq!(unlimited(json!({ "scene": "a=1", "page": "x/y", "check_path": false })).await, 0);
    shop.live("1.0").await;
    assert_eq!(unlimited(json!({ "scene": "a=1" })).await, 0);
    assert_eq!(unlimited(json!({ "scene": "a=1", "page": "pages/menu/menu" })).await, 0);
    assert_eq!(unlimited(json!({ "scene": "a=1", "page": "pages/none/none" })).await, 41030);
    assert_eq!(unlimited(json!({ "scene": "a=1", "page": "/pages/menu/menu" })).await, 41030);
    assert_eq!(unlimited(json!({ "scene": "" })).await, 40169);
    assert_eq!(unlimited(json!({ "scene": "a".repeat(33) })).await, 40169);
    assert_eq!(unlimited(json!({ "scene": "a%20" })).await, 40129);
    assert_eq!(unlimited(json!({ "scene": "a", "env_version": "beta" })).await, 40097);
}

#[tokio::test]
async fn an_account_describes_itself() {
    let shop = Shop::new(NOODLES).await;
    let get =
        async |path: &str| shop.world.get(&format!("{path}?access_token={}", shop.token)).await;

    let basic = get("/cgi-bin/account/getaccountbasicinfo").await;
    let categories = get("/cgi-bin/wxopen/getcategory").await;
    let approved = get("/wxa/get_category").await;
    let path = format!("/cgi-bin/component/getprivacysetting?access_token={}", shop.token);
    let privacy = shop.world.post(&path, json!({ "privacy_ver": 2 })).await;
    let live = shop.world.post(&path, json!({ "privacy_ver": 1 })).await;
    let neither = shop.world.post(&path, json!({ "privacy_ver": 3 })).await;

    assert_eq!(basic["nickname_info"]["nickname"], "城南面馆");
    assert_eq!((&basic["appid"], &basic["account_type"]), (&json!(NOODLES), &json!(3)));
    assert_eq!(categories["categories"][0]["second_name"], "点餐平台");
    assert_eq!(approved["category_list"][0]["second_id"], 221);
    assert_eq!(privacy["privacy_list"], json!(["UserInfo", "PhoneNumber"]));
    assert_eq!((code(&live), code(&neither)), (86074, 86071));
}

#[tokio::test]
async fn an_authorizer_is_described_to_the_component() {
    let told = async |carries: bool| {
        let world = World::with(|options| options.info_carries_refresh_token = carries);
        let (_, refresh_token) = world.authorized(NOODLES).await;
        let token = world.component_token().await;
        let path = format!("/cgi-bin/component/api_get_authorizer_info?access_token={token}");
        let body = json!({ "component_appid": world.component, "authorizer_appid": NOODLES });
        let answer = world.post(&path, body).await;
        let info = &answer["authorizer_info"];
        assert_eq!(
            (&info["nick_name"], &info["user_name"]),
            (&json!("城南面馆"), &json!("gh_3a91c7e05b2d"))
        );
        assert!(info["MiniProgramInfo"]["network"]["RequestDomain"].is_array());
        let authorization = answer["authorization_info"].clone();
        assert_eq!(authorization["func_info"].as_array().unwrap().len(), 11);
        authorization.get("authorizer_refresh_token") == Some(&json!(refresh_token))
    };

    assert!(told(true).await && !told(false).await);
}

#[tokio::test]
async fn a_login_code_is_good_once_and_the_token_has_its_long_name() {
    let shop = Shop::new(NOODLES).await;
    let token = shop.world.component_token().await;
    let path = |appid: &str, code: &str, name: &str| {
        format!(
            "/sns/component/jscode2session?appid={appid}&js_code={code}\
             &grant_type=authorization_code&component_appid={}&{name}={token}",
            shop.world.component,
        )
    };
    let long = "component_access_token";

    let order = LogIn { appid: NOODLES.to_owned(), user: "小林".to_owned() };
    let handed_out = shop.world.simulator.log_in(order).unwrap();

    let session = shop.world.get(&path(NOODLES, &handed_out, long)).await;

    assert!(session["openid"].is_string() && session.get("errcode").is_none());
    assert_eq!(code(&shop.world.get(&path(NOODLES, &handed_out, long)).await), 40029);
    let never_handed_out = shop.world.get(&path(NOODLES, "short", long)).await;
    assert_eq!(code(&never_handed_out), 40029);
    assert_eq!(code(&shop.world.get(&path(NOODLES, "c2", "access_token")).await), 41021);
    assert_eq!(code(&shop.world.get(&path("wx2d90f6b1e7a3c584", "c3", long)).await), 61003);
}

#[tokio::test]
async fn quotas_are_reset_ten_times_a_month() {
    let world = World::new();
    let path = "/cgi-bin/component/clear_quota/v2";
    let body = json!({ "component_appid": world.component, "appsecret": world.secret });
    let ticket = world.simulator.push_ticket().await.unwrap().ticket;
    let none = Quota { component_tokens: Some(0), ..Quota::default() };
    world.simulator.set_quota(none).unwrap();
    assert_eq!(code(&world.component_token_for(&ticket).await), 45009);

    assert_eq!(code(&world.post(path, body.clone()).await), 0);
    assert_eq!(code(&world.component_token_for(&ticket).await), 0);
    for _ in 0..9 {
        world.post(path, body.clone()).await;
    }
    assert_eq!(code(&world.post(path, body).await), 48006);
    let merchant = json!({
        "component_appid": world.component, "appsecret": world.secret, "appid": NOODLES,
    });
    assert_eq!(code(&world.post(path, merchant).await), 43007);
}

#[tokio::test]
async fn codes_without_end_have_an_end_in_each_minute() {
    let shop = Shop::new(NOODLES).await;
    // Nothing is online, so that no picture has to be drawn; it counts all the same.
    let draw = async || code(&shop.post("getwxacodeunlimit", json!({ "scene": "a=1" })).await);
    for _ in 0..5_000 {
        assert_eq!(draw().await, 41030);
    }
    assert_eq!(draw().await, 45009);
    shop.world.simulator.advance(60);
    assert_eq!(draw().await, 41030);
}
