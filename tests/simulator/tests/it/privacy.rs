//! The privacy guideline, and interfaces that have to be applied for.

use serde_json::{Value, json};
use simulator::{PrivacyDetection, PrivacyVerdict};

use crate::support::{BOOKS, NOODLES, Shop, code, text};

async fn component(shop: &Shop, name: &str, body: Value) -> Value {
    let path = format!("/cgi-bin/component/{name}?access_token={}", shop.token);
    shop.world.post(&path, body).await
}

async fn set(shop: &Shop, body: Value) -> i64 {
    code(&component(shop, "setprivacysetting", body).await)
}

fn guideline() -> Value {
    json!({
        "privacy_ver": 2,
        "owner_setting": { "contact_phone": "13800000000", "notice_method": "弹窗" },
        "setting_list": [{ "privacy_key": "Location", "privacy_text": "查找附近门店" }],
    })
}

#[tokio::test]
async fn a_review_wants_a_guideline_and_a_release_puts_it_in_force() {
    let shop = Shop::new(NOODLES).await;
    shop.world.simulator.edit_merchant(NOODLES, |it| it.privacy_guideline = false).unwrap();
    shop.committed("1.0").await;
    assert_eq!(code(&shop.submit().await), 86002);

    assert_eq!(set(&shop, guideline()).await, 0);

    let read = async |version: i64| {
        component(&shop, "getprivacysetting", json!({ "privacy_ver": version })).await
    };
    let development = read(2).await;
    assert_eq!(development["setting_list"][0]["privacy_text"], "查找附近门店");
    assert_eq!(development["setting_list"][0]["privacy_label"], "位置信息");
    assert_eq!(development["owner_setting"]["contact_phone"], "13800000000");
    assert_eq!(code(&read(1).await), 86074);
    shop.live("1.0").await;
    assert_eq!(read(1).await["setting_list"], development["setting_list"]);
}

#[tokio::test]
async fn a_guideline_is_checked() {
    let shop = Shop::new(NOODLES).await;
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = guideline();
        change(&mut body);
        body
    };
    for (body, expected) in [
        (changed(&|body| body["privacy_ver"] = json!(3)), 86071),
        (changed(&|body| body["owner_setting"]["contact_phone"] = json!("")), 40097),
        (changed(&|body| body["owner_setting"]["notice_method"] = json!("")), 47001),
        (changed(&|body| body["owner_setting"]["store_expire_timestamp"] = json!("30")), 86072),
        (changed(&|body| body["owner_setting"]["store_expire_timestamp"] = json!("天")), 86072),
        (changed(&|body| body["owner_setting"]["store_expire_timestamp"] = json!("30天")), 0),
        (changed(&|body| body["owner_setting"]["ext_file_media_id"] = json!("1")), 40007),
        (changed(&|body| body["owner_setting"] = json!("{}")), 47001),
        (changed(&|body| body["setting_list"][0]["privacy_text"] = json!("")), 47001),
        (changed(&|body| body["privacy_ver"] = json!(1)), 86074),
    ] {
        assert_eq!(set(&shop, body.clone()).await, expected, "{body}");
    }
    let mut without = guideline();
    without.as_object_mut().unwrap().remove("setting_list");
    assert_eq!(set(&shop, without.clone()).await, 47001);
    shop.live("1.0").await;
    without["privacy_ver"] = json!(1);
    without["owner_setting"]["contact_phone"] = json!("13900000000");
    assert_eq!(set(&shop, without).await, 0);
    let online = component(&shop, "getprivacysetting", json!({ "privacy_ver": 1 })).await;
    assert_eq!(online["owner_setting"]["contact_phone"], "13900000000");
    assert_eq!(online["setting_list"][0]["privacy_key"], "Location", "the rest stays");
}

#[tokio::test]
async fn a_file_may_belong_to_a_guideline() {
    let shop = Shop::new(NOODLES).await;
    let path = format!("/cgi-bin/component/uploadprivacyextfile?access_token={}", shop.token);
    let upload =
        async |name: &str, bytes: &[u8]| shop.world.upload(&path, "file", (name, bytes), &[]).await;

    assert_eq!(code(&upload("a.pdf", b"%PDF").await), 40005);
    assert_eq!(code(&upload("a.txt", &[b'a'; 102_401]).await), 40006);
    let kept = upload("a.txt", "我们如何保护数据".as_bytes()).await;
    let mut body = guideline();
    body["owner_setting"]["ext_file_media_id"] = kept["ext_file_media_id"].clone();
    assert_eq!(set(&shop, body).await, 0);
}

#[tokio::test]
async fn an_interface_is_applied_for_refused_and_granted() {
    let shop = Shop::new(NOODLES).await;
    let name = "wx.getLocation";
    let body = json!({ "api_name": name, "content": "查找附近门店" });
    let apply = async || shop.post("security/apply_privacy_interface", body.clone()).await;
    let shown = async || {
        let list = shop.get("security/get_privacy_interface").await;
        let list = list["interface_list"].as_array().unwrap().clone();
        list.into_iter().find(|it| it["api_name"] == name).unwrap()
    };
    let found = PrivacyDetection {
        appid: NOODLES.to_owned(),
        without_auth_list: vec![name.to_owned()],
        ..PrivacyDetection::default()
    };
    shop.world.simulator.set_privacy_detection(found).unwrap();
    shop.committed("1.0").await;
    assert_eq!(code(&shop.submit().await), 61040);
    assert_eq!(shown().await["status"], 1);

    let audit_id = apply().await["audit_id"].clone();
    assert_eq!(shown().await["status"], 3);
    assert_eq!(code(&apply().await), 61031);
    let verdict = PrivacyVerdict {
        appid: NOODLES.to_owned(),
        api_name: name.to_owned(),
        reason: "小程序内未含有相应使用场景".to_owned(),
        ..PrivacyVerdict::default()
    };
    shop.world.pushes();
    let decided = shop.world.simulator.decide_privacy_interface(verdict.clone()).await.unwrap();
    assert_eq!(decided.audit_id, audit_id);
    let push = shop.world.pushes().remove(0);
    for part in [
        "wxa_privacy_apply",
        "<result_info><api_name><![CDATA[wx.getLocation]]>",
        "<status>2</status>",
        "相应使用场景",
    ] {
        assert!(push.contains(part), "{part} in {push}");
    }
    let failed = shown().await;
    assert_eq!((&failed["status"], &failed["audit_id"]), (&json!(4), &audit_id));
    assert_eq!(text(&failed["fail_reason"]), "小程序内未含有相应使用场景");

    apply().await;
    let granted = PrivacyVerdict { granted: true, ..verdict };
    shop.world.simulator.decide_privacy_interface(granted.clone()).await.unwrap();
    assert_eq!(shown().await["status"], 5);
    assert_eq!(code(&apply().await), 61035);
    assert_eq!(code(&shop.submit().await), 0, "the detection is content");
    assert!(shop.world.simulator.decide_privacy_interface(granted).await.is_err());
}

#[tokio::test]
async fn applications_are_checked() {
    let shop = Shop::new(NOODLES).await;
    let apply =
        async |body: Value| code(&shop.post("security/apply_privacy_interface", body).await);
    let name = "wx.choosePoi";
    let twelve = vec!["https://example.com/a.png"; 11];
    for (body, expected) in [
        (json!({ "api_name": name }), 61034),
        (json!({ "api_name": "wx.choosepoi", "content": "c" }), 61035),
        (json!({ "api_name": name, "content": "长".repeat(301) }), 40097),
        (json!({ "api_name": name, "content": "c", "pic_list": twelve }), 40097),
        (json!({ "api_name": name, "content": "c", "video_list": ["https://a.cn/a.avi"] }), 61032),
    ] {
        assert_eq!(apply(body.clone()).await, expected, "{body}");
    }
    for _ in 0..276 {
        apply(json!({ "api_name": "wx.no", "content": "c" })).await;
    }
    let good = json!({ "api_name": name, "content": "c" });
    assert_eq!(apply(good.clone()).await, 61038);
    shop.world.simulator.advance(60);
    assert_eq!(apply(good).await, 0);

    let bare = Shop::new(BOOKS).await;
    let body = json!({ "api_name": name, "content": "c" });
    let answer = bare.post("security/apply_privacy_interface", body).await;
    assert_eq!(code(&answer), 61036, "no category allows it");
}
