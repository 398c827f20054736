//! ICP filing and verification, of which no bodies are published: the fields by their names.

use bytes::Bytes;
use serde_json::json;
use wechat::Endpoint;
use wechat::endpoint::{
    ApplyIcpFiling, AuthContact, AuthData, Body, Boundary, CancelIcpFiling, CreateIcpVerifyTask,
    IcpApplets, IcpAppletsBase, IcpApproval, IcpCancelType, IcpMaterials, IcpPrincipal, IcpSubject,
    IcpSubjectBase, QueryAuth, QueryAuthAndIcp, QueryIcpVerifyTask, SubmitAuthAndIcp, Upload,
    UploadIcpMedia, WxaAuth,
};

use super::super::sent;

#[test]
fn a_face_check_is_begun_with_nothing_or_with_its_one_field() {
    assert_eq!(CreateIcpVerifyTask::default().body(), Body::None);
    let with = CreateIcpVerifyTask { along_with_auth: Some(true) };
    assert_eq!(sent(&with), json!({ "along_with_auth": true }));
    assert_eq!(sent(&QueryIcpVerifyTask { task_id: "t" }), json!({ "task_id": "t" }));
    let cancel = CancelIcpFiling { cancel_type: IcpCancelType::WeChatMiniProgram };
    assert_eq!(sent(&cancel), json!({ "cancel_type": 3 }));
}

#[test]
fn a_document_names_what_it_is_for() {
    let document = UploadIcpMedia {
        media: Upload {
            name: "front.jpg",
            content_type: "image/jpeg",
            bytes: Bytes::from_static(b"picture"),
            boundary: Boundary::new([0; 16]),
        },
        kind: "image",
        certificate_type: Some(2),
        icp_order_field: "icp_subject.principal_info.certificate_photo_front",
    };
    let Body::Form { bytes, .. } = document.body() else { panic!("a form") };
    let form = String::from_utf8(bytes.to_vec()).unwrap();
    for (name, value) in [
        ("type", "image"),
        ("certificate_type", "2"),
        ("icp_order_field", "icp_subject.principal_info.certificate_photo_front"),
    ] {
        assert!(form.contains(&format!("name=\"{name}\"\r\n\r\n{value}\r\n")), "{form}");
    }
    assert!(form.contains("name=\"media\"; filename=\"front.jpg\"\r\n"));
}

#[test]
fn a_filing_leaves_out_what_it_does_not_say() {
    let subject = IcpSubject {
        base_info: IcpSubjectBase { kind: 4, name: "城南".to_owned(), ..Default::default() },
        principal_info: IcpPrincipal { name: "王五".to_owned(), ..Default::default() },
        ..Default::default()
    };
    let approval = IcpApproval { kind: 7, code: Some("川".to_owned()), media: None };
    let base_info = IcpAppletsBase {
        service_content_types: vec![2, 5],
        nrlx_details: vec![approval],
        ..Default::default()
    };
    let applets = IcpApplets { base_info, ..Default::default() };
    let materials = IcpMaterials { commitment_letter: vec!["m".to_owned()], ..Default::default() };
    let request =
        ApplyIcpFiling { icp_subject: &subject, icp_applets: &applets, icp_materials: &materials };
    let body = sent(&request);
    assert_eq!(body["icp_subject"]["base_info"]["type"], 4);
    assert_eq!(body["icp_subject"]["organize_info"], json!(null));
    let approvals = json!([{ "type": 7, "code": "川" }]);
    assert_eq!(body["icp_applets"]["base_info"]["nrlx_details"], approvals);
    assert_eq!(body["icp_materials"], json!({ "commitment_letter": ["m"] }));
    let printed = format!("{request:?}");
    assert!(!printed.contains("王五") && !printed.contains("城南"), "{printed}");
}

#[test]
fn a_verification_with_and_without_a_filing() {
    let data = AuthData {
        customer_type: 1,
        contact_info: AuthContact { name: "王五".to_owned(), email: "a@b.cn".to_owned() },
        account_name: "城南面馆".to_owned(),
        account_name_type: 2,
        pay_type: 2,
        ..Default::default()
    };
    let expected = json!({
        "customer_type": 1, "contact_info": { "name": "王五", "email": "a@b.cn" },
        "account_name": "城南面馆", "account_name_type": 2, "pay_type": 2,
    });
    let verification = WxaAuth { auth_data: &data };
    assert_eq!(sent(&verification), json!({ "auth_data": expected }));
    assert!(!format!("{verification:?}").contains("王五"));
    let both = SubmitAuthAndIcp {
        auth_data: &data,
        icp_subject: &IcpSubject::default(),
        icp_applets: &IcpApplets::default(),
        icp_materials: &IcpMaterials::default(),
    };
    assert_eq!(sent(&both)["auth_data"], expected);
    assert_eq!(sent(&QueryAuth { taskid: "t" }), json!({ "taskid": "t" }));
    assert_eq!(sent(&QueryAuthAndIcp { procedure_id: "p" }), json!({ "procedure_id": "p" }));
}
