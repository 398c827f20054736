//! WeChat's verification of an owner, alone and together with the filing.

use journeys::UNFILED_MERCHANT;
use serde_json::{Value, json};
use simulator::{
    ExpiringVerification, Fault, FilingRemark, FilingShape, How, StepProcedure, StepVerification,
};

use crate::{
    attention::{attention, of_kind},
    filing::{PNG, Unfiled},
};

impl Unfiled {
    /// What a verification says.
    async fn statement(&self) -> Value {
        let path = self.path("verification/materials");
        let kept = self.world.operator().upload(&path, "image/png", PNG).await;
        let licence = kept.expect_status(200).json()["media_id"].clone();
        json!({
            "customer_type": 1, "contact_info": { "name": "王五", "email": "wang@example.com" },
            "qualification": licence, "account_name": "山茶花艺", "account_name_type": 2,
            "pay_type": 2,
        })
    }

    async fn step(&self, step: StepVerification) {
        let appid = UNFILED_MERCHANT.to_owned();
        let step = StepVerification { appid, ..step };
        self.world.simulator().step_verification(step).await.unwrap();
        self.world.settle().await;
    }

    async fn step_procedure(&self, step: StepProcedure) {
        let appid = UNFILED_MERCHANT.to_owned();
        self.world.simulator().step_procedure(StepProcedure { appid, ..step }).await.unwrap();
        self.world.settle().await;
    }

    async fn state(&self) -> Value {
        self.get("verification").await["latest"]["state"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_verified_after_the_verification_was_sent_back_once() {
    let shop = Unfiled::authorized().await;
    let world = &shop.world;
    let auth = shop.statement().await;

    let order = json!({ "auth": auth });
    let begun = shop.post("verification", order.clone()).await.expect_status(200).json();
    assert_eq!(begun["latest"]["state"], "waits-for-administrator", "{begun:#}");
    assert!(begun["task"]["url"].as_str().unwrap().starts_with("https://mp.weixin.qq.com/"));
    shop.post("verification", order.clone()).await.expect_problem(409);
    assert!(of_kind(&attention(world).await, "verification-waits")["until"].is_string());

    shop.step(StepVerification { task_status: Some(9), ..StepVerification::default() }).await;
    shop.step(StepVerification {
        task_status: Some(12),
        apply_status: Some(2),
        ..StepVerification::default()
    })
    .await;
    let in_review = shop.get("verification").await;
    assert_eq!(in_review["latest"]["state"], "in-review", "{in_review:#}");
    assert!(in_review["task"]["reviewer_contact"].is_string(), "the event names who reviews");

    let back = "营业执照不清晰".to_owned();
    let sent_back =
        StepVerification { apply_status: Some(3), reason: back, ..StepVerification::default() };
    shop.step(sent_back).await;
    let sent_back = shop.get("verification").await;
    assert_eq!(sent_back["latest"]["state"], "sent-back", "{sent_back:#}");
    assert_eq!(sent_back["task"]["reason"], "营业执照不清晰");
    of_kind(&attention(world).await, "verification-sent-back");
    let again = shop.post("verification", order).await.expect_status(200).json();
    assert_eq!(again["task"]["task_id"], begun["task"]["task_id"], "the same task goes on");
    assert_eq!(world.calls("/wxa/sec/reauth"), 1);

    shop.step(StepVerification { apply_status: Some(4), ..StepVerification::default() }).await;
    assert_eq!(shop.state().await, "verified");
    assert!(attention(world).await.is_empty());

    // A year later WeChat reminds.
    let reminder = ExpiringVerification {
        appid: UNFILED_MERCHANT.to_owned(),
        expired: world.clock().now().as_second() + 30 * 86_400,
        message: "微信认证将于 30 天后到期".to_owned(),
        ..ExpiringVerification::default()
    };
    world.simulator().remind_of_verification(reminder).await.unwrap();
    world.settle().await;
    assert_eq!(shop.get("verification").await["expiry_words"], "微信认证将于 30 天后到期");
    of_kind(&attention(world).await, "verification-expires");
    assert_eq!(world.events("verification.expires").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_answer_was_lost_is_found_again_by_wechats_event() {
    let shop = Unfiled::authorized().await;
    let world = &shop.world;
    let order = json!({ "auth": shop.statement().await });

    let lost = Fault { acted: true, ..Fault::new("/wxa/sec/wxaauth", How::CutConnection) };
    world.simulator().fail(lost);
    shop.post("verification", order.clone()).await.expect_problem(504);
    // WeChat pushes its event when it likes.
    for _ in 0..200 {
        if shop.state().await.is_string() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }

    let found = shop.get("verification").await;
    assert_eq!(found["latest"]["state"], "waits-for-administrator", "{found:#}");
    assert!(found["task"]["task_id"].is_string());
    shop.post("verification", order).await.expect_problem(409);
    assert_eq!(world.calls("/wxa/sec/wxaauth"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_and_filing_go_in_one() {
    let shop = Unfiled::authorized().await;
    let world = &shop.world;
    let face = json!({ "along_with_auth": true });
    let begun = shop.post("filing/face-check", face).await.expect_status(200).json();
    assert!(begun["face_check"]["url"].is_string(), "{begun:#}");
    shop.show_face(true, FilingShape::Seen).await;

    let mut order = json!({ "auth": shop.statement().await, "filing": shop.application().await });
    order["filing"]["materials"]["promise_video"] = json!(["a media id of nobody"]);
    let refused = shop.post("verification", order.clone()).await.expect_problem(422);
    let pointer = &refused["faults"][0]["pointer"];
    assert_eq!(pointer, "/filing/materials/promise_video", "{refused:#}");

    order["filing"]["materials"] = json!({});
    let begun = shop.post("verification", order).await.expect_status(200).json();
    assert_eq!(begun["latest"]["state"], "waits-for-payment", "{begun:#}");
    assert!(begun["procedure"]["pay_url"].is_string());
    shop.step_procedure(StepProcedure { status: 17, ..StepProcedure::default() }).await;
    assert_eq!(shop.state().await, "in-review");
    shop.step_procedure(StepProcedure { status: 22, ..StepProcedure::default() }).await;
    assert_eq!(shop.get("filing").await["state"], "in-review");
    let remark = FilingRemark { key_name: "地址".to_owned(), ..FilingRemark::default() };
    let rejected = StepProcedure { status: 23, remarks: vec![remark], ..StepProcedure::default() };
    shop.step_procedure(rejected).await;
    let rejected = shop.get("verification").await;
    assert_eq!(rejected["latest"]["state"], "filing-rejected", "{rejected:#}");
    assert_eq!(rejected["procedure"]["remarks"][0]["field"], "地址");
    shop.step_procedure(StepProcedure { status: 24, ..StepProcedure::default() }).await;
    shop.step_procedure(StepProcedure { status: 26, ..StepProcedure::default() }).await;
    assert_eq!(shop.state().await, "verified");
    assert_eq!(shop.get("filing").await["state"], "filed");
    assert!(attention(world).await.is_empty());
}
