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
        assert_eq!(page.count, 5, "on all pages together");
        found.extend(page.members.iter().map(|member| member.appid.clone()));
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
async fn accounts_that_are_named_are_found_and_no_others() {
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

    assert_eq!(first.members[0].appid, appids[1]);
    assert_eq!(rest.members.len(), 1);
    assert_eq!(rest.members[0].appid, appids[3]);
    assert_eq!(rest.members[0].stage, Stage::Untouched);
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

/// What a search finds, by appid.
async fn found(world: &World, wanted: serde_json::Value) -> Vec<String> {
    let segments = &world.platform.segments;
    let found = segments.members(&component_appid(), &query(wanted), None, 200).await.unwrap();
    assert_eq!(found.count, found.members.len());
    found.members.iter().map(|entry| entry.appid.to_string()).collect()
}

/// A process that has read nothing yet.
fn restarted(world: &World) -> platform::segments::Segments {
    let mut segments = world.platform.segments.clone();
    segments.roster.known = platform::roster::Known::default();
    segments
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_was_written_before_it_in_this_process_and_in_others() {
    let world = World::new().await;
    let appids = authorized(&world, 3).await;
    assert_eq!(found(&world, json!({ "text": "0000010" })).await.len(), 3);
    assert!(found(&world, json!({ "text": "lunch" })).await.is_empty());

    tag(&world, &appids[1], &["lunchtime"], &[]).await;
    assert_eq!(found(&world, json!({ "text": "LUNCH" })).await, [appids[1].as_str()]);
    let other = restarted(&world);
    let lunch = query(json!({ "tags": { "any": ["lunchtime"] } }));
    let there = other.members(&component_appid(), &lunch, None, 9).await.unwrap();
    assert_eq!(there.count, 1, "packed before, marked since");

    tag(&world, &appids[1], &["dinner"], &["lunchtime"]).await;
    let there = other.members(&component_appid(), &lunch, None, 9).await.unwrap();
    assert_eq!(there.count, 0, "marked again");
    let newcomer = authorized(&world, 4).await.remove(3);
    assert!(found(&world, json!({})).await.contains(&newcomer.to_string()));
    let grants = &world.platform.grants;
    grants.unauthorized(&component_appid(), &appids[0], START + 1000).await.unwrap();
    assert_eq!(found(&world, json!({ "authorized": false })).await, [appids[0].as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_marks_are_packed_and_taken_away() {
    let world = World::new().await;
    let component = component_appid();
    authorized(&world, 2).await;
    let table = &world.platform.tables.fleet;
    // Accounts of two hundred merchants, as their authorizations leave them.
    for n in 0..210 {
        let item = json!({
            "pk": format!("apps#{component}"), "sk": format!("wx00000000000002{n:02x}"),
            "component": component, "version": 1, "tags": ["old"],
            "authorization": { "state": "authorized", "order": 1 },
        });
        table.put(table.item(&item).unwrap()).await.unwrap();
    }
    let segments = &world.platform.segments;
    let old = query(json!({ "text": "old" }));
    assert_eq!(segments.members(&component, &old, None, 1).await.unwrap().count, 210);
    for n in 0..210 {
        let appid: AppId = format!("wx00000000000002{n:02x}").parse().unwrap();
        assert_eq!(tag(&world, &appid, &["new"], &["old"]).await, Tagged::Done);
    }

    let marks = format!("roster-marks#{component}");
    let (before, _) = table.page::<serde_json::Value>(&marks, "wx", None, 500).await.unwrap();
    assert!(before.len() >= 210, "each is marked: {}", before.len());
    let new = query(json!({ "tags": { "all": ["new"] } }));
    assert_eq!(segments.members(&component, &new, None, 1).await.unwrap().count, 210);
    let (after, _) = table.page::<serde_json::Value>(&marks, "wx", None, 500).await.unwrap();
    assert!(after.is_empty(), "{after:?}");
    let there = restarted(&world).members(&component, &new, None, 1).await.unwrap();
    assert_eq!((there.count, there.members.len()), (210, 1), "from the chunks alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_that_stayed_are_neither_read_again_nor_kept() {
    let world = World::new().await;
    let component = component_appid();
    let appids = authorized(&world, 3).await;
    let table = &world.platform.tables.fleet;
    let marks = format!("roster-marks#{component}");
    let left = async || {
        let page = table.page::<serde_json::Value>(&marks, "wx", None, 500).await;
        page.unwrap().0
    };
    let before = left().await;
    assert!(before.len() >= 3, "whoever authorizes is marked: {before:?}");
    assert_eq!(found(&world, json!({})).await.len(), 3, "packed for the first time");
    assert!(left().await.is_empty(), "with everything that was marked");

    // Whoever packed them died before the marks were gone, and one changed since.
    for mark in &before {
        table.put(table.item(mark).unwrap()).await.unwrap();
    }
    tag(&world, &appids[1], &["lunch"], &[]).await;
    let again = restarted(&world);
    let lunch = query(json!({ "tags": { "all": ["lunch"] } }));
    assert_eq!(again.members(&component, &lunch, None, 9).await.unwrap().count, 1);
    let left = left().await;
    assert_eq!(left.len(), 1, "only what is not packed stays marked: {left:?}");
    assert_eq!(left[0]["sk"], format!("{}#account", appids[1]));
}
