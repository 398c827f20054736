//! Commits, trial versions, testers.

use serde_json::{Value, json};
use simulator::{Fault, How, PrivacyDetection};

use crate::support::{NOODLES, START, Shop, code, text};

#[tokio::test]
async fn a_commit_is_the_trial_version_at_once() {
    let shop = Shop::new(NOODLES).await;

    assert_eq!(code(&shop.get("get_page").await), 86001);
    assert_eq!(code(&shop.commit("1.0").await), 0);

    let pages = shop.get("get_page").await;
    assert_eq!(pages["page_list"][0], "pages/index/index");
    let info = shop.post("getversioninfo", json!({})).await;
    assert_eq!(
        info["exp_info"],
        json!({ "exp_time": START, "exp_version": "1.0", "exp_desc": "初版" })
    );
    assert!(info.get("release_info").is_none());
}

#[tokio::test]
async fn a_commit_is_checked() {
    let shop = Shop::new(NOODLES).await;
    let commit = async |change: &dyn Fn(&mut Value)| {
        let mut body = json!({
            "template_id": shop.template,
            "ext_json": "{}",
            "user_version": "1.0",
            "user_desc": "初版",
        });
        change(&mut body);
        code(&shop.post("commit", body).await)
    };
    let ext = async |ext: Value| {
        let ext = ext.to_string();
        commit(&|body: &mut Value| body["ext_json"] = json!(ext)).await
    };

    assert_eq!(commit(&|_| {}).await, 0);
    assert_eq!(commit(&|body| body["template_id"] = json!(shop.template.to_string())).await, 0);
    assert_eq!(commit(&|body| body["template_id"] = json!(99)).await, 85014);
    assert_eq!(commit(&|body| body["ext_json"] = json!({})).await, 47001);
    assert_eq!(commit(&|body| body["ext_json"] = json!("{")).await, 85048);
    assert_eq!(commit(&|body| body["user_version"] = json!("1".repeat(64))).await, 0);
    assert_eq!(commit(&|body| body["user_version"] = json!("1".repeat(65))).await, 85015);
    assert_eq!(ext(json!({ "extAppid": NOODLES, "ext": { "a": 1 }, "window": {} })).await, 0);
    assert_eq!(ext(json!({ "extAppid": "wxsomebodyelse0000" })).await, 85013);
    assert_eq!(ext(json!({ "extra": {} })).await, 85013);
    assert_eq!(ext(json!({ "pages": [] })).await, 85047);
    assert_eq!(ext(json!({ "pages": ["pages/none/none"] })).await, 85045);
    let tab = json!({ "list": [{ "pagePath": "pages/mine/mine" }] });
    assert_eq!(ext(json!({ "pages": ["pages/index/index"], "tabBar": tab })).await, 85046);
    assert_eq!(ext(json!({ "requiredPrivateInfos": ["wx.getLocation"] })).await, 85310);
    let both = json!({ "requiredPrivateInfos": ["getFuzzyLocation", "getLocation"] });
    assert_eq!(ext(both).await, 85311);
}

#[tokio::test]
async fn two_commits_at_a_time_are_one_too_many() {
    let shop = Shop::new(NOODLES).await;
    shop.world.simulator.fail(Fault::new("/wxa/commit", How::Slow(50)));

    let (first, second) = tokio::join!(shop.commit("1.0"), shop.commit("1.1"));

    assert_eq!((code(&first), code(&second)), (0, 9402202));
    assert_eq!(code(&shop.commit("1.2").await), 0);
}

#[tokio::test]
async fn the_privacy_detection_takes_its_time() {
    let shop = Shop::new(NOODLES).await;
    shop.commit("1.0").await;

    assert_eq!(code(&shop.get("security/get_code_privacy_info").await), 61039);
    assert_eq!(code(&shop.submit().await), 61039);
    shop.world.simulator.advance(3);
    let info = shop.get("security/get_code_privacy_info").await;
    assert_eq!(info["without_auth_list"], json!([]));

    let found = PrivacyDetection {
        appid: NOODLES.to_owned(),
        without_auth_list: vec!["wx.getLocation".to_owned()],
        ..PrivacyDetection::default()
    };
    shop.world.simulator.set_privacy_detection(found).unwrap();
    assert_eq!(code(&shop.submit().await), 61040);
    let mut body = shop.submission();
    body["privacy_api_not_use"] = json!(true);
    assert_eq!(code(&shop.post("submit_audit", body).await), 0);
}

#[tokio::test]
async fn the_trial_qr_code_is_a_picture_or_an_error() {
    let shop = Shop::new(NOODLES).await;
    shop.commit("1.0").await;
    let at = |path: &str| format!("/wxa/get_qrcode?access_token={}&path={path}", shop.token);

    let picture = shop.world.get_raw(&at("pages%2Findex%2Findex%3Fa%3D1")).await;
    let twice = shop.world.get(&at("pages%252Findex%252Findex")).await;

    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    assert!(picture.headers()["content-disposition"].to_str().unwrap().contains("QRCode.jpg"));
    assert!(picture.body().starts_with(b"\xff\xd8\xff") && picture.body().ends_with(b"\xff\xd9"));
    assert_eq!(code(&twice), 85007, "encoded twice");
}

#[tokio::test]
async fn testers_are_people_who_can_be_found() {
    let shop = Shop::new(NOODLES).await;
    shop.world.simulator.set_searchable("hidden_person", false);
    let bind = async |id: &str| shop.post("bind_tester", json!({ "wechatid": id })).await;

    let bound = bind("zhang_san-1").await;
    let userstr = text(&bound["userstr"]);

    assert_eq!(code(&bind("zhang_san-1").await), 85004);
    assert_eq!(code(&bind("hidden_person").await), 85001);
    assert_eq!(code(&bind("13800138000").await), 85001);
    let members = shop.post("memberauth", json!({ "action": "get_experiencer" })).await;
    assert_eq!(members["members"], json!([{ "userstr": userstr }]), "no WeChat ids");
    assert_eq!(code(&shop.post("unbind_tester", json!({ "userstr": userstr })).await), 0);
    assert_eq!(
        code(&shop.post("unbind_tester", json!({ "wechatid": "zhang_san-1" })).await),
        85001
    );
    assert_eq!(code(&shop.post("unbind_tester", json!({})).await), 47001);
}
