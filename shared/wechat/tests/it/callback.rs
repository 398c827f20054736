//! Every published message, field by field. Their placeholders are as they were published.

mod account;
mod authorization;

use serde_json::json;
use wechat::{
    crypto::{Envelope, MAX_BODY},
    message::{
        AccountContent, AccountEvent, AccountMessage, AuthorizationEvent, Info, Summary,
        Unreadable, parse_account, parse_authorization,
    },
};

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/callback/", $name))
    };
}

#[track_caller]
fn authorization(message: &[u8]) -> AuthorizationEvent {
    let event = parse_authorization(message).unwrap();
    let summary = Summary::scan(message).unwrap();
    assert_eq!(summary.info_type.as_deref(), Some(event.info.name()));
    assert_eq!(summary.create_time, event.create_time);
    assert_eq!(summary.app_id.as_deref(), event.app_id.as_deref());
    assert_eq!((summary.msg_type, summary.event), (None, None));
    event
}

#[track_caller]
fn account(message: &[u8]) -> AccountMessage {
    let parsed = parse_account(message).unwrap();
    let summary = Summary::scan(message).unwrap();
    assert_eq!(summary.info_type, None);
    assert_eq!(summary.create_time, parsed.create_time);
    assert_eq!(summary.from_user_name.as_deref(), parsed.from_user_name.as_deref());
    assert_eq!(summary.to_user_name.as_deref(), parsed.to_user_name.as_deref());
    assert_eq!(summary.msg_id.as_deref(), parsed.msg_id.as_deref());
    if let AccountContent::Event(event) = &parsed.content {
        assert_eq!(summary.msg_type.as_deref(), Some("event"));
        assert_eq!(summary.event.as_deref(), Some(event.name()));
    }
    parsed
}

#[track_caller]
fn account_event(message: &[u8]) -> AccountEvent {
    match account(message).content {
        AccountContent::Event(event) => event,
        other => panic!("{other:?} is no event"),
    }
}

macro_rules! unwrap {
    ($value:expr, $variant:path) => {
        match $value {
            $variant(inner) => inner,
            other => panic!("{other:?}"),
        }
    };
}

use {sample, unwrap};

#[test]
fn the_envelopes_hold_the_same_ciphertext() {
    let authorization = Envelope::parse(sample!("outer_authorization_event.xml")).unwrap();
    let message = Envelope::parse(sample!("outer_message_event.xml")).unwrap();
    assert!(authorization.encrypt.starts_with("D7yzvUNAL930rd28wf21s4hvXhz0L6Uit/"));
    assert!(authorization.encrypt.ends_with("IaR9P4xQrWXbsTFHTYe0Mg=="));
    assert_eq!(authorization, message);
}

#[test]
fn verification_and_filing_events_are_read_on_either_address() {
    let xml = br"<xml><AppId>wx1</AppId><CreateTime>1</CreateTime>
        <InfoType>notify_icpfiling_verify_result</InfoType><task_id>t</task_id>
        <verify_appid>wx2</verify_appid><result>3</result></xml>";
    let result = unwrap!(authorization(xml).info, Info::NotifyIcpFilingVerifyResult);
    assert_eq!((result.task_id.as_str(), result.result), ("t", Some(3)));
    assert_eq!(result.verify_appid.as_deref(), Some("wx2"));

    let json = br#"{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":"1","MsgType":"event",
        "Event":"notify_apply_icpfiling_result","authorizer_appid":"wx2","beian_status":6}"#;
    let result = unwrap!(account_event(json), AccountEvent::NotifyApplyIcpFilingResult);
    assert_eq!(result.authorizer_appid.as_deref(), Some("wx2"));
    assert_eq!(result.beian_status, Some(6));

    let event = parse_authorization(json).unwrap();
    assert_eq!(unwrap!(event.info, Info::NotifyApplyIcpFilingResult).beian_status, Some(6));
    let AccountContent::Event(event) = parse_account(xml).unwrap().content else { panic!() };
    assert_eq!(unwrap!(event, AccountEvent::NotifyIcpFilingVerifyResult).result, Some(3));

    let xml = br"<xml><AppId>wx1</AppId><CreateTime>1</CreateTime>
        <InfoType>notify_3rd_wxa_auth_and_icp</InfoType><procedure_id>p</procedure_id>
        <procedure_status>24</procedure_status></xml>";
    let step = unwrap!(authorization(xml).info, Info::Notify3rdWxaAuthAndIcp);
    assert_eq!((step.procedure_id.as_str(), step.procedure_status), ("p", Some(24)));
}

#[test]
fn what_is_unknown_keeps_its_name_and_fields_and_prints_no_value() {
    let message = br"<xml><AppId>wx1</AppId><CreateTime>9</CreateTime><InfoType>brand_new</InfoType>
        <auth_code>secret-code</auth_code><deep><a>1</a><a>2</a><b><![CDATA[ x ]]></b><c/></deep></xml>";
    let event = authorization(message);
    assert!(!format!("{event:?}").contains("secret-code"));
    let Info::Unknown { name, fields } = event.info else { panic!() };
    assert_eq!(name, "brand_new");
    let expected = json!({
        "auth_code": "secret-code", "deep": { "a": ["1", "2"], "b": " x ", "c": null }
    });
    assert_eq!(serde_json::to_value(fields).unwrap(), expected);

    let message = br#"{"MsgType":"event","Event":"brand_new","x":{"y":[1,2]}}"#;
    let AccountEvent::Unknown { name, fields } = account_event(message) else { panic!() };
    assert_eq!((name.as_str(), &fields.0["x"]), ("brand_new", &json!({ "y": [1, 2] })));

    let message = b"<xml><MsgType>image</MsgType><MsgId>1</MsgId><PicUrl>u</PicUrl></xml>";
    let AccountContent::Other { msg_type, fields } = account(message).content else { panic!() };
    assert_eq!((msg_type.as_str(), &fields.0["PicUrl"]), ("image", &json!("u")));
}

#[test]
fn what_cannot_be_read_says_where_and_never_what() {
    let unreadable = |message: &[u8]| parse_authorization(message).unwrap_err();
    assert_eq!(unreadable(b"success"), Unreadable::Syntax);
    assert_eq!(unreadable(b""), Unreadable::Syntax);
    assert_eq!(unreadable(b"{\"InfoType\":"), Unreadable::Syntax);
    assert_eq!(unreadable(b"<!DOCTYPE a><xml><InfoType>a</InfoType></xml>"), Unreadable::Syntax);
    assert_eq!(unreadable(b"<xml><InfoType>\xFF</InfoType></xml>"), Unreadable::NotUtf8);
    assert_eq!(unreadable(&vec![b' '; MAX_BODY + 1]), Unreadable::TooLarge);
    assert_eq!(unreadable(b"<xml></xml>"), Unreadable::NoType);
    assert_eq!(unreadable(b"{}"), Unreadable::NoType);
    assert_eq!(
        unreadable(b"<xml><InfoType>component_verify_ticket</InfoType></xml>"),
        Unreadable::Field { path: "ComponentVerifyTicket".to_owned() }
    );
    let error = unreadable(
        b"<xml><InfoType>notify_third_fasteregister</InfoType><status>secret</status></xml>",
    );
    assert_eq!(error, Unreadable::Field { path: "status".to_owned() });
    assert!(!error.to_string().contains("secret"));
    assert_eq!(parse_account(b"<xml/>").unwrap_err(), Unreadable::NoType);
    assert_eq!(Summary::scan(b"<xml>").unwrap_err(), Unreadable::Syntax);
}
