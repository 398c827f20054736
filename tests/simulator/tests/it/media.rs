//! Uploads.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::support::{NOODLES, World, code, text};

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\r\n--X picture";

fn address(token: &str) -> String {
    format!("/cgi-bin/media/upload?access_token={token}&type=image")
}

#[tokio::test]
async fn a_picture_is_kept_under_a_media_id() {
    let world = World::new();
    let (token, _) = world.authorized(NOODLES).await;

    let kept = world.upload(&address(&token), "media", ("logo.png", PNG), &[]).await;

    assert_eq!(kept["type"], "image");
    assert_eq!(kept["created_at"], crate::support::START);
    let media = &world.simulator.state()["merchants"][NOODLES]["media"];
    assert_eq!(media[text(&kept["media_id"])]["kind"], "png");
    let log = world.simulator.log();
    assert!(log.calls.back().unwrap().body.starts_with("a form of "));
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let world = World::new();
    let (token, _) = world.authorized(NOODLES).await;
    let address = address(&token);
    let upload = async |field, file| code(&world.upload(&address, field, file, &[]).await);

    assert_eq!(upload("media", ("logo.png", b"hello")).await, 40005);
    assert_eq!(upload("media", ("logo", PNG)).await, 40005, "the name has an extension");
    assert_eq!(upload("media", ("logo.png", b"")).await, 44001);
    assert_eq!(upload("file", ("logo.png", PNG)).await, 41005);
    let mut large = PNG.to_vec();
    large.resize(2 * 1024 * 1024 + 1, 0);
    assert_eq!(upload("media", ("logo.png", &large)).await, 40009);
    let address = address.replace("image", "voice");
    assert_eq!(code(&world.upload(&address, "media", ("a.png", PNG), &[]).await), 40004);
    let request = Request::post(format!("https://api.weixin.qq.com{address}"));
    let response = world.wechat.answer(request.body(Bytes::from_static(b"{}")).unwrap()).await;
    let answer: Value = serde_json::from_slice(response.unwrap().body()).unwrap();
    assert_eq!(code(&answer), 41005, "JSON is no form");
}

#[tokio::test]
async fn an_upload_becomes_an_avatar_for_three_days() {
    let world = World::new();
    let (token, _) = world.authorized(NOODLES).await;
    let kept = world.upload(&address(&token), "media", ("logo.png", PNG), &[]).await;
    let id = text(&kept["media_id"]);
    let path = format!("/cgi-bin/account/modifyheadimage?access_token={token}");
    let crop = |id: &str, x2: Value| json!({ "head_img_media_id": id, "x1": 0, "y1": "0", "x2": x2, "y2": 0.9 });

    assert_eq!(code(&world.post(&path, crop("other", json!(1))).await), 40007);
    assert_eq!(code(&world.post(&path, crop("", json!(1))).await), 41006);
    assert_eq!(code(&world.post(&path, crop(&id, json!(1.2))).await), 40097);
    for _ in 0..5 {
        assert_eq!(code(&world.post(&path, crop(&id, json!("0.7"))).await), 0);
    }
    assert_eq!(code(&world.post(&path, crop(&id, json!(1))).await), 53202);
    let info = format!("/cgi-bin/account/getaccountbasicinfo?access_token={token}");
    let image = &world.get(&info).await["head_image_info"];
    assert!(text(&image["head_image_url"]).contains(&id));
    assert_eq!((&image["modify_used_count"], &image["modify_quota"]), (&json!(5), &json!(5)));
}

#[tokio::test]
async fn an_upload_is_gone_after_three_days() {
    let world = World::new();
    let (token, refresh_token) = world.authorized(NOODLES).await;
    let kept = world.upload(&address(&token), "media", ("logo.png", PNG), &[]).await;
    world.simulator.advance(3 * 86_400);
    let component = world.component_token().await;
    let answer = world.refresh(&component, NOODLES, &refresh_token).await;
    let token = text(&answer["authorizer_access_token"]);

    let path = format!("/cgi-bin/account/modifyheadimage?access_token={token}");
    let body = json!({
        "head_img_media_id": kept["media_id"], "x1": 0, "y1": 0, "x2": 1, "y2": 1,
    });
    assert_eq!(code(&world.post(&path, body).await), 40007);
}
