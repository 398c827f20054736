//! The way back from WeChat.

use http::{StatusCode, header};
use platform::mini_programs::AuthorizationState;
use simulator::{Fault, How};

use crate::world::{Browser, COMPONENT, MERCHANT, MERCHANT_NAME, World, component};

const QUERY_AUTH: &str = "/cgi-bin/component/api_query_auth";
const ALL: [u32; 3] = [17, 18, 30];

/// `path` with another value of one parameter.
fn with(path: &str, name: &str, value: &str) -> String {
    let url = url::Url::parse("https://fleet.example.com").unwrap().join(path).unwrap();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear();
    for (known, old) in url.query_pairs() {
        let new = if known == name { value } else { &old };
        changed.query_pairs_mut().append_pair(&known, new);
    }
    format!("{}?{}", changed.path(), changed.query().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_merchant_is_told_by_name_that_it_worked_when_the_grant_is_stored() {
    let world = World::new().await;
    let back = world.authorize(&ALL).await;

    let page = world.get(Browser::Pc, &back).await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("授权成功") && page.text.contains(MERCHANT_NAME), "{}", page.text);
    assert!(!page.text.contains("warning"));
    assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer");
    let records = &world.platform.mini_programs;
    let record = records.find(&component(), &MERCHANT.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(record.authorization.state, AuthorizationState::Authorized);
    assert!(record.authorization.provisional, "no push has come yet");
    assert_eq!(record.profile.nick_name, MERCHANT_NAME);
    assert_eq!(world.aws.bus().events_named("merchant.authorized").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reloaded_page_says_the_same_and_exchanges_nothing() {
    let world = World::new().await;
    let back = world.authorize(&ALL).await;

    let first = world.get(Browser::Pc, &back).await;
    let second = world.get(Browser::Pc, &back).await;

    assert_eq!((second.status, &second.text), (StatusCode::OK, &first.text));
    assert_eq!(world.simulator.count(QUERY_AUTH), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_that_were_left_out_are_named_with_a_way_to_add_them() {
    let world = World::new().await;
    let back = world.authorize(&[17]).await;

    let page = world.get(Browser::Pc, &back).await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("开发管理与数据分析（18）"), "{}", page.text);
    assert!(page.text.contains("基本信息设置（30）") && !page.text.contains("账号管理"));
    assert_eq!(page.link("/authorize/wx"), format!("/authorize/{COMPONENT}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_not_taken_with_another_code_or_when_it_was_made_up() {
    let world = World::new().await;
    let back = world.authorize(&ALL).await;
    world.get(Browser::Pc, &back).await;

    for (path, status, words) in [
        (with(&back, "auth_code", "queryauthcode@@@other"), 409, "链接已使用"),
        (with(&back, "state", "made-up"), 400, "这个返回地址无效"),
        (with(&back, "state", ""), 400, "这个返回地址无效"),
        (with(&back, "auth_code", ""), 400, "授权没有完成"),
    ] {
        let page = world.get(Browser::Pc, &path).await;
        assert_eq!(page.status.as_u16(), status, "{path}");
        assert!(page.text.contains(words), "{path}: {}", page.text);
        assert_eq!(page.link("/authorize/wx"), format!("/authorize/{COMPONENT}"));
    }
    assert_eq!(world.simulator.count(QUERY_AUTH), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_wechat_does_not_know_ends_in_words() {
    let world = World::new().await;
    let back = with(&world.authorize(&ALL).await, "auth_code", "queryauthcode@@@made-up");

    let page = world.get(Browser::Pc, &back).await;

    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.text.contains("微信不再接受这次授权"), "{}", page.text);
    assert!(!page.text.contains("made-up"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_wechats_is_made_up_for_before_the_merchant_is_told() {
    let world = World::new().await;
    let back = world.authorize(&ALL).await;
    let lost = Fault { acted: true, ..Fault::new(QUERY_AUTH, How::CutConnection) };
    world.simulator.fail(lost);

    let page = world.get(Browser::Pc, &back).await;

    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains(MERCHANT_NAME), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_cannot_be_read_does_not_spoil_the_result() {
    let world = World::new().await;
    let back = world.authorize(&ALL).await;
    let info = "/cgi-bin/component/api_get_authorizer_info";
    world.simulator.fail(Fault::new(info, How::Errcode(-1)));

    let page = world.get(Browser::Pc, &back).await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("授权成功") && page.text.contains(MERCHANT), "{}", page.text);
}
