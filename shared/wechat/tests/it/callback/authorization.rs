use secrecy::ExposeSecret;
use wechat::message::{Info, Summary, parse_authorization};

use super::{authorization, sample, unwrap};

#[test]
fn component_verify_ticket() {
    let event = authorization(sample!("component_verify_ticket.xml"));
    assert_eq!(event.app_id.as_deref(), Some("some_appid"));
    assert_eq!(event.create_time, Some(1413192605));
    let ticket = unwrap!(event.info, Info::ComponentVerifyTicket);
    assert_eq!(ticket.expose_secret(), "some_verify_ticket");

    let captured = sample!("component_verify_ticket.captured.xml");
    let event = authorization(captured);
    assert_eq!(event.app_id.as_deref(), Some("wxbb351fd8902f163e"));
    assert_eq!(event.create_time, Some(1665300301));
    let ticket = unwrap!(event.info, Info::ComponentVerifyTicket);
    assert!(ticket.expose_secret().starts_with("ticket@@@Csaed7zh5SrJ0qX9dMBZ8HP2R4s9vHS73"));
    let summary = Summary::scan(captured).unwrap();
    assert_eq!(summary.ticket.unwrap().expose_secret(), ticket.expose_secret());
}

#[test]
fn authorized_and_updateauthorized() {
    let event = authorization(sample!("authorized.xml"));
    let authorized = unwrap!(event.info, Info::Authorized);
    assert_eq!(event.app_id.as_deref(), Some("第三方平台appid"));
    assert_eq!(authorized.authorizer_appid, "公众号appid");
    assert_eq!(authorized.authorization_code.expose_secret(), "授权码");
    assert_eq!(authorized.authorization_code_expired_time, None, "过期时间 is no number");
    assert_eq!(authorized.pre_auth_code.unwrap().expose_secret(), "预授权码");

    let event = authorization(sample!("updateauthorized.xml"));
    let authorized = unwrap!(event.info, Info::UpdateAuthorized);
    assert_eq!(authorized.authorizer_appid, "公众号appid");
    assert_eq!(authorized.authorization_code.expose_secret(), "授权码");
}

#[test]
fn authorized_tells_until_when_its_code_is_good() {
    let message =
        br"<xml><AppId>wx1</AppId><CreateTime>1</CreateTime><InfoType>authorized</InfoType>
        <AuthorizerAppid>wx2</AuthorizerAppid><AuthorizationCode>c</AuthorizationCode>
        <AuthorizationCodeExpiredTime>1413196360</AuthorizationCodeExpiredTime></xml>";
    let authorized = unwrap!(authorization(message).info, Info::Authorized);
    assert_eq!(authorized.authorization_code_expired_time, Some(1413196360));
    assert!(authorized.pre_auth_code.is_none());
}

#[test]
fn unauthorized() {
    let event = authorization(sample!("unauthorized.xml"));
    assert_eq!(event.create_time, Some(1413192760));
    assert_eq!(unwrap!(event.info, Info::Unauthorized).authorizer_appid, "公众号appid");

    let captured = sample!("unauthorized.captured.xml");
    let event = authorization(captured);
    assert_eq!(event.app_id.as_deref(), Some("wx6a5c7b3deae109fb"));
    assert_eq!(event.create_time, Some(1472651234));
    assert_eq!(unwrap!(event.info, Info::Unauthorized).authorizer_appid, "wx0a73c7ae093b4842");
    let summary = Summary::scan(captured).unwrap();
    assert_eq!(summary.authorizer_appid.as_deref(), Some("wx0a73c7ae093b4842"));
}

#[test]
fn notify_third_fasteregister() {
    let message = sample!("notify_third_fasteregister.enterprise.xml");
    let event = authorization(message);
    assert_eq!(event.app_id.as_deref(), Some("第三方平台appid"));
    let registration = unwrap!(event.info, Info::NotifyThirdFastRegister);
    assert_eq!(registration.status, 0);
    assert_eq!(registration.appid.as_deref(), Some("创建小程序appid"));
    assert_eq!(registration.auth_code.unwrap().expose_secret(), "xxxxx第三方授权码");
    assert_eq!(registration.msg.as_deref(), Some("OK"));
    let info = registration.info.unwrap();
    assert_eq!(info.name.as_deref(), Some("企业名称"));
    assert_eq!(info.code.as_deref(), Some("企业代码"));
    assert_eq!(info.code_type, Some(1));
    assert_eq!(info.legal_persona_wechat.as_deref(), Some("法人微信号"));
    assert_eq!(info.legal_persona_name.as_deref(), Some("法人姓名"));
    assert_eq!(info.component_phone.as_deref(), Some("第三方联系电话"));
    let summary = Summary::scan(message).unwrap();
    assert_eq!(summary.appid.as_deref(), Some("创建小程序appid"), "not AppId");

    let event = authorization(sample!("notify_third_fasteregister.personal.xml"));
    let registration = unwrap!(event.info, Info::NotifyThirdFastRegister);
    let info = registration.info.unwrap();
    assert_eq!(info.wxuser.as_deref(), Some("用户微信号"));
    assert_eq!(info.idname.as_deref(), Some("用户姓名"));
    assert_eq!(info.component_phone.as_deref(), Some("第三方联系电话"));
    assert_eq!((info.name, info.code_type), (None, None));

    let event = authorization(sample!("notify_third_fasteregister.captured.xml"));
    assert_eq!(event.create_time, Some(1691338115));
    let registration = unwrap!(event.info, Info::NotifyThirdFastRegister);
    assert_eq!((registration.status, registration.appid.as_deref()), (0, Some("xxx")));
    assert_eq!(registration.info.unwrap().code_type, Some(1));
}

#[test]
fn notify_third_fasteregister_that_failed_in_the_new_flow() {
    let message = br"<xml><AppId>wx1</AppId><CreateTime>1</CreateTime>
        <InfoType>notify_third_fasteregister</InfoType><status>100001</status><msg>no</msg>
        <appid></appid><auth_code/><info><name><![CDATA[]]></name><code>task1</code>
        <code_type>0</code_type><taskid>task1</taskid></info></xml>";
    let registration = unwrap!(authorization(message).info, Info::NotifyThirdFastRegister);
    assert_eq!(registration.status, 100001);
    assert!(registration.appid.is_none() && registration.auth_code.is_none());
    let info = registration.info.unwrap();
    assert_eq!((info.name, info.taskid.as_deref()), (None, Some("task1")));
}

#[test]
fn notify_third_fastregisterbetaapp() {
    let event = authorization(sample!("notify_third_fastregisterbetaapp.xml"));
    let registration = unwrap!(event.info, Info::NotifyThirdFastRegisterBetaApp);
    assert_eq!(registration.status, 0);
    assert_eq!(registration.appid.as_deref(), Some("创建小程序appid"));
    assert_eq!(registration.msg.as_deref(), Some("OK"));
    let info = registration.info.unwrap();
    assert_eq!(info.unique_id.as_deref(), Some("unique_id"));
    assert_eq!(info.name.as_deref(), Some("小程序名称"));
}

#[test]
fn notify_third_fastverifybetaapp() {
    let event = authorization(sample!("notify_third_fastverifybetaapp.xml"));
    let conversion = unwrap!(event.info, Info::NotifyThirdFastVerifyBetaApp);
    assert_eq!(conversion.status, 0);
    assert_eq!(conversion.appid.as_deref(), Some("小程序appid"));
    let info = conversion.info.unwrap();
    assert_eq!(info.name.as_deref(), Some("企业名称"));
    assert_eq!(info.code_type, Some(1));
}

#[test]
fn notify_3rd_wxa_auth() {
    let event = authorization(sample!("notify_3rd_wxa_auth.xml"));
    assert_eq!(event.app_id.as_deref(), Some("wx31f828cesdfa4eabc"));
    let auth = unwrap!(event.info, Info::Notify3rdWxaAuth);
    assert_eq!(auth.appid, "wxaf614423g25ffd9b");
    assert_eq!(auth.taskid.as_deref(), Some("048ae3f93e664053baf8cd1e1a899896"));
    assert_eq!((auth.task_status, auth.apply_status), (Some(0), Some(0)));
    assert_eq!(auth.message.as_deref(), Some("资料检验成功，等待管理员授权"));
    let dispatch = auth.dispatch_info.unwrap();
    assert_eq!(dispatch.provider.as_deref(), Some("上海倍通企业信用征信有限公司(测试)"));
    assert!(dispatch.contact.unwrap().starts_with("热线电话"));
    assert_eq!(dispatch.dispatch_time, Some(1700619300));
}

#[test]
fn notify_3rd_wxa_wxverify() {
    let event = authorization(sample!("notify_3rd_wxa_wxverify.xml"));
    let expiry = unwrap!(event.info, Info::Notify3rdWxaWxverify);
    assert_eq!(expiry.appid, "wxaf614423g25ffd9b");
    assert_eq!(expiry.expired, Some(1704162245));
    let message = expiry.message.unwrap();
    assert!(message.starts_with("账号名称: 我的小程序名\n"), "without the layout around it");
    assert!(message.ends_with("访问及支付功能。"));
}

#[test]
fn order_paths_are_read_in_both_spellings() {
    let lower = br"<xml><AppId>wx1</AppId><CreateTime>1</CreateTime>
        <InfoType>order_path_audit_result_notify</InfoType>
        <list><appid>wx2</appid><audit_id>7</audit_id><status>4</status><apply_time>1</apply_time>
        <audit_time>2</audit_time><reason></reason></list>
        <list><appid>wx3</appid><audit_id>8</audit_id><status>3</status><reason>no</reason></list></xml>";
    let audited = unwrap!(authorization(lower).info, Info::OrderPathAuditResultNotify);
    assert_eq!(audited.list.len(), 2);
    assert_eq!((audited.list[0].appid.as_str(), audited.list[0].status), ("wx2", Some(4)));
    assert_eq!((audited.list[0].reason.as_deref(), audited.list[0].audit_time), (None, Some(2)));
    assert_eq!(audited.list[1].reason.as_deref(), Some("no"));

    let upper =
        br"<xml><List><Appid>wx2</Appid><AuditId>7</AuditId><Status>4</Status></List></xml>";
    let event = parse_authorization(upper).unwrap();
    let audited = unwrap!(event.info, Info::OrderPathAuditResultNotify);
    assert_eq!((audited.list[0].appid.as_str(), audited.list[0].audit_id), ("wx2", Some(7)));

    let upper = br#"{"List":[{"Appid":"wx2","RetCode":-2},{"Appid":"wx3","RetCode":"0"}]}"#;
    let event = parse_authorization(upper).unwrap();
    let applied = unwrap!(event.info, Info::OrderPathApplyResultNotify);
    assert_eq!((applied.list[0].ret_code, applied.list[1].ret_code), (Some(-2), Some(0)));

    let lower = br"<xml><AppId>wx1</AppId><InfoType>order_path_apply_result_notify</InfoType>
        <list><appid>wx2</appid><ret_code>1</ret_code></list></xml>";
    let applied = unwrap!(authorization(lower).info, Info::OrderPathApplyResultNotify);
    assert_eq!((applied.list[0].appid.as_str(), applied.list[0].ret_code), ("wx2", Some(1)));
}

#[test]
fn upper_and_lower_case_are_different_names() {
    let message = br"<xml><AppId>wxcomponent</AppId><appid>wxminiprogram</appid>
        <InfoType>notify_third_fastregisterbetaapp</InfoType><status>0</status></xml>";
    let event = authorization(message);
    assert_eq!(event.app_id.as_deref(), Some("wxcomponent"));
    let registration = unwrap!(event.info, Info::NotifyThirdFastRegisterBetaApp);
    assert_eq!(registration.appid.as_deref(), Some("wxminiprogram"));
}
