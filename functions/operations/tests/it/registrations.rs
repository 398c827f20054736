//! Mini programs that are registered for merchants.

use jiff::SignedDuration;
use platform::{
    AppId,
    registrations::{Outcome, Registration},
};
use serde_json::{Value, json};
use wechat::message::{Info, parse_authorization};

use crate::{
    gateway::{Call, Reply},
    wechat::Answer,
    world::{COMPONENT, MINI_PROGRAM, World, component, mini_program},
};

const BEGIN: &str = "/wxa/component/fastregisterenterpriseweapp";
const LINK: &str = "https://mp.weixin.qq.com/wxawap/fastregister?taskid=task-1";

fn company() -> Value {
    json!({
        "kind": "enterprise",
        "name": "城南面馆（北京）有限公司",
        "code": "91110108MA01KPGK0T",
        "component_phone": "010-88880000",
    })
}

fn begin(order: Value) -> Call {
    Call::post(&component("/registrations")).json(order)
}

impl World {
    /// WeChat takes registrations of companies, as the task `task`.
    fn takes(&self, task: &str, status: i64) {
        let link = format!("https://mp.weixin.qq.com/wxawap/fastregister?taskid={task}");
        let answer = json!({
            "errcode": 0, "errmsg": "OK", "taskid": task, "authorize_url": link, "status": status,
        });
        self.wechat.says(BEGIN, answer);
    }

    async fn registration(&self, id: &str) -> Value {
        let reply = self.get(&component(&format!("/registrations/{id}"))).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    async fn renew(&self, id: &str) -> Reply {
        let path = component(&format!("/registrations/{id}/renewal"));
        self.send(Call::post(&path).json(json!({}))).await
    }

    /// The clock comes by.
    async fn look_after(&self, id: &str) -> Registration {
        let component: AppId = COMPONENT.parse().unwrap();
        self.app.platform.registrations.advance(&component, id).await.unwrap()
    }

    /// WeChat tells the end.
    async fn tells(&self, info_type: &str, status: i64, appid: &str, info: &str) {
        let now = self.clock.now_in_seconds();
        let xml = format!(
            "<xml><AppId>{COMPONENT}</AppId><CreateTime>{now}</CreateTime>\
             <InfoType>{info_type}</InfoType><status>{status}</status><msg>OK</msg>\
             <appid>{appid}</appid><info>{info}</info></xml>"
        );
        let outcome = match parse_authorization(xml.as_bytes()).unwrap().info {
            Info::NotifyThirdFastRegister(event) => Outcome::of_registration(&event, now),
            Info::NotifyThirdFastRegisterBetaApp(event) => Outcome::of_trial(&event, now),
            Info::NotifyThirdFastVerifyBetaApp(event) => Outcome::of_conversion(&event, now),
            other => panic!("{other:?}"),
        };
        let component: AppId = COMPONENT.parse().unwrap();
        self.app.platform.registrations.note(&component, &outcome).await.unwrap();
    }
}

#[tokio::test]
async fn a_company_is_registered_by_a_link_that_is_brought_to_its_legal_person() {
    let world = World::new().await;
    world.takes("task-1", 1);

    let begun = world.send(begin(company())).await;

    assert_eq!(begun.status, 201, "{begun:?}");
    let shown = begun.json();
    let id = shown["id"].as_str().unwrap();
    assert_eq!(begun.header("location"), Some(&*component(&format!("/registrations/{id}"))));
    assert_eq!((&shown["state"], &shown["attempt"]), (&json!("waiting"), &json!(1)));
    assert_eq!(shown["text"], "等待对方打开链接。");
    assert_eq!(shown["invitation"]["link"], LINK);
    let message = shown["invitation"]["message"].as_str().unwrap();
    assert!(message.contains("「城南面馆（北京）有限公司」的法定代表人"), "{message}");
    assert!(
        message.contains("11 月 24 日 01:45（北京时间）") && message.ends_with(LINK),
        "{message}"
    );
    let sent = json!({
        "name": "城南面馆（北京）有限公司", "code": "91110108MA01KPGK0T",
        "component_phone": "010-88880000", "new_version": true,
    });
    assert_eq!(world.wechat.asked(BEGIN), [sent]);
    assert_eq!(world.registration(id).await, shown);
    let listed = world.get(&component("/registrations?state=waiting&kind=enterprise")).await.json();
    assert_eq!(listed["registrations"], json!([shown]));
    let other = world.get(&component("/registrations?state=failed")).await.json();
    assert_eq!((&other["registrations"], &other["next_cursor"]), (&json!([]), &Value::Null));
    let entry = &world.audit().await[0];
    assert!(!entry["request"].as_str().unwrap().contains("8888"), "{entry}");
}

#[tokio::test]
async fn the_link_is_drawn_in_either_format() {
    let world = World::new().await;
    world.takes("task-1", 1);
    let id = world.send(begin(company())).await.json()["id"].as_str().unwrap().to_owned();
    let path = |query: &str| component(&format!("/registrations/{id}/qr-code{query}"));

    let png = world.get(&path("")).await;
    let svg = world.get(&path("?format=svg")).await;

    assert_eq!(png.header("content-type"), Some("image/png"), "{png:?}");
    assert!(png.body.starts_with(b"\x89PNG"));
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    assert!(svg.body.starts_with(b"<svg"));
    assert_eq!(world.get(&path("?size=50")).await.problem(400)["field"], "size");
    world.get(&path("?format=gif")).await.problem(400);
    world.tells("notify_third_fasteregister", 1001, "", "<taskid>task-1</taskid>").await;
    let problem = world.get(&path("")).await.problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("上限"), "{problem}");
}

#[tokio::test]
async fn a_company_has_one_registration_at_a_time() {
    let world = World::new().await;
    world.takes("task-1", 1);
    let first = world.send(begin(company())).await.json();
    let mut again = company();
    again["code"] = "91110108ma01kpgk0t".into();

    let problem = world.send(begin(again)).await.problem(409);

    let id = first["id"].as_str().unwrap();
    assert!(problem["detail"].as_str().unwrap().contains(id), "{problem}");
    assert_eq!(world.wechat.asked(BEGIN).len(), 1);
}

#[tokio::test]
async fn what_came_to_nothing_needs_a_person_until_it_is_renewed_or_let_be() {
    let world = World::new().await;
    let needing = async || {
        let list = world.get("/v1/attention").await.json();
        let items = list["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["kind"] == "registration-unfinished")
    };
    world.takes("task-1", 1);
    let id = world.send(begin(company())).await.json()["id"].as_str().unwrap().to_owned();
    assert!(needing().await.is_none(), "its day has not passed");
    world.tells("notify_third_fasteregister", 100_001, "", "<taskid>task-1</taskid>").await;

    let item = needing().await.unwrap();
    assert_eq!((&item["registrations"], &item["count"]), (&json!([id]), &json!(1)));
    assert_eq!(item["link"], component(&format!("/registrations/{id}")));
    assert!(item["since"].is_string(), "{item}");
    world.takes("task-2", 1);
    world.renew(&id).await;
    assert!(needing().await.is_none(), "it is under way again");
    world.tells("notify_third_fasteregister", 1001, "", "<taskid>task-2</taskid>").await;
    assert_eq!(needing().await.unwrap()["count"], 1);

    let path = component(&format!("/registrations/{id}/acknowledgement"));
    let seen = world.send(Call::post(&path).json(json!({}))).await;
    assert_eq!((seen.status, seen.json()["state"].as_str()), (200, Some("failed")), "{seen:?}");
    let at = seen.json()["acknowledged_at"].clone();
    assert!(at.is_string(), "{seen:?}");
    let again = world.send(Call::post(&path).json(json!({}))).await;
    assert_eq!(again.json()["acknowledged_at"], at);
    assert!(needing().await.is_none());
}

#[tokio::test]
async fn a_new_registration_takes_the_place_of_one_that_came_to_nothing() {
    let world = World::new().await;
    world.takes("task-1", 1);
    world.send(begin(company())).await;
    world.tells("notify_third_fasteregister", 1001, "", "<taskid>task-1</taskid>").await;
    world.takes("task-2", 1);
    world.send(begin(company())).await;
    let list = world.get("/v1/attention").await.json();
    let kinds: Vec<&Value> =
        list["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
    assert!(!kinds.contains(&&json!("registration-unfinished")), "{list}");
}

#[tokio::test]
async fn what_cannot_be_right_is_named_at_once_and_costs_no_call() {
    let world = World::new().await;
    for (order, pointers) in [
        (
            json!({ "kind": "enterprise", "name": "a", "code": "9111", "openid": "o" }),
            json!(["/name", "/code", "/openid", "/component_phone"]),
        ),
        (
            json!({ "kind": "personal", "wechat_id": "小李", "component_phone": "call me" }),
            json!(["/wechat_id", "/component_phone"]),
        ),
        (
            json!({ "kind": "trial", "name": "面馆小程序", "openid": "wxid" }),
            json!(["/name", "/openid"]),
        ),
        (
            json!({ "kind": "trial-verification", "appid": "wx" }),
            json!(["/name", "/code", "/appid", "/component_phone"]),
        ),
        (json!({ "kind": "official-account" }), json!(["/appid", "/ticket"])),
    ] {
        let problem = world.send(begin(order.clone())).await.problem(422);
        let faults = problem["faults"].as_array().unwrap();
        let named: Vec<&Value> = faults.iter().map(|fault| &fault["pointer"]).collect();
        assert_eq!(json!(named), pointers, "{order}");
    }
    let unknown = world.send(begin(json!({ "kind": "fastregisterweapp" }))).await;
    assert_eq!(unknown.problem(422)["field"], "kind");
    assert!(world.wechat.asked(BEGIN).is_empty());
    let listed = world.get(&component("/registrations")).await.json();
    assert_eq!(listed["registrations"], json!([]));
    world.get(&component("/registrations?cursor=1")).await.problem(400);
    world.get(&component("/registrations/01JD")).await.problem(404);
}

#[tokio::test]
async fn a_lost_answer_registers_nothing_twice() {
    let world = World::new().await;
    world.wechat.answers(BEGIN, Answer::TimedOut);

    let lost = world.send(begin(company()).once("one")).await;
    let again = world.send(begin(company()).once("one")).await;

    assert_eq!((lost.status, again.status), (202, 202), "{lost:?}");
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let shown = lost.json();
    assert_eq!((&shown["state"], &shown["invitation"]), (&json!("unknown"), &Value::Null));
    let id = shown["id"].as_str().unwrap();
    world.send(begin(company())).await.problem(409);
    assert_eq!(world.wechat.asked(BEGIN).len(), 1);

    // WeChat has taken the first one after all: its day must pass.
    world.wechat.refuses(BEGIN, 89_249);
    assert_eq!(world.renew(id).await.problem(422)["errcode"], 89_249);
    assert_eq!(world.registration(id).await["state"], "unknown");
    world.clock.forward(SignedDuration::from_hours(25));
    world.authorize_again().await;
    world.look_after(id).await;
    assert_eq!(world.registration(id).await["state"], "expired");
    world.takes("task-2", 1);
    let renewed = world.renew(id).await;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    assert_eq!(renewed.json()["task"], "task-2");
    assert_eq!(renewed.json()["attempt"], 3);
}

#[tokio::test]
async fn a_refusal_is_explained_and_stays_on_record() {
    let world = World::new().await;
    world.wechat.refuses(BEGIN, 89_255);
    let problem = world.send(begin(company())).await.problem(422);
    assert_eq!(problem["errcode"], 89_255);
    let listed = world.get(&component("/registrations?state=failed")).await.json();
    let failed = &listed["registrations"][0];
    assert_eq!(failed["code"], 89_255, "{listed}");
    assert!(failed["what_to_do"].as_str().is_some_and(|words| !words.is_empty()), "{failed}");
    let attention = world.get("/v1/attention").await.json();
    let items = attention["items"].as_array().unwrap();
    let unfinished = items.iter().any(|item| item["kind"] == "registration-unfinished");
    assert!(!unfinished, "whoever ordered it was told: {attention}");
    // The company may begin another one.
    world.takes("task-1", 1);
    assert_eq!(world.send(begin(company())).await.status, 201);
}

#[tokio::test]
async fn a_day_passes_and_one_command_renews() {
    let world = World::new().await;
    world.takes("task-1", 1);
    let id = world.send(begin(company())).await.json()["id"].as_str().unwrap().to_owned();

    // Its link is good: WeChat is asked, and says so.
    let problem = world.renew(&id).await.problem(409);
    assert!(problem["what_to_do"].as_str().unwrap().contains("仍然有效"), "{problem}");
    world.clock.forward(SignedDuration::from_hours(24));
    world.authorize_again().await;
    world.takes("task-1", 2);
    world.look_after(&id).await;
    let expired = world.registration(&id).await;
    assert_eq!((&expired["state"], &expired["invitation"]), (&json!("expired"), &Value::Null));
    world.takes("task-2", 1);
    let renewed = world.renew(&id).await.json();

    assert_eq!((&renewed["state"], &renewed["task"]), (&json!("waiting"), &json!("task-2")));
    // An event of the first attempt comes late: a failure of it is nothing to the second.
    world.tells("notify_third_fasteregister", 100_003, "", "<taskid>task-1</taskid>").await;
    assert_eq!(world.registration(&id).await["state"], "waiting");
    // But a success is one.
    world.tells("notify_third_fasteregister", 0, MINI_PROGRAM, "<code>task-1</code>").await;
    let registered = world.registration(&id).await;
    assert_eq!(registered["state"], "registered");
    assert_eq!(registered["appid"], MINI_PROGRAM);
    world.tells("notify_third_fasteregister", 1001, "", "<taskid>task-2</taskid>").await;
    assert_eq!(world.registration(&id).await, registered, "a success is final");
    world.renew(&id).await.problem(409);
}

#[tokio::test]
async fn an_event_of_either_shape_finds_its_registration() {
    for info in [
        "<taskid>task-1</taskid>",
        "<name></name><code>task-1</code><code_type>0</code_type><taskid>task-1</taskid>",
        "<name>城南</name><code>91110108MA01KPGK0T</code><code_type>1</code_type>",
    ] {
        let world = World::new().await;
        world.takes("task-1", 1);
        let id = world.send(begin(company())).await.json()["id"].as_str().unwrap().to_owned();
        world.tells("notify_third_fasteregister", 103, "", info).await;
        let failed = world.registration(&id).await;
        assert_eq!((&failed["state"], &failed["code"]), (&json!("failed"), &json!(103)), "{info}");
        assert_eq!(failed["text"], "法人姓名与工商登记不一致。");
    }
}

#[tokio::test]
async fn a_trial_is_made_renamed_and_turned_into_a_companys() {
    let world = World::new().await;
    let url = "https://mp.weixin.qq.com/wxawap/fastregistertpbeta?action=show&create_token=u-1";
    let answer = json!({ "errcode": 0, "unique_id": "u-1", "authorize_url": url });
    world.wechat.says("/wxa/component/fastregisterbetaweapp", answer);
    let trial = json!({
        "kind": "trial", "name": "城南面馆", "openid": "oK8Yg5YaUM-axuE_vVZmV_oIZxxx",
    });
    let begun = world.send(begin(trial)).await.json();
    assert_eq!(begun["invitation"]["link"], url);
    let id = begun["id"].as_str().unwrap();
    let info = "<unique_id>u-1</unique_id><name>城南面馆</name>";
    world.tells("notify_third_fastregisterbetaapp", 0, MINI_PROGRAM, info).await;
    assert_eq!(world.registration(id).await["appid"], MINI_PROGRAM);

    let path = mini_program("/profile/trial-name");
    let wrong = world.send(Call::put(&path).json(json!({ "name": "面" }))).await;
    assert_eq!(wrong.problem(422)["field"], "name");
    let renamed = world.send(Call::put(&path).json(json!({ "name": "城南新馆" }))).await;
    assert_eq!(renamed.status, 204, "{renamed:?}");
    assert_eq!(world.wechat.asked("/wxa/setbetaweappnickname"), [json!({ "name": "城南新馆" })]);

    let answer = json!({ "errcode": 0, "taskid": "t-2", "authorize_url": LINK, "status": 0 });
    world.wechat.says("/wxa/verifybetaweapp", answer);
    let mut conversion = company();
    conversion["kind"] = "trial-verification".into();
    conversion["appid"] = MINI_PROGRAM.into();
    let begun = world.send(begin(conversion)).await.json();
    let asked = &world.wechat.asked("/wxa/verifybetaweapp")[0];
    assert_eq!(asked["verify_info"]["code"], "91110108MA01KPGK0T");
    assert_eq!(asked["new_version"], true);
    world.tells("notify_third_fastverifybetaapp", 0, MINI_PROGRAM, "<taskid>t-2</taskid>").await;
    let converted = world.registration(begun["id"].as_str().unwrap()).await;
    assert_eq!(
        (&converted["state"], &converted["kind"]),
        (&json!("registered"), &json!("trial-verification"),)
    );
}

#[tokio::test]
async fn a_list_goes_on_where_it_ended() {
    let world = World::new().await;
    let path = "/wxa/component/fastregisterpersonalweapp";
    for person in ["person-1", "person-2", "person-3"] {
        let task = format!("task-{person}");
        let answer = json!({ "errcode": 0, "taskid": task, "authorize_url": LINK, "status": 0 });
        world.wechat.says(path, answer);
        let order = json!({
            "kind": "personal", "wechat_id": person, "component_phone": "010-88880000",
        });
        assert_eq!(world.send(begin(order)).await.status, 201);
    }
    let first = world.get(&component("/registrations?limit=2")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = world.get(&component(&format!("/registrations?limit=2&cursor={cursor}"))).await;
    let persons = |list: &Value| {
        let list = list["registrations"].as_array().unwrap();
        list.iter().map(|one| one["wechat_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(persons(&first), ["person-3", "person-2"]);
    assert_eq!(persons(&rest.json()), ["person-1"]);
    assert_eq!(rest.json()["next_cursor"], Value::Null);
}
