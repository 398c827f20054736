//! Settings of official accounts, daily counters, and what WeChat remembers of a refused call.

use secrecy::ExposeSecret;
use serde_json::json;
use wechat::{
    Endpoint,
    endpoint::{
        ApiGetAuthorizerOption, ApiSetAuthorizerOption, ClearQuota, ComponentClearQuota,
        ComponentClearQuotaV2, GetAuthorizerOption, OpenapiQuotaGet, OpenapiRidGet,
        SetAuthorizerOption,
    },
    token::{AuthorizerToken, ComponentToken},
};

use super::{answer, answer_of, published, sent, whole};

#[test]
fn settings_of_official_accounts_have_a_new_and_an_old_form() {
    let get = GetAuthorizerOption { option_name: "option_name_value" };
    assert_eq!(sent(&get), published("get_authorizer_option"));
    let set = SetAuthorizerOption {
        option_name: "option_name_value",
        option_value: "option_value_value",
    };
    assert_eq!(sent(&set), published("set_authorizer_option"));
    let old = ApiGetAuthorizerOption {
        component_appid: "c",
        authorizer_appid: "a",
        option_name: "voice_recognize",
    };
    let expected = json!({
        "component_appid": "c", "authorizer_appid": "a", "option_name": "voice_recognize",
    });
    assert_eq!(sent(&old), expected);
    let old = ApiSetAuthorizerOption {
        component_appid: "c",
        authorizer_appid: "a",
        option_name: "voice_recognize",
        option_value: "1",
    };
    assert_eq!(sent(&old)["option_value"], "1");

    let read = whole::<GetAuthorizerOption<'_>>("get_authorizer_option");
    assert_eq!((read.option_name.as_str(), read.option_value.as_str()), ("voice_recognize", "1"));
    let number = r#"{"option_name":"voice_recognize","option_value":1}"#;
    assert_eq!(answer_of::<ApiGetAuthorizerOption<'_>>(number).unwrap().option_value, "1");
}

#[test]
fn daily_counters_are_read_for_either_kind_of_token() {
    let path = "/wxa/gettemplatedraftlist";
    let asked = OpenapiQuotaGet::<ComponentToken>::new(path);
    assert_eq!(sent(&asked), published("openapi_quota_get"));
    let read = whole::<OpenapiQuotaGet<'_, AuthorizerToken>>("openapi_quota_get");
    assert_eq!((read.quota.daily_limit, read.rate_limit), (0, None));
    let full = r#"{"errcode":0,"quota":{"daily_limit":1000,"used":"7","remain":993},
        "component_rate_limit":{"call_count":50,"refresh_second":60}}"#;
    let full = answer_of::<OpenapiQuotaGet<'_, AuthorizerToken>>(full).unwrap();
    assert_eq!(full.quota.used, 7);
    assert_eq!(full.component_rate_limit.unwrap().refresh_second, Some(60));
}

#[test]
fn counters_are_reset_in_three_ways_and_none_is_repeated_blindly() {
    assert_eq!(sent(&ClearQuota::<AuthorizerToken>::new("APPID")), published("clear_quota"));
    let old = ComponentClearQuota { component_appid: "c" };
    assert_eq!(sent(&old), json!({ "component_appid": "c" }));
    let id = "wxxxxxxxxxxxxxxxxxx";
    let secret = "xxxxxxxxxxxxxxxxxxxxxxxx";
    let own = ComponentClearQuotaV2 { component_appid: id, appsecret: secret, appid: None };
    assert_eq!(sent(&own), published("component_clear_quota_v2"));
    let of = ComponentClearQuotaV2 { appid: Some(id), ..own };
    assert_eq!(sent(&of), published("component_clear_quota_v2.authorizer"));
    assert!(!format!("{of:?}").contains(secret));
    answer::<ComponentClearQuotaV2<'_>>("component_clear_quota_v2").unwrap();
    const {
        assert!(!ClearQuota::<'_, ComponentToken>::REPEATABLE);
        assert!(!ComponentClearQuota::REPEATABLE && !ComponentClearQuotaV2::REPEATABLE);
    }
}

#[test]
fn what_is_remembered_of_a_call_is_read_and_not_shown() {
    let asked = OpenapiRidGet::<AuthorizerToken>::new("61725984-6126f6f9-040f19c4");
    assert_eq!(sent(&asked), published("openapi_rid_get"));
    let read = answer::<OpenapiRidGet<'_, ComponentToken>>("openapi_rid_get").unwrap();
    assert!(!format!("{read:?}").contains("50_Im7"), "the query holds a token");
    assert!(read.other.is_empty());
    let call = read.request;
    assert_eq!((call.invoke_time, call.cost_in_ms), (Some(1635156704), Some(30)));
    assert_eq!(call.request_url.unwrap().expose_secret(), "access_token=50_Im7xxxx");
    assert!(call.request_body.is_none(), "it is empty");
    let body = call.response_body.unwrap();
    assert!(body.expose_secret().contains("617682e0-09059ac5-34a8e2ea"));
}
