//! Registrations, and what a trial mini program becomes.

use serde_json::json;
use wechat::endpoint::{
    AccountFastRegister, BetaVerifyInfo, FastNormalizeBetaWeapp, FastRegisterBetaWeapp,
    FastRegisterEnterpriseWeapp, FastRegisterEnterpriseWeappQuery, FastRegisterPersonalWeapp,
    FastRegisterPersonalWeappQuery, FastRegisterTransactionWeapp, FastRegisterWeapp,
    FastRegisterWeappSearch, SetBetaWeappNickname, VerifyBetaWeapp,
};
use wechat::{Endpoint, token::ComponentToken};

use super::super::{published, sent};

#[test]
fn forms_of_before_the_change_of_2026() {
    let enterprise = FastRegisterWeapp {
        name: "tencent",
        code: "123",
        code_type: 1,
        legal_persona_wechat: "123",
        legal_persona_name: "candy",
        component_phone: Some("1234567"),
    };
    assert_eq!(sent(&enterprise), published("fastregisterweapp.create"));
    assert_eq!(enterprise.query(), [("action", "create".to_owned())]);
    assert_eq!(format!("{enterprise:?}"), "FastRegisterWeapp { .. }");
    let search = FastRegisterWeappSearch {
        name: "tencent",
        legal_persona_wechat: "123",
        legal_persona_name: "pony",
    };
    assert_eq!(sent(&search), published("fastregisterweapp.search"));
    let person = FastRegisterPersonalWeapp {
        idname: Some("tencent"),
        wxuser: "wxidnnn",
        component_phone: "1234567",
        new_version: false,
    };
    assert_eq!(sent(&person), published("fastregisterpersonalweapp.create"));
    let query = FastRegisterPersonalWeappQuery { taskid: "xxxxx", new_version: false };
    assert_eq!(sent(&query), published("fastregisterpersonalweapp.query"));
    let verify = VerifyBetaWeapp {
        verify_info: BetaVerifyInfo {
            enterprise_name: "测试的公司",
            code: "8585858589999",
            code_type: Some(3),
            legal_persona_wechat: Some("Melody20136xxxxxx"),
            legal_persona_name: Some("涂小xxx"),
            legal_persona_idcard: Some("440881199xxxxxx"),
            component_phone: "158173xxxxx",
        },
        new_version: false,
    };
    assert_eq!(sent(&verify), published("verifybetaweapp"));
    assert!(!format!("{verify:?} {person:?}").contains("xxx"));
}

#[test]
fn forms_in_force() {
    let enterprise = FastRegisterEnterpriseWeapp {
        name: "成都城南餐饮管理有限公司",
        code: "91510100MA6CXXXXXX",
        component_phone: "1234567",
        new_version: true,
    };
    let expected = json!({
        "name": "成都城南餐饮管理有限公司", "code": "91510100MA6CXXXXXX",
        "component_phone": "1234567", "new_version": true,
    });
    assert_eq!(sent(&enterprise), expected);
    assert_eq!(enterprise.query(), [("action", "create".to_owned())]);
    let query = FastRegisterEnterpriseWeappQuery { taskid: "t", new_version: true };
    assert_eq!(sent(&query), json!({ "taskid": "t", "new_version": true }));
    assert_eq!(query.query(), [("action", "query".to_owned())]);
    let normalize = FastNormalizeBetaWeapp { component_phone: "1", new_version: true };
    assert_eq!(sent(&normalize), json!({ "component_phone": "1", "new_version": true }));
    assert_eq!(normalize.query(), [("action", "createtask".to_owned())]);
    let shop =
        FastRegisterTransactionWeapp { openid: "o", component_phone: "1", new_version: true };
    let expected = json!({ "openid": "o", "component_phone": "1", "new_version": true });
    assert_eq!(sent(&shop), expected);
    fn with_the_platforms_token<E: Endpoint<Token = ComponentToken>>(_: &E) {}
    with_the_platforms_token(&enterprise);
}

#[test]
fn trial_mini_programs_and_official_accounts() {
    let trial =
        FastRegisterBetaWeapp { name: "小麦烤鸡", openid: "oK8Yg5YaUM-axuE_vVZmV_oIZxxx" };
    assert_eq!(sent(&trial), published("fastregisterbetaweapp"));
    let name = SetBetaWeappNickname { name: "小麦烤鸡" };
    assert_eq!(sent(&name), published("setbetaweappnickname"));
    let account = AccountFastRegister { ticket: "b25519093b1e97239eff9d2bfc07e08e" };
    assert_eq!(sent(&account), published("account_fastregister"));
    assert!(!format!("{account:?}").contains("b255"));
}
