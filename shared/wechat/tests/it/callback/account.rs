use secrecy::ExposeSecret;
use wechat::message::{AccountContent, AccountEvent, text_reply};

use super::{account, account_event, sample, unwrap};

#[test]
fn weapp_audit() {
    let event = account_event(sample!("weapp_audit_success.xml"));
    assert_eq!(unwrap!(event, AccountEvent::WeappAuditSuccess).succ_time, Some(1488856741));

    let event = account_event(sample!("weapp_audit_fail.xml"));
    let fail = unwrap!(event, AccountEvent::WeappAuditFail);
    assert_eq!(fail.fail_time, Some(1488856591));
    assert!(fail.reason.starts_with("1:账号信息不符合规范:<br>(1):包含色情因素<br>"));
    assert_eq!(fail.screenshot, ["xxx", "yyy", "zzz"]);

    let message = account(sample!("weapp_audit_delay.xml"));
    assert_eq!(message.to_user_name.as_deref(), Some("gh_fb9688c2a4b2"));
    assert_eq!(message.from_user_name.as_deref(), Some("od1P50M-fNQI5Gcq-trm4a7apsU8"));
    assert_eq!(message.create_time, Some(1488856591));
    assert_eq!(message.msg_id, None);
    let event = account_event(sample!("weapp_audit_delay.xml"));
    let delay = unwrap!(event, AccountEvent::WeappAuditDelay);
    assert_eq!(delay.delay_time, Some(1488856591));
    assert!(delay.reason.starts_with("为了更好的服务小程序"));
}

#[test]
fn wxa_nickname_audit() {
    let event = account_event(sample!("wxa_nickname_audit.xml"));
    let audit = unwrap!(event, AccountEvent::WxaNicknameAudit);
    assert_eq!((audit.ret, audit.nickname.as_str()), (Some(2), "昵称"));
    assert_eq!(audit.reason.as_deref(), Some("驳回原因"));
}

#[test]
fn wxa_category_audit() {
    let event = account_event(sample!("wxa_category_audit.xml"));
    let audit = unwrap!(event, AccountEvent::WxaCategoryAudit);
    assert_eq!((audit.ret, audit.first, audit.second), (Some(2), Some(1), Some(2)));
    assert_eq!(audit.reason.as_deref(), Some("驳回原因"));
}

#[test]
fn wxa_privacy_apply() {
    let event = account_event(sample!("wxa_privacy_apply.xml"));
    let result = unwrap!(event, AccountEvent::WxaPrivacyApply).result_info;
    assert_eq!(result.api_name, "wx.choosePoi");
    assert_eq!(result.audit_id, Some(421609337));
    assert_eq!((result.apply_time, result.audit_time), (Some(1644805538), Some(1644828435)));
    assert_eq!(
        (result.status, result.reason.as_deref()),
        (Some(2), Some("小程序内未含有相应使用场景"))
    );
}

#[test]
fn wxa_appeal_record() {
    let event = account_event(sample!("wxa_appeal_record.xml"));
    let record = unwrap!(event, AccountEvent::WxaAppealRecord);
    assert_eq!(record.appeal_record_id, "4111001");
    assert_eq!(record.appid.as_deref(), Some("wxaaaaaaaaaaaaaaaa"));
    assert_eq!((record.appeal_time, record.appeal_count), (Some(1600055800), Some(1)));
    assert_eq!((record.appeal_from, record.appeal_status), (Some(0), Some(1)));
    assert_eq!(record.punish_description.as_deref(), Some("内容涉嫌欺诈"));
    assert_eq!(record.material.len(), 2);
    let first = &record.material[0];
    assert_eq!(first.illegal_material.as_ref().unwrap().content, "违规内容1");
    let appeal = first.appeal_material.as_ref().unwrap();
    assert_eq!((appeal.reason.as_str(), appeal.proof_material_id.len()), ("内容是正常的", 2));
    assert_eq!(appeal.proof_material_id, ["xxxx", "yyyy"]);
    let second = &record.material[1];
    assert_eq!(second.appeal_material.as_ref().unwrap().proof_material_id, ["zzzz"]);
    let url = &second.illegal_material.as_ref().unwrap().content_url;
    assert_eq!(url.as_deref(), Some("https://yyyyy"));
}

#[test]
fn wxa_illegal_record_has_a_time_of_its_own() {
    let message = br"<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>
        <CreateTime>1600051900</CreateTime><MsgType>event</MsgType><Event>wxa_illegal_record</Event>
        <illegal_record_id>2_11100</illegal_record_id><appid>wxaaaaaaaaaaaaaaaa</appid>
        <create_time>1600051800</create_time><illegal_reason>r</illegal_reason>
        <illegal_content>c</illegal_content><rule_url>https://e/?a=1&amp;b=2</rule_url>
        <rule_name>n</rule_name></xml>";
    assert_eq!(account(message).create_time, Some(1600051900));
    let record = unwrap!(account_event(message), AccountEvent::WxaIllegalRecord);
    assert_eq!(record.create_time, Some(1600051800));
    assert_eq!(record.illegal_record_id, "2_11100");
    assert_eq!(record.rule_url.as_deref(), Some("https://e/?a=1&b=2"));
}

#[test]
fn betaapp_verify() {
    let event = account_event(sample!("betaapp_verify_event.xml"));
    let step = unwrap!(event, AccountEvent::BetaappVerify);
    assert_eq!(step.appid.as_deref(), Some("小程序appid"));
    assert_eq!(step.mp_appid.as_deref(), Some("公众号appid"));
    assert_eq!((step.status, step.msg.as_deref()), (Some(0), Some("ok")));
    assert_eq!(step.operation_time, None, "操作的时间 is no number");

    let event = account_event(sample!("betaapp_verify_apply_event.xml"));
    let step = unwrap!(event, AccountEvent::BetaappVerifyApply);
    assert_eq!(step.mp_appid.as_deref(), Some("公众号appid"));
    assert_eq!((step.status, step.msg), (Some(0), None));
}

#[test]
fn betaapp_authorization_apply_carries_a_ticket_that_does_not_print() {
    let message = br"<xml><MsgType>event</MsgType><Event>betaapp_authorization_apply_event</Event>
        <ApplyAuthorizationInfoNoitfy><appid>wx1</appid><operation_time>5</operation_time>
        <ticket>secret-ticket</ticket></ApplyAuthorizationInfoNoitfy></xml>";
    let step = unwrap!(account_event(message), AccountEvent::BetaappAuthorizationApply);
    assert!(!format!("{step:?}").contains("secret-ticket"));
    assert_eq!(step.operation_time, Some(5));
    assert_eq!(step.ticket.unwrap().expose_secret(), "secret-ticket");
}

#[test]
fn user_info_modified() {
    let event = account_event(sample!("user_info_modified.xml"));
    let user = unwrap!(event, AccountEvent::UserInfoModified);
    assert_eq!(user.openid, "owAqB1nqaOYYWl0Ng484G2z5NIwU");
    assert_eq!(user.appid.as_deref(), Some("wx13974bf780d3dc89"));
}

#[test]
fn debug_demo() {
    let message = account(sample!("debug_demo.xml"));
    assert_eq!(message.to_user_name.as_deref(), Some("gh_97417a04a28d"));
    assert_eq!(message.create_time, Some(1715943329));
    let AccountContent::Event(AccountEvent::DebugDemo { debug_str }) = message.content else {
        panic!("{message:?}")
    };
    assert_eq!(debug_str, "hello world");
}

#[test]
fn a_text_in_xml_and_in_json() {
    let xml = account(sample!("message_text.xml"));
    let json = account(sample!("message_text.json"));
    assert_eq!((xml.create_time, json.create_time), (Some(1348831860), Some(1482048670)));
    for message in [xml, json] {
        assert_eq!(message.to_user_name.as_deref(), Some("toUser"));
        assert_eq!(message.from_user_name.as_deref(), Some("fromUser"));
        assert_eq!(message.msg_id.as_deref(), Some("1234567890123456"));
        assert!(!format!("{message:?}").contains("this is"), "no word of a user is printed");
        let text = unwrap!(message.content, AccountContent::Text);
        assert_eq!(text.content, "this is a test");
        assert!(text.other.0.contains_key("BusinessId"));
    }
}

#[test]
fn a_text_reply_is_read_back_whatever_its_text() {
    let reply = text_reply("o1", "gh_1", 5, "a ]]> b & <c> 好");
    let message = account(reply.as_bytes());
    assert_eq!(message.to_user_name.as_deref(), Some("o1"));
    assert_eq!(message.create_time, Some(5));
    assert_eq!(unwrap!(message.content, AccountContent::Text).content, "a ]]> b & <c> 好");
}
