mod filing;
mod profile;
mod registration;

use secrecy::ExposeSecret;
use serde_json::json;
use wechat::endpoint::{
    ApiAuthorizerToken, ApiComponentToken, ApiCreatePreauthCode, ApiGetAuthorizerInfo,
    ApiGetAuthorizerList, ApiQueryAuth, AuditStatus, BindTester, CreateWxaQrcode,
    GetAccountBasicInfo, GetAuditStatus, GetCategory, GetCodePrivacyInfo, GetDomainConfirmFile,
    GetEffectiveDomain, GetEffectiveWebviewDomain, GetHistoryVersion, GetIcpEntranceInfo,
    GetLatestAuditStatus, GetPage, GetPrivacySetting, GetQrcode, GetTemplateDraftList,
    GetTemplateList, GetVersionInfo, GetVisitStatus, GetWebviewDomainConfirmFile,
    GetWxaCodeUnlimit, MediaUpload, MemberAuth, ModifyDomain, ModifyWxaJumpDomain,
    ModifyWxaServerDomain, QueryQuota, Release, RevertCodeRelease, SetWebviewDomain, SubmitAudit,
    WxopenGetCategory,
};

use super::{answer, answer_of};

#[test]
fn tokens() {
    let token = answer::<ApiComponentToken<'_>>("api_component_token").unwrap();
    assert!(token.component_access_token.expose_secret().starts_with("61W3mEpU66027wgNZ_"));
    assert_eq!(token.expires_in, 7200);
    let code = answer::<ApiCreatePreauthCode<'_>>("api_create_preauthcode").unwrap();
    assert!(code.pre_auth_code.expose_secret().starts_with("Cx_Dk6qiBE0Dmx4"));
    assert_eq!(code.expires_in, 600);
    let token = answer::<ApiAuthorizerToken<'_>>("api_authorizer_token").unwrap();
    assert_eq!(token.authorizer_access_token.expose_secret(), "some-access-token");
    assert_eq!(token.expires_in, 7200);
    let refresh = token.authorizer_refresh_token.unwrap();
    assert_eq!(refresh.expose_secret(), "refresh_token_value");
}

#[test]
fn uploads() {
    let kept = answer::<MediaUpload<'_>>("media_upload").unwrap();
    assert_eq!((kept.kind.as_str(), kept.media_id.as_str()), ("TYPE", "MEDIA_ID"));
    assert_eq!(kept.created_at, Some(123456789));
}

#[test]
fn a_life_in_seconds_may_be_a_string() {
    let body = r#"{"component_access_token":"t","expires_in":"7200"}"#;
    assert_eq!(answer_of::<ApiComponentToken<'_>>(body).unwrap().expires_in, 7200);
}

#[test]
fn grants() {
    let granted = answer::<ApiQueryAuth<'_>>("api_query_auth").unwrap().authorization_info;
    assert_eq!(granted.authorizer_appid.as_str(), "wxf8b4f85f3a794e77");
    assert!(granted.authorizer_access_token.as_ref().unwrap().expose_secret().starts_with("QXjU"));
    assert_eq!(granted.expires_in, Some(7200));
    let refresh = granted.authorizer_refresh_token.as_ref().unwrap();
    assert_eq!(refresh.expose_secret(), "dTo-YCXPL4llX-u1W1pPpnp8Hgm4wpJtlR6iV0doKdY");
    assert_eq!(granted.permission_sets(), [1, 2, 3]);
    assert!(!format!("{granted:?}").contains("dTo-"));

    let bare =
        r#"{"authorization_info":{"authorizer_appid":"wxf8b4f85f3a794e77","func_info":null}}"#;
    let bare = answer_of::<ApiQueryAuth<'_>>(bare).unwrap().authorization_info;
    assert!(bare.authorizer_access_token.is_none() && bare.permission_sets().is_empty());

    let list = answer::<ApiGetAuthorizerList<'_>>("api_get_authorizer_list").unwrap();
    assert_eq!((list.total_count, list.list.len()), (33, 2));
    assert_eq!(list.list[1].authorizer_appid.as_str(), "authorizer_appid_2");
    assert_eq!(list.list[1].refresh_token.as_ref().unwrap().expose_secret(), "refresh_token_2");
    assert_eq!(list.list[1].auth_time, Some(1558000607));
    let empty =
        r#"{"total_count":1,"list":[{"authorizer_appid":"wx0123456789","refresh_token":""}]}"#;
    assert!(answer_of::<ApiGetAuthorizerList<'_>>(empty).unwrap().list[0].refresh_token.is_none());
}

#[test]
fn profiles() {
    let official =
        answer::<ApiGetAuthorizerInfo<'_>>("api_get_authorizer_info.doc_official_account");
    let info = official.unwrap().authorizer_info;
    assert_eq!(info.alias.as_deref(), Some("paytest01"));
    assert!(info.mini_program_info.is_none());

    let full = answer::<ApiGetAuthorizerInfo<'_>>("api_get_authorizer_info.wxjava").unwrap();
    let info = full.authorizer_info;
    assert_eq!(info.nick_name, "美妆饰品");
    assert_eq!(info.service_type_info.unwrap().id, 0);
    assert_eq!(info.verify_type_info.unwrap().id, -1);
    assert_eq!((info.register_type, info.account_status), (Some(0), Some(1)));
    assert_eq!(info.other["basic_config"]["is_phone_configured"], json!(true));
    let mini = info.mini_program_info.unwrap();
    assert_eq!(mini.categories[2].second, "查件");
    assert_eq!(mini.network["WsRequestDomain"], json!(["wss://weixin.qq.com"]));
    let authorization = full.authorization_info;
    assert_eq!(authorization.permission_sets(), [3, 7, 17, 18, 19, 30, 115]);
    assert!(authorization.authorizer_refresh_token.is_some());
    assert!(authorization.func_info[0].other.contains_key("confirm_info"));

    for name in ["api_get_authorizer_info", "api_get_authorizer_info.doc_mini"] {
        let info = answer::<ApiGetAuthorizerInfo<'_>>(name).unwrap().authorizer_info;
        assert_eq!(info.mini_program_info.unwrap().categories[0].first, "工具", "{name}");
    }
}

#[test]
fn domains() {
    let modified = answer::<ModifyDomain<'_>>("modify_domain").unwrap();
    assert_eq!(modified.domains.wsrequestdomain, ["wss://www.qq.com"; 2]);
    assert!(modified.domains.udpdomain.is_empty() && modified.other.is_empty());
    let partly = r#"{"errcode":0,"requestdomain":null,"invalid_requestdomain":["https://1.2.3.4"],
        "no_icp_domain":["https://x.com"],"new_field":1}"#;
    let partly = answer_of::<ModifyDomain<'_>>(partly).unwrap();
    assert_eq!(partly.invalid_requestdomain, ["https://1.2.3.4"]);
    assert_eq!(partly.no_icp_domain, ["https://x.com"]);
    assert_eq!(serde_json::to_value(partly.other).unwrap(), json!({ "new_field": 1 }));

    let effective = answer::<GetEffectiveDomain>("get_effective_domain").unwrap();
    assert_eq!(effective.direct_domain.udpdomain, ["udp://melody5.weixin.qq.com"]);
    assert_eq!(effective.effective_domain.tcpdomain.len(), 2);
    assert_eq!(effective.mp_domain.requestdomain, ["https://melody1.qq.com"]);

    let webview = answer::<SetWebviewDomain<'_>>("setwebviewdomain").unwrap();
    assert_eq!(webview.webviewdomain, ["https://www.qq.com", "https://m.qq.com"]);
    assert!(answer::<SetWebviewDomain<'_>>("generic_ok").unwrap().webviewdomain.is_empty());
    let effective = answer::<GetEffectiveWebviewDomain>("get_effective_webviewdomain").unwrap();
    assert_eq!(effective.direct_webviewdomain, ["https://melody2.howielu.top/"]);
    assert_eq!(effective.effective_webviewdomain.len(), 3);
    let file = answer::<GetWebviewDomainConfirmFile>("get_webviewdomain_confirmfile").unwrap();
    assert_eq!((file.file_name.as_str(), file.file_content.as_str()), ("xxx", "xxxxxx"));
    assert!(answer::<GetDomainConfirmFile>("get_domain_confirmfile").is_ok());

    let server = answer::<ModifyWxaServerDomain<'_>>("modify_wxa_server_domain").unwrap();
    assert_eq!(server.published_wxa_server_domain.as_deref(), Some("www.qq.com;wx.qq.com"));
    assert_eq!(server.invalid_wxa_server_domain, None);
    let jump = answer::<ModifyWxaJumpDomain<'_>>("modify_wxa_jump_domain").unwrap();
    assert_eq!(jump.testing_wxa_jump_h5_domain.as_deref(), Some("www.qq.com;wx.qq.com"));
}

#[test]
fn drafts_and_templates() {
    for name in ["gettemplatedraftlist", "gettemplatedraftlist.doc"] {
        let drafts = answer::<GetTemplateDraftList>(name).unwrap().draft_list;
        assert_eq!((drafts.len(), drafts[1].draft_id), (2, 4), "{name}");
        assert_eq!(drafts[0].create_time, Some(1488965944));
    }
    let templates = answer::<GetTemplateList>("gettemplatelist").unwrap().template_list;
    assert_eq!((templates[1].template_id, templates[1].template_type), (4, Some(0)));
    let templates = answer::<GetTemplateList>("gettemplatelist.doc").unwrap().template_list;
    assert_eq!(templates[0].source_miniprogram.as_deref(), Some("测试测试测试234"));
    assert_eq!(templates[0].other["audit_status"], json!(2));
}

#[test]
fn reviews() {
    assert_eq!(
        answer::<GetPage>("get_page").unwrap().page_list,
        ["index", "page/list", "page/detail"]
    );
    let privacy = answer::<GetCodePrivacyInfo>("get_code_privacy_info").unwrap();
    assert_eq!(privacy.without_auth_list, ["wx.getLocation", "wx.onLocationChange"]);
    assert_eq!(privacy.without_conf_list, ["wx.onLocationChange"]);
    let categories = answer::<GetCategory>("wxa_get_category").unwrap().category_list;
    assert_eq!((categories[0].first_id, categories[0].third_id), (1, None));
    assert_eq!(
        (categories[1].third_class.as_deref(), categories[1].third_id),
        (Some("高等"), Some(5))
    );

    assert_eq!(answer::<SubmitAudit<'_>>("submit_audit").unwrap().auditid, 1234567);
    let text = answer_of::<SubmitAudit<'_>>(r#"{"errcode":0,"auditid":"1234567"}"#).unwrap();
    assert_eq!(text.auditid, 1234567);
    let status = answer::<GetAuditStatus>("get_auditstatus").unwrap();
    assert_eq!(status.status, AuditStatus::Rejected);
    assert_eq!(status.reason.as_deref(), Some("帐号信息不合规范"));
    assert_eq!(status.screenshot, ["xxx", "yyy", "zzz"]);
    let latest = answer::<GetLatestAuditStatus>("get_latest_auditstatus").unwrap();
    assert_eq!((latest.auditid, latest.status), (1234567, AuditStatus::Rejected));
    assert_eq!(latest.screenshot, ["xx", "yy", "zz"]);
    let quota = answer::<QueryQuota>("queryquota").unwrap();
    assert_eq!((quota.rest, quota.speedup_limit), (0, Some(0)));
}

#[test]
fn the_latest_review_is_read_in_either_spelling_or_both() {
    let lower = r#"{"errcode":0,"auditid":7,"status":"2","screenshot":"a|b","user_version":"1.0",
        "user_desc":"d","submit_audit_time":1700000000}"#;
    let lower = answer_of::<GetLatestAuditStatus>(lower).unwrap();
    assert_eq!((lower.status, lower.screenshot.len()), (AuditStatus::Reviewing, 2));
    assert_eq!(
        (lower.user_version.as_deref(), lower.submit_audit_time),
        (Some("1.0"), Some(1700000000))
    );
    assert!(lower.other.is_empty());
    let shown = serde_json::to_value(&lower).unwrap();
    assert_eq!((&shown["status"], &shown["screenshot"]), (&json!(2), &json!(["a", "b"])));
    let both = r#"{"auditid":7,"status":9,"screenshot":"","ScreenShot":"a"}"#;
    let both = answer_of::<GetLatestAuditStatus>(both).unwrap();
    assert_eq!((both.status, both.screenshot.len()), (AuditStatus::Unknown(9), 1));
}

#[test]
fn releases() {
    answer::<Release>("generic_ok").unwrap();
    answer::<RevertCodeRelease>("revertcoderelease").unwrap();
    let history = answer::<GetHistoryVersion>("revertcoderelease.get_history_version").unwrap();
    assert_eq!(history.version_list.len(), 2);
    assert_eq!(history.version_list[1].app_version, 222);
    assert_eq!(history.version_list[0].commit_time, Some(1488965944));
    let versions = answer::<GetVersionInfo>("getversioninfo").unwrap();
    assert_eq!(versions.exp_info.unwrap().exp_version, "V1.0");
    let online = versions.release_info.unwrap();
    assert_eq!((online.release_version.as_str(), online.release_time), ("V1.5", Some(1640763902)));
    let none = answer_of::<GetVersionInfo>(r#"{"errcode":0,"errmsg":"ok"}"#).unwrap();
    assert!(none.exp_info.is_none() && none.release_info.is_none());
    assert_eq!(answer::<GetVisitStatus>("getvisitstatus").unwrap().status, 1);
}

#[test]
fn testers() {
    let bound = answer::<BindTester<'_>>("bind_tester").unwrap();
    assert_eq!(bound.userstr.as_deref(), Some("xxxxxxxxx"));
    let members = answer::<MemberAuth>("memberauth").unwrap().members;
    assert_eq!((members.len(), members[1].userstr.as_str()), (2, "yyyyyyyy"));
}

#[test]
fn settings() {
    for name in ["getprivacysetting", "getprivacysetting.community"] {
        let setting = answer::<GetPrivacySetting>(name).unwrap();
        assert_eq!(setting.code_exist, Some(true), "{name}");
        assert_eq!(setting.privacy_list[0], "UserInfo", "{name}");
    }
    let setting = answer::<GetPrivacySetting>("getprivacysetting").unwrap();
    assert_eq!(setting.setting_list[0].privacy_text, "登记会员信息");
    let owner = setting.owner_setting.unwrap();
    assert_eq!(
        (owner.contact_phone, owner.contact_email.as_deref()),
        (None, Some("melodytu@qq.com"))
    );
    assert!(setting.other.contains_key("privacy_desc"));

    let account = answer::<GetAccountBasicInfo>("getaccountbasicinfo").unwrap();
    assert_eq!((account.account_type, account.principal_type), (Some(3), Some(1)));
    assert_eq!(account.nickname_info.unwrap().modify_quota, Some(2));
    assert_eq!(account.wx_verify_info.unwrap().qualification_verify, Some(true));
    assert_eq!(account.other["registered_country"], json!(1017));
    let account = answer::<GetAccountBasicInfo>("getaccountbasicinfo.wxjava").unwrap();
    assert_eq!(account.signature_info.unwrap().signature, "功能介绍");

    for (name, first, quota) in
        [("getcategory", 8, 4), ("getcategory.wxjava", 8, 4), ("getcategory.community", 287, 3)]
    {
        let own = answer::<WxopenGetCategory>(name).unwrap();
        assert_eq!((own.categories[0].first, own.quota), (first, Some(quota)), "{name}");
    }

    let filed = r#"{"errcode":0,"errmsg":"ok","info":{"status":6,"is_canceling":false,
        "audit_data":null,"available":1}}"#;
    assert!(answer_of::<GetIcpEntranceInfo>(filed).unwrap().info.is_filed());
    let rejected = r#"{"errcode":0,"info":{"status":"3","is_canceling":0,
        "audit_data":[{"key_name":"k","error":"e","suggest":"s"}]}}"#;
    let rejected = answer_of::<GetIcpEntranceInfo>(rejected).unwrap().info;
    assert_eq!((rejected.is_filed(), rejected.audit_data[0].suggest.as_str()), (false, "s"));
}

#[test]
fn refusals() {
    let error = answer::<SubmitAudit<'_>>("error_with_rid").unwrap_err();
    let refusal = error.as_wechat().unwrap();
    assert_eq!((refusal.errcode, refusal.path), (85086, "/wxa/submit_audit"));
    assert_eq!(refusal.errmsg, "must commit before submit audit");
    assert_eq!(refusal.rid.as_deref(), Some("60791848-67a57781-493a2068"));

    let error = answer::<SubmitAudit<'_>>("error_with_hint").unwrap_err();
    let refusal = error.as_wechat().unwrap();
    assert_eq!((refusal.errcode, refusal.rid.as_deref()), (85008, None));
    assert_eq!(refusal.errmsg, "category is in invalid format hint: [tOHCHa03401543]");

    assert_eq!(answer::<GetQrcode<'_>>("get_qrcode.error").unwrap_err().errcode(), Some(-1));
    let error = answer::<GetWxaCodeUnlimit<'_>>("error_wxacode_scene").unwrap_err();
    assert_eq!(error.errcode(), Some(40169));
    assert!(answer::<CreateWxaQrcode<'_>>("generic_ok").is_err(), "a word is no picture");
}
