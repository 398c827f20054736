//! A company that runs its platform with another system moves here, and back, without losing a
//! token, however WeChat treats tokens that are replaced.

use journeys::{Answer, EMPTY_MERCHANT, MERCHANT, OldSystem, UNFILED_MERCHANT, World};
use serde_json::{Value, json};
use simulator::{Fault, How, RefreshTokens, ReplacedTokens, Revoke, TokenBehaviour, Verdict};

use crate::attention::{attention, of_kind};

/// Every reading of what the documentation leaves open.
fn behaviours() -> impl Iterator<Item = TokenBehaviour> {
    let replaced = [ReplacedTokens::DieAtOnce, ReplacedTokens::LiveFiveMinutes];
    let refresh = [RefreshTokens::Constant, RefreshTokens::Rotate, RefreshTokens::RotateWithGrace];
    replaced.into_iter().flat_map(move |replaced_tokens| {
        refresh.map(|refresh_tokens| TokenBehaviour { replaced_tokens, refresh_tokens })
    })
}

/// Changes the mode, and lets the clock do what follows, up to a phase.
async fn change_mode(world: &World, mode: &str, phase: &str) -> Value {
    let path = format!("/v1/components/{}/mode", world.component());
    let changed = world.operator().put(&path, json!({ "mode": mode })).await;
    assert!(changed.status.is_success(), "{}", changed.text());
    let mut shown = changed.json();
    for _ in 0..20 {
        if shown["phase"] == phase {
            return shown;
        }
        world.tick().await;
        shown = world.operator().get(&path).await.expect_status(200).json();
    }
    panic!("not {phase}: {shown:#}");
}

struct Move {
    world: World,
    old: OldSystem,
}

impl Move {
    /// A component in shadow mode, which another system runs for two merchants.
    async fn start(token_behaviour: TokenBehaviour) -> Move {
        let world = World::start_with(|options| options.token_behaviour = token_behaviour).await;
        change_mode(&world, "shadow", "settled").await;
        let mut old = OldSystem::start(&world).await;
        old.authorize(&world, MERCHANT).await;
        old.authorize(&world, UNFILED_MERCHANT).await;
        world.settle().await;
        Move { world, old }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/components/{}/{rest}", self.world.component())
    }

    async fn mode(&self, body: Value) -> Answer {
        self.world.operator().put(&self.path("mode"), body).await
    }

    async fn import(&self) -> Value {
        let body = json!({ "component_access_token": self.old.component_token() });
        let answer = self.world.operator().post(&self.path("imports"), body).await;
        answer.expect_status(200).json()
    }

    /// The reconciliation that followed the cut-over.
    async fn reconciliation(&self) -> Value {
        let mode = self.world.operator().get(&self.path("mode")).await.json();
        let id = mode["reconciliation"].as_str().unwrap_or_else(|| panic!("none: {mode:#}"));
        let path = self.path(&format!("reconciliations/{id}"));
        self.world.operator().get(&path).await.expect_status(200).json()
    }

    /// A call that needs the merchant's token.
    async fn call(&self, merchant: &str) -> Answer {
        let path = format!("{}/server-domains", self.world.mini_program(merchant));
        self.world.operator().get(&path).await
    }

    /// Time passes here; the other system keeps its tokens alive.
    async fn pass(&mut self, ticks: usize) {
        for tick in 0..ticks {
            self.world.clock().advance(1800);
            if tick % 3 == 2 {
                self.old.keep_component(&self.world).await;
                let merchants: Vec<String> =
                    self.old.merchants().into_iter().map(str::to_owned).collect();
                for merchant in merchants {
                    self.old.renew(&merchant).await;
                }
            } else {
                self.world.push_ticket().await;
            }
            self.world.tick().await;
            self.world.settle().await;
            self.old.expect_undisturbed(&self.world).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_platform_moves_here_and_back_and_no_token_is_lost() {
    for behaviour in behaviours() {
        // On the heap: a test's own stack is short.
        Box::pin(there_and_back(behaviour)).await;
    }
}

async fn there_and_back(behaviour: TokenBehaviour) {
    let mut moving = Box::pin(Move::start(behaviour)).await;

    // In shadow mode nothing is minted, whatever is asked for.
    moving.pass(3).await;
    let refused = moving.call(MERCHANT).await.expect_problem(409);
    assert_eq!(refused["type"], "urn:wechat-fleet:problem:shadow-mode", "{refused:#}");
    let too_early = moving.mode(json!({ "mode": "active" })).await.expect_problem(409);
    assert!(too_early["detail"].as_str().unwrap().contains("imports"), "{too_early:#}");
    moving.old.expect_undisturbed(&moving.world).await;

    // The import, twice: the second says what the other system has renewed meanwhile.
    let first = moving.import().await;
    assert_eq!((&first["done"], &first["total"]), (&json!(2), &json!(2)), "{first}");
    assert_eq!((&first["new"], &first["without_refresh_token"]), (&json!(2), &json!(0)));
    let shown = moving.world.operator().get(&moving.world.mini_program(MERCHANT)).await;
    let shown = shown.expect_status(200).json();
    assert_eq!((&shown["name"], &shown["authorized"]), (&json!("城南面馆"), &json!(true)));
    moving.call(MERCHANT).await.expect_problem(409);
    moving.old.renew(MERCHANT).await;
    let second = moving.import().await;
    let renewed = i64::from(behaviour.refresh_tokens != RefreshTokens::Constant);
    assert_eq!(second["renewed"], renewed, "{behaviour:?} {second}");
    assert_eq!(second["unchanged"], 2 - renewed);
    moving.pass(1).await;

    // Between the import and the cut-over: a renewal, a new merchant.
    moving.old.renew(UNFILED_MERCHANT).await;
    moving.old.authorize(&moving.world, EMPTY_MERCHANT).await;
    moving.old.expect_undisturbed(&moving.world).await;

    // The other system has stopped. A merchant is served before anybody has looked at WeChat's list.
    let cut_over = moving.mode(json!({ "mode": "active" })).await.expect_status(202).json();
    assert_eq!((&cut_over["mode"], &cut_over["phase"]), (&json!("active"), &json!("reconciling")));
    moving.call(UNFILED_MERCHANT).await.expect_status(200);
    change_mode(&moving.world, "active", "reading-releases").await;
    for merchant in [MERCHANT, UNFILED_MERCHANT, EMPTY_MERCHANT] {
        moving.call(merchant).await.expect_status(200);
    }
    for _ in 0..5 {
        moving.world.push_ticket().await;
        moving.world.later(1200).await;
    }
    for merchant in [MERCHANT, UNFILED_MERCHANT, EMPTY_MERCHANT] {
        moving.call(merchant).await.expect_status(200);
    }
    let settled = moving.world.operator().get(&moving.path("mode")).await.json();
    assert_eq!(settled["phase"], "settled", "{settled:#}");
    assert_eq!(settled["releases_failed"], 0, "{settled:#}");
    assert!(moving.world.aws().queues().named("events").unwrap().dead_letters().is_empty());
    for item in moving.world.aws().database().items("inbox").unwrap() {
        assert_ne!(item["state"]["S"], "received", "what waited is done: {item:#}");
    }

    // And back.
    let back = change_mode(&moving.world, "shadow", "settled").await;
    assert_eq!(back["mode"], "shadow");
    moving.call(MERCHANT).await.expect_problem(409);
    assert!(back["next_steps"]["zh"].as_str().unwrap().contains("api_get_authorizer_list"));
    moving.world.simulator().clear_log();
    moving.old.forget_mints();
    moving.old.come_back(&moving.world).await;
    assert_eq!(moving.old.merchants().len(), 3);
    moving.pass(3).await;
    moving.call(MERCHANT).await.expect_problem(409);
    moving.old.expect_undisturbed(&moving.world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lent_token_is_checked_and_kept_nowhere() {
    let moving = Move::start(TokenBehaviour::default()).await;
    let operator = moving.world.operator();
    let imports = moving.path("imports");
    let lend = |token: &str| json!({ "component_access_token": token });

    for wrong in [json!({}), lend(moving.old.access_token(MERCHANT)), lend("nonsense")] {
        let refused = operator.post(&imports, wrong).await.expect_problem(422);
        assert_eq!(refused["field"], "component_access_token", "{refused:#}");
    }
    moving.import().await;

    let mut kept = operator.get("/v1/audit").await.text();
    kept.push_str(&operator.get(&moving.path("imports/latest")).await.expect_status(200).text());
    for table in ["inbox", "tokens", "fleet"] {
        kept.push_str(&format!("{:?}", moving.world.aws().database().items(table).unwrap()));
    }
    assert!(!kept.contains(moving.old.component_token()));
    assert!(!kept.contains(moving.old.access_token(MERCHANT)));
    moving.old.expect_undisturbed(&moving.world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_withdrew_unheard_is_found_by_the_cut_over() {
    let mut moving = Move::start(TokenBehaviour::default()).await;
    moving.old.authorize(&moving.world, EMPTY_MERCHANT).await;
    assert_eq!(moving.import().await["new"], 3);
    moving.world.clock().advance(1200);
    let withdrawn = Revoke {
        component: Some(moving.world.component().to_owned()),
        appid: UNFILED_MERCHANT.to_owned(),
        silent: true,
        ..Revoke::default()
    };
    moving.world.simulator().revoke(withdrawn).await.unwrap();
    let second = moving.import().await;
    assert_eq!((&second["total"], &second["unchanged"]), (&json!(2), &json!(2)), "{second}");
    let shown = moving.world.operator().get(&moving.world.mini_program(UNFILED_MERCHANT)).await;
    assert_eq!(shown.json()["authorized"], true, "an absence alone ends nothing");

    change_mode(&moving.world, "active", "reading-releases").await;

    let reconciliation = moving.reconciliation().await;
    assert_eq!(reconciliation["withdrawn"], 1, "{reconciliation:#}");
    let shown = moving.world.operator().get(&moving.world.mini_program(UNFILED_MERCHANT)).await;
    assert_eq!(shown.json()["authorized"], false, "WeChat said so of the account itself");
    moving.call(MERCHANT).await.expect_status(200);
    moving.call(EMPTY_MERCHANT).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_wechat_does_not_show_is_lent_by_the_other_system() {
    let moving = Move::start(TokenBehaviour::default()).await;
    moving.world.simulator().hide_refresh_token(MERCHANT, true).unwrap();
    let import = moving.import().await;
    assert_eq!(import["without_refresh_token"], 1, "{import}");
    assert_eq!(import["findings"][0]["appid"], MERCHANT);
    assert_eq!(import["findings"][0]["kind"], "no-refresh-token");
    let refused = moving.mode(json!({ "mode": "active" })).await.expect_problem(409);
    assert!(refused["detail"].as_str().unwrap().contains("refresh_tokens"), "{refused:#}");

    let body = json!({
        "component_access_token": moving.old.component_token(),
        "refresh_tokens": { MERCHANT: moving.old.refresh_token(MERCHANT) },
    });
    let lent = moving.world.operator().post(&moving.path("imports"), body).await;
    let lent = lent.expect_status(200).json();
    assert_eq!(
        (&lent["without_refresh_token"], &lent["renewed"]),
        (&json!(0), &json!(1)),
        "{lent}"
    );
    moving.old.expect_undisturbed(&moving.world).await;

    change_mode(&moving.world, "active", "reading-releases").await;
    moving.call(MERCHANT).await.expect_status(200);
    moving.call(UNFILED_MERCHANT).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_the_other_system_submitted_is_gone_on_with() {
    let moving = Move::start(TokenBehaviour::default()).await;
    moving.old.submit(&moving.world, MERCHANT).await;
    moving.import().await;
    change_mode(&moving.world, "active", "settled").await;
    let operator = moving.world.operator();
    let review = format!("{}/review", moving.world.mini_program(MERCHANT));
    let shown = operator.get(&review).await.expect_status(200).json();
    assert_eq!((&shown["state"], &shown["user_version"]), (&json!("in-review"), &json!("7.4.1")));

    moving.world.simulator().approve(Verdict::on(MERCHANT)).await.unwrap();
    moving.world.settle().await;
    let shown = operator.get(&review).await.expect_status(200).json();
    assert_eq!(shown["state"], "approved", "{shown:#}");
    let release = format!("{}/release", moving.world.mini_program(MERCHANT));
    operator.post(&release, json!({})).await.expect_status(200);
    let shown = operator.get(&review).await.expect_status(200).json();
    assert_eq!(shown["state"], "released", "{shown:#}");
    operator.post(&release, json!({})).await.expect_status(200);
    assert_eq!(moving.world.calls("/wxa/release"), 1, "and only once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_is_decided_while_the_other_system_still_runs_is_found_by_the_cut_over() {
    let moving = Move::start(TokenBehaviour::default()).await;
    moving.old.submit(&moving.world, MERCHANT).await;
    moving.import().await;
    moving.world.simulator().approve(Verdict::on(MERCHANT)).await.unwrap();
    moving.world.settle().await;
    moving.old.expect_undisturbed(&moving.world).await;

    change_mode(&moving.world, "active", "settled").await;

    let review = format!("{}/review", moving.world.mini_program(MERCHANT));
    let shown = moving.world.operator().get(&review).await.expect_status(200).json();
    assert_eq!(shown["state"], "approved", "{shown:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_over_wants_a_ticket_and_an_import_of_today() {
    let moving = Move::start(TokenBehaviour::default()).await;
    moving.import().await;

    moving.world.clock().advance(13 * 3600);
    let old_ticket = moving.mode(json!({ "mode": "active" })).await.expect_problem(409);
    assert!(old_ticket["detail"].as_str().unwrap().contains("ticket"), "{old_ticket:#}");
    moving.world.clock().advance(12 * 3600);
    moving.world.push_ticket().await;
    let old_import = moving.mode(json!({ "mode": "active" })).await.expect_problem(409);
    assert!(old_import["detail"].as_str().unwrap().contains("24"), "{old_import:#}");
    assert_eq!(moving.world.operator().get(&moving.path("mode")).await.json()["mode"], "shadow");
    moving.world.push_ticket().await;
    let audit = moving.world.operator().get("/v1/audit").await.text();
    assert!(audit.contains("change_mode"), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_move_leaves_to_people_is_listed() {
    let moving = Move::start(TokenBehaviour::default()).await;
    let listed = attention(&moving.world).await;
    assert_eq!(of_kind(&listed, "shadow-mode")["link"], moving.path("mode"));
    assert_eq!(listed.len(), 1, "{listed:#?}");
    let reconciliations = moving.path("reconciliations");
    let refused = moving.world.operator().post(&reconciliations, json!({})).await;
    let refused = refused.expect_problem(409);
    assert_eq!(refused["type"], "urn:wechat-fleet:problem:shadow-mode", "{refused:#}");

    let path = "/cgi-bin/component/api_get_authorizer_info";
    moving.world.simulator().fail(Fault { times: 100, ..Fault::new(path, How::Errcode(45009)) });
    let body = json!({ "component_access_token": moving.old.component_token() });
    let stopped = moving.world.operator().post(&moving.path("imports"), body).await;
    assert!(!stopped.status.is_success(), "{}", stopped.text());
    let listed = attention(&moving.world).await;
    assert_eq!(of_kind(&listed, "import-unfinished")["link"], moving.path("imports/latest"));
    moving.world.simulator().clear_faults();
    moving.import().await;
    assert_eq!(attention(&moving.world).await.len(), 1);

    change_mode(&moving.world, "active", "settled").await;
    let listed = attention(&moving.world).await;
    assert!(listed.is_empty(), "{listed:#?}");
}
