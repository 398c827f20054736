//! Whether a mini program serves its users, on what, and which addresses it looks up early.

use serde_json::{Value, json};
use simulator::Host;

use crate::support::{NOODLES, Shop, code};

async fn wxopen(shop: &Shop, name: &str, body: Value) -> Value {
    let path = format!("/cgi-bin/wxopen/{name}?access_token={}", shop.token);
    shop.world.post(&path, body).await
}

#[tokio::test]
async fn a_service_is_suspended_and_resumed() {
    let shop = Shop::new(NOODLES).await;
    let status = async || shop.post("getvisitstatus", json!({})).await["status"].clone();
    let change = async |action: &str| {
        code(&shop.post("change_visitstatus", json!({ "action": action })).await)
    };

    assert_eq!(status().await, 1);
    assert_eq!(change("shut").await, 40097);
    assert_eq!(change("close").await, 0);
    assert_eq!(status().await, 0);
    assert_eq!(change("open").await, 0);
    assert_eq!(status().await, 1);
}

#[tokio::test]
async fn the_oldest_base_library_is_one_that_was_published() {
    let shop = Shop::new(NOODLES).await;
    let set = async |version: &str| {
        code(&wxopen(&shop, "setweappsupportversion", json!({ "version": version })).await)
    };

    let before = wxopen(&shop, "getweappsupportversion", json!({})).await;
    assert_eq!(before["now_version"], "");
    let published = before["uv_info"]["items"][2]["version"].as_str().unwrap();
    assert_eq!(set("9.9.9").await, 89014);
    assert_eq!(set(published).await, 0);

    let path = format!("/cgi-bin/wxopen/getweappsupportversion?access_token={}", shop.token);
    assert_eq!(shop.world.get(&path).await["now_version"], published, "a GET works too");
}

#[tokio::test]
async fn five_domains_are_looked_up_early() {
    let shop = Shop::new(NOODLES).await;
    let set = async |domains: &[&str]| {
        let entries: Vec<Value> = domains.iter().map(|url| json!({ "url": url })).collect();
        let body = json!({ "prefetch_dns_domain": entries });
        code(&shop.post("set_prefetchdnsdomain", body).await)
    };
    let dark =
        Host { host: "dark.example.com".to_owned(), licensed: false, serves_confirm_file: true };
    shop.world.simulator.set_host(dark);

    assert_eq!(set(&["a.cn", "b.cn", "c.cn", "d.cn", "e.cn", "f.cn"]).await, 9_420_002);
    assert_eq!(set(&["https://a.cn"]).await, 9_420_001);
    assert_eq!(set(&["dark.example.com"]).await, 9_420_001);
    assert_eq!(set(&["a.cn", "b.cn"]).await, 0);
    let shown = shop.get("get_prefetchdnsdomain").await;
    assert_eq!(shown["prefetch_dns_domain"][1], json!({ "url": "b.cn", "status": 0 }));
    assert_eq!(shown["size_limit"], 5);
    for _ in 0..49 {
        assert_eq!(set(&["a.cn"]).await, 0);
    }
    assert_eq!(set(&["a.cn"]).await, 9_420_000);
}
