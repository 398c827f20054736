//! Code review.

use serde_json::json;
use simulator::{AuditSpelling, Quota, Verdict};

use crate::{
    media::PNG,
    support::{BOOKS, NOODLES, START, Shop, code},
};

fn quota(of: impl FnOnce(&mut Quota)) -> Quota {
    let mut quota = Quota { appid: Some(NOODLES.to_owned()), ..Quota::default() };
    of(&mut quota);
    quota
}

#[tokio::test]
async fn a_submission_needs_a_commit_and_a_complete_account() {
    let shop = Shop::new(NOODLES).await;
    let books = Shop::new(BOOKS).await;

    assert_eq!(code(&shop.submit().await), 85086);
    assert_eq!(code(&books.committed("1.0").await), 0);
    assert_eq!(code(&books.submit().await), 86002);
    books.world.simulator.edit_merchant(BOOKS, |account| account.privacy_guideline = true).unwrap();
    assert_eq!(code(&books.submit().await), 86002, "name, avatar, introduction, category too");
}

#[tokio::test]
async fn items_are_checked() {
    let shop = Shop::new(NOODLES).await;
    shop.committed("1.0").await;
    let submit = async |name: &str, value: serde_json::Value| {
        let mut body = shop.submission();
        body["item_list"][0][name] = value;
        code(&shop.post("submit_audit", body).await)
    };

    assert_eq!(code(&shop.post("submit_audit", json!({})).await), 85023);
    assert_eq!(code(&shop.post("submit_audit", json!({ "item_list": [] })).await), 85023);
    let six = json!({ "item_list": vec![shop.submission()["item_list"][0].clone(); 6] });
    assert_eq!(code(&shop.post("submit_audit", six).await), 85023);
    assert_eq!(submit("address", json!("pages/none/none")).await, 85007);
    assert_eq!(submit("tag", json!("a b c d e f g h i j k")).await, 85006);
    assert_eq!(submit("tag", json!("长".repeat(21))).await, 85006);
    assert_eq!(submit("title", json!("长".repeat(33))).await, 85011);
    assert_eq!(submit("first_class", json!("教育")).await, 85008);
    assert_eq!(submit("second_id", json!(1)).await, 85008);
    assert_eq!(submit("first_class", json!("")).await, 85010);
    assert_eq!(submit("first_id", json!("220")).await, 47001);
    let mut preview = shop.submission();
    preview["preview_info"] = json!({ "pic_id_list": [] });
    assert_eq!(code(&shop.post("submit_audit", preview).await), 85092, "both lists or none");
    let token = &shop.token;
    let kept = async |path: &str, name: &str, file: &[u8]| {
        let path = format!("{path}?access_token={token}");
        let kept = shop.world.upload(&path, "media", (name, file), &[]).await;
        kept["mediaid"].as_str().or(kept["media_id"].as_str()).unwrap().to_owned()
    };
    let picture = kept("/wxa/uploadmedia", "page.png", PNG).await;
    let video = kept("/wxa/uploadmedia", "tour.mp4", b"\0\0\0\x18ftypmp42 video").await;
    let preview = async |pictures: &[&str], videos: &[&str]| {
        let mut body = shop.submission();
        body["preview_info"] = json!({ "pic_id_list": pictures, "video_id_list": videos });
        code(&shop.post("submit_audit", body).await)
    };
    assert_eq!(preview(&["nobody's"], &[]).await, 85092);
    assert_eq!(preview(&[&video], &[&picture]).await, 85092, "each in its list");
    assert_eq!(preview(&[&*picture; 11], &[]).await, 85093);
    let mut right = shop.submission();
    right["item_list"][0]["title"] = json!("长".repeat(32));
    right["preview_info"] = json!({ "pic_id_list": [picture], "video_id_list": [video] });
    assert_eq!(code(&shop.post("submit_audit", right).await), 0);
}

#[tokio::test]
async fn one_review_at_a_time() {
    let shop = Shop::new(NOODLES).await;
    shop.committed("1.0").await;

    let first = shop.submit().await;
    assert!(first["auditid"].is_i64());
    assert_eq!(code(&shop.submit().await), 85009);
    shop.world.simulator.delay(Verdict::on(NOODLES)).await.unwrap();
    assert_eq!(code(&shop.submit().await), 85009, "a delayed review is still open");
    shop.world.simulator.approve(Verdict::on(NOODLES)).await.unwrap();
    assert!(shop.world.simulator.approve(Verdict::on(NOODLES)).await.is_err());
}

#[tokio::test]
async fn a_rejection_is_pushed_and_told() {
    let shop = Shop::new(NOODLES).await;
    shop.committed("1.0").await;
    let auditid = shop.submit().await["auditid"].as_i64().unwrap();
    shop.world.pushes();

    let verdict = Verdict {
        reason: "1:账号信息不符合规范:<br>(1):名称".to_owned(),
        screenshots: vec!["media1".to_owned(), "media2".to_owned()],
        ..Verdict::on(NOODLES)
    };
    let reviewed = shop.world.simulator.reject(verdict).await.unwrap();

    assert_eq!(reviewed.auditid, auditid);
    let push = &shop.world.pushes()[0];
    for part in [
        "<Event><![CDATA[weapp_audit_fail]]></Event>",
        "规范:<br>(1):名称",
        "<ScreenShot><![CDATA[media1|media2]]></ScreenShot>",
    ] {
        assert!(push.contains(part), "{push}");
    }
    assert!(!push.contains(&auditid.to_string()), "audit events carry no audit id");
    let status = shop.post("get_auditstatus", json!({ "auditid": auditid })).await;
    assert_eq!((&status["status"], &status["screenshot"]), (&json!(1), &json!("media1|media2")));
    assert_eq!(code(&shop.post("get_auditstatus", json!({ "auditid": 1 })).await), 85012);
}

#[tokio::test]
async fn the_latest_status_is_spelled_either_way() {
    let shop = Shop::with(NOODLES, |options| options.audit_spelling = AuditSpelling::Seen).await;
    assert_eq!(code(&shop.get("get_latest_auditstatus").await), 85058);
    shop.committed("1.0").await;
    let auditid = shop.submit().await["auditid"].to_string();
    let verdict = Verdict { screenshots: vec!["m".to_owned()], ..Verdict::on(NOODLES) };
    shop.world.simulator.reject(verdict).await.unwrap();

    let seen = shop.get("get_latest_auditstatus").await;

    assert_eq!((&seen["auditid"], &seen["ScreenShot"]), (&json!(auditid), &json!("m")));
    assert_eq!(seen["user_version"], "1.0");
    assert_eq!(seen["submit_audit_time"], START + 3);
}

#[tokio::test]
async fn feedback_counts_only_after_a_rejection() {
    let shop = Shop::new(NOODLES).await;
    shop.committed("1.0").await;
    let mut body = shop.submission();
    body["feedback_info"] = json!("已修改");
    let feedback = |shop: &Shop| {
        let state = shop.world.simulator.state();
        let reviews = state["merchants"][NOODLES]["reviews"].as_array().unwrap().clone();
        reviews.last().unwrap()["feedback"].clone()
    };

    shop.post("submit_audit", body.clone()).await;
    assert_eq!(feedback(&shop), json!(null));
    shop.world.simulator.reject(Verdict::on(NOODLES)).await.unwrap();
    assert_eq!(code(&shop.post("submit_audit", body.clone()).await), 0);
    assert_eq!(feedback(&shop), json!("已修改"));
    body["feedback_info"] = json!("长".repeat(201));
    shop.world.simulator.reject(Verdict::on(NOODLES)).await.unwrap();
    assert_eq!(code(&shop.post("submit_audit", body).await), 45002);
}

#[tokio::test]
async fn five_withdrawals_a_day_and_ten_a_month() {
    let mut shop = Shop::new(NOODLES).await;
    shop.committed("1.0").await;
    assert_eq!(code(&shop.get("undocodeaudit").await), 85019);

    for day in [0, 1] {
        for _ in 0..5 {
            assert_eq!(code(&shop.submit().await), 0);
            assert_eq!(code(&shop.get("undocodeaudit").await), 0, "day {day}");
        }
        shop.submit().await;
        assert_eq!(code(&shop.get("undocodeaudit").await), 87013);
        shop.world.simulator.approve(Verdict::on(NOODLES)).await.unwrap();
        // It is 11:00 in Beijing; 13 hours later it is another day there, though not in London.
        shop.world.simulator.advance(13 * 3600);
        shop.renew().await;
    }
    shop.submit().await;
    assert_eq!(code(&shop.get("undocodeaudit").await), 87013, "the month is used up");
}

#[tokio::test]
async fn the_platforms_quota_is_shared_and_runs_out() {
    let shop = Shop::new(NOODLES).await;
    shop.committed("1.0").await;
    shop.world.simulator.set_quota(quota(|quota| quota.audits = Some(1))).unwrap();
    shop.world.simulator.set_quota(quota(|quota| quota.speed_ups = Some(1))).unwrap();

    let left = shop.get("queryquota").await;
    assert_eq!((&left["rest"], &left["speedup_rest"]), (&json!(1), &json!(1)));
    let auditid = shop.submit().await["auditid"].clone();
    let body = json!({ "auditid": auditid });
    assert_eq!(code(&shop.post("speedupaudit", body.clone()).await), 0);
    assert_eq!(code(&shop.post("speedupaudit", body.clone()).await), 89404);
    shop.get("undocodeaudit").await;
    assert_eq!(code(&shop.post("speedupaudit", body).await), 89402);
    assert_eq!(code(&shop.submit().await), 85085);
}

#[tokio::test]
async fn a_silent_verdict_is_found_only_by_asking() {
    let shop = Shop::new(NOODLES).await;
    shop.committed("1.0").await;
    shop.submit().await;
    shop.world.pushes();

    let verdict = Verdict { silent: true, ..Verdict::on(NOODLES) };
    assert!(shop.world.simulator.approve(verdict).await.unwrap().push.is_none());

    assert!(shop.world.pushes().is_empty());
    assert_eq!(shop.get("get_latest_auditstatus").await["status"], 0);
}
