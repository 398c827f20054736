//! Segments: who belongs to one, found page by page in our own tables.

use std::collections::BTreeSet;

use platform::{
    AppId,
    grants::Source,
    mini_programs::{LabelError, Tagged},
    segments::{Query, SegmentError, Stage},
};
use serde_json::json;

use crate::world::{START, World, component_appid, secret};

async fn authorized(world: &World, count: usize) -> Vec<AppId> {
    let mut appids = Vec::new();
    for n in 0..count {
        let appid = format!("wx00000000000001{n:02}");
        let code = secret(&world.wechat.authorize(&appid, &[17, 18], crate::wechat::AUTH_TIME));
        let appid: AppId = appid.parse().unwrap();
        let source = Source::Authorized { create_time: START, appid: appid.clone() };
        world.platform.grants.exchange(&component_appid(), &code, &source).await.unwrap();
        appids.push(appid);
    }
    appids
}

fn query(query: serde_json::Value) -> Query {
    serde_json::from_value(query).unwrap()
}

async fn tag(world: &World, appid: &AppId, add: &[&str], remove: &[&str]) -> Tagged {
    let own = |tags: &[&str]| -> Vec<String> { tags.iter().map(|tag| (*tag).into()).collect() };
    let programs = &world.platform.mini_programs;
    programs.tag(&component_appid(), appid, &own(add), &own(remove)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_found_page_by_page_and_none_is_found_twice() {
    let world = World::new().await;
    let appids = authorized(&world, 9).await;
    for appid in appids.iter().step_by(2) {
        assert_eq!(tag(&world, appid, &["restaurant"], &[]).await, Tagged::Done);
    }
    let restaurants = query(json!({ "tags": { "any": ["restaurant"] } }));
    let segments = &world.platform.segments;

    let (mut found, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = segments.members(&component_appid(), &restaurants, cursor.as_deref(), 2).await;
        let page = page.unwrap();
        assert!(page.members.len() <= 2);
        found.extend(page.members.into_iter().map(|member| member.account.appid));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }

    let expected: Vec<AppId> = appids.iter().step_by(2).cloned().collect();
    assert_eq!(found, expected);
    assert!(pages >= 3, "{pages}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_are_named_are_read_and_no_others() {
    let world = World::new().await;
    let appids = authorized(&world, 5).await;
    let named = Query {
        appids: vec![appids[3].clone(), appids[1].clone(), "wxffffffffffffffff".parse().unwrap()],
        ..Query::default()
    };
    let segments = &world.platform.segments;

    let first = segments.members(&component_appid(), &named, None, 1).await.unwrap();
    let rest = segments.members(&component_appid(), &named, first.next.as_deref(), 9).await;
    let rest = rest.unwrap();

    assert_eq!(first.members[0].account.appid, appids[1]);
    assert_eq!(rest.members.len(), 1);
    assert_eq!(rest.members[0].account.appid, appids[3]);
    assert_eq!(Stage::of(&rest.members[0].standing), Stage::Untouched);
    assert_eq!(rest.next, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_written_at_the_same_time_are_all_kept() {
    let world = World::new().await;
    let appid = authorized(&world, 1).await.remove(0);

    let (one, other, third) = tokio::join!(
        tag(&world, &appid, &["a"], &[]),
        tag(&world, &appid, &["b"], &[]),
        tag(&world, &appid, &["c"], &["nothing"]),
    );
    tag(&world, &appid, &[], &["b"]).await;

    assert_eq!([one, other, third], [Tagged::Done; 3]);
    let programs = &world.platform.mini_programs;
    let account = programs.find(&component_appid(), &appid).await.unwrap().unwrap();
    assert_eq!(account.tags, ["a", "c"]);
    assert!(account.is_authorized(), "nothing else was touched");
    let many: Vec<String> = (0..60).map(|n| format!("t{n}")).collect();
    let refused = programs.tag(&component_appid(), &appid, &many, &[]).await.unwrap();
    assert_eq!(refused, Tagged::TooMany);
    let nobody: AppId = "wxffffffffffffffff".parse().unwrap();
    assert_eq!(tag(&world, &nobody, &["a"], &[]).await, Tagged::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_outlive_a_withdrawal_and_a_new_authorization() {
    let world = World::new().await;
    let appid = authorized(&world, 1).await.remove(0);
    let programs = &world.platform.mini_programs;
    tag(&world, &appid, &["restaurant"], &[]).await;
    let variables = serde_json::Map::from_iter([("shop".to_owned(), json!("8812"))]);
    programs.set_variables(&component_appid(), &appid, &variables).await.unwrap();

    let grants = &world.platform.grants;
    grants.unauthorized(&component_appid(), &appid, START + 9).await.unwrap();
    authorized(&world, 1).await;

    let account = programs.find(&component_appid(), &appid).await.unwrap().unwrap();
    assert_eq!(account.tags, ["restaurant"]);
    assert_eq!(account.variables, variables);
    let nobody: AppId = "wxffffffffffffffff".parse().unwrap();
    let refused = programs.set_variables(&component_appid(), &nobody, &variables).await;
    assert!(matches!(refused, Err(LabelError::Unknown(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_is_saved_changed_and_forgotten() {
    let world = World::new().await;
    let segments = &world.platform.segments;
    let component = component_appid();
    let wanted = query(json!({ "tags": { "any": ["餐饮"] }, "version": { "not": ["3.2.0"] } }));

    let made = segments.create(&component, "key", "餐饮", wanted.clone()).await.unwrap();
    let changed = segments.change(&component, &made.id, "全部", Query::default()).await.unwrap();

    assert_eq!(made.query, wanted);
    assert_eq!(segments.find(&component, &made.id).await.unwrap(), changed);
    assert_eq!((changed.version, &*changed.name), (2, "全部"));
    assert_eq!(segments.list(&component).await.unwrap(), [changed]);
    let wrong = query(json!({ "tags": { "all": ["a b", "c,d"] } }));
    let refused = segments.create(&component, "key", "", wrong).await;
    let Err(SegmentError::Invalid(wrong)) = refused else { panic!("{refused:?}") };
    let places: BTreeSet<_> = wrong.iter().map(|wrong| &*wrong.pointer).collect();
    assert_eq!(places, BTreeSet::from(["/name", "/query/tags/all/0", "/query/tags/all/1"]));
    segments.delete(&component, &made.id).await.unwrap();
    let gone = segments.find(&component, &made.id).await;
    assert!(matches!(gone, Err(SegmentError::NotFound(_))), "{gone:?}");
}
