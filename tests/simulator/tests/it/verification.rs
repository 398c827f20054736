//! WeChat's verification, alone and with a filing.

use serde_json::{Value, json};
use simulator::{ExpiringVerification, StepProcedure, StepVerification};

use crate::{
    filing::Filer,
    support::{FLOWERS, code, text},
};

async fn data(shop: &Filer) -> Value {
    let licence = shop.upload("/wxa/sec/uploadauthmaterial", &[]).await;
    json!({
        "customer_type": 1, "contact_info": { "name": "王五", "email": "a@b.cn" },
        "qualification": licence["media_id"], "account_name": "山茶花艺",
        "account_name_type": 2, "pay_type": 2,
    })
}

fn step(task_status: Option<i64>, apply_status: Option<i64>) -> StepVerification {
    let appid = FLOWERS.to_owned();
    StepVerification { appid, task_status, apply_status, ..Default::default() }
}

#[tokio::test]
async fn a_verification_is_sent_back_and_passes() {
    let shop = Filer::new().await;
    let data = data(&shop).await;
    let task = shop.post("/wxa/sec/wxaauth", json!({ "auth_data": data })).await;
    assert!(text(&task["auth_url"]).starts_with("https://"), "{task}");
    tokio::task::yield_now().await;
    let first = shop.world.pushes().remove(0);
    assert!(first.contains("<InfoType><![CDATA[notify_3rd_wxa_auth]]></InfoType>"), "{first}");
    assert!(first.contains("<task_status>0</task_status>"), "{first}");
    let twice = shop.post("/wxa/sec/wxaauth", json!({ "auth_data": data })).await;
    assert_eq!(code(&twice), 40097, "one at a time");
    let query = async || shop.post("/wxa/sec/queryauth", json!({ "taskid": task["taskid"] })).await;
    let simulator = &shop.world.simulator;

    simulator.step_verification(step(Some(3), None)).await.unwrap();
    assert!(shop.world.pushes().is_empty(), "that he agreed is not told");
    simulator.step_verification(step(Some(12), Some(2))).await.unwrap();
    let sent_back = StepVerification { reason: "执照不清".into(), ..step(None, Some(3)) };
    simulator.step_verification(sent_back).await.unwrap();
    let pushes = shop.world.pushes();
    assert_eq!(pushes.len(), 2);
    assert!(pushes[1].contains("<apply_status>3</apply_status>") && pushes[1].contains("provider"));
    assert_eq!(query().await["refill_reason"], "执照不清");

    let mut again = data.clone();
    again["taskid"] = json!("other");
    assert_eq!(code(&shop.post("/wxa/sec/reauth", json!({ "auth_data": again })).await), 40097);
    again["taskid"] = task["taskid"].clone();
    let again = shop.post("/wxa/sec/reauth", json!({ "auth_data": again })).await;
    assert_eq!(again["taskid"], task["taskid"]);
    simulator.step_verification(step(None, Some(4))).await.unwrap();
    assert_eq!(query().await["apply_status"], 4);
    let info = shop.get("/cgi-bin/account/getaccountbasicinfo").await;
    assert_eq!(info["wx_verify_info"]["qualification_verify"], true);
    assert_eq!(info["nickname"], "山茶花艺");
    assert!(simulator.step_verification(step(None, Some(5))).await.is_err(), "it is over");
}

#[tokio::test]
async fn persons_and_companies_are_verified_and_nobody_else() {
    let shop = Filer::new().await;
    let data = data(&shop).await;
    let own = |kind: i64| {
        let simulator = &shop.world.simulator;
        simulator.edit_merchant(FLOWERS, |account| account.principal_type = kind).unwrap();
    };
    own(3);
    let refused = shop.post("/wxa/sec/wxaauth", json!({ "auth_data": data })).await;
    assert_eq!(code(&refused), 40097, "a government");
    own(1);
    assert_eq!(code(&shop.post("/wxa/sec/wxaauth", json!({ "auth_data": data })).await), 0);
}

#[tokio::test]
async fn a_verification_that_nobody_takes_on_ends_after_a_day() {
    let shop = Filer::new().await;
    let data = data(&shop).await;
    let task = shop.post("/wxa/sec/wxaauth", json!({ "auth_data": data })).await;
    assert_eq!(code(&task), 0);
    shop.world.simulator.advance(7_000);
    let wrong = shop.post("/wxa/sec/queryauth", json!({ "taskid": "x" })).await;
    assert_eq!(code(&wrong), 40097);
    shop.world.simulator.advance(86_400);
    assert!(shop.world.simulator.step_verification(step(Some(3), None)).await.is_err());
}

#[tokio::test]
async fn verification_and_filing_go_together() {
    let shop = Filer::new().await;
    let mut body = shop.filing().await;
    body["auth_data"] = data(&shop).await;
    let mut faulty = body.clone();
    faulty["icp_subject"]["base_info"]["city"] = json!("");
    let answer = shop.post("/wxa/sec/submit_auth_and_icp", faulty).await;
    assert_eq!((code(&answer), answer["hints"].as_array().unwrap().len()), (86202, 1));

    let begun = shop.post("/wxa/sec/submit_auth_and_icp", body).await;

    assert!(text(&begun["pay_url"]).starts_with("https://"), "{begun}");
    let query = async || {
        let body = json!({ "procedure_id": begun["procedure_id"] });
        shop.post("/wxa/sec/query_auth_and_icp", body).await
    };
    assert_eq!(query().await["procedure_status"], 15);
    let go = async |status: i64, reason: &str| {
        let appid = FLOWERS.to_owned();
        let step = StepProcedure { appid, status, reason: reason.into(), ..Default::default() };
        shop.world.simulator.step_procedure(step).await.unwrap();
        shop.world.pushes().remove(0)
    };
    let event = go(18, "缺材料").await;
    assert!(event.contains("<InfoType><![CDATA[notify_3rd_wxa_auth_and_icp]]></InfoType>"));
    assert!(event.contains("<procedure_status>18</procedure_status>"), "{event}");
    assert_eq!(query().await["refill_reason"], "缺材料");
    for status in [17, 19, 22, 24] {
        go(status, "").await;
    }
    assert_eq!(shop.status().await["status"], 4);
    go(26, "").await;
    assert_eq!(shop.status().await["status"], 6);
    let over = StepProcedure { appid: FLOWERS.into(), status: 20, ..Default::default() };
    assert!(shop.world.simulator.step_procedure(over).await.is_err());
}

#[tokio::test]
async fn wechat_reminds_of_a_verification_that_expires() {
    let shop = Filer::new().await;
    let order = ExpiringVerification {
        appid: FLOWERS.into(),
        expired: 1_800_000_000,
        message: "账号已进入年审期".into(),
        ..Default::default()
    };
    shop.world.simulator.remind_of_verification(order).await.unwrap();
    let event = shop.world.pushes().remove(0);
    assert!(event.contains("<InfoType><![CDATA[notify_3rd_wxa_wxverify]]></InfoType>"), "{event}");
    assert!(event.contains("<expired>1800000000</expired>"), "{event}");
    let tree = shop.post("/wxa/sec/authidentitytree", json!({})).await;
    let doctor = &tree["identity_tree_list"][0]["node_list"][0];
    assert_eq!(doctor["leaf_info"]["requirement"], "《医师资格证书》");
}
