//! J9: WeChat's check before a platform goes live (全网发布检测).

use journeys::{Answer, Receiver, World};
use serde_json::{Value, json};
use simulator::{Authorize, CheckRelease, Via};

/// The official account of the first pair.
const OFFICIAL_ACCOUNT: &str = "wx570bc396a51b8ff8";

fn self_tests(world: &World) -> String {
    format!("/v1/components/{}/self-tests", world.component())
}

async fn self_test(world: &World, body: Value) -> Value {
    let operator = world.operator();
    let asked: Answer = operator.post(&self_tests(world), body).await.expect_status(202);
    assert_eq!(asked.json()["state"], "running", "{}", asked.text());
    world.settle().await;
    operator.get(asked.header("location")).await.expect_status(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_passes_for_all_five_pairs_of_accounts() {
    let world = World::start().await;
    world.begin().await;

    for pair in 1..=5 {
        let order = CheckRelease { pair, ..CheckRelease::default() };
        let check = world.simulator().check_release(order).await.unwrap();
        assert!(check.passed, "{check:#?}");
        assert_eq!(check.steps.len(), 11, "{check:#?}");
    }
    world.settle().await;

    let attention = world.operator().get("/v1/attention").await.expect_status(200).json();
    assert_eq!(attention["items"], json!([]), "{attention:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn test_accounts_never_join_the_fleet() {
    let world = World::start().await;
    world.begin().await;
    let operator = world.operator();

    // Played once, and authorized again without a push: it stands in WeChat's list from here on.
    world.simulator().check_release(CheckRelease::default()).await.unwrap();
    let silent = Authorize { via: Via::Nothing, ..Authorize::new(OFFICIAL_ACCOUNT) };
    world.simulator().authorize(silent).await.unwrap();
    let component = format!("/v1/components/{}", world.component());
    let run = operator.post(&format!("{component}/reconciliations"), json!({})).await;
    let run = run.expect_status(202);
    for _ in 0..4 {
        world.later(60).await;
    }

    // And once more as anybody does, by our own page, whose push does not come.
    let page = world.authorize_via(OFFICIAL_ACCOUNT, "redirect-only").await.expect_status(200);
    assert!(page.text().contains("全网发布检测"), "{}", page.text());

    let report = operator.get(run.header("location")).await.expect_status(200).json();
    assert_eq!(report["state"], "done", "{report:#}");
    assert_eq!((&report["listed"], &report["taken_in"]), (&json!(1), &json!(0)), "{report:#}");
    let list = operator.get(&format!("{component}/mini-programs")).await.expect_status(200);
    assert_eq!(list.json()["mini_programs"], json!([]));
    assert!(world.events("merchant.authorized").is_empty());
    assert!(world.events("merchant.unauthorized").is_empty());
    operator.get(&world.mini_program(OFFICIAL_ACCOUNT)).await.expect_problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_test_plays_the_whole_check_against_this_deployment() {
    let world = World::start().await;
    world.begin().await;
    let component = format!("/v1/components/{}", world.component());
    let before = world.operator().get(&component).await.json();

    let report = self_test(&world, json!({})).await;

    assert_eq!(report["state"], "passed", "{report:#}");
    let steps = report["steps"].as_array().unwrap();
    // A ticket and a forgery; six steps for each official account, four for each mini program.
    assert_eq!(steps.len(), 2 + 5 * (6 + 4), "{report:#}");
    assert!(steps.iter().all(|step| step["what_to_do"].is_null()), "{report:#}");
    // WeChat was shown ten codes, and refused each.
    assert_eq!(world.calls("/cgi-bin/component/api_query_auth"), 10);
    // Nothing has become of any of it.
    let after = world.operator().get(&component).await.json();
    assert_eq!(before["ticket"]["created_at"], after["ticket"]["created_at"]);
    let list = world.operator().get(&format!("{component}/mini-programs")).await;
    assert_eq!(list.json()["mini_programs"], json!([]));
    let attention = world.operator().get("/v1/attention").await.json();
    assert_eq!(attention["items"], json!([]), "{attention:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_test_says_what_to_do_where_somebody_else_answers() {
    let world = World::start().await;
    world.begin().await;
    let stranger = Receiver::start().await;
    stranger.answer(200, "success");

    let report = self_test(&world, json!({ "base_url": stranger.url() })).await;

    assert_eq!(report["state"], "failed", "{report:#}");
    let steps = report["steps"].as_array().unwrap();
    let forged = steps.iter().find(|step| step["what"] == "推送签名错误的消息。").unwrap();
    assert_eq!(forged["state"], "failed", "it accepts anything: {forged:#}");
    assert!(forged["what_to_do"].as_str().unwrap().contains("不要上线"), "{forged:#}");
    // What it was sent, nobody can read.
    let received = stranger.received();
    assert!(received.iter().all(|push| !push.body.contains("ticket@@@")));
    assert!(received.iter().all(|push| push.body.contains("<Encrypt>")), "{received:?}");

    // Nobody has answered there by the time that patience ends.
    world.clock().advance(120);
    let gone = Receiver::start().await.url();
    let report = self_test(&world, json!({ "base_url": gone })).await;
    assert_eq!(report["state"], "failed", "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_test_calls_no_address_inside() {
    let world = World::start().await;
    let operator = world.operator();
    for wrong in [
        "https://10.0.0.1",
        "https://169.254.169.254",
        "http://fleet.example.com",
        "https://fleet.example.com/path",
        "https://user:word@fleet.example.com",
        "rubbish",
    ] {
        let answer = operator.post(&self_tests(&world), json!({ "base_url": wrong })).await;
        let problem = answer.expect_problem(422);
        assert_eq!(problem["faults"][0]["pointer"], "/base_url", "{wrong}: {problem:#}");
    }
    operator.get(&format!("{}/nonsense", self_tests(&world))).await.expect_problem(404);
}
