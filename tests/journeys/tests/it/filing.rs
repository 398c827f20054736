//! A merchant without an ICP filing is filed through our routes, until nothing stands in the way of
//! its first review.

use journeys::{Answer, UNFILED_MERCHANT, World};
use serde_json::{Value, json};
use simulator::{Fault, FilingRemark, FilingShape, FinishFaceCheck, How, ReviewFiling};

use crate::{
    attention::{attention, of_kind},
    shop::DETECTION,
};

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a picture";
const APPLY: &str = "/wxa/icp/apply_icp_filing";

/// A merchant who has not filed.
pub(crate) struct Unfiled {
    pub(crate) world: World,
}

impl Unfiled {
    pub(crate) async fn authorized() -> Unfiled {
        let world = World::start().await;
        world.begin().await;
        world.authorize(UNFILED_MERCHANT).await.expect_status(200);
        Unfiled { world }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.world.mini_program(UNFILED_MERCHANT))
    }

    pub(crate) async fn get(&self, rest: &str) -> Value {
        self.world.operator().get(&self.path(rest)).await.expect_status(200).json()
    }

    pub(crate) async fn post(&self, rest: &str, body: Value) -> Answer {
        self.world.operator().post(&self.path(rest), body).await
    }

    async fn media(&self, field: &str) -> String {
        let path = self.path(&format!("filing/media?field={field}"));
        let kept = self.world.operator().upload(&path, "image/png", PNG).await;
        kept.expect_status(200).json()["media_id"].as_str().unwrap().to_owned()
    }

    /// The administrator shows his face, and WeChat's event is worked off.
    pub(crate) async fn show_face(&self, passed: bool, shape: FilingShape) {
        let face = FinishFaceCheck {
            appid: UNFILED_MERCHANT.to_owned(),
            passed,
            shape,
            ..FinishFaceCheck::default()
        };
        self.world.simulator().finish_face_check(face).await.unwrap();
        self.world.settle().await;
    }

    /// WeChat or the authority decides; its events are worked off.
    async fn review(&self, review: ReviewFiling) {
        let appid = UNFILED_MERCHANT.to_owned();
        self.world.simulator().review_filing(ReviewFiling { appid, ..review }).await.unwrap();
        self.world.settle().await;
    }

    /// An application with everything that it needs but the face check.
    pub(crate) async fn application(&self) -> Value {
        let photo = self.media("icp_subject.principal_info.certificate_photo_front").await;
        let principal = json!({
            "name": "王五", "mobile": "13800000000", "email": "wang@example.com",
            "emergency_contact": "0571-88886666", "certificate_type": 2,
            "certificate_number": "11010519491231002X",
            "certificate_validity_date_start": "20200101",
            "certificate_validity_date_end": "长期",
            "certificate_photo_front": photo, "certificate_photo_back": photo,
        });
        json!({
            "subject": {
                "base_info": {
                    "type": 4, "name": "杭州山茶花艺有限公司", "province": "330000",
                    "city": "330100", "district": "330106", "address": "文三路 1 号",
                },
                "principal_info": principal,
            },
            "applets": {
                "base_info": { "service_content_types": [2] },
                "principal_info": principal,
            },
            "materials": { "commitment_letter": [photo] },
        })
    }

    async fn filing_check(&self) -> Value {
        let preflight = self.get("preflight").await;
        let checks = preflight["checks"].as_array().unwrap();
        checks.iter().find(|check| check["id"] == "icp-filing").unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_without_a_filing_is_filed_until_its_first_review_can_be_ordered() {
    let shop = Unfiled::authorized().await;
    let world = &shop.world;
    assert_eq!(shop.filing_check().await["status"], "fail");
    assert_eq!(shop.get("filing").await["state"], "unknown");
    let districts = shop.get("filing/options/districts").await;
    assert_eq!(districts["options"][1]["within"][0]["within"][0]["code"], "330106");

    // Without a face check nothing is sent.
    let application = shop.application().await;
    let early = shop.post("filing", application.clone()).await.expect_problem(409);
    assert!(early["what_to_do"].as_str().unwrap().contains("face-check"), "{early:#}");
    assert_eq!(world.calls(APPLY), 0);

    // The administrator shows his face, at the second attempt.
    shop.post("filing/face-check", json!({})).await.expect_status(200);
    let waits = shop.post("filing/face-check", json!({})).await.expect_status(200).json();
    assert_eq!(waits["face_check"]["state"], "waiting", "{waits:#}");
    assert_eq!(world.calls("/wxa/icp/create_icp_verifytask"), 1, "one that waits is answered");
    let items = attention(world).await;
    assert_eq!(of_kind(&items, "filing-face")["until"], waits["face_check"]["waits_until"]);
    shop.show_face(false, FilingShape::Seen).await;
    assert_eq!(shop.get("filing").await["face_check"]["state"], "failed");
    shop.post("filing/face-check", json!({})).await.expect_status(200);
    shop.show_face(true, FilingShape::Documented).await;
    assert_eq!(shop.get("filing").await["face_check"]["state"], "passed");
    assert!(attention(world).await.iter().all(|item| item["kind"] != "filing-face"));

    // WeChat's own check names the fields in our terms.
    let mut wrong = application.clone();
    wrong["materials"]["commitment_letter"] = json!(["a media id of nobody"]);
    let refused = shop.post("filing", wrong).await.expect_problem(422);
    assert_eq!(refused["faults"][0]["pointer"], "/materials/commitment_letter", "{refused:#}");
    assert_eq!(refused["errcode"], 86202);
    assert_eq!(shop.get("filing").await["state"], "not-filed", "nothing is pending");

    // Applied for, once.
    let applied = shop.post("filing", application.clone()).await.expect_status(200).json();
    assert_eq!(applied["state"], "in-review", "{applied:#}");
    shop.post("filing", application.clone()).await.expect_problem(409);
    assert_eq!(world.calls(APPLY), 2, "the refused one and the one that was taken");

    // Sent back with remarks, field by field; corrected.
    let remark = FilingRemark {
        key_name: "主体负责人证件照片".to_owned(),
        error: "照片不清晰".to_owned(),
        suggest: "请重新拍摄".to_owned(),
    };
    shop.review(ReviewFiling { status: 3, remarks: vec![remark], ..ReviewFiling::default() }).await;
    let rejected = shop.get("filing").await;
    assert_eq!(rejected["state"], "rejected", "{rejected:#}");
    assert_eq!(rejected["remarks"][0]["field"], "主体负责人证件照片");
    assert_eq!(rejected["remarks"][0]["suggestion"], "请重新拍摄");
    of_kind(&attention(world).await, "filing-rejected");
    shop.post("filing", application).await.expect_status(200);
    assert!(attention(world).await.is_empty());

    // No event tells that the authority has it: the clock finds out, and that a message waits.
    let passed_on = ReviewFiling { status: 4, sms_verify_status: 1, ..ReviewFiling::default() };
    shop.review(passed_on).await;
    world.push_ticket().await;
    world.later(6 * 3600 + 60).await;
    let at_authority = shop.get("filing").await;
    assert_eq!(at_authority["state"], "at-authority", "{at_authority:#}");
    assert!(of_kind(&attention(world).await, "filing-message")["until"].is_string());

    shop.review(ReviewFiling { status: 6, ..ReviewFiling::default() }).await;
    let filed = shop.get("filing").await;
    assert_eq!(filed["state"], "filed", "{filed:#}");
    assert_eq!(filed["what_to_do"], Value::Null);
    let in_force = shop.get("filing/in-force").await;
    assert_eq!(in_force["subject"]["base_info"]["name"], "杭州山茶花艺有限公司");
    let mobile = &in_force["subject"]["principal_info"]["mobile"];
    assert_eq!(mobile, "138******00", "{in_force:#}");

    // Nothing stands in the way of the first review any more.
    let operator = world.operator();
    let component = format!("/v1/components/{}", world.component());
    let drafts = operator.get(&format!("{component}/drafts")).await.expect_status(200).json();
    let draft = json!({ "draft_id": drafts["drafts"][0]["draft_id"] });
    operator.post(&format!("{component}/templates"), draft).await;
    let templates = operator.get(&format!("{component}/templates")).await.json();
    let trial = json!({
        "template_id": templates["templates"][0]["template_id"],
        "user_version": "1.0.0", "user_desc": "第一版", "ext": {},
    });
    operator.put(&shop.path("trial"), trial).await.expect_status(200);
    world.later(DETECTION).await;
    let preflight = shop.get("preflight").await;
    assert_eq!(preflight["ready"], true, "{preflight:#}");

    let kinds: Vec<Value> = shop.get("timeline").await["entries"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|entry| entry["kind"].clone())
        .filter(|kind| kind.as_str().unwrap().starts_with("filing."))
        .collect();
    assert_eq!(
        kinds,
        [
            "filing.face-check-begun",
            "filing.face-check-failed",
            "filing.face-check-begun",
            "filing.face-check-passed",
            "filing.submitted",
            "filing.rejected",
            "filing.submitted",
            "filing.passed-on",
            "filing.completed",
        ]
    );
    for event in world.events("filing.submitted") {
        let words = format!("{:?}", event.detail);
        assert!(!words.contains("王五") && !words.contains("13800000000"), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_whose_answer_was_lost_is_found_and_not_made_twice() {
    let shop = Unfiled::authorized().await;
    let world = &shop.world;
    shop.post("filing/face-check", json!({})).await.expect_status(200);
    shop.show_face(true, FilingShape::Seen).await;
    let application = shop.application().await;

    let lost = Fault { acted: true, ..Fault::new(APPLY, How::CutConnection) };
    world.simulator().fail(lost);
    shop.post("filing", application.clone()).await.expect_problem(504);
    // The same again meets what WeChat shows.
    shop.post("filing", application).await.expect_problem(409);

    assert_eq!(shop.get("filing").await["state"], "in-review");
    assert_eq!(world.calls(APPLY), 1);
    assert_eq!(world.events("filing.submitted").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_taken_back_and_a_lost_event_is_made_up_for() {
    let shop = Unfiled::authorized().await;
    let world = &shop.world;
    shop.post("filing/face-check", json!({})).await.expect_status(200);
    let silently = FinishFaceCheck {
        appid: UNFILED_MERCHANT.to_owned(),
        passed: true,
        silent: true,
        ..FinishFaceCheck::default()
    };
    world.simulator().finish_face_check(silently).await.unwrap();
    world.later(16 * 60).await;
    assert_eq!(shop.get("filing").await["face_check"]["state"], "passed", "the clock asked");

    shop.post("filing", shop.application().await).await.expect_status(200);
    let path = shop.path("filing/application");
    let withdrawn = world.operator().delete(&path).await.expect_status(200).json();
    assert_eq!(withdrawn["state"], "not-filed", "{withdrawn:#}");
    assert_eq!(world.events("filing.withdrawn").len(), 1);
    let problem = world.operator().delete(&path).await.expect_problem(422);
    assert_eq!(problem["errcode"], 86368, "{problem:#}");
    let english = [("accept-language", "en")];
    let in_force = shop.path("filing/in-force");
    let none = world.operator().send("GET", &in_force, &english, None).await.expect_problem(422);
    assert_eq!(none["cause"], "No filing of the mini program is in force.", "{none:#}");
}
