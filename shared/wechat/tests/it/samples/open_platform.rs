//! Open-platform accounts, users who log in, and the page of the order centre.

use secrecy::ExposeSecret;
use serde_json::json;
use wechat::{
    Endpoint,
    endpoint::{
        ApplySetOrderPathInfo, Body, ComponentJsCode2Session, GetOrderPathInfo, OpenBind,
        OpenCreate, OpenGet, OpenHave, OpenUnbind, OrderPathApplication, OrderPathStatus,
    },
};

use super::{answer, answer_of, published, sent, whole};

#[test]
fn bindings() {
    let appid = Some("auth_appid_value");
    let open_appid = "open_appid_value";
    assert_eq!(sent(&OpenCreate { appid }), published("open_create"));
    assert_eq!(sent(&OpenBind { appid, open_appid }), published("open_bind"));
    assert_eq!(sent(&OpenUnbind { appid, open_appid }), published("open_unbind"));
    assert_eq!(sent(&OpenGet { appid }), published("open_get"));
    assert_eq!(OpenGet::default().body(), Body::Json("{}".into()));

    assert_eq!(whole::<OpenCreate<'_>>("open_create").open_appid.as_str(), "appid_value");
    assert_eq!(whole::<OpenGet<'_>>("open_get").open_appid.as_str(), "appid_value");
    assert!(whole::<OpenHave>("open_have").have_open);
    assert!(!answer_of::<OpenHave>(r#"{"have_open":0,"errcode":0}"#).unwrap().have_open);
}

#[test]
fn a_session_key_is_read_and_not_shown() {
    let login = ComponentJsCode2Session { appid: "a", js_code: "CODE", component_appid: "c" };
    let query = login.query();
    assert!(query.contains(&("grant_type", "authorization_code".to_owned())));
    assert!(query.contains(&("js_code", "CODE".to_owned())));
    assert_eq!(
        (ComponentJsCode2Session::TOKEN_PARAMETER, login.body()),
        ("component_access_token", Body::None)
    );
    assert!(!format!("{login:?}").contains("CODE"));

    let session = answer::<ComponentJsCode2Session<'_>>("component_jscode2session").unwrap();
    assert_eq!(session.openid, "OPENID");
    assert_eq!(session.session_key.expose_secret(), "SESSIONKEY");
    assert_eq!(session.unionid.as_deref(), Some("oHAUs6LSuwgHq-mlnFrffKXw3QYM"));
    assert!(!format!("{session:?}").contains("SESSIONKEY"));
    let unbound = r#"{"openid":"o","session_key":"k"}"#;
    assert!(answer_of::<ComponentJsCode2Session<'_>>(unbound).unwrap().unionid.is_none());
}

#[test]
fn the_page_of_the_order_centre() {
    let appids = ["appid1".to_owned(), "appid2".to_owned()];
    let pictures = ["img_url1".to_owned(), "img_url2".to_owned()];
    let apply = ApplySetOrderPathInfo {
        batch_req: OrderPathApplication {
            appid_list: &appids,
            path: "pages/test_path",
            img_list: &pictures,
            video: Some("vedio_url"),
            test_account: Some("test_user"),
            test_password: Some("test_pwd"),
            test_remark: Some("测试备注"),
        },
    };
    assert_eq!(sent(&apply), published("applysetorderpathinfo"));
    assert!(!format!("{apply:?}").contains("test_pwd"));
    assert_eq!(sent(&GetOrderPathInfo { info_type: 1 }), json!({ "info_type": 1 }));

    let read = answer::<GetOrderPathInfo>("getorderpathinfo").unwrap();
    assert!(!format!("{read:?}").contains("test_pwd"));
    let page = read.msg;
    assert_eq!(
        (page.path.as_str(), page.status),
        ("pages/test_path", Some(OrderPathStatus::Failed))
    );
    assert_eq!(page.img_list, pictures);
    assert_eq!(page.video.as_deref(), Some("vedio_url"));
    assert_eq!(page.test_account.as_deref(), Some("test_user"));
    assert_eq!(page.test_password.unwrap().expose_secret(), "test_pwd");
    assert_eq!(page.test_remark.as_deref(), Some("测试备注"));
    assert_eq!(page.apply_time, Some(1669012695));
    assert!(page.other.is_empty() && read.other.is_empty());
}
