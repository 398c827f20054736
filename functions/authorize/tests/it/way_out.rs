//! The way out to WeChat.

use std::collections::BTreeMap;

use http::{StatusCode, header};
use simulator::{Fault, How};

use crate::world::{Browser, COMPONENT, MERCHANT, World};

const PREAUTHCODE: &str = "/cgi-bin/component/api_create_preauthcode";

#[tokio::test(flavor = "multi_thread")]
async fn on_a_pc_the_way_leads_to_the_page_with_the_code_which_opens_from_our_domain_alone() {
    let world = World::new().await;

    let away = world.get(Browser::Pc, &format!("/authorize/{COMPONENT}/go?flow=pc")).await;

    assert_eq!(away.status, StatusCode::FOUND);
    assert_eq!(away.header(header::REFERRER_POLICY), "strict-origin-when-cross-origin");
    let address = away.location();
    assert_eq!(address.host_str(), Some("mp.weixin.qq.com"));
    assert_eq!(address.path(), "/cgi-bin/componentloginpage");
    let query: BTreeMap<_, _> = address.query_pairs().into_owned().collect();
    assert_eq!(query["component_appid"], COMPONENT);
    assert_eq!(query["auth_type"], "2");
    let back = format!("https://fleet.example.com/authorize/{COMPONENT}/return?state=");
    assert!(query["redirect_uri"].starts_with(&back), "{query:?}");
    let page = world.open_wechat(&address, Some("https://fleet.example.com/")).await;
    assert!(page.contains("授权给"), "{page}");
    let page = world.open_wechat(&address, None).await;
    assert!(page.contains("无法授权"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_wechat_the_way_leads_to_the_page_made_for_it() {
    let world = World::new().await;
    for (browser, query) in [(Browser::InWeChat, ""), (Browser::Pc, "?flow=h5")] {
        let away = world.get(browser, &format!("/authorize/{COMPONENT}/go{query}")).await;

        let address = away.location();
        assert_eq!(address.host_str(), Some("open.weixin.qq.com"));
        assert_eq!(address.path(), "/wxaopen/safe/bindcomponent");
        assert_eq!(address.fragment(), Some("wechat_redirect"));
        let page = world.open_wechat(&address, None).await;
        assert!(page.contains("授权给"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_out_has_a_code_and_a_state_of_its_own() {
    let world = World::new().await;
    let path = format!("/authorize/{COMPONENT}/go?biz_appid={MERCHANT}&lang=en");

    let one = world.get(Browser::Pc, &path).await.location();
    let other = world.get(Browser::Pc, &path).await.location();

    let query = |address: &url::Url| -> BTreeMap<String, String> {
        address.query_pairs().into_owned().collect()
    };
    let (one, other) = (query(&one), query(&other));
    assert_ne!(one["pre_auth_code"], other["pre_auth_code"]);
    assert_ne!(one["redirect_uri"], other["redirect_uri"]);
    assert_eq!(one["biz_appid"], MERCHANT);
    assert!(one["redirect_uri"].ends_with("&lang=en"));
    assert_eq!(world.simulator.count(PREAUTHCODE), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_ticket_the_merchant_is_asked_for_patience() {
    let world = World::without_ticket().await;

    let page = world.get(Browser::Pc, &format!("/authorize/{COMPONENT}/go")).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("平台还没有准备好"), "{}", page.text);
    assert_eq!(page.link("/authorize/wx"), format!("/authorize/{COMPONENT}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wechat_refuses_is_told_in_words() {
    let world = World::new().await;
    for (how, status, words) in [
        (How::Errcode(61004), 503, "微信不接受平台的服务器地址"),
        (How::Errcode(45009), 503, "今天的次数已用完"),
        (How::Errcode(-1), 503, "暂时连接不上"),
        (How::CutConnection, 503, "暂时连接不上"),
        (How::Html, 503, "暂时连接不上"),
        (How::Errcode(48001), 502, "微信拒绝了请求"),
    ] {
        world.simulator.fail(Fault::new(PREAUTHCODE, how));

        let page = world.get(Browser::Pc, &format!("/authorize/{COMPONENT}/go")).await;

        assert_eq!(page.status.as_u16(), status, "{how:?}");
        assert!(page.text.contains(words), "{how:?}: {}", page.text);
        assert!(page.text.contains("编号"));
    }
}
