use secrecy::ExposeSecret;
use wechat::endpoint::{
    AccountFastRegister, FastRegisterBetaWeapp, FastRegisterEnterpriseWeapp,
    FastRegisterPersonalWeapp, FastRegisterPersonalWeappQuery, FastRegisterWeapp,
};

use super::super::{answer, answer_of};

#[test]
fn tasks() {
    answer::<FastRegisterWeapp<'_>>("fastregisterweapp.create").unwrap();
    let created = answer::<FastRegisterPersonalWeapp<'_>>("fastregisterpersonalweapp.create");
    let asked = answer::<FastRegisterPersonalWeappQuery<'_>>("fastregisterpersonalweapp.query");
    for task in [created.unwrap(), asked.unwrap()] {
        assert_eq!(task.taskid.as_deref(), Some("xxxxx"));
        assert_eq!(task.authorize_url.as_deref(), Some("https://mp.weixin.qq.com/xxxx"));
        assert_eq!(task.status, Some(0));
        assert!(task.other.is_empty());
    }
    let bare = r#"{"errcode":0,"errmsg":"ok","taskid":"t","status":"12"}"#;
    let bare = answer_of::<FastRegisterEnterpriseWeapp<'_>>(bare).unwrap();
    assert_eq!((bare.status, bare.authorize_url), (Some(12), None));
}

#[test]
fn a_trial_mini_program() {
    let trial = answer::<FastRegisterBetaWeapp<'_>>("fastregisterbetaweapp").unwrap();
    assert!(trial.unique_id.starts_with("BV8ToNpYUMSeoRgsDi7-"));
    assert!(trial.authorize_url.ends_with("#wechat_redirect"));
}

#[test]
fn by_an_official_account_with_booleans_or_their_words() {
    let made = answer::<AccountFastRegister<'_>>("account_fastregister").unwrap();
    assert_eq!(made.appid, "wxe5f52902cf4de896");
    assert_eq!(made.authorization_code.expose_secret(), "****");
    assert_eq!((made.is_wx_verify_succ, made.is_link_succ), (Some(true), Some(true)));
    assert!(!format!("{made:?}").contains("****"));
    let plain = r#"{"appid":"wx1","authorization_code":"c","is_wx_verify_succ":false}"#;
    let plain = answer_of::<AccountFastRegister<'_>>(plain).unwrap();
    assert_eq!((plain.is_wx_verify_succ, plain.is_link_succ), (Some(false), None));
}
