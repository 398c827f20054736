//! The page that a merchant gets a link to, and what every page has in common.

use http::{StatusCode, header};

use crate::world::{Browser, COMPONENT, MERCHANT, World};

fn start() -> String {
    format!("/authorize/{COMPONENT}")
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_pc_the_page_has_a_link_and_a_code_to_scan() {
    let world = World::new().await;

    let page = world.get(Browser::Pc, &start()).await;

    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(page.header(header::REFERRER_POLICY), "strict-origin-when-cross-origin");
    assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(page.link("/go"), format!("/authorize/{COMPONENT}/go?flow=pc"));
    assert!(page.text.contains("<svg") && page.text.contains("用微信扫描"), "{}", page.text);
    assert!(page.text.contains(&format!("https://fleet.example.com/authorize/{COMPONENT}")));
    assert_eq!(world.simulator.count("/cgi-bin/component/api_create_preauthcode"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_wechat_the_link_leads_to_the_page_made_for_it() {
    let world = World::new().await;

    let page = world.get(Browser::InWeChat, &start()).await;

    assert_eq!(page.link("/go"), format!("/authorize/{COMPONENT}/go?flow=h5"));
    assert!(!page.text.contains("<svg"), "nobody scans the phone in their own hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_chinese_or_english_and_its_links_keep_a_choice() {
    let world = World::new().await;

    let chinese = world.get(Browser::Pc, &start()).await;
    let asked = world.send(Browser::Pc, &start(), &[("accept-language", "en-US,en;q=0.9")]).await;
    let chosen = world.get(Browser::Pc, &chinese.link("lang=en")).await;

    assert!(chinese.text.contains("开始授权"));
    assert_eq!(chinese.header(header::CONTENT_LANGUAGE), "zh-CN");
    for english in [&asked, &chosen] {
        assert!(english.text.contains(">Start<"), "{}", english.text);
        assert_eq!(english.header(header::CONTENT_LANGUAGE), "en");
    }
    assert!(chosen.link("/go").ends_with("flow=pc&lang=en"));
    assert!(!asked.link("/go").contains("lang="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_one_account_says_so_and_hands_it_on() {
    let world = World::new().await;

    let page = world.get(Browser::Pc, &format!("{}?biz_appid={MERCHANT}", start())).await;
    let wrong = world.get(Browser::Pc, &format!("{}?biz_appid=%3Cscript%3E", start())).await;

    assert!(page.text.contains(&format!("此链接只用于小程序 {MERCHANT}")));
    assert!(page.link("/go").ends_with(&format!("flow=pc&biz_appid={MERCHANT}")));
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(!wrong.text.contains("<script"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_malformed_or_unknown_is_not_found_and_the_page_says_what_to_do() {
    let world = World::new().await;
    for component in ["x", "%3Cscript%3E", "wx0000000000000099", "favicon.ico"] {
        for path in ["", "/go", "/return?auth_code=a&state=b"] {
            let page = world.get(Browser::Pc, &format!("/authorize/{component}{path}")).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{component}{path}");
            assert!(page.text.contains("请检查链接是否完整"), "{}", page.text);
            assert!(!page.text.contains("<script"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_whose_configuration_is_broken_says_so_with_a_reference() {
    let world = World::new().await;

    let page = world.get(Browser::Pc, "/authorize/wx00000000000000bb").await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("平台暂停服务") && page.text.contains("编号"));
    assert!(!page.text.contains("encoding"), "why is for the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_load_one_style_sheet_and_nothing_else() {
    let world = World::new().await;

    let page = world.get(Browser::Pc, &start()).await;
    let style = world.get(Browser::Pc, &page.link("style.css")).await;

    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.text.contains("style=") && !page.text.contains("<script"), "{}", page.text);
    assert_eq!(style.status, StatusCode::OK);
    assert_eq!(style.header(header::CONTENT_TYPE), "text/css; charset=utf-8");
}
