//! ICP filing.

use serde_json::{Value, json};
use simulator::{FilingRemark, FilingShape, FinishFaceCheck, ReviewFiling};

use crate::{
    media::PNG,
    support::{FLOWERS, World, code, text},
};

/// A merchant who has not filed, with a token.
pub(crate) struct Filer {
    pub(crate) world: World,
    token: String,
}

impl Filer {
    pub(crate) async fn new() -> Self {
        let world = World::new();
        let (token, _) = world.authorized(FLOWERS).await;
        world.pushes();
        Filer { world, token }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.world.post(&format!("{path}?access_token={}", self.token), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.world.get(&format!("{path}?access_token={}", self.token)).await
    }

    pub(crate) async fn upload(&self, path: &str, texts: &[(&str, &str)]) -> Value {
        let path = format!("{path}?access_token={}", self.token);
        self.world.upload(&path, "media", ("a.png", PNG), texts).await
    }

    pub(crate) async fn media(&self) -> String {
        let texts = [("type", "image"), ("icp_order_field", "icp_materials.commitment_letter")];
        text(&self.upload("/wxa/icp/upload_icp_media", &texts).await["media_id"])
    }

    pub(crate) async fn status(&self) -> Value {
        self.get("/wxa/icp/get_icp_entrance_info").await["info"].clone()
    }

    async fn begin_face_check(&self) -> String {
        let path = format!("/wxa/icp/create_icp_verifytask?access_token={}", self.token);
        text(&self.world.post_raw(&path, "").await["task_id"])
    }

    /// A filing with everything that it needs.
    pub(crate) async fn filing(&self) -> Value {
        let task = self.begin_face_check().await;
        let passed = FinishFaceCheck { appid: FLOWERS.into(), passed: true, ..Default::default() };
        self.world.simulator.finish_face_check(passed).await.unwrap();
        self.world.pushes();
        let photo = self.media().await;
        let principal = json!({
            "name": "王五", "mobile": "13200000000", "email": "a@b.cn", "emergency_contact": "1",
            "certificate_type": 2, "certificate_number": "510107199001011234",
            "certificate_photo_front": photo, "certificate_photo_back": photo,
            "verify_task_id": task,
        });
        json!({
            "icp_subject": {
                "base_info": {
                    "type": 4, "name": "杭州山茶花艺有限公司", "province": "330000",
                    "city": "330100", "district": "330106", "address": "文三路 1 号",
                },
                "principal_info": principal,
            },
            "icp_applets": {
                "base_info": { "service_content_types": [2] },
                "principal_info": principal,
            },
            "icp_materials": { "commitment_letter": [photo] },
        })
    }

    async fn review(&self, status: i64) -> Result<(), simulator::VerbError> {
        let order = ReviewFiling { appid: FLOWERS.into(), status, ..Default::default() };
        self.world.simulator.review_filing(order).await.map(|_| ())
    }
}

#[tokio::test]
async fn a_document_of_another_kind_is_found_when_it_is_applied_with() {
    let shop = Filer::new().await;
    let mut filing = shop.filing().await;
    let field = "icp_subject.principal_info.certificate_photo_front";
    let upload = async |certificate_type: &str| {
        let texts =
            [("type", "image"), ("icp_order_field", field), ("certificate_type", certificate_type)];
        text(&shop.upload("/wxa/icp/upload_icp_media", &texts).await["media_id"])
    };

    let passport = upload("14").await;
    filing["icp_subject"]["principal_info"]["certificate_photo_front"] = json!(passport);
    let refused = shop.post("/wxa/icp/apply_icp_filing", filing.clone()).await;
    assert_eq!((code(&refused), &refused["hints"][0]["err_field"]), (86202, &json!(field)));
    let card = upload("2").await;
    filing["icp_subject"]["principal_info"]["certificate_photo_front"] = json!(card);
    assert_eq!(code(&shop.post("/wxa/icp/apply_icp_filing", filing).await), 0);
}

#[tokio::test]
async fn an_administrator_shows_his_face_within_a_day() {
    let shop = Filer::new().await;
    assert_eq!(code(&shop.post("/wxa/icp/create_icp_verifytask", json!({})).await), 47001);
    let task = shop.begin_face_check().await;
    let query = async |task: &str| {
        shop.post("/wxa/icp/query_icp_verifytask", json!({ "task_id": task })).await
    };
    let waits = query(&task).await;
    assert_eq!((&waits["is_finish"], &waits["face_status"]), (&json!(false), &json!(1)));
    let failed = FinishFaceCheck { appid: FLOWERS.into(), ..Default::default() };
    shop.world.simulator.finish_face_check(failed).await.unwrap();
    let event = shop.world.pushes().remove(0);
    assert!(event.contains("<InfoType><![CDATA[notify_icpfiling_verify_result]]></InfoType>"));
    assert!(event.contains("<result>2</result>"), "{event}");
    assert_eq!(query(&task).await["face_status"], 2);

    let both = json!({ "along_with_auth": true });
    let both = shop.post("/wxa/icp/create_icp_verifytask", both).await;
    assert!(text(&both["verify_url"]).starts_with("https://"));
    let passed = FinishFaceCheck {
        appid: FLOWERS.into(),
        passed: true,
        shape: FilingShape::Documented,
        ..Default::default()
    };
    shop.world.simulator.finish_face_check(passed.clone()).await.unwrap();
    let address = shop.world.arrived.lock().unwrap()[0].0.clone();
    assert!(address.contains(&format!("/wechat/{FLOWERS}/messages")), "{address}");
    let event: Value = serde_json::from_str(&shop.world.pushes()[0]).unwrap();
    assert_eq!(event["Event"], "notify_icpfiling_verify_result");
    assert_eq!((&event["result"], &event["along_with_auth_result"]), (&json!(3), &json!(9)));
    assert_eq!(query(&text(&both["task_id"])).await["along_with_auth_result"], 9);

    shop.begin_face_check().await;
    shop.world.simulator.advance(86_400);
    assert!(shop.world.simulator.finish_face_check(passed).await.is_err(), "too late");
}

#[tokio::test]
async fn remarks_about_a_filing_come_field_by_field() {
    let shop = Filer::new().await;
    let mut filing = shop.filing().await;
    filing["icp_subject"]["base_info"]["address"] = json!("");
    filing["icp_applets"]["principal_info"]["verify_task_id"] = json!("another");
    filing["icp_materials"]["promise_video"] = json!(["unknown"]);

    let answer = shop.post("/wxa/icp/apply_icp_filing", filing).await;

    assert_eq!(code(&answer), 86202);
    let fields: Vec<String> =
        answer["hints"].as_array().unwrap().iter().map(|hint| text(&hint["err_field"])).collect();
    let expected = [
        "icp_subject.base_info.address",
        "icp_applets.principal_info.verify_task_id",
        "icp_materials.promise_video",
    ];
    assert_eq!(fields, expected);
    assert_eq!(shop.status().await["status"], 1024);
}

#[tokio::test]
async fn a_filing_goes_from_wechat_to_the_authority_and_into_force() {
    let shop = Filer::new().await;
    let filing = shop.filing().await;
    assert_eq!(code(&shop.post("/wxa/icp/apply_icp_filing", filing.clone()).await), 0);
    assert_eq!(shop.status().await["status"], 2);
    assert_eq!(code(&shop.post("/wxa/icp/apply_icp_filing", filing.clone()).await), 86202);
    assert!(shop.review(6).await.is_err(), "the authority decides that");

    let remark = FilingRemark {
        key_name: "负责人".into(),
        error: "照片不清".into(),
        suggest: "重新上传".into(),
    };
    let rejected = ReviewFiling {
        appid: FLOWERS.into(),
        status: 3,
        remarks: vec![remark],
        ..Default::default()
    };
    shop.world.simulator.review_filing(rejected).await.unwrap();
    let event = shop.world.pushes().remove(0);
    assert!(event.contains("<InfoType><![CDATA[notify_apply_icpfiling_result]]></InfoType>"));
    assert!(event.contains("<beian_status>3</beian_status>"), "{event}");
    let status = shop.status().await;
    assert_eq!(status["audit_data"][0]["suggest"], "重新上传");

    assert_eq!(code(&shop.post("/wxa/icp/apply_icp_filing", filing).await), 0);
    shop.review(4).await.unwrap();
    assert!(shop.world.pushes().is_empty());
    let cancel = shop.post("/wxa/icp/cancel_apply_icp_filing", json!({})).await;
    assert_eq!(code(&cancel), 86330);
    assert_eq!(code(&shop.get("/wxa/icp/get_online_icp_order").await), 86330);
    shop.review(6).await.unwrap();
    assert!(shop.world.pushes()[0].contains("<beian_status>6</beian_status>"));
    let online = shop.get("/wxa/icp/get_online_icp_order").await;
    assert_eq!(online["icp_subject"]["base_info"]["city"], "330100");
    assert_eq!(online["icp_applets"]["base_info"]["appid"], FLOWERS);

    let cancel = shop.post("/wxa/icp/cancel_icp_filing", json!({ "cancel_type": 2 })).await;
    assert_eq!(code(&cancel), 0);
    assert_eq!(shop.status().await["is_canceling"], true);
    shop.review(1024).await.unwrap();
    let again = shop.post("/wxa/icp/cancel_icp_filing", json!({ "cancel_type": 2 })).await;
    assert_eq!(code(&again), 86353);
}

#[tokio::test]
async fn an_application_is_taken_back_while_wechat_has_it() {
    let shop = Filer::new().await;
    let path = "/wxa/icp/cancel_apply_icp_filing";
    assert_eq!(code(&shop.post(path, json!({})).await), 86368);
    let filing = shop.filing().await;
    shop.post("/wxa/icp/apply_icp_filing", filing).await;
    assert_eq!(code(&shop.post(path, json!({})).await), 0);
    assert_eq!(shop.status().await["status"], 1024);
}

#[tokio::test]
async fn the_lists_tell_what_a_filing_may_say() {
    let shop = Filer::new().await;
    for list in ["subject_types", "certificate_types", "service_content_types", "nrlx_types"] {
        let answer = shop.get(&format!("/wxa/icp/query_icp_{list}")).await;
        assert!(answer["items"][0]["type"].is_i64(), "{answer}");
    }
    let places = shop.get("/wxa/icp/query_icp_district_code").await;
    assert_eq!(places["items"][1]["sub_list"][0]["sub_list"][0]["code"], 330106);
    let texts = [("type", "video"), ("icp_order_field", "icp_materials.promise_video")];
    let video = shop.upload("/wxa/icp/upload_icp_media", &texts).await;
    assert_eq!(code(&video), 40005, "a picture is no video");
}
