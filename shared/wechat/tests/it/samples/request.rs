mod filing;
mod profile;
mod registration;

use serde_json::{Value, json};
use wechat::endpoint::{
    AddToTemplate, ApiAuthorizerToken, ApiComponentToken, ApiCreatePreauthCode,
    ApiGetAuthorizerInfo, ApiGetAuthorizerList, ApiQueryAuth, ApiStartPushTicket, AuditItem,
    BindTester, Body, Commit, CreateWxaQrcode, DeleteTemplate, DomainAction, EnvVersion,
    GetAuditStatus, GetDomainConfirmFile, GetEffectiveDomain, GetEffectiveWebviewDomain,
    GetPrivacySetting, GetVersionInfo, GetVisitStatus, GetWebviewDomainConfirmFile, GetWxaCode,
    GetWxaCodeUnlimit, LineColor, MemberAuth, ModifyDomain, ModifyDomainDirectly,
    ModifyWxaJumpDomain, ModifyWxaServerDomain, PictureOptions, PreviewInfo, Release,
    ServerDomains, SetWebviewDomain, SpeedUpAudit, SubmitAudit, UgcDeclare, UnbindTester,
};

use super::{published, sent};

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Samples write template ids as strings where the table says number; numbers are sent.
#[track_caller]
fn with_number(mut sample: Value, name: &str) -> Value {
    let number: i64 = sample[name].as_str().unwrap().parse().unwrap();
    sample[name] = json!(number);
    sample
}

#[test]
fn tokens_and_grants() {
    let token = ApiComponentToken {
        component_appid: "appid_value",
        component_appsecret: "appsecret_value",
        component_verify_ticket: "ticket_value",
    };
    assert_eq!(sent(&token), published("api_component_token"));
    let start = ApiStartPushTicket {
        component_appid: "wxd0bfc95064b5bfc1",
        component_secret: "28c223a63f7de0d5xxxxxxxxxxx",
    };
    assert_eq!(sent(&start), published("api_start_push_ticket"));
    let code = ApiCreatePreauthCode { component_appid: "appid_value" };
    assert_eq!(sent(&code), published("api_create_preauthcode"));
    let query =
        ApiQueryAuth { component_appid: "appid_value", authorization_code: "auth_code_value" };
    assert_eq!(sent(&query), published("api_query_auth"));
    let token = ApiAuthorizerToken {
        component_appid: "appid_value",
        authorizer_appid: "auth_appid_value",
        authorizer_refresh_token: "refresh_token_value",
    };
    assert_eq!(sent(&token), published("api_authorizer_token"));
    let info = ApiGetAuthorizerInfo {
        component_appid: "appid_value",
        authorizer_appid: "auth_appid_value",
    };
    assert_eq!(sent(&info), published("api_get_authorizer_info"));
    let list = ApiGetAuthorizerList { component_appid: "appid_value", offset: 0, count: 100 };
    assert_eq!(sent(&list), published("api_get_authorizer_list"));
    let printed = format!("{:?} {:?} {:?}", query, token, start);
    for secret in ["auth_code_value", "refresh_token_value", "28c223"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn domains() {
    let domains = ServerDomains {
        requestdomain: strings(&["https://www.qq.com"; 2]),
        wsrequestdomain: strings(&["wss://www.qq.com"; 2]),
        uploaddomain: strings(&["https://www.qq.com"; 2]),
        downloaddomain: strings(&["https://www.qq.com"; 2]),
        ..Default::default()
    };
    let add = ModifyDomain { action: DomainAction::Add, domains: &domains };
    assert_eq!(sent(&add), published("modify_domain"));
    let get = ModifyDomain { action: DomainAction::Get, domains: &domains };
    assert_eq!(sent(&get), json!({ "action": "get" }));
    let none = ServerDomains::default();
    let clear = ModifyDomainDirectly { action: DomainAction::Set, domains: &none };
    let expected = json!({
        "action": "set", "requestdomain": [], "wsrequestdomain": [], "uploaddomain": [],
        "downloaddomain": [], "udpdomain": [], "tcpdomain": [],
    });
    assert_eq!(sent(&clear), expected);

    let list = strings(&["https://www.qq.com", "https://m.qq.com"]);
    let add =
        SetWebviewDomain { action: Some(DomainAction::Add), webviewdomain: Some(list.as_slice()) };
    assert_eq!(sent(&add), published("setwebviewdomain"));
    assert_eq!(sent(&SetWebviewDomain::default()), json!({}));

    let server = ModifyWxaServerDomain {
        action: DomainAction::Add,
        wxa_server_domain: Some("www.qq.com;wx.qq.com"),
        is_modify_published_together: true,
    };
    assert_eq!(sent(&server), published("modify_wxa_server_domain"));
    let jump = ModifyWxaJumpDomain {
        action: DomainAction::Delete,
        wxa_jump_h5_domain: Some("www.qq.com;wx.qq.com"),
        is_modify_published_together: false,
    };
    assert_eq!(sent(&jump), published("modify_wxa_jump_domain"));
}

#[test]
fn templates_and_commits() {
    let add = AddToTemplate { draft_id: 0, template_type: None };
    assert_eq!(sent(&add), published("addtotemplate"));
    let delete = DeleteTemplate { template_id: 0 };
    assert_eq!(sent(&delete), with_number(published("deletetemplate"), "template_id"));

    for name in ["commit", "commit.required_private_infos"] {
        let sample = with_number(published(name), "template_id");
        let commit = Commit {
            template_id: sample["template_id"].as_i64().unwrap(),
            ext_json: sample["ext_json"].as_str().unwrap(),
            user_version: "V1.0",
            user_desc: "test",
        };
        assert_eq!(sent(&commit), sample, "{name}");
    }
}

#[test]
fn reviews() {
    let videos = strings(&["xxxx"]);
    let pictures = strings(&["xxxx", "yyyy", "zzzz"]);
    let submit = SubmitAudit {
        item_list: vec![
            AuditItem {
                address: Some("index"),
                tag: Some("学习 生活"),
                first_class: "文娱",
                second_class: "资讯",
                first_id: 1,
                second_id: 2,
                title: Some("首页"),
                ..Default::default()
            },
            AuditItem {
                address: Some("page/logs/logs"),
                tag: Some("学习 工作"),
                first_class: "教育",
                second_class: "学历教育",
                third_class: Some("高等"),
                first_id: 3,
                second_id: 4,
                third_id: Some(5),
                title: Some("日志"),
            },
        ],
        feedback_info: Some("blablabla"),
        feedback_stuff: Some("xx|yy|zz"),
        preview_info: Some(PreviewInfo { video_id_list: &videos, pic_id_list: &pictures }),
        version_desc: Some("blablabla"),
        ugc_declare: Some(UgcDeclare {
            scene: &[1, 2],
            method: &[1],
            other_scene_desc: None,
            has_audit_team: Some(1),
            audit_desc: Some("blablabla"),
        }),
        privacy_api_not_use: Some(true),
        order_path: None,
    };
    assert_eq!(sent(&submit), published("submit_audit"));
    assert_eq!(sent(&SubmitAudit::default()), json!({}));
    let preview = SubmitAudit { preview_info: Some(PreviewInfo::default()), ..Default::default() };
    let expected = json!({ "preview_info": { "video_id_list": [], "pic_id_list": [] } });
    assert_eq!(sent(&preview), expected);

    assert_eq!(sent(&GetAuditStatus { auditid: 1234567 }), published("get_auditstatus"));
    assert_eq!(sent(&SpeedUpAudit { auditid: 12345 }), published("speedupaudit"));
    let privacy = GetPrivacySetting { privacy_ver: Some(2) };
    assert_eq!(sent(&privacy), published("getprivacysetting"));
}

#[test]
fn testers() {
    assert_eq!(sent(&BindTester { wechatid: "testid" }), published("bind_tester"));
    assert_eq!(sent(&UnbindTester::UserStr("testtest")), published("unbind_tester"));
    assert_eq!(sent(&UnbindTester::WechatId("testid")), json!({ "wechatid": "testid" }));
    assert_eq!(sent(&MemberAuth {}), published("memberauth"));
}

#[test]
fn mini_program_codes() {
    let picture = PictureOptions {
        width: Some(430),
        auto_color: Some(false),
        line_color: Some(LineColor::default()),
        is_hyaline: Some(false),
        env_version: None,
    };
    let code = GetWxaCode { path: "page/index/index", picture: picture.clone() };
    assert_eq!(sent(&code), published("getwxacode"));
    let unlimited = GetWxaCodeUnlimit {
        scene: "a=1",
        page: Some("page/index/index"),
        check_path: None,
        picture,
    };
    assert_eq!(sent(&unlimited), published("getwxacodeunlimit"));
    let qrcode = CreateWxaQrcode { path: "page/index/index", width: Some(430) };
    assert_eq!(sent(&qrcode), published("createwxaqrcode"));
    let trial = PictureOptions { env_version: Some(EnvVersion::Trial), ..Default::default() };
    let trial = GetWxaCode { path: "p", picture: trial };
    assert_eq!(sent(&trial), json!({ "path": "p", "env_version": "trial" }));
}

#[test]
fn a_post_without_fields_sends_an_empty_object() {
    let empty = Body::Json("{}".into());
    use wechat::Endpoint;
    assert_eq!(Release {}.body(), empty);
    assert_eq!(GetVersionInfo {}.body(), empty);
    assert_eq!(GetVisitStatus {}.body(), empty);
    assert_eq!(GetEffectiveDomain {}.body(), empty);
    assert_eq!(GetEffectiveWebviewDomain {}.body(), empty);
    assert_eq!(GetWebviewDomainConfirmFile {}.body(), empty);
    assert_eq!(GetDomainConfirmFile {}.body(), empty);
}
