//! What is done to a mini program that is online, and what WeChat holds against it.

use serde_json::json;
use wechat::endpoint::{
    AppealStatus, ChangeVisitStatus, GetAppealRecords, GetGrayReleasePlan, GetIllegalRecords,
    GetMaterial, GetPrefetchDnsDomain, GetWeappSupportVersion, GrayRelease, GrayReleaseStatus,
    SetPrefetchDnsDomain, SetWeappSupportVersion, VisitAction,
};

use super::{answer_of, published, sent, whole};

#[test]
fn gray_releases() {
    let release = GrayRelease {
        gray_percentage: 1,
        support_debugger_first: Some(true),
        support_experiencer_first: Some(true),
    };
    assert_eq!(sent(&release), published("grayrelease"));
    let more = GrayRelease { gray_percentage: 50, ..Default::default() };
    assert_eq!(sent(&more), json!({ "gray_percentage": 50 }));

    let plan = whole::<GetGrayReleasePlan>("getgrayreleaseplan").gray_release_plan.unwrap();
    assert_eq!((plan.status, plan.gray_percentage), (GrayReleaseStatus::Running, Some(8)));
    assert_eq!(plan.support_debugger_first, Some(true));
    let none = r#"{"errcode":0,"errmsg":"ok"}"#;
    assert!(answer_of::<GetGrayReleasePlan>(none).unwrap().gray_release_plan.is_none());
    let new = r#"{"gray_release_plan":{"status":"7","support_debuger_first":1}}"#;
    let new = answer_of::<GetGrayReleasePlan>(new).unwrap().gray_release_plan.unwrap();
    assert_eq!(new.status, GrayReleaseStatus::Unknown(7));
    assert_eq!(serde_json::to_value(new).unwrap()["status"], 7, "an unknown number stays itself");
}

#[test]
fn the_service_and_the_base_library() {
    let close = ChangeVisitStatus { action: VisitAction::Close };
    assert_eq!(sent(&close), published("change_visitstatus"));
    let open = ChangeVisitStatus { action: VisitAction::Open };
    assert_eq!(sent(&open), json!({ "action": "open" }));

    let oldest = SetWeappSupportVersion { version: "1.0.0" };
    assert_eq!(sent(&oldest), published("setweappsupportversion"));
    let read = whole::<GetWeappSupportVersion>("getweappsupportversion");
    assert_eq!(read.now_version.as_deref(), Some("1.0.0"));
    assert_eq!(read.uv_info.unwrap().items[2].version, "1.1.0");
    let fraction = r#"{"uv_info":{"items":[{"percentage":12.5,"version":"2.0.0"}]}}"#;
    let read = answer_of::<GetWeappSupportVersion>(fraction).unwrap();
    assert_eq!(read.uv_info.unwrap().items[0].percentage, Some(12.5));
}

#[test]
fn domains_that_are_looked_up_early() {
    let domains = ["d1.com".to_owned(), "d2.com".to_owned()];
    let set = SetPrefetchDnsDomain { domains: &domains };
    assert_eq!(sent(&set), published("set_prefetchdnsdomain"));
    let read = whole::<GetPrefetchDnsDomain>("get_prefetchdnsdomain");
    assert_eq!((read.prefetch_dns_domain[1].url.as_str(), read.size_limit), ("d2.com", Some(5)));
}

#[test]
fn punishments_and_appeals() {
    let asked = GetIllegalRecords { start_time: Some(1600051606), end_time: Some(1600053000) };
    assert_eq!(sent(&asked), published("getillegalrecords"));
    assert_eq!(sent(&GetIllegalRecords::default()), json!({}));
    let records = whole::<GetIllegalRecords>("getillegalrecords").records;
    assert_eq!(records[0].illegal_record_id, "2_11100");
    assert_eq!(records[1].create_time, Some(1600051802));

    let asked = GetAppealRecords { illegal_record_id: "2_11100" };
    assert_eq!(sent(&asked), published("getappealrecords"));
    let appeals = whole::<GetAppealRecords<'_>>("getappealrecords").records;
    assert_eq!(appeals[0].appeal_status, AppealStatus::Running);
    assert_eq!(appeals[0].materials[1].appeal_material["proof_material_ids"], json!(["zzzz"]));
}

#[test]
fn a_reviewers_screenshot_is_fetched_by_its_id() {
    assert_eq!(sent(&GetMaterial { media_id: "xxx" }), json!({ "media_id": "xxx" }));
}
