//! Server domains, business domains, platform domains.

use serde_json::{Value, json};
use simulator::{Host, Quota};

use crate::support::{BOOKS, NOODLES, World, code};

/// An authorized mini program of a platform with some domains registered.
struct Setting {
    world: World,
    merchant: String,
    component: String,
}

impl Setting {
    async fn new(appid: &str) -> Self {
        let world = World::new();
        let (merchant, _) = world.authorized(appid).await;
        let component = world.component_token().await;
        let setting = Setting { world, merchant, component };
        let body = json!({
            "action": "add",
            "wxa_server_domain": "api.example.com;ws.example.com",
            "is_modify_published_together": true,
        });
        assert_eq!(code(&setting.platform("modify_wxa_server_domain", body).await), 0);
        setting
    }

    async fn platform(&self, name: &str, body: Value) -> Value {
        let path = format!("/cgi-bin/component/{name}?access_token={}", self.component);
        self.world.post(&path, body).await
    }

    async fn call(&self, name: &str, body: Value) -> Value {
        self.world.post(&format!("/wxa/{name}?access_token={}", self.merchant), body).await
    }
}

#[tokio::test]
async fn platform_domains_are_one_string_without_scheme() {
    let setting = Setting::new(NOODLES).await;
    let change = |action: &str, domains: &str, published: bool| {
        json!({
            "action": action,
            "wxa_server_domain": domains,
            "is_modify_published_together": published,
        })
    };

    let added = setting
        .platform(
            "modify_wxa_server_domain",
            change("add", "https://a.com;b.example.com;10.0.0.1", false),
        )
        .await;
    let unknown = setting
        .platform("modify_wxa_server_domain", change("delete", "never.example.com", true))
        .await;

    assert_eq!(added["published_wxa_server_domain"], "api.example.com;ws.example.com");
    assert_eq!(added["testing_wxa_server_domain"], "api.example.com;ws.example.com;b.example.com");
    assert_eq!(added["invalid_wxa_server_domain"], "https://a.com;10.0.0.1");
    assert_eq!(code(&unknown), 0, "deleting what is not there succeeds");
    assert!(unknown.get("invalid_wxa_server_domain").is_none());
    let cleared = setting.platform("modify_wxa_server_domain", change("set", "", true)).await;
    assert!(cleared.get("published_wxa_server_domain").is_none(), "empty strings are left out");
}

#[tokio::test]
async fn a_mini_programs_domains_must_be_registered_on_the_platform() {
    let setting = Setting::new(NOODLES).await;

    let foreign = json!({ "action": "add", "requestdomain": ["https://other.example.com"] });
    assert_eq!(code(&setting.call("modify_domain", foreign.clone()).await), 85018);
    assert_eq!(code(&setting.call("modify_domain_directly", foreign).await), 0);
    let body = json!({
        "action": "add",
        "requestdomain": ["https://api.example.com:8443"],
        "wsrequestdomain": ["wss://ws.example.com"],
    });
    let answer = setting.call("modify_domain", body).await;

    assert_eq!(answer["requestdomain"], json!(["https://api.example.com:8443"]));
    assert_eq!(answer["wsrequestdomain"], json!(["wss://ws.example.com"]));
    assert_eq!(answer["tcpdomain"], json!([]));
    let effective = setting.call("get_effective_domain", json!({})).await;
    assert_eq!(effective["third_domain"]["requestdomain"], answer["requestdomain"]);
    assert_eq!(effective["direct_domain"]["requestdomain"], json!(["https://other.example.com"]));
    let in_force = json!(["https://api.example.com:8443"]);
    assert_eq!(effective["effective_domain"]["requestdomain"], in_force, "direct ones wait");
}

#[tokio::test]
async fn bad_domains_are_told_apart() {
    let setting = Setting::new(NOODLES).await;
    let add = async |list: &str, domain: &str| {
        code(
            &setting
                .call("modify_domain_directly", json!({ "action": "add", list: [domain] }))
                .await,
        )
    };
    let unlicensed =
        Host { host: "dark.example.com".into(), licensed: false, serves_confirm_file: true };
    setting.world.simulator.set_host(unlicensed);

    assert_eq!(add("requestdomain", "wss://api.example.com").await, 86100);
    assert_eq!(add("requestdomain", "https://api.weixin.qq.com").await, 86101);
    assert_eq!(add("requestdomain", "https://10.0.0.1").await, 85301);
    assert_eq!(add("udpdomain", "udp://api.example.com/path").await, 85301);
    assert_eq!(add("requestdomain", "https://dark.example.com").await, 85302);
    let mixed = json!({
        "action": "add",
        "requestdomain": ["https://good.example.com", "https://dark.example.com", "https://1.2.3.4"],
    });
    let answer = setting.call("modify_domain_directly", mixed).await;
    assert_eq!(answer["requestdomain"], json!(["https://good.example.com"]));
    assert_eq!(answer["invalid_requestdomain"], json!(["https://1.2.3.4"]));
    assert_eq!(answer["no_icp_domain"], json!(["https://dark.example.com"]));
    assert_eq!(code(&setting.call("modify_domain", json!({ "action": "add" })).await), 85017);
    assert_eq!(code(&setting.call("modify_domain", json!({ "action": "put" })).await), 85022);
    let partial = json!({ "action": "set", "requestdomain": [] });
    assert_eq!(code(&setting.call("modify_domain", partial).await), 47001);
}

#[tokio::test]
async fn a_list_holds_two_hundred_and_a_month_fifty_edits() {
    let setting = Setting::new(NOODLES).await;
    let many: Vec<String> = (0..201).map(|at| format!("https://h{at}.example.com")).collect();
    let body = json!({ "action": "add", "requestdomain": many });
    assert_eq!(code(&setting.call("modify_domain_directly", body).await), 85016);

    let quota =
        Quota { appid: Some(NOODLES.to_owned()), server_domain_edits: Some(1), ..Quota::default() };
    setting.world.simulator.set_quota(quota).unwrap();
    let body = json!({ "action": "add", "requestdomain": ["https://a.example.com"] });
    assert_eq!(code(&setting.call("modify_domain_directly", body.clone()).await), 0);
    assert_eq!(code(&setting.call("modify_domain_directly", body).await), 86102);
    assert_eq!(code(&setting.call("modify_domain_directly", json!({ "action": "get" })).await), 0);
}

#[tokio::test]
async fn business_domains_are_the_platforms_or_below() {
    let setting = Setting::new(NOODLES).await;
    let add = |domains: &[&str]| json!({ "action": "add", "webviewdomain": domains });
    let jump = |domains: &str| {
        json!({
            "action": "add",
            "wxa_jump_h5_domain": domains,
            "is_modify_published_together": true,
        })
    };
    assert_eq!(code(&setting.call("setwebviewdomain", add(&["https://a.com"])).await), 89020);
    let too_early = setting.platform("modify_wxa_jump_domain", jump("h5.example.com")).await;
    assert_eq!(too_early["invalid_wxa_jump_h5_domain"], "h5.example.com");
    let file = setting.platform("get_domain_confirmfile", json!({})).await;
    assert!(file["file_name"].as_str().unwrap().ends_with(".txt"));
    setting.platform("modify_wxa_jump_domain", jump("h5.example.com")).await;

    assert_eq!(code(&setting.call("setwebviewdomain", add(&["https://other.com"])).await), 89021);
    let below = setting.call("setwebviewdomain", add(&["https://m.h5.example.com"])).await;
    assert_eq!(below["webviewdomain"], json!(["https://m.h5.example.com"]));
    let again = setting.call("setwebviewdomain", add(&["https://m.h5.example.com"])).await;
    assert_eq!(code(&again), 89019);
    let all = setting.call("setwebviewdomain", json!({})).await;
    assert_eq!(all["webviewdomain"], json!(["https://h5.example.com", "https://m.h5.example.com"]));
    let gone = json!({ "action": "delete", "webviewdomain": ["https://never.example.com"] });
    assert_eq!(code(&setting.call("setwebviewdomain", gone).await), 89022);
    let effective = setting.call("get_effective_webviewdomain", json!({})).await;
    assert_eq!(effective["effective_webviewdomain"], all["webviewdomain"]);
}

#[tokio::test]
async fn direct_business_domains_need_the_file_in_place() {
    let setting = Setting::new(NOODLES).await;
    let body = json!({ "action": "set", "webviewdomain": ["https://shop.example.com"] });

    assert_eq!(code(&setting.call("setwebviewdomain_directly", body.clone()).await), 85069);
    let file = setting.call("get_webviewdomain_confirmfile", json!({})).await;
    let again = setting.call("get_webviewdomain_confirmfile", json!({})).await;
    assert_eq!(file, again, "the file stays the same");
    assert_eq!(code(&setting.call("setwebviewdomain_directly", body).await), 0);
}

#[tokio::test]
async fn persons_have_no_business_domains() {
    let setting = Setting::new(BOOKS).await;
    setting.world.simulator.edit_merchant(BOOKS, |account| account.principal_type = 0).unwrap();

    assert_eq!(code(&setting.call("setwebviewdomain", json!({})).await), 89231);
}
