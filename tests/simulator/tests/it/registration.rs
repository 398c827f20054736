//! Mini programs registered on behalf of merchants.

use serde_json::{Value, json};
use simulator::{
    AuthorizedEvent, Clock, ConfirmRegistration, EventShape, MerchantOptions, RegistrationStep,
};

use crate::support::{NOODLES, World, code, text};

const CODE: &str = "91510100MA6C1X2Y3Q";
const OPENID: &str = "oK8Yg5YaUM-axuE_vVZmV_oIZabc";

fn enterprise() -> Value {
    json!({
        "name": "成都城南餐饮管理有限公司", "code": CODE, "component_phone": "028-1234567",
        "new_version": true,
    })
}

async fn create(world: &World, kind: &str, body: Value) -> Value {
    let token = world.component_token().await;
    let path = format!("/wxa/component/{kind}?action=create&access_token={token}");
    let answer = world.post(&path, body).await;
    world.pushes();
    answer
}

async fn status(world: &World, kind: &str, task: &Value) -> i64 {
    let token = world.component_token().await;
    let path = format!("/wxa/component/{kind}?action=query&access_token={token}");
    let answer = world.post(&path, json!({ "taskid": task, "new_version": true })).await;
    world.pushes();
    answer["status"].as_i64().unwrap()
}

fn told(push: &str, name: &str) -> String {
    let start = format!("<{name}>");
    let inner = push.split_once(&start).unwrap().1.split_once(&format!("</{name}>")).unwrap().0;
    inner.trim_start_matches("<![CDATA[").trim_end_matches("]]>").to_owned()
}

#[tokio::test]
async fn an_enterprise_becomes_a_mini_program_with_a_code_in_the_event() {
    let world = World::new();
    let task = create(&world, "fastregisterenterpriseweapp", enterprise()).await;
    assert_eq!(task["status"], 1);
    assert!(text(&task["authorize_url"]).starts_with("https://mp.weixin.qq.com/"));
    let step = RegistrationStep { task: None, status: 7 };
    world.simulator.step_registration(&step).unwrap();
    assert_eq!(status(&world, "fastregisterenterpriseweapp", &task["taskid"]).await, 7);

    let made = world.simulator.confirm_registration(ConfirmRegistration::default()).await.unwrap();

    let pushes = world.pushes();
    let [event, authorized] = &pushes[..] else { panic!("{pushes:?}") };
    assert_eq!(told(event, "InfoType"), "notify_third_fasteregister");
    assert_eq!((told(event, "status"), told(event, "msg")), ("0".into(), "OK".into()));
    assert_eq!(Some(told(event, "appid")), made.appid);
    assert_eq!(told(event, "taskid"), text(&task["taskid"]));
    assert_eq!(told(event, "code"), text(&task["taskid"]), "as it was captured");
    assert_eq!(told(authorized, "InfoType"), "authorized");
    assert_eq!(told(authorized, "AuthorizationCode"), told(event, "auth_code"));
    assert_eq!(status(&world, "fastregisterenterpriseweapp", &task["taskid"]).await, 12);
    let token = world.component_token().await;
    let granted = world.query_auth(&token, &told(event, "auth_code")).await;
    assert_eq!(granted["authorization_info"]["authorizer_appid"], told(event, "appid"));
    let again = world.simulator.confirm_registration(ConfirmRegistration::default()).await;
    assert!(again.is_err(), "a registration ends once");
}

#[tokio::test]
async fn a_registration_fails_with_its_reason_and_without_a_mini_program() {
    let world = World::new();
    let task = create(&world, "fastregisterenterpriseweapp", enterprise()).await;
    let before = world.simulator.state()["merchants"].as_object().unwrap().len();

    let refused = ConfirmRegistration {
        status: 1001,
        shape: EventShape::Documented,
        ..ConfirmRegistration::default()
    };
    let made = world.simulator.confirm_registration(refused).await.unwrap();

    assert_eq!((made.appid, made.pushes.len()), (None, 1));
    let event = world.pushes().remove(0);
    assert_eq!((told(&event, "status"), told(&event, "appid")), ("1001".into(), String::new()));
    assert_eq!((told(&event, "code"), told(&event, "auth_code")), (CODE.into(), String::new()));
    assert_eq!(told(&event, "msg"), "主体创建小程序数量达到上限");
    assert_eq!(status(&world, "fastregisterenterpriseweapp", &task["taskid"]).await, 1001);
    assert_eq!(world.simulator.state()["merchants"].as_object().unwrap().len(), before);
}

#[tokio::test]
async fn a_link_is_good_for_a_day() {
    let world = World::new();
    let person = json!({ "wxuser": "wang-wu", "component_phone": "1", "new_version": true });
    let by_person = create(&world, "fastregisterpersonalweapp", person).await;
    let task = create(&world, "fastregisterenterpriseweapp", enterprise()).await;
    assert_eq!(by_person["status"], 0);
    let again = create(&world, "fastregisterenterpriseweapp", enterprise()).await;
    assert_eq!(code(&again), 89249, "one task at a time");

    world.simulator.advance(86_400);

    assert_eq!(status(&world, "fastregisterpersonalweapp", &by_person["taskid"]).await, 1);
    assert_eq!(status(&world, "fastregisterenterpriseweapp", &task["taskid"]).await, 2);
    let order = |status| ConfirmRegistration {
        task: Some(text(&task["taskid"])),
        status,
        ..ConfirmRegistration::default()
    };
    assert!(world.simulator.confirm_registration(order(0)).await.is_err());
    assert!(world.simulator.confirm_registration(order(100_001)).await.is_ok());
    let again = create(&world, "fastregisterenterpriseweapp", enterprise()).await;
    assert_eq!(code(&again), 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_said_at_once() {
    let world = World::new();
    let with = |name: &str, value: Value| {
        let mut body = enterprise();
        body[name] = value;
        body
    };
    let refused = async |body| code(&create(&world, "fastregisterenterpriseweapp", body).await);
    assert_eq!(refused(with("code", json!("9151"))).await, 89255);
    assert_eq!(refused(with("component_phone", json!(""))).await, 86030);
    assert_eq!(refused(with("new_version", json!(false))).await, -1);
    let token = world.component_token().await;
    let path = format!("/wxa/component/fastregisterenterpriseweapp?access_token={token}");
    assert_eq!(code(&world.post(&path, enterprise()).await), 40097);
    let query = path.replace("?", "?action=query&");
    let unknown = json!({ "taskid": "x", "new_version": true });
    assert_eq!(code(&world.post(&query, unknown).await), 89250);

    let person = json!({ "wxuser": "wang-wu", "component_phone": "1", "new_version": true });
    world.simulator.set_searchable("wang-wu", false);
    let answer = create(&world, "fastregisterpersonalweapp", person.clone()).await;
    assert_eq!(code(&answer), 86032);
    world.simulator.set_searchable("wang-wu", true);
    for _ in 0..5 {
        let answer = create(&world, "fastregisterpersonalweapp", person.clone()).await;
        assert_eq!(code(&answer), 0);
    }
    assert_eq!(code(&create(&world, "fastregisterpersonalweapp", person).await), 91030);
}

#[tokio::test]
async fn the_old_forms_were_good_until_the_thirtieth_of_april_2026() {
    let world = World::with(|options| options.clock = Clock::fixed(1_777_521_599));
    let token = world.component_token().await;
    let path = format!("/cgi-bin/component/fastregisterweapp?action=create&access_token={token}");
    let search = path.replace("create", "search");
    let body = json!({
        "name": "城南", "code": CODE, "code_type": 1, "legal_persona_wechat": "wang-wu",
        "legal_persona_name": "王五",
    });
    let asked = json!({
        "name": "城南", "legal_persona_wechat": "wang-wu", "legal_persona_name": "王五",
    });
    assert_eq!(code(&world.post(&path, body.clone()).await), 0);
    assert_eq!(code(&world.post(&search, asked.clone()).await), 89251);
    world.pushes();
    let order = ConfirmRegistration { authorized: AuthorizedEvent::Before, ..Default::default() };
    world.simulator.confirm_registration(order).await.unwrap();
    let pushes = world.pushes();
    assert_eq!(told(&pushes[0], "InfoType"), "authorized");
    assert_eq!(told(&pushes[1], "legal_persona_name"), "王五");
    assert_eq!(code(&world.post(&search, asked).await), 0);

    world.simulator.advance(1);
    assert_eq!(code(&world.post(&path, body).await), -1);
}

#[tokio::test]
async fn a_trial_mini_program_is_made_renamed_and_made_an_ordinary_one() {
    let world = World::new();
    let token = world.component_token().await;
    let path = format!("/wxa/component/fastregisterbetaweapp?access_token={token}");
    let short = world.post(&path, json!({ "name": "小麦", "openid": OPENID })).await;
    assert_eq!(code(&short), 86020);
    let stranger = world.post(&path, json!({ "name": "小麦烤鸡", "openid": "x" })).await;
    assert_eq!(code(&stranger), 40003);
    let trial = world.post(&path, json!({ "name": "小麦烤鸡", "openid": OPENID })).await;
    assert!(text(&trial["authorize_url"]).ends_with("#wechat_redirect"));
    world.pushes();

    let made = world.simulator.confirm_registration(ConfirmRegistration::default()).await.unwrap();

    let appid = made.appid.unwrap();
    let pushes = world.pushes();
    assert_eq!(told(&pushes[0], "InfoType"), "notify_third_fastregisterbetaapp");
    assert_eq!(told(&pushes[0], "unique_id"), text(&trial["unique_id"]));
    assert!(!pushes[0].contains("auth_code"), "its code comes with the authorization");
    let granted = world.query_auth(&token, &told(&pushes[1], "AuthorizationCode")).await;
    let merchant = text(&granted["authorization_info"]["authorizer_access_token"]);
    let call = async |name: &str, body: Value| {
        world.post(&format!("/wxa/{name}?access_token={merchant}"), body).await
    };
    assert_eq!(code(&call("setbetaweappnickname", json!({ "name": "小麦炸鸡" })).await), 0);
    let account = &world.simulator.state()["merchants"][&appid]["account"];
    assert_eq!(account["nick_name"], "小麦炸鸡的体验小程序");

    let verify = json!({
        "verify_info": {
            "enterprise_name": "小麦餐饮有限公司", "code": CODE, "component_phone": "1",
        },
        "new_version": true,
    });
    let task = call("verifybetaweapp", verify.clone()).await;
    assert_eq!((code(&task), &task["status"]), (0, &json!(0)));
    assert_eq!(code(&call("verifybetaweapp", verify.clone()).await), 89249);
    world.pushes();
    let order = ConfirmRegistration { shape: EventShape::Documented, ..Default::default() };
    world.simulator.confirm_registration(order).await.unwrap();
    let pushes = world.pushes();
    assert_eq!(pushes.len(), 1, "its authorization stays as it is");
    assert_eq!(told(&pushes[0], "InfoType"), "notify_third_fastverifybetaapp");
    assert_eq!(told(&pushes[0], "name"), "小麦餐饮有限公司");
    assert_eq!(told(&pushes[0], "appid"), appid);
    let account = &world.simulator.state()["merchants"][&appid]["account"];
    assert_eq!((&account["trial"], &account["principal_type"]), (&json!(false), &json!(1)));
    assert_eq!(code(&call("verifybetaweapp", verify).await), 91001, "it is no trial any more");
}

#[tokio::test]
async fn an_official_account_gets_a_mini_program_for_a_ticket_once() {
    let account = MerchantOptions {
        appid: "wxaa00bb11cc22dd33".to_owned(),
        user_name: "gh_official".to_owned(),
        principal_name: "城南".to_owned(),
        principal_type: 1,
        official_account: true,
        ..MerchantOptions::default()
    };
    let appid = account.appid.clone();
    let world = World::with(|options| options.merchants.push(account));
    let (token, _) = world.authorized(&appid).await;
    let path = format!("/cgi-bin/account/fastregister?access_token={token}");
    assert!(world.simulator.agree_to_fast_register(NOODLES).is_err());
    let ticket = world.simulator.agree_to_fast_register(&appid).unwrap();

    assert_eq!(code(&world.post(&path, json!({ "ticket": "other" })).await), 61058);
    let made = world.post(&path, json!({ "ticket": ticket })).await;
    let too_soon = world.post(&path, json!({ "ticket": ticket })).await;
    world.simulator.advance(5);
    let again = world.post(&path, json!({ "ticket": ticket })).await;

    assert_eq!(made["is_wx_verify_succ"], "true");
    assert_eq!((code(&too_soon), &again["appid"]), (61058, &made["appid"]));
    let component = world.component_token().await;
    let granted = world.query_auth(&component, &text(&again["authorization_code"])).await;
    assert_eq!(granted["authorization_info"]["authorizer_appid"], made["appid"]);
}

#[tokio::test]
async fn a_person_with_curl_plays_it_too() {
    let world = World::new();
    create(&world, "fastregisterenterpriseweapp", enterprise()).await;
    let made = world.post("/simulator/confirm-registration", json!({ "status": 0 })).await;
    assert!(text(&made["appid"]).starts_with("wx"));
    assert_eq!(made["pushes"].as_array().unwrap().len(), 2);
}
