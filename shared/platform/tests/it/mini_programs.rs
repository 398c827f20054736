//! Records of accounts.

use platform::{
    AppId,
    grants::Source,
    mini_programs::{AuthorizationState, MiniProgramError},
};

use crate::{
    wechat::AUTH_TIME,
    world::{MERCHANT, START, World, component_appid, merchant, secret},
};

async fn authorized(world: &World, appid: &str) {
    let code = secret(&world.wechat.authorize(appid, &[17, 18], AUTH_TIME));
    let source = Source::Authorized { create_time: START, appid: appid.parse().unwrap() };
    world.platform.grants.exchange(&component_appid(), &code, &source).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_read_from_wechat_and_kept() {
    let world = World::new().await;
    authorized(&world, MERCHANT).await;
    let records = &world.platform.mini_programs;

    let refreshed = records.refresh_profile(&component_appid(), &merchant()).await.unwrap();

    let found = records.find(&component_appid(), &merchant()).await.unwrap().unwrap();
    assert_eq!(found, refreshed);
    assert_eq!(found.profile.nick_name, "小店");
    assert_eq!(found.profile.principal_name, "某某有限公司");
    assert!(found.profile.is_mini_program);
    assert_eq!(found.profile.verify_type, Some(-1));
    assert_eq!(found.profile.signature, None, "an empty introduction is none");
    assert_eq!(found.profile.categories[0].second, "备忘录");
    assert_eq!(found.missing_permission_sets, [30]);
    assert_eq!(found.profile_refreshed_at.unwrap().as_second(), START);
    assert_eq!(found.version, 2);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["nick_name"], "小店");
    assert_eq!(json["authorization"]["state"], "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_arrives_after_the_withdrawal_does_not_touch_the_tombstone() {
    let world = World::new().await;
    authorized(&world, MERCHANT).await;
    world.wechat.close();
    let records = world.platform.mini_programs.clone();
    let refresh =
        tokio::spawn(async move { records.refresh_profile(&component_appid(), &merchant()).await });
    world.wechat.called("api_get_authorizer_info", 1).await;

    let grants = &world.platform.grants;
    grants.unauthorized(&component_appid(), &merchant(), START + 9).await.unwrap();
    world.wechat.open();

    let refused = refresh.await.unwrap();
    assert!(matches!(refused, Err(MiniProgramError::NotAuthorized(_))), "{refused:?}");
    let records = &world.platform.mini_programs;
    let found = records.find(&component_appid(), &merchant()).await.unwrap().unwrap();
    assert_eq!(found.authorization.state, AuthorizationState::Unauthorized);
    assert_eq!(found.profile.nick_name, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_page_by_page_and_keeps_those_that_withdrew() {
    let world = World::new().await;
    let appids: Vec<String> = (0..5).map(|n| format!("wx00000000000000a{n}")).collect();
    for appid in &appids {
        authorized(&world, appid).await;
    }
    let gone: AppId = appids[1].parse().unwrap();
    world.platform.grants.unauthorized(&component_appid(), &gone, START + 9).await.unwrap();

    let (mut found, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let records = &world.platform.mini_programs;
        let page = records.list(&component_appid(), cursor.as_deref(), 2).await.unwrap();
        found.extend(page.items.into_iter().map(|item| item.appid.to_string()));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }

    assert_eq!(found, appids);
    assert_eq!(pages, 3);
    let other = "wx00000000000000c1".parse().unwrap();
    assert!(world.platform.mini_programs.list(&other, None, 9).await.unwrap().items.is_empty());
}
