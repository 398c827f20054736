//! What happened to a mini program can be read afterwards: who did what, and when.

use journeys::{MERCHANT, World};
use serde_json::{Value, json};
use simulator::{Message, Push, Target};

use crate::shop::Shop;

async fn timeline(shop: &Shop) -> Vec<Value> {
    let answer = shop.get("timeline").await.expect_status(200).json();
    answer["entries"].as_array().unwrap().clone()
}

/// WeChat pushes an event of the mini program's.
async fn push(world: &World, fields: [(&str, &str); 2]) {
    let push = Push {
        to: Target::Messages { appid: MERCHANT.to_owned() },
        message: Message::fields(fields),
        ..Push::default()
    };
    let delivered = world.simulator().push(push).await.unwrap();
    assert!(delivered[0].accepted, "{delivered:?}");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_says_who_did_what_and_when() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    shop.approve().await;
    shop.release().await;

    let entries = timeline(&shop).await;

    let told: Vec<(&str, &str)> = entries
        .iter()
        .rev()
        .map(|entry| (entry["kind"].as_str().unwrap(), entry["by"]["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("merchant.authorized", "merchant"),
            ("release.committed", "operator"),
            ("release.submitted", "operator"),
            ("release.approved", "wechat"),
            ("release.released", "operator"),
        ]
    );
    let committed = &entries[3];
    assert_eq!(committed["by"]["key"], "admin", "{committed:#}");
    assert_eq!(committed["text"], "上传了代码 1.0.0，已成为体验版。");
    let events = shop.world.events("release.committed");
    assert_eq!(events[0].detail["id"], committed["id"], "it is the event that was told");
    assert_eq!(events[0].detail["by"]["kind"], "operator");
    let times: Vec<&str> = entries.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|later, earlier| later >= earlier), "{times:?}");

    // The same, part by part.
    let mut parts = Vec::new();
    let mut path = "timeline?limit=2".to_owned();
    loop {
        let part = shop.get(&path).await.expect_status(200).json();
        parts.extend(part["entries"].as_array().unwrap().clone());
        let Some(next) = part["next_cursor"].as_str() else { break };
        path = format!("timeline?limit=2&cursor={next}");
    }
    assert_eq!(parts, entries);
    assert_eq!(shop.get("timeline?cursor=1").await.expect_problem(400)["field"], "cursor");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_knows_is_shown_and_told_by_name_alone() {
    let shop = Shop::open().await;
    let world = &shop.world;

    push(world, [("Event", "wxa_brand_new"), ("secret_field", "canary")]).await;

    let told = world.events("wechat.event");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].detail["name"], "wxa_brand_new");
    assert_eq!(told[0].detail["appid"], MERCHANT);
    assert!(!format!("{:?}", told[0].detail).contains("canary"), "{:?}", told[0].detail);
    let newest = timeline(&shop).await[0].clone();
    assert_eq!(newest["kind"], "wechat.event", "{newest:#}");
    assert!(newest["text"].as_str().unwrap().contains("wxa_brand_new"), "{newest:#}");

    // Its item is in the inbox under the id that the event names; worked off again, it is told
    // again as the same event, and stands in the timeline once.
    let before = timeline(&shop).await.len();
    let component = world.component();
    let item =
        format!("/v1/components/{component}/events/{}", told[0].detail["inbox"].as_str().unwrap());
    assert_eq!(world.operator().get(&item).await.expect_status(200).json()["state"], "done");
    world.operator().post(&format!("{item}/replay"), json!({})).await.expect_status(202);
    world.settle().await;
    assert_eq!(timeline(&shop).await.len(), before);
    let again = world.events("wechat.event");
    assert_eq!(again.last().unwrap().detail["id"], told[0].detail["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_about_users_are_told_and_crowd_no_timeline() {
    let shop = Shop::open().await;
    let before = timeline(&shop).await;

    push(&shop.world, [("Event", "user_authorization_revoke"), ("OpenID", "o-canary")]).await;

    let told = shop.world.events("wechat.user-event");
    assert_eq!(told[0].detail["name"], "user_authorization_revoke");
    assert!(!format!("{:?}", told[0].detail).contains("canary"));
    assert_eq!(timeline(&shop).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_settings_stand_in_the_timeline_with_who_made_them() {
    let shop = Shop::open().await;
    shop.commit("1.0.0").await;
    shop.submit(json!({})).await;
    shop.approve().await;
    shop.release().await;
    let before = timeline(&shop).await.len();

    let lists = json!({ "requestdomain": ["https://api.noodles.example.com"],
        "wsrequestdomain": [], "uploaddomain": [], "downloaddomain": [] });
    for _ in 0..2 {
        shop.put("server-domains", json!({ "domains": lists })).await.expect_status(200);
    }
    shop.post("testers", json!({ "wechat_id": "testerid" })).await.expect_status(201);
    shop.put("visit-status", json!({ "serving": false })).await.expect_status(200);
    shop.put("visit-status", json!({ "serving": true })).await.expect_status(200);

    let entries = timeline(&shop).await;
    let told: Vec<&str> = entries[..entries.len() - before]
        .iter()
        .rev()
        .map(|entry| entry["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "修改了设置：服务器域名。",
            "修改了设置：添加了体验者。",
            "修改了设置：暂停了服务。",
            "修改了设置：恢复了服务。",
        ]
    );
    assert!(entries[..4].iter().all(|entry| entry["by"]["kind"] == "operator"), "{entries:#?}");
}
