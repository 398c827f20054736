//! WeChat's check before a platform goes live.

use secrecy::ExposeSecret;
use wechat::message::{
    go_live::{Step, TEST_ACCOUNTS, TestAccountKind, step, test_account},
    parse_account,
};

#[test]
fn the_ten_test_accounts_are_found_by_either_name() {
    assert_eq!(TEST_ACCOUNTS.len(), 10);
    for account in &TEST_ACCOUNTS {
        assert_eq!(test_account(account.appid), Some(account));
        assert_eq!(test_account(account.user_name), Some(account));
    }
    let official = TEST_ACCOUNTS.iter().filter(|a| a.kind == TestAccountKind::OfficialAccount);
    assert_eq!(official.count(), 5);
    assert_eq!(test_account("wx0000000000000000"), None);
}

#[test]
fn a_code_is_exchanged_and_not_answered() {
    let message = include_bytes!("../data/callback/release_test_query_auth_code.xml");
    let message = parse_account(message).unwrap();
    assert_eq!(message.msg_id.as_deref(), Some("6816489157906572969"));
    let account = test_account(message.to_user_name.as_deref().unwrap()).unwrap();
    assert_eq!(account.appid, "wx570bc396a51b8ff8");

    for kind in [account.kind, TestAccountKind::MiniProgram] {
        let Some(Step::ExchangeAndSend { authorization_code }) = step(kind, &message) else {
            panic!("{message:?}")
        };
        let code = authorization_code.expose_secret();
        assert!(code.starts_with("queryauthcode@@@S46RZzudLRYEjxbNd5rzok"), "{code}");
        assert!(code.ends_with("osaogCOB-ZV62vg"), "{code}");
    }
}

#[test]
fn a_text_is_answered_for_an_official_account_only() {
    let message =
        b"<xml><MsgType>text</MsgType><Content>TESTCOMPONENT_MSG_TYPE_TEXT</Content></xml>";
    let message = parse_account(message).unwrap();
    let Some(Step::Reply { content }) = step(TestAccountKind::OfficialAccount, &message) else {
        panic!("{message:?}")
    };
    assert_eq!(content, "TESTCOMPONENT_MSG_TYPE_TEXT_callback");
    assert!(step(TestAccountKind::MiniProgram, &message).is_none());
}

#[test]
fn an_event_is_answered_with_its_name() {
    let message = b"<xml><MsgType>event</MsgType><Event>LOCATION</Event></xml>";
    let message = parse_account(message).unwrap();
    let Some(Step::Reply { content }) = step(TestAccountKind::OfficialAccount, &message) else {
        panic!("{message:?}")
    };
    assert_eq!(content, "LOCATIONfrom_callback");
}
