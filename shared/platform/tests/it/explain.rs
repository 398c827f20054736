//! The dictionary of WeChat's codes: that it is whole, reads well, and agrees with what is done
//! about a code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use platform::{
    explain::{Class, Explanation, dictionary, explain, meanings},
    text::Text,
};
use wechat::ApiError;

/// The refusals that WeChat's reference names, by call.
const REFERENCE: &[(&str, &[i64])] = &[
    ("/cgi-bin/component/api_start_push_ticket", &[40013, 41004]),
    (
        "/cgi-bin/component/api_component_token",
        &[-1, 40001, 40013, 40125, 41004, 45009, 47001, 48001, 61004, 61005, 61006, 61011],
    ),
    ("/cgi-bin/component/api_create_preauthcode", &[41001, 42001, 45009, 61004]),
    ("/cgi-bin/component/api_query_auth", &[-1, 40001, 40013, 61009, 61010]),
    ("/cgi-bin/component/api_authorizer_token", &[40013, 42007, 61003, 61014, 61023]),
    ("/cgi-bin/component/api_get_authorizer_list", &[40170]),
    ("/cgi-bin/component/get_authorizer_option", &[61012]),
    ("/cgi-bin/component/set_authorizer_option", &[61012, 61013, 61025]),
    ("/cgi-bin/openapi/quota/get", &[76003, 76022]),
    ("/cgi-bin/openapi/rid/get", &[76001, 76002, 76003]),
    ("/cgi-bin/component/clear_quota/v2", &[40013, 41002, 41004, 43007, 48006]),
    (
        "/cgi-bin/component/fastregisterweapp",
        &[-1, 61070, 86004, 89247, 89248, 89249, 89250, 89251, 89252, 89253, 89254, 89255, 91030],
    ),
    (
        "/wxa/component/fastregisterenterpriseweapp",
        &[86021, 86022, 86030, 86040, 89254, 89255, 89295],
    ),
    (
        "/wxa/component/fastregisterpersonalweapp",
        &[86030, 86031, 86032, 86033, 86034, 86036, 91030],
    ),
    ("/wxa/setbetaweappnickname", &[86011, 91020]),
    ("/cgi-bin/account/fastregister", &[61028, 61029, 61058]),
    (
        "notify_third_fasteregister",
        &[
            -2, -1, 101, 102, 103, 104, 105, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008,
            100_001, 100_002, 100_003,
        ],
    ),
    (
        "/wxa/setnickname",
        &[
            53010, 53011, 53012, 53013, 53014, 53015, 53016, 53017, 53018, 53019, 91001, 91002,
            91003, 91004, 91005, 91006, 91007, 91008, 91009, 91010, 91012, 91013, 91014, 91015,
            91016, 91017, 91018, 91019,
        ],
    ),
    ("/wxa/api_wxa_querynickname", &[91011]),
    ("/cgi-bin/wxverify/checkwxverifynickname", &[41033, 53010, 53011, 53012]),
    ("/cgi-bin/account/modifyheadimage", &[40007, 40009, 40097, 41006, 46001, 53202]),
    ("/cgi-bin/account/modifysignature", &[40097, 53200, 53201]),
    ("/wxa/changewxasearchstatus", &[85083, 85084]),
    ("/cgi-bin/media/upload", &[40004, 40005, 40006, 40007, 40008, 40009, 41005, 45001]),
    (
        "/cgi-bin/wxopen/addcategory",
        &[53300, 53301, 53302, 53303, 53304, 53305, 53306, 53307, 53308, 53309, 53310, 53311],
    ),
    (
        "/wxa/plugin",
        &[89236, 89237, 89238, 89239, 89240, 89241, 89242, 89243, 89244, 89256, 89257, 89258],
    ),
    (
        "/wxa/modify_domain",
        &[45082, 85015, 85016, 85017, 85018, 85301, 85302, 85303, 86100, 86101, 86102],
    ),
    ("/wxa/get_effective_domain", &[44002]),
    ("/wxa/setwebviewdomain", &[89019, 89020, 89021, 89029, 89231]),
    ("/wxa/set_prefetchdnsdomain", &[9_420_000, 9_420_001, 9_420_002]),
    ("/wxa/addtotemplate", &[85064, 85065]),
    ("/wxa/deletetemplate", &[85064]),
    ("/wxa/gettemplatelist", &[43001]),
    (
        "/wxa/commit",
        &[
            -60005, 40014, 80066, 80067, 80082, 85013, 85014, 85043, 85044, 85045, 85046, 85047,
            85048, 85310, 85311, 85312, 9_402_202, 9_402_203,
        ],
    ),
    ("/wxa/get_page", &[86000, 86001]),
    ("/wxa/get_qrcode", &[40001, 40014]),
    ("/wxa/security/get_code_privacy_info", &[61039, 61040]),
    ("/wxa/uploadmedia", &[40005, 40006, 41005, 43002]),
    (
        "/wxa/submit_audit",
        &[
            61039, 61040, 85006, 85007, 85008, 85009, 85010, 85011, 85023, 85051, 85077, 85085,
            85086, 85087, 85092, 85093, 85094, 86000, 86001, 86002, 86007, 86008, 86009, 86010,
            87006, 9_400_001, 9_402_202,
        ],
    ),
    ("/wxa/get_auditstatus", &[85012, 86000, 86001]),
    ("/wxa/get_latest_auditstatus", &[85058]),
    ("/wxa/undocodeaudit", &[87013]),
    ("/wxa/speedupaudit", &[89401, 89402, 89403, 89404, 89405]),
    ("/wxa/release", &[44002, 47001, 85019, 85020, 85052]),
    ("/wxa/revertcoderelease", &[40097, 87011, 87012]),
    ("/wxa/grayrelease", &[85079, 85080, 85081, 85082, 86002]),
    ("/cgi-bin/wxopen/setweappsupportversion", &[85015, 89014]),
    ("/cgi-bin/component/setprivacysetting", &[47001, 86071, 86072, 86074]),
    (
        "/wxa/security/apply_privacy_interface",
        &[61031, 61032, 61033, 61034, 61035, 61036, 61037, 61038],
    ),
    ("/wxa/bind_tester", &[85001, 85002, 85003, 85004]),
    ("/wxa/getwxacode", &[40159, 45029]),
    ("/wxa/getwxacodeunlimit", &[40129, 40169, 41030, 45009]),
    ("/sns/component/jscode2session", &[40029, 41021, 45011, 61003]),
    ("/cgi-bin/open/create", &[40013, 89000, 89001]),
    ("/cgi-bin/open/bind", &[89000, 89001, 89004, 89036]),
    ("/cgi-bin/open/unbind", &[89001, 89002, 89003]),
    ("/cgi-bin/open/get", &[89002]),
    ("/wxa/icp/apply_icp_filing", &[86202, 86328]),
    ("/wxa/icp/cancel_apply_icp_filing", &[86330, 86368]),
    ("/wxa/security/getorderpathinfo", &[61041]),
    ("any call", &[-1, 40164, 45035, 47002, 61007, 61015]),
];

fn refusal(errcode: i64) -> ApiError {
    ApiError { path: "/wxa/commit", errcode, errmsg: String::new(), rid: None }
}

fn class(errcode: i64) -> Class {
    explain("any call", errcode).map(|known| known.class).unwrap()
}

#[test]
fn every_refusal_that_the_reference_names_is_explained() {
    for (path, errcodes) in REFERENCE {
        for &errcode in *errcodes {
            assert!(explain(path, errcode).is_some(), "{errcode} on {path}");
        }
    }
}

#[test]
fn every_refusal_of_the_simulated_wechat_is_explained() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/simulator/src");
    let mut found = BTreeSet::new();
    for directory in [sources.clone(), sources.join("endpoints")] {
        for file in fs::read_dir(directory).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "rs") {
                found.extend(refusals(&fs::read_to_string(file).unwrap()));
            }
        }
    }
    assert!(found.len() > 60, "the simulator's sources are read wrongly: {found:?}");
    let unexplained: Vec<_> = found.iter().filter(|code| meanings(**code).is_empty()).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
}

/// The codes that a source of the simulator refuses with.
fn refusals(source: &str) -> impl Iterator<Item = i64> {
    ["refuse(", ".missing(", ".escapes("].into_iter().flat_map(move |how| {
        source.split(how).skip(1).filter_map(|after| {
            let number = after.trim_start().split([',', ')']).next()?;
            number.replace('_', "").parse().ok()
        })
    })
}

#[test]
fn a_code_means_what_it_means_on_the_call() {
    let quota = explain("/wxa/commit", 45009).unwrap();
    let minute = explain("/wxa/getwxacodeunlimit", 45009).unwrap();
    assert_eq!((quota.class, minute.class), (Class::Quota, Class::Busy));
    assert_eq!(explain("/wxa/commit", -1).unwrap().class, Class::Busy);
    assert_eq!(explain("notify_third_fasteregister", -1).unwrap().class, Class::State);
    // What an event alone says is no answer of a call.
    assert_eq!(explain("/wxa/commit", -2), None);
    assert_eq!(explain("/wxa/commit", 0), None);
}

#[test]
fn a_code_has_one_meaning_on_a_call() {
    let mut places = BTreeMap::new();
    for known in dictionary() {
        let anywhere = known.paths.is_empty().then_some("anywhere");
        for path in known.paths.iter().copied().chain(anywhere) {
            let before = places.insert((known.errcode, path), known);
            assert_eq!(before, None, "{} on {path} twice", known.errcode);
        }
    }
}

#[test]
fn the_words_are_short_and_in_both_languages() {
    for Explanation { errcode, cause, what_to_do, .. } in dictionary() {
        assert_ne!(cause, what_to_do, "{errcode}");
        for Text { zh, en } in [cause, what_to_do] {
            assert!(!zh.is_ascii() && en.is_ascii(), "{errcode}: {zh} {en}");
            assert!(!zh.ends_with(['。', '，', '；', '.']), "{errcode}: {zh}");
            assert!(!en.ends_with(['.', ',', ';']), "{errcode}: {en}");
            assert!((2..=80).contains(&zh.chars().count()), "{errcode}: {zh}");
            assert!((5..=100).contains(&en.len()), "{errcode}: {en}");
            assert!(!zh.contains([',', ';', '(', ')']) || zh.contains("!#$&"), "{errcode}: {zh}");
            let first = en.split(' ').next().unwrap();
            let is_name = first.starts_with("WeChat") || first.bytes().any(|b| b.is_ascii_digit());
            assert!(is_name || !first.starts_with(char::is_uppercase), "{errcode}: {en}");
            assert_eq!(*zh, zh.trim(), "{errcode}");
            assert_eq!(*en, en.trim(), "{errcode}");
        }
    }
}

#[test]
fn what_is_done_about_a_code_agrees_with_its_class() {
    for known in dictionary() {
        let refusal = refusal(known.errcode);
        let class = class_or(known);
        if refusal.is_token_invalid() || refusal.is_address_refused() || refusal.is_ticket_invalid()
        {
            assert_eq!(class, Class::Credentials, "{}", known.errcode);
        }
        if refusal.is_refresh_token_invalid() || refusal.is_authorization_gone() {
            assert_eq!(class, Class::Authorization, "{}", known.errcode);
        }
    }
    for busy in [-1, 45011] {
        assert!(refusal(busy).is_busy());
        assert_eq!(class(busy), Class::Busy);
    }
    // Nobody tries again what the dictionary calls a matter of state, permission or quota.
    for lasting in dictionary().iter().filter(|known| known.paths.is_empty()) {
        assert!(lasting.class == Class::Busy || !refusal(lasting.errcode).is_busy());
    }
}

fn class_or(known: &Explanation) -> Class {
    explain("any call", known.errcode).map_or(known.class, |general| general.class)
}

#[test]
fn every_class_has_a_name_and_says_who_acts() {
    for class in Class::ALL {
        assert_eq!(class.name().parse(), Ok(class));
        assert!(dictionary().iter().any(|known| known.class == class), "{class:?} is not used");
        let Text { zh, en } = class.who_acts();
        assert!(!zh.is_ascii() && en.is_ascii(), "{zh} {en}");
    }
    assert!("bored".parse::<Class>().is_err());
}
