use wechat::answer::Checked;
use wechat::endpoint::{
    ApplyIcpFiling, AuthIdentityTree, CreateIcpVerifyTask, FaceStatus, GetIcpEntranceInfo,
    GetOnlineIcpOrder, QueryAuth, QueryAuthAndIcp, QueryIcpDistrictCode, QueryIcpVerifyTask,
    SubmitAuthAndIcp, UploadAuthMaterial, UploadIcpMedia, WxaAuth,
};

use super::super::answer_of;

#[test]
fn remarks_about_fields_come_with_a_code_and_are_no_error() {
    let body = r#"{"errcode":86202,"errmsg":"field error rid: a-b-c","hints":[
        {"errcode":86203,"err_field":"icp_subject.base_info.name","errmsg":"name"}]}"#;
    let Checked::Refused { refusal, hints } = answer_of::<ApplyIcpFiling<'_>>(body).unwrap() else {
        panic!("remarks")
    };
    assert_eq!((refusal.errcode, refusal.rid.as_deref()), (86202, Some("a-b-c")));
    assert_eq!(hints[0].err_field, "icp_subject.base_info.name");
    let taken = answer_of::<ApplyIcpFiling<'_>>(r#"{"errcode":0,"errmsg":"ok"}"#).unwrap();
    assert!(matches!(taken, Checked::Taken(answer) if answer.hints.is_empty()));
    let error = answer_of::<ApplyIcpFiling<'_>>(r#"{"errcode":61007,"errmsg":"no"}"#).unwrap_err();
    assert_eq!(error.errcode(), Some(61007));
    let both = r#"{"errcode":0,"procedure_id":"p","pay_url":"https://pay"}"#;
    let Checked::Taken(both) = answer_of::<SubmitAuthAndIcp<'_>>(both).unwrap() else { panic!() };
    assert_eq!((both.procedure_id.as_str(), both.pay_url.as_deref()), ("p", Some("https://pay")));
}

#[test]
fn a_face_check_and_its_documents() {
    let task = answer_of::<CreateIcpVerifyTask>(r#"{"errcode":0,"task_id":"t"}"#).unwrap();
    assert_eq!((task.task_id.as_str(), task.verify_url), ("t", None));
    let body = r#"{"errcode":0,"is_finish":1,"face_status":"3","along_with_auth_result":9}"#;
    let face = answer_of::<QueryIcpVerifyTask<'_>>(body).unwrap();
    assert_eq!((face.is_finish, face.face_status), (true, FaceStatus::Passed));
    assert_eq!(face.along_with_auth_result, Some(9));
    let body = r#"{"type":"image","media_id":"m","created_at":"5"}"#;
    assert_eq!(answer_of::<UploadIcpMedia<'_>>(body).unwrap().created_at, Some(5));
    let body = r#"{"type":"image","mediaid":"m"}"#;
    assert_eq!(answer_of::<UploadAuthMaterial<'_>>(body).unwrap().media_id, "m");
}

#[test]
fn filings_in_every_shape() {
    let one = r#"{"info":{"status":3,"available":1,
        "audit_data":{"key_name":"主体","error":"有误","suggest":"修改"}}}"#;
    let info = answer_of::<GetIcpEntranceInfo>(one).unwrap().info;
    assert_eq!(info.audit_data[0].suggest, "修改");
    let order = r#"{"icp_subject":{"base_info":{"type":"4","name":"城南"}},
        "icp_applets":{"base_info":{"appid":"wx1","service_content_types":[2]}}}"#;
    let order = answer_of::<GetOnlineIcpOrder>(order).unwrap();
    assert_eq!(
        (order.icp_subject.base_info.kind, order.icp_applets.base_info.service_content_types),
        (4, vec![2])
    );
    let places = r#"{"items":[{"type":1,"code":510000,"name":"四川省","sub_list":[
        {"type":2,"code":"510100","name":"成都市"}]}]}"#;
    let places = answer_of::<QueryIcpDistrictCode>(places).unwrap().items;
    assert_eq!(
        (places[0].code.as_str(), places[0].sub_list[0].code.as_str()),
        ("510000", "510100")
    );
}

#[test]
fn verifications() {
    let task = answer_of::<WxaAuth<'_>>(r#"{"taskid":"t","auth_url":"https://a"}"#).unwrap();
    assert_eq!((task.taskid.as_str(), task.auth_url.as_deref()), ("t", Some("https://a")));
    let body = r#"{"task_status":12,"apply_status":3,"appid":"wx1","refill_reason":"缺材料"}"#;
    let status = answer_of::<QueryAuth<'_>>(body).unwrap();
    assert_eq!((status.task_status, status.apply_status), (Some(12), Some(3)));
    assert_eq!((status.refill_reason.as_deref(), status.fail_reason), (Some("缺材料"), None));
    let tree = r#"{"identity_tree_list":[{"node_id":1,"name":"医疗","root_info":{"type":1},
        "node_list":[{"node_id":2,"name":"医生","leaf_info":{"requirement":"资格证"}}]}]}"#;
    let tree = answer_of::<AuthIdentityTree>(tree).unwrap().identity_tree_list;
    let leaf = tree[0].node_list[0].leaf_info.as_ref().unwrap();
    assert_eq!(leaf.requirement.as_deref(), Some("资格证"));
    let body = r#"{"procedure_status":25,"orderid":12,"icp_audit":{"audit_data":[
        {"key_name":"名称","error":"有误","suggest":"修改"}],"sms_verify_status":2}}"#;
    let both = answer_of::<QueryAuthAndIcp<'_>>(body).unwrap();
    assert_eq!((both.procedure_status, both.orderid.as_deref()), (25, Some("12")));
    assert_eq!(both.icp_audit.unwrap().sms_verify_status, Some(2));
}
