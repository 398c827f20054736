//! Several components in one deployment: tickets, tokens, keys, merchants and releases of one are
//! no business of another's, also where they share a merchant.

use journeys::{Answer, EMPTY_MERCHANT, MERCHANT, UNFILED_MERCHANT, World};
use serde_json::{Value, json};
use simulator::{Addresses, DraftOptions, Expire, Expiring, Revoke, Verdict};

/// Longer than WeChat's privacy detection runs after a commit, in seconds.
const DETECTION: i64 = 60;

/// The beginnings of keys that belong to the deployment and to no component.
const OF_THE_DEPLOYMENT: [&str; 6] =
    ["key#", "idempotency#", "audit#", "audit-day#", "audit-chain", "confirm-file#"];

struct Three(World);

impl Three {
    /// Three components in working order.
    async fn start() -> Three {
        let world = World::start_components(3, |_| {}).await;
        world.begin().await;
        Three(world)
    }

    /// The appid of a component by its place.
    fn appid(&self, place: usize) -> String {
        self.0.components()[place].to_owned()
    }

    fn path(&self, place: usize, merchant: &str, rest: &str) -> String {
        format!("/v1/components/{}/mini-programs/{merchant}{rest}", self.appid(place))
    }

    async fn get(&self, place: usize, merchant: &str, rest: &str) -> Answer {
        self.0.operator().get(&self.path(place, merchant, rest)).await
    }

    async fn authorize(&self, place: usize, merchant: &str) {
        let page = self.0.authorize_component(&self.appid(place), merchant, "push-first").await;
        page.expect_status(200);
        self.0.settle().await;
    }

    /// Takes a draft of a component's own into its library.
    async fn template(&self, place: usize, version: &str) -> i64 {
        let component = self.appid(place);
        let draft = DraftOptions {
            user_version: version.to_owned(),
            source_miniprogram_appid: format!("wx00000000000000d{place}"),
            pages: vec!["pages/index/index".to_owned()],
            ..DraftOptions::default()
        };
        let draft = self.0.simulator().add_draft_to(&component, draft).unwrap();
        let path = format!("/v1/components/{component}/templates");
        let operator = self.0.operator();
        let added = operator.post(&path, json!({ "draft_id": draft })).await;
        assert!(added.status.is_success(), "{}", added.text());
        let templates = operator.get(&path).await.expect_status(200).json();
        let mut templates = templates["templates"].as_array().unwrap().iter();
        let template = templates.find(|it| it["user_version"] == version).unwrap();
        template["template_id"].as_i64().unwrap()
    }

    async fn put_trial(&self, place: usize, merchant: &str, template: i64) -> Answer {
        let order = json!({
            "template_id": template, "user_version": format!("1.0.{place}"), "user_desc": "首版",
            "ext": {},
        });
        self.0.operator().put(&self.path(place, merchant, "/trial"), order).await
    }

    async fn component(&self, place: usize) -> Value {
        let path = format!("/v1/components/{}", self.appid(place));
        self.0.operator().get(&path).await.expect_status(200).json()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_components_live_side_by_side_and_nothing_crosses() {
    let three = Three::start().await;
    let world = &three.0;

    // Tickets and tokens: one of each for each.
    assert_eq!(world.calls("/cgi-bin/component/api_component_token"), 3);
    for place in 0..3 {
        let shown = three.component(place).await;
        assert_eq!(shown["token"]["state"], "active", "{shown:#}");
        assert_eq!(shown["token"]["version"], 1);
    }
    // One merchant on two components, and one on each of the others.
    three.authorize(0, MERCHANT).await;
    three.authorize(2, EMPTY_MERCHANT).await;
    three.authorize(1, MERCHANT).await;
    three.authorize(1, UNFILED_MERCHANT).await;
    for (place, merchants) in
        [(0, vec![MERCHANT]), (1, vec![UNFILED_MERCHANT, MERCHANT]), (2, vec![EMPTY_MERCHANT])]
    {
        let path = format!("/v1/components/{}/mini-programs", three.appid(place));
        let list = world.operator().get(&path).await.expect_status(200).json();
        let listed = list["mini_programs"].as_array().unwrap().iter();
        let listed: Vec<&str> = listed.map(|account| account["appid"].as_str().unwrap()).collect();
        assert_eq!(listed, merchants, "{place}");
    }
    three.get(2, MERCHANT, "").await.expect_status(404);

    // Each has its own library; a template of another's is none.
    let (first, second) = (three.template(0, "a-1").await, three.template(1, "b-1").await);
    assert!(!three.put_trial(1, MERCHANT, first).await.status.is_success());
    three.put_trial(0, MERCHANT, first).await.expect_status(200);
    three.put_trial(1, UNFILED_MERCHANT, second).await.expect_status(200);
    world.later(DETECTION).await;
    let review = world.operator().post(&three.path(0, MERCHANT, "/review"), json!({})).await;
    assert!(review.status.is_success(), "{}", review.text());
    world.later(DETECTION).await;
    let reviewed = world.simulator().approve(Verdict::on(MERCHANT)).await.unwrap();
    assert!(reviewed.push.unwrap().accepted);
    world.settle().await;
    let released = world.operator().post(&three.path(0, MERCHANT, "/release"), json!({})).await;
    assert_eq!(released.expect_status(200).json()["online"]["user_version"], "1.0.0");
    let other = three.get(1, MERCHANT, "/release").await.expect_status(200).json();
    assert!(other["online"].is_null(), "the other component released nothing: {other:#}");
    for event in world.aws().bus().events() {
        if event.detail_type.starts_with("release.") {
            let component = event.detail["component"].as_str().unwrap();
            let place = world.components().iter().position(|known| *known == component);
            assert_ne!(place, Some(2), "{event:?}");
            assert!(place == Some(0) || event.detail["appid"] == UNFILED_MERCHANT, "{event:?}");
        }
    }

    // The whole cycle: every merchant's token is renewed, each with its own component's token.
    world.simulator().clear_log();
    for _ in 0..12 {
        world.clock().advance(600);
        world.push_ticket().await;
        world.tick().await;
    }
    let log = world.simulator().log();
    let mut renewed: Vec<(&str, String)> = Vec::new();
    for call in log.of("/cgi-bin/component/api_authorizer_token") {
        assert_eq!(call.errcode.unwrap_or(0), 0, "{call:?}");
        let body: Value = serde_json::from_str(&call.body).unwrap();
        assert_eq!(body["component_appid"], call.component.as_str());
        renewed.push((&call.component, body["authorizer_appid"].as_str().unwrap().to_owned()));
    }
    renewed.sort();
    renewed.dedup();
    assert_eq!(renewed.len(), 4, "{renewed:?}");

    // The merchant withdraws from one of the two.
    let revoke =
        Revoke { component: Some(three.appid(1)), appid: MERCHANT.to_owned(), ..Revoke::default() };
    world.simulator().revoke(revoke).await.unwrap();
    world.settle().await;
    assert_eq!(three.get(1, MERCHANT, "").await.json()["authorized"], false);
    assert_eq!(three.get(0, MERCHANT, "").await.json()["authorized"], true);
    three.get(0, MERCHANT, "/testers").await.expect_status(200);
    three.get(0, MERCHANT, "/server-domains").await.expect_status(200);
    let refused = three.get(1, MERCHANT, "/server-domains").await;
    let refused = refused.expect_status(409).json();
    let link = refused["authorization_link"].as_str().unwrap();
    assert!(link.ends_with(&format!("/authorize/{}", three.appid(1))), "{link}");

    every_stored_key_names_its_component(world);
}

/// Every item of every table: its key names one component, and what is in it names no other.
fn every_stored_key_names_its_component(world: &World) {
    let mut seen = 0;
    for table in ["inbox", "tokens", "fleet"] {
        for item in world.aws().database().items(table).unwrap() {
            let key = item["pk"]["S"].as_str().unwrap();
            if OF_THE_DEPLOYMENT.iter().any(|start| key.starts_with(start)) {
                continue;
            }
            let text = item.to_string();
            let names = |text: &str| -> Vec<String> {
                let known = world.components().into_iter().filter(|it| text.contains(it));
                known.map(str::to_owned).collect()
            };
            assert_eq!(names(key).len(), 1, "{table}: {key}");
            assert_eq!(names(&text), names(key), "{table}: {key} holds what is another's");
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_to_one_component_that_another_signed_is_refused() {
    let three = Three::start().await;
    let world = &three.0;
    let inbox = || world.aws().database().items("inbox").unwrap();
    let before = inbox();

    // WeChat's console has the wrong address for the second: the first one's.
    let address = format!("{}/wechat/{}/events", world.system().base_url(), three.appid(0));
    let addresses = Addresses {
        component: Some(three.appid(1)),
        event_url: Some(address),
        ..Addresses::default()
    };
    world.simulator().set_addresses(addresses).unwrap();
    world.clock().advance(700);
    let pushed = world.simulator().push_ticket_to(Some(&three.appid(1))).await.unwrap();
    let authorized = simulator::Authorize {
        component: Some(three.appid(1)),
        ..simulator::Authorize::new(MERCHANT)
    };
    let authorized = world.simulator().authorize(authorized).await.unwrap();
    world.settle().await;

    assert!(!pushed.delivery.accepted);
    assert!(!authorized.push.unwrap().accepted);
    assert_eq!(inbox(), before, "nothing was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_of_one_component_is_no_trouble_of_another() {
    let three = Three::start().await;
    let world = &three.0;
    three.authorize(0, MERCHANT).await;
    three.authorize(1, MERCHANT).await;

    // WeChat takes the first one's tickets no longer; its tokens run out.
    for what in [Expiring::Tickets, Expiring::ComponentTokens] {
        let mut expire = Expire::new(what);
        expire.component = Some(three.appid(0));
        world.simulator().expire(expire).unwrap();
    }
    world.clock().advance(7300);
    world.simulator().push_ticket_to(Some(&three.appid(1))).await.unwrap();
    let summary = world.system().tick().await;

    assert!(!summary.failed.is_empty());
    assert!(summary.failed.iter().all(|failed| failed.contains(&three.appid(0))), "{summary:?}");
    three.get(1, MERCHANT, "/testers").await.expect_status(200);
    three.get(1, MERCHANT, "/server-domains").await.expect_status(200);
    assert!(!three.get(0, MERCHANT, "/server-domains").await.status.is_success());
}
