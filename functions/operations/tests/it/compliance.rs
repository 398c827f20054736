//! Filing, verification, privacy, the order page: what is refused before WeChat is asked, and what
//! stays out of the audit log.

use serde_json::{Value, json};

use crate::{
    gateway::Call,
    world::{World, component, mini_program},
};

fn pointers(problem: &Value) -> Vec<&str> {
    let faults = problem["faults"].as_array().unwrap();
    faults.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect()
}

/// An application whose parts are all there and all wrong.
fn wrong_application() -> Value {
    let principal = json!({
        "name": "canary-name", "mobile": "1380000", "email": "nowhere", "emergency_contact": "?",
        "certificate_type": 2, "certificate_number": "110105194912310021",
        "certificate_validity_date_start": "2020-01-01", "certificate_validity_date_end": "20200101",
        "certificate_photo_front": "", "certificate_photo_back": "m",
    });
    json!({
        "subject": {
            "base_info": {
                "type": 0, "name": "", "province": "浙江", "city": "330100", "district": "1",
                "address": "canary-address",
            },
            "principal_info": principal,
        },
        "applets": { "base_info": { "service_content_types": [] }, "principal_info": principal },
    })
}

#[tokio::test]
async fn everything_that_is_wrong_with_an_application_is_listed_and_nothing_is_sent() {
    let world = World::new().await;

    let call = Call::post(&mini_program("/filing")).json(wrong_application());
    let problem = world.send(call.clone()).await.problem(422);

    let pointers = pointers(&problem);
    for wanted in [
        "/subject/base_info/type",
        "/subject/base_info/name",
        "/subject/base_info/province",
        "/subject/base_info/district",
        "/subject/principal_info/mobile",
        "/subject/principal_info/email",
        "/subject/principal_info/certificate_number",
        "/subject/principal_info/certificate_validity_date_start",
        "/subject/principal_info/certificate_validity_date_end",
        "/subject/principal_info/certificate_photo_front",
        "/applets/base_info/service_content_types",
        "/applets/principal_info/mobile",
    ] {
        assert!(pointers.contains(&wanted), "{wanted} is not among {pointers:#?}");
    }
    assert!(!pointers.contains(&"/subject/base_info/city"), "{pointers:#?}");
    assert!(!pointers.contains(&"/subject/principal_info/certificate_photo_back"));
    let english = world.send(call.english()).await.problem(422);
    assert_eq!(english["faults"].as_array().unwrap().len(), pointers.len());
    assert!(world.wechat.asked("/wxa/icp/get_icp_entrance_info").is_empty());
    assert!(world.wechat.asked("/wxa/icp/apply_icp_filing").is_empty());
}

#[tokio::test]
async fn an_unknown_field_within_an_application_is_named() {
    let world = World::new().await;
    let mut application = wrong_application();
    application["subject"]["base_info"]["nickname"] = "x".into();
    let call = Call::post(&mini_program("/filing")).json(application);
    assert_eq!(world.send(call).await.problem(422)["field"], "subject.base_info.nickname");
}

#[tokio::test]
async fn who_people_are_stays_out_of_the_audit_log() {
    let world = World::new().await;
    let mut auth = json!({
        "customer_type": 1, "account_name": "山茶花艺", "account_name_type": 2, "pay_type": 2,
        "qualification": "m", "contact_info": { "name": "canary-contact", "email": "a@b.cn" },
    });
    auth["invoice_info"] = json!({
        "invoice_type": 3, "invoice_title": "t",
        "vat": {
            "id": "1", "enterprise_phone": "canary-phone", "enterprise_address": "a",
            "bank_name": "b", "bank_account": "canary-account",
        },
    });
    world.send(Call::post(&mini_program("/filing")).json(wrong_application())).await;
    let order = json!({ "auth": auth, "filing": wrong_application() });
    world.send(Call::post(&mini_program("/verification")).json(order)).await.problem(422);
    let page = json!({
        "path": "pages/a", "test_account": "canary-tester", "test_password": "canary-password",
    });
    let batch = json!({ "appids": ["wxf8b4f85f3a794e77"], "page": page });
    world.send(Call::post(&component("/order-paths")).json(batch)).await.problem(422);

    let log = json!(world.audit().await).to_string();
    for canary in
        ["canary-contact", "canary-phone", "canary-account", "canary-tester", "canary-password"]
    {
        assert!(!log.contains(canary), "{canary} is in {log}");
    }
    assert!(!log.contains("1380000") && !log.contains("110105194912310021"), "{log}");
}

#[tokio::test]
async fn a_file_is_what_is_in_it_and_not_what_it_is_called() {
    let world = World::new().await;
    let field = "?field=icp_subject.principal_info.certificate_photo_front";
    let upload = |content_type: &str, body: &[u8]| {
        let path = mini_program(&format!("/filing/media{field}"));
        Call::post(&path).header("content-type", content_type).body(body)
    };
    world.send(upload("image/png", b"no picture")).await.problem(422);
    world.send(upload("image/gif", b"GIF89a")).await.problem(415);
    world.send(upload("application/json", b"{}")).await.problem(415);
    let elsewhere = Call::post(&mini_program("/filing/media?field=somewhere"))
        .header("content-type", "image/png")
        .body(b"\x89PNG\r\n\x1a\n");
    assert_eq!(world.send(elsewhere).await.problem(422)["field"], "field");
    assert!(world.wechat.asked("/wxa/icp/upload_icp_media").is_empty());

    let kept = json!({ "type": "image", "media_id": "kept", "created_at": 1 });
    world.wechat.says("/wxa/icp/upload_icp_media", kept);
    let kept = world.send(upload("image/png", b"\x89PNG\r\n\x1a\n")).await;
    assert_eq!(kept.json()["media_id"], "kept", "{kept:?}");

    let path = mini_program("/verification/materials");
    let text = Call::post(&path).header("content-type", "image/png").body("文字".as_bytes());
    world.send(text).await.problem(422);
    let path = mini_program("/privacy/files");
    let long = vec![b'a'; 100 * 1024 + 1];
    let text = Call::post(&path).header("content-type", "text/plain").body(&long);
    world.send(text).await.problem(422);
}

#[tokio::test]
async fn only_an_administrator_takes_a_filing_offline() {
    let world = World::new().await;
    let order = json!({ "what": "mini-program" });
    let releaser = world.key("releaser").await;
    let call = Call::delete(&mini_program("/filing")).json(order.clone()).key(&releaser);
    world.send(call).await.problem(403);

    world.wechat.says("/wxa/icp/get_icp_entrance_info", json!({ "info": { "status": 1024 } }));
    let call = Call::delete(&mini_program("/filing")).json(order.clone());
    world.send(call).await.problem(409);
    assert!(world.wechat.asked("/wxa/icp/cancel_icp_filing").is_empty(), "there is none");

    world.wechat.says("/wxa/icp/get_icp_entrance_info", json!({ "info": { "status": 6 } }));
    world.send(Call::delete(&mini_program("/filing")).json(order)).await;
    assert_eq!(world.wechat.asked("/wxa/icp/cancel_icp_filing"), [json!({ "cancel_type": 2 })]);
}

#[tokio::test]
async fn guidelines_interfaces_and_order_pages_are_checked_field_by_field() {
    let world = World::new().await;
    let put = |path: &str, body: Value| Call::put(&mini_program(path)).json(body);
    for (call, wanted) in [
        (
            put(
                "/privacy/guideline/development",
                json!({
                    "owner": { "notice_method": "", "days_kept": 0 },
                    "statements": [
                        { "key": "UserInfo", "purpose": "a" }, { "key": "UserInfo", "purpose": "" },
                    ],
                }),
            ),
            vec![
                "/owner",
                "/owner/notice_method",
                "/owner/days_kept",
                "/statements/1/purpose",
                "/statements/1/key",
            ],
        ),
        (
            Call::post(&mini_program("/privacy/interfaces")).json(json!({
                "interface": "choosePoi", "purpose": "长".repeat(301), "pages": ["nowhere"],
                "videos": ["https://example.com/a.avi"],
            })),
            vec!["/interface", "/purpose", "/pages/0", "/videos/0"],
        ),
    ] {
        let problem = world.send(call).await.problem(422);
        assert_eq!(pointers(&problem), wanted, "{problem:#}");
    }
    let page = json!({ "path": "/pages/a?b=1", "test_password": "p" });
    let batch = json!({ "appids": [], "page": page });
    let problem = world.send(Call::post(&component("/order-paths")).json(batch)).await.problem(422);
    assert_eq!(pointers(&problem), ["/page/path", "/page/test_password", "/appids"], "{problem:#}");
    world.send(Call::get(&mini_program("/privacy/guideline/yesterday"))).await.problem(404);
    world.send(Call::get(&mini_program("/filing/options/anything"))).await.problem(404);
}
