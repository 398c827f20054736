//! What WeChat wants beside code and filing: privacy, the order page, and keeping to the rules.

use journeys::MERCHANT;
use serde_json::{Value, json};
use simulator::{
    AppealOrder, AppealStatus, Message, OrderPathVerdict, PrivacyVerdict, Punish, Push,
};

use crate::{
    attention::{attention, of_kind},
    shop::Shop,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_guideline_is_written_and_an_interface_applied_for_until_it_is_granted() {
    let shop = Shop::open().await;
    let world = &shop.world;

    // The guideline of the version in development.
    let file = shop.path("privacy/files");
    let kept = world.operator().upload(&file, "text/plain", "补充说明".as_bytes()).await;
    let guideline = json!({
        "owner": {
            "email": "service@example.com", "notice_method": "弹窗", "days_kept": 30,
            "file": kept.expect_status(200).json()["file"],
        },
        "statements": [
            { "key": "UserInfo", "purpose": "展示头像" },
            { "key": "PhoneNumber", "purpose": "联系顾客" },
        ],
        "sdks": [{
            "name": "地图", "provider": "腾讯",
            "statements": [{ "key": "Location", "purpose": "显示门店" }],
        }],
    });
    let written = shop.put("privacy/guideline/development", guideline.clone()).await;
    let written = written.expect_status(200).json();
    assert_eq!(written["owner"]["days_kept"], 30, "{written:#}");
    assert_eq!(written["undeclared"], json!([]));
    assert_eq!(world.events("privacy.guideline-changed").len(), 1);
    let online = shop.put("privacy/guideline/online", guideline).await.expect_problem(422);
    assert_eq!(online["faults"][0]["pointer"], "/statements", "{online:#}");

    // An interface, refused and then granted.
    let order = json!({ "interface": "wx.choosePoi", "purpose": "选择收货地点" });
    shop.post("privacy/interfaces", order.clone()).await.expect_status(201);
    let again = shop.post("privacy/interfaces", order.clone()).await.expect_problem(422);
    assert_eq!(again["errcode"], 61031, "{again:#}");
    let verdict = |granted| PrivacyVerdict {
        appid: MERCHANT.to_owned(),
        api_name: "wx.choosePoi".to_owned(),
        granted,
        reason: if granted { String::new() } else { "用途不明".to_owned() },
        ..PrivacyVerdict::default()
    };
    world.simulator().decide_privacy_interface(verdict(false)).await.unwrap();
    world.settle().await;
    let refused = world.events("privacy.interface-refused");
    assert_eq!(refused[0].detail["reason"], "用途不明");
    of_kind(&attention(world).await, "privacy-refused");
    shop.post("privacy/interfaces", order).await.expect_status(201);
    world.simulator().decide_privacy_interface(verdict(true)).await.unwrap();
    world.settle().await;
    assert!(attention(world).await.is_empty());
    let shown = shop.get("privacy/interfaces").await.expect_status(200).json();
    let interfaces = shown["interfaces"].as_array().unwrap();
    let granted = interfaces.iter().find(|it| it["interface"] == "wx.choosePoi").unwrap();
    assert_eq!(granted["state"], "granted", "{granted:#}");

    // A verdict without an event is found by the clock.
    let order = json!({ "interface": "wx.chooseAddress", "purpose": "收货" });
    shop.post("privacy/interfaces", order).await.expect_status(201);
    let silently =
        PrivacyVerdict { api_name: "wx.chooseAddress".to_owned(), silent: true, ..verdict(true) };
    world.simulator().decide_privacy_interface(silently).await.unwrap();
    world.push_ticket().await;
    world.later(6 * 3600 + 60).await;
    assert_eq!(world.events("privacy.interface-granted").len(), 2);

    // What the code asks users for is looked for in the trial version.
    shop.get("privacy/detection").await.expect_problem(422);
    shop.commit("1.0.0").await;
    let detection = shop.get("privacy/detection").await.expect_status(200).json();
    assert_eq!(detection["running"], false, "{detection:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_page_is_applied_for_in_many_mini_programs_and_followed_in_each() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let order = |appids: Value| {
        json!({
            "appids": appids,
            "page": {
                "path": "pages/orders/index", "test_account": "canary-account",
                "test_password": "canary-password",
            },
        })
    };
    let path = format!("/v1/components/{}/order-paths", world.component());
    let with_stranger = order(json!([MERCHANT, "wx00000000000000ff"]));
    let refused = world.operator().post(&path, with_stranger).await.expect_problem(422);
    assert_eq!(refused["faults"][0]["pointer"], "/appids/1", "{refused:#}");
    world.operator().post(&path, order(json!([MERCHANT]))).await.expect_status(202);
    let applied = shop.get("order-path").await.expect_status(200).json();
    assert_eq!(applied["review"]["state"], "in-review", "{applied:#}");

    let verdict = |passed| OrderPathVerdict {
        appid: MERCHANT.to_owned(),
        passed,
        reason: if passed { String::new() } else { "页面无法打开".to_owned() },
    };
    world.simulator().decide_order_path(verdict(false)).await.unwrap();
    world.settle().await;
    let refused = shop.get("order-path").await.expect_status(200).json();
    assert_eq!(refused["review"]["state"], "refused", "{refused:#}");
    assert_eq!(refused["review"]["reason"], "页面无法打开", "only the event says why");
    let items = attention(world).await;
    assert_eq!(of_kind(&items, "order-path-refused")["count"], 1, "{items:#?}");

    let page = json!({ "path": "pages/orders/list" });
    shop.put("order-path", page).await.expect_status(202);
    assert!(attention(world).await.is_empty());
    world.simulator().decide_order_path(verdict(true)).await.unwrap();
    world.settle().await;
    let granted = shop.get("order-path").await.expect_status(200).json();
    assert_eq!(granted["live"]["path"], "pages/orders/list", "{granted:#}");
    assert_eq!(granted["review"], Value::Null);
    assert_eq!(world.events("order-path.granted").len(), 1);
    assert_eq!(world.events("order-path.refused").len(), 1);

    // WeChat did not take the next one.
    shop.put("order-path", json!({ "path": "pages/orders/new" })).await.expect_status(202);
    let busy = format!(
        "<xml><AppId>{}</AppId><CreateTime>{}</CreateTime>\
         <InfoType>order_path_apply_result_notify</InfoType>\
         <list><appid>{MERCHANT}</appid><ret_code>-1</ret_code></list></xml>",
        world.component(),
        world.clock().now().as_second(),
    );
    let push = Push { message: Message::Xml(busy), ..Push::default() };
    world.simulator().push(push).await.unwrap();
    world.settle().await;
    let not_taken = shop.get("order-path").await.expect_status(200).json();
    assert_eq!(not_taken["review"]["state"], "not-taken", "{not_taken:#}");
    assert_eq!(not_taken["live"]["path"], "pages/orders/list");

    let audit = world.operator().get("/v1/audit").await.expect_status(200).text();
    let events: String =
        world.aws().bus().events().iter().map(|event| format!("{:?}", event.detail)).collect();
    assert!(!audit.contains("canary-") && !events.contains("canary-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_punishment_and_its_appeal_are_shown_until_somebody_has_seen_to_them() {
    let shop = Shop::open().await;
    let world = &shop.world;
    let punish = Punish {
        appid: MERCHANT.to_owned(),
        reason: "内容涉嫌欺诈".to_owned(),
        content: "虚假促销".to_owned(),
        suspended: false,
    };
    let punished = world.simulator().punish(punish.clone()).await.unwrap();
    world.settle().await;

    let shown = shop.get("punishments").await.expect_status(200).json();
    let punishment = &shown["punishments"][0];
    assert_eq!(punishment["reason"], "内容涉嫌欺诈", "{shown:#}");
    assert!(punishment["rule_url"].as_str().unwrap().starts_with("https://"));
    of_kind(&attention(world).await, "punished");

    let appeal = |status, reason: &str| AppealOrder {
        appid: MERCHANT.to_owned(),
        illegal_record_id: punished.id.clone(),
        status,
        reason: reason.to_owned(),
    };
    world.simulator().appeal(appeal(AppealStatus::Running, "活动真实")).await.unwrap();
    world.settle().await;
    world.simulator().appeal(appeal(AppealStatus::Refused, "证据不足")).await.unwrap();
    world.settle().await;
    let shown = shop.get("punishments").await.expect_status(200).json();
    let appeal = &shown["punishments"][0]["appeals"][0];
    assert_eq!(appeal["state"], "refused", "{shown:#}");
    assert_eq!(appeal["reason"], "证据不足");
    assert_eq!(world.events("punishment.recorded").len(), 1);
    let states: Vec<Value> =
        world.events("appeal.changed").iter().map(|it| it.detail["state"].clone()).collect();
    assert_eq!(states, ["running", "refused"]);

    let seen = format!("punishments/{}/acknowledgement", punished.id);
    let seen = shop.post(&seen, json!({})).await.expect_status(200).json();
    assert_eq!(seen["punishments"][0]["acknowledged_by"]["kind"], "operator", "{seen:#}");
    assert!(attention(world).await.is_empty());
    shop.post("punishments/2_1/acknowledgement", json!({})).await.expect_problem(404);
}
