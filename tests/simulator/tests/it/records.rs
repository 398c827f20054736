//! Punishments, appeals, and pictures for and from reviewers.

use serde_json::{Value, json};
use simulator::{AppealOrder, AppealStatus, Punish, Verdict};

use crate::{
    media::PNG,
    support::{NOODLES, START, Shop, code, text},
};

#[tokio::test]
async fn a_punishment_is_told_listed_and_appealed_against() {
    let shop = Shop::new(NOODLES).await;
    shop.world.pushes();
    let punish = Punish {
        appid: NOODLES.to_owned(),
        reason: "内容涉嫌欺诈".to_owned(),
        content: "违规内容".to_owned(),
        suspended: true,
    };

    let id = shop.world.simulator.punish(punish).await.unwrap().id;

    let push = shop.world.pushes().remove(0);
    assert!(push.contains("wxa_illegal_record") && push.contains(&id), "{push}");
    assert_eq!(shop.post("getvisitstatus", json!({})).await["status"], 0);
    let listed = async |body: Value| {
        shop.post("getillegalrecords", body).await["records"].as_array().unwrap().len()
    };
    assert_eq!(listed(json!({})).await, 1);
    assert_eq!(listed(json!({ "end_time": START - 1 })).await, 0);
    assert_eq!(listed(json!({ "start_time": START })).await, 1);
    let turned = json!({ "start_time": START, "end_time": START - 1 });
    assert_eq!(code(&shop.post("getillegalrecords", turned).await), 40097);

    let appeals = async || {
        let body = json!({ "illegal_record_id": id });
        shop.post("getappealrecords", body).await["records"].as_array().unwrap().clone()
    };
    assert!(appeals().await.is_empty());
    let order = |status, reason: &str| AppealOrder {
        appid: NOODLES.to_owned(),
        illegal_record_id: id.clone(),
        status,
        reason: reason.to_owned(),
    };
    let early = order(AppealStatus::Accepted, "");
    assert!(shop.world.simulator.appeal(early).await.is_err());
    let made = order(AppealStatus::Running, "内容是正常的");
    shop.world.simulator.appeal(made.clone()).await.unwrap();
    assert!(shop.world.simulator.appeal(made).await.is_err(), "one is open");
    assert_eq!(appeals().await[0]["appeal_status"], 1);
    let refused = order(AppealStatus::Refused, "证据不足");
    shop.world.simulator.appeal(refused).await.unwrap();
    let decided = appeals().await.remove(0);
    assert_eq!(decided["appeal_status"], 3);
    assert_eq!(decided["audit_reason"], "证据不足");
    assert_eq!(decided["materials"][0]["appeal_material"]["reason"], "内容是正常的");
    let push = shop.world.pushes().pop().unwrap();
    assert!(push.contains("wxa_appeal_record") && push.contains("<appeal_status>3<"), "{push}");
    let unknown = json!({ "illegal_record_id": "2_0" });
    assert_eq!(code(&shop.post("getappealrecords", unknown).await), 40097);
}

#[tokio::test]
async fn reviewers_get_media_and_give_screenshots() {
    let shop = Shop::new(NOODLES).await;
    let path = format!("/wxa/uploadmedia?access_token={}", shop.token);
    let upload =
        async |field: &str, bytes: &[u8]| shop.world.upload(&path, field, ("a", bytes), &[]).await;
    let mp4 = [b"\0\0\0\x18ftypmp42".as_slice(), &[0; 64]].concat();

    assert!(upload("media", PNG).await["mediaid"].is_string());
    assert_eq!(upload("media", &mp4).await["type"], "video");
    assert_eq!(code(&upload("media", b"BM bitmap").await), 40005);
    assert_eq!(code(&upload("file", PNG).await), 41005);
    let long = [PNG, &vec![0; 2 * 1024 * 1024]].concat();
    assert_eq!(code(&upload("media", &long).await), 40006);

    let material = format!("/cgi-bin/material/get_material?access_token={}", shop.token);
    let unknown = shop.world.post(&material, json!({ "media_id": "shot" })).await;
    assert_eq!(code(&unknown), 40007);
    shop.committed("1.0").await;
    shop.submit().await;
    let verdict = Verdict { screenshots: vec!["shot".to_owned()], ..Verdict::on(NOODLES) };
    shop.world.simulator.reject(verdict).await.unwrap();
    let seen = shop.get("get_latest_auditstatus").await;
    let request = http::Request::post(format!("https://api.weixin.qq.com{material}"));
    let body = json!({ "media_id": text(&seen["screenshot"]) }).to_string();
    let picture = shop.world.wechat.answer(request.body(body.into()).unwrap()).await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert!(picture.body().starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_person_with_curl_plays_it_too() {
    let shop = Shop::new(NOODLES).await;
    let play = async |verb: &str, order: Value| {
        let request = http::Request::post(format!("http://localhost/simulator/{verb}"));
        let request = request.body(order.to_string().into()).unwrap();
        let response = shop.world.wechat.answer(request).await.unwrap();
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        (response.status().as_u16(), answer)
    };

    let punished = play("punish", json!({ "appid": NOODLES, "reason": "违规" })).await.1;
    let id = text(&punished["id"]);
    let appeal = json!({
        "appid": NOODLES, "illegal_record_id": id, "status": "running", "reason": "正常",
    });
    assert_eq!(play("appeal", appeal.clone()).await.0, 200);
    assert_eq!(play("appeal", appeal).await.0, 400, "one is open");
    let code = play("log-in", json!({ "appid": NOODLES, "user": "小林" })).await.1;
    assert!(code["code"].is_string());
    let open = json!({ "open_appid": "wxopen0001", "principal_name": "某公司" });
    assert_eq!(play("register-open-account", open).await.0, 200);
    let nobody = json!({ "appid": NOODLES, "api_name": "wx.getLocation" });
    assert_eq!(play("decide-privacy-interface", nobody).await.0, 400);
    assert_eq!(play("decide-order-path", json!({ "appid": NOODLES })).await.0, 400);
    let left = json!({ "appid": NOODLES, "calls": { "/wxa/get_category": 0 } });
    assert_eq!(play("set-quota", left).await.0, 200);
    assert_eq!(shop.get("get_category").await["errcode"], 45009);
}
