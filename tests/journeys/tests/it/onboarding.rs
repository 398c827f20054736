//! J2 by itself: from a registration to the first release, without a person but for the filing.

use journeys::{MERCHANT, World};
use serde_json::{Value, json};
use simulator::{Authorize, Fault, How, Verdict, Via};

use crate::{
    registration::{Desk, company, of_task, picture},
    shop::DETECTION,
};

/// Puts a plan that takes a mini program as far as it can be taken.
async fn plan(world: &World) {
    let operator = world.operator();
    let component = format!("/v1/components/{}", world.component());
    let drafts = operator.get(&format!("{component}/drafts")).await.expect_status(200).json();
    let draft = json!({ "draft_id": drafts["drafts"][0]["draft_id"] });
    let added = operator.post(&format!("{component}/templates"), draft).await;
    assert!(added.status.is_success(), "{}", added.text());
    let templates = operator.get(&format!("{component}/templates")).await.expect_status(200).json();
    let plan = json!({
        "automatic": true,
        "server_domains": { "domains": { "requestdomain": ["https://api.noodles.example.com"] } },
        "privacy": {
            "owner": { "phone": "010-88880000", "notice_method": "弹窗" },
            "statements": [
                { "key": "UserInfo", "purpose": "展示昵称" },
                { "key": "PhoneNumber", "purpose": "联系顾客" },
            ],
        },
        "testers": ["tester_of_the_house"],
        "categories": { "categories": [{ "first": 220, "second": 221 }] },
        "trial": {
            "template_id": templates["templates"][0]["template_id"], "user_version": "1.0.0",
            "ext": { "ext": { "shop": "{{appid}}" } },
        },
        "review": { "version_desc": "首个版本" },
        "release": "on-approval",
    });
    let path = format!("{component}/onboarding-plan");
    operator.put(&path, plan).await.expect_status(200);
}

async fn onboarding(world: &World, appid: &str) -> Value {
    let path = format!("{}/onboarding", world.mini_program(appid));
    world.operator().get(&path).await.expect_status(200).json()
}

async fn board(world: &World, query: &str) -> Value {
    let path = format!("/v1/components/{}/onboardings{query}", world.component());
    world.operator().get(&path).await.expect_status(200).json()
}

#[track_caller]
fn present(onboarding: &Value) -> &Value {
    let steps = onboarding["steps"].as_array().unwrap();
    let is_open = |step: &&Value| !matches!(step["state"].as_str(), Some("done" | "left-out"));
    steps.iter().find(is_open).unwrap_or_else(|| panic!("it has ended: {onboarding:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_company_comes_to_its_first_release_by_itself_but_for_the_filing() {
    let desk = Desk::open().await;
    let world = &desk.world;
    plan(world).await;

    // Registered: the legal person confirms, the grant is exchanged, and the onboarding begins.
    let begun = desk.begin(company()).await;
    let appid = desk.confirm(of_task(&begun)).await.unwrap();
    world.later(60).await;

    // It is configured and its code is on trial; it stops at the filing and says what to do.
    let stopped = onboarding(world, &appid).await;
    assert_eq!((&stopped["stage"], &stopped["state"]), (&json!("filing"), &json!("waiting")));
    let step = present(&stopped);
    assert_eq!(step["whom"], "operator", "{stopped:#}");
    let what_to_do = step["what_to_do"].as_str().unwrap();
    assert!(what_to_do.contains("名称") || what_to_do.contains("人脸核验"), "{what_to_do}");
    let waiting = board(world, "?whom=operator").await;
    assert_eq!(waiting["onboardings"][0]["appid"], json!(appid), "{waiting:#}");
    let attention = world.operator().get("/v1/attention").await.expect_status(200).json();
    let items = attention["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["kind"] == "onboarding-waits"), "{attention:#}");
    for (path, times) in [("/wxa/commit", 1), ("/wxa/bind_tester", 1), ("/wxa/submit_audit", 0)] {
        assert_eq!(world.calls(path), times, "{path}");
    }

    // A person completes the profile and files.
    let path = |rest: &str| format!("{}/{rest}", world.mini_program(&appid));
    let operator = world.operator();
    let name = json!({ "name": "城南新馆" });
    operator.put(&path("profile/name"), name).await.expect_status(200);
    let avatar = operator.send_file("PUT", &path("profile/avatar"), "image/png", picture()).await;
    avatar.expect_status(200);
    let words = json!({ "introduction": "手工面条，在线点单，到店自取。" });
    operator.put(&path("profile/introduction"), words).await.expect_status(200);
    world.simulator().set_icp(&appid, 6).unwrap();
    operator.post(&path("filing/refresh"), json!({})).await.expect_status(200);

    // From here on it is alone with WeChat.
    world.later(60).await;
    world.later(DETECTION).await;
    world.later(DETECTION).await;
    let reviewed = board(world, "?stage=review").await;
    let row = &reviewed["onboardings"][0];
    assert_eq!(row["whom"], "wechat", "{:#}", onboarding(world, &appid).await);
    let approved = world.simulator().approve(Verdict::on(appid.as_str())).await.unwrap();
    assert!(approved.push.unwrap().accepted);
    world.settle().await;
    world.later(60).await;

    // Live.
    let finished = onboarding(world, &appid).await;
    assert_eq!(finished["state"], "finished", "{finished:#}");
    let release = operator.get(&path("release")).await.expect_status(200).json();
    assert_eq!(release["online"]["user_version"], "1.0.0");
    let counts = board(world, "").await;
    let column = counts["stages"].as_array().unwrap().iter().find(|it| it["stage"] == "finished");
    assert_eq!(column.unwrap()["count"], 1, "{counts:#}");
    for (path, times) in [("/wxa/commit", 1), ("/wxa/submit_audit", 1), ("/wxa/release", 1)] {
        assert_eq!(world.calls(path), times, "{path}");
    }
    for (kind, times) in [("began", 1), ("step", 9), ("finished", 1)] {
        assert_eq!(world.events(&format!("onboarding.{kind}")).len(), times, "{kind}");
    }
    let timeline = operator.get(&path("timeline?limit=100")).await.expect_status(200).json();
    let entries = timeline["entries"].as_array().unwrap();
    let words = entries.iter().find(|entry| entry["kind"] == "onboarding.waits").unwrap();
    assert!(words["text"].as_str().unwrap().starts_with("上线流程停在"), "{words:#}");
    assert!(world.aws().queues().named("events").unwrap().dead_letters().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_between_the_grant_and_the_beginning_loses_nothing() {
    let world = World::start().await;
    world.begin().await;
    plan(&world).await;
    // The grant is stored, and its event does not reach the bus.
    world.aws().bus().refuse_next_entries(usize::MAX);
    world.authorize_via(MERCHANT, "redirect-only").await.expect_status(200);
    world.settle().await;
    world.aws().bus().refuse_next_entries(0);
    assert!(world.events("merchant.authorized").is_empty());
    let path = format!("{}/onboarding", world.mini_program(MERCHANT));
    world.operator().get(&path).await.expect_status(404);

    // The clock tells it all the same, and the queue delivers it twice.
    world.later(60).await;
    let [event] = &world.events("merchant.authorized")[..] else { panic!("one event") };
    world.aws().bus().repeat(event).unwrap();
    world.settle().await;

    assert_eq!(world.events("onboarding.began").len(), 1);
    world.later(60).await;
    world.later(DETECTION).await;
    let shown = onboarding(&world, MERCHANT).await;
    assert_eq!(shown["stage"], "review", "{shown:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_comes_first_of_push_and_redirect_it_begins_once_and_not_again_later() {
    for via in ["push-first", "redirect-first"] {
        let world = World::start().await;
        world.begin().await;
        plan(&world).await;
        world.authorize_via(MERCHANT, via).await.expect_status(200);
        world.settle().await;
        assert_eq!(world.events("onboarding.began").len(), 1, "{via}");
        let path = format!("{}/onboarding", world.mini_program(MERCHANT));
        world.operator().delete(&path).await.expect_status(204);

        world.clock().advance(120);
        world.authorize_via(MERCHANT, via).await.expect_status(200);
        world.settle().await;

        assert_eq!(world.events("merchant.authorized").len(), 2, "{via}");
        assert_eq!(world.events("onboarding.began").len(), 1, "{via}: it was not the first");
        assert_eq!(onboarding(&world, MERCHANT).await["state"], "stopped");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_who_withdraws_at_once_leaves_nothing_that_cannot_be_worked_off() {
    let world = World::start().await;
    world.begin().await;
    let info = "/cgi-bin/component/api_get_authorizer_info";
    world.simulator().fail(Fault { times: 1000, ..Fault::new(info, How::Errcode(61003)) });
    let authorize = Authorize { via: Via::PushOnly, ..Authorize::new(MERCHANT) };
    world.simulator().authorize(authorize).await.unwrap();
    world.settle().await;

    // Longer than a message is out of sight, as often as the queue delivers it.
    for _ in 0..5 {
        world.later(400).await;
    }

    assert_eq!(world.events("merchant.authorized").len(), 1);
    let events = world.aws().queues().named("events").unwrap();
    assert!(events.waiting().is_empty(), "{:?}", events.waiting());
    assert!(events.dead_letters().is_empty(), "{:?}", events.dead_letters());
}
