//! Paths that move what this platform keeps a record of.

use jiff::SignedDuration;
use platform::{
    clock::Clock,
    releases::{NewTrial, Standing},
};
use serde_json::json;

use crate::{gateway::Call, world::World};
use local::aws::{Fault, Service};

const OWNED: [&str; 12] = [
    "/wxa/commit",
    "/wxa/submit_audit",
    "/wxa/undocodeaudit",
    "/wxa/release",
    "/wxa/revertcoderelease",
    "/wxa/grayrelease",
    "/wxa/revertgrayrelease",
    "/wxa/change_visitstatus",
    "/wxa/modify_domain",
    "/wxa/modify_domain_directly",
    "/wxa/setwebviewdomain",
    "/wxa/speedupaudit",
];

impl World {
    /// A mini program with a trial version that this platform committed.
    async fn committed(&self, key: &str) -> Standing {
        let drafts = self.component_at("/wxa/gettemplatedraftlist");
        let drafts = self.send(Call::get(&drafts).key(key)).await.json();
        let add = Call::post(&self.component_at("/wxa/addtotemplate"))
            .json(json!({ "draft_id": drafts["draft_list"][0]["draft_id"] }));
        assert_eq!(self.send(add.key(key)).await.errcode(), 0);
        let list = self.component_at("/wxa/gettemplatelist");
        let templates = self.send(Call::get(&list).key(key)).await.json();
        let trial = NewTrial {
            template_id: templates["template_list"][0]["template_id"].as_i64().unwrap(),
            user_version: "1.0.0".to_owned(),
            user_desc: "堂食点单".to_owned(),
            ..NewTrial::default()
        };
        let releases = &self.others.platform.releases;
        releases.commit(&self.component, &self.merchant, &trial).await.unwrap()
    }
}

#[tokio::test]
async fn they_are_refused_with_what_to_use_instead() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let before = world.wire.count();
    for path in OWNED {
        let problem = world.send(Call::post(&world.at(path)).key(&key)).await.problem(403);
        assert_eq!(problem["type"], "urn:wechat-fleet:problem:state-machine", "{path}");
        assert!(problem["what_to_do"].as_str().unwrap().contains("/v1/"), "{problem}");
    }
    assert_eq!(world.wire.count(), before, "nothing was sent");
}

#[tokio::test]
async fn with_the_scope_they_go_through_and_the_record_is_checked() {
    let world = World::new().await;
    let key = world.key(&["relay", "relay:state-machine"]).await;
    let ours = world.committed(&key).await;
    assert!(ours.changed_outside.is_empty());
    let releases = &world.others.platform.releases;
    let commit = json!({
        "template_id": ours.trial.unwrap().template_id, "user_version": "9.9.9",
        "user_desc": "by a script", "ext_json": "{}",
    });

    let reply = world.send(Call::post(&world.at("/wxa/commit")).json(commit).key(&key)).await;

    assert_eq!(reply.errcode(), 0, "{reply:?}");
    let marked = releases.show(&world.component, &world.merchant).await.unwrap();
    let at = world.clock.now() + SignedDuration::from_secs(60);
    assert_eq!(marked.check_at, Some(at));
    assert!(releases.due(10).await.unwrap().is_empty(), "not before the call is over");
    world.clock.forward(60);
    for (component, appid) in releases.due(10).await.unwrap() {
        releases.advance(&component, &appid).await.unwrap();
    }
    let checked = releases.show(&world.component, &world.merchant).await.unwrap();
    assert_eq!(checked.changed_outside.len(), 1);
    assert!(checked.changed_outside[0].seen.contains("9.9.9"), "{checked:?}");
    assert_eq!(checked.check_at, None);
    assert!(releases.due(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn while_the_tables_are_away_nothing_is_done() {
    let world = World::new().await;
    let key = world.key(&["relay", "relay:state-machine"]).await;
    let release = || Call::post(&world.at("/wxa/release")).json(json!({})).key(&key);
    // The first call is to find its tokens and its key.
    world.send(release()).await;
    let before = world.wire.count();
    world.aws.inject(Service::DynamoDb, Fault::Failing);
    world.send(release()).await.problem(503);
    assert_eq!(world.wire.count(), before);
}

#[tokio::test]
async fn where_it_takes_two_what_moves_releases_is_closed_to_every_machine() {
    let world = World::new().await;
    let key = world.key(&["relay", "relay:state-machine"]).await;
    let admin = world.an_admin();
    let required = [platform::approvals::Decision::RelayStateMachine].into();
    world.others.approvals.set_policy(&admin, required).await.unwrap();

    let refused = world.send(Call::post(&world.at("/wxa/release")).key(&key)).await;

    let problem = refused.problem(403);
    assert_eq!(problem["type"], "urn:wechat-fleet:problem:state-machine");
    let read = world.send(Call::get(&world.at("/wxa/getversioninfo")).key(&key)).await;
    assert_eq!(read.status, 200, "{read:?}");
}
