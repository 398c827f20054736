//! The authorization pages.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;

use crate::support::{NOODLES, World, text};

const PC: &str = "/cgi-bin/componentloginpage";
const H5: &str = "/wxaopen/safe/bindcomponent";

async fn open(world: &World, path: &str, query: &str, referer: Option<&str>) -> String {
    let mut request = Request::get(format!("http://mp.weixin.qq.com{path}?{query}"));
    if let Some(referer) = referer {
        request = request.header("referer", referer);
    }
    let response = world.wechat.answer(request.body(Bytes::new()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    String::from_utf8(response.body().to_vec()).unwrap()
}

async fn press(world: &World, path: &str, form: &str) -> Response<Bytes> {
    let request = Request::post(format!("http://mp.weixin.qq.com{path}"));
    let request = request.body(Bytes::from(form.to_owned())).unwrap();
    world.wechat.answer(request).await.unwrap()
}

async fn link(world: &World, redirect: &str) -> String {
    let token = world.component_token().await;
    let path = format!("/cgi-bin/component/api_create_preauthcode?access_token={token}");
    let answer = world.post(&path, json!({ "component_appid": world.component })).await;
    let code = text(&answer["pre_auth_code"]).replace('@', "%40");
    let redirect: String = url::form_urlencoded::byte_serialize(redirect.as_bytes()).collect();
    format!("component_appid={}&pre_auth_code={code}&redirect_uri={redirect}", world.component)
}

const BACK: &str = "https://fleet.example.com/back?state=s1";

#[tokio::test]
async fn the_page_for_computers_opens_only_from_the_components_domain() {
    let world = World::new();
    let link = link(&world, BACK).await;

    let own = open(&world, PC, &link, Some("https://fleet.example.com/authorize/x")).await;
    let none = open(&world, PC, &link, None).await;
    let other = open(&world, PC, &link, Some("https://evil.example.org/")).await;

    assert!(own.contains("城南面馆") && own.contains("开发管理与数据分析权限"));
    assert!(none.contains("无法授权") && other.contains("evil.example.org"));
}

#[tokio::test]
async fn the_page_inside_wechat_asks_for_no_referer_but_for_its_own_parameters() {
    let world = World::new();
    let link = link(&world, BACK).await;

    let query = format!("action=bindcomponent&no_scan=1&{link}&biz_appid={NOODLES}");
    let complete = open(&world, H5, &query, None).await;
    let short = open(&world, H5, &link, None).await;

    assert!(complete.contains("城南面馆") && !complete.contains("山茶花店"), "one account only");
    assert!(short.contains("无法授权"));
}

#[tokio::test]
async fn links_are_checked() {
    let world = World::new();
    let referer = Some("https://fleet.example.com/");
    let foreign = link(&world, "https://elsewhere.example.org/back").await;
    let good = link(&world, BACK).await;
    let open = async |query: String| open(&world, PC, &query, referer).await;

    assert!(open(foreign).await.contains("elsewhere.example.org"));
    assert!(open(good.replace("preauthcode", "other")).await.contains("pre_auth_code"));
    assert!(
        open(good.replace("component_appid=wx", "component_appid=no")).await.contains("无法授权")
    );
    assert!(open(format!("{good}&auth_type=7")).await.contains("auth_type"));
    world.simulator.advance(1800);
    assert!(open(good).await.contains("expired"));
}

#[tokio::test]
async fn the_button_pushes_and_sends_the_browser_back() {
    let world = World::new();
    let link = link(&world, BACK).await;
    world.pushes();

    let form = format!("{link}&appid={NOODLES}&permission_set=17&permission_set=18&via=push-first");
    let response = press(&world, PC, &form).await;

    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("https://fleet.example.com/back?state=s1&auth_code="));
    let pushes = world.pushes();
    assert_eq!(pushes.len(), 1, "the browser follows by itself");
    assert!(pushes[0].contains("<InfoType><![CDATA[authorized]]></InfoType>"));
    let grant = &world.simulator.state()["merchants"][NOODLES]["grants"][&world.component];
    assert_eq!(grant["permission_sets"], json!([17, 18]));
    let again = press(&world, PC, &form).await;
    assert_eq!(again.status(), 200, "a pre-authorization code is good for one authorization");
}

#[tokio::test]
async fn the_push_may_be_lost_or_the_browser_closed() {
    let world = World::new();
    let form = async |via: &str| format!("{}&appid={NOODLES}&via={via}", link(&world, BACK).await);
    let lost = form("redirect-only").await;
    let closed = form("push-only").await;
    world.pushes();

    let response = press(&world, PC, &lost).await;
    assert_eq!((response.status().as_u16(), world.pushes().len()), (302, 0));
    let revoke = simulator::Revoke { appid: NOODLES.into(), silent: true, ..Default::default() };
    world.simulator.revoke(revoke).await.unwrap();
    let response = press(&world, PC, &closed).await;
    assert_eq!((response.status().as_u16(), world.pushes().len()), (200, 1));
}

#[tokio::test]
async fn the_overview_offers_wechats_part_of_the_play() {
    let world = World::new();
    world.authorized(NOODLES).await;

    let response = world.get_raw("/").await;

    let page = String::from_utf8(response.body().to_vec()).unwrap();
    assert!(page.contains("城南面馆") && page.contains("data-verb=\"revoke\""));
}
