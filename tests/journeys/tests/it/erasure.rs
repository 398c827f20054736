//! A merchant withdraws and wants to be forgotten.

use journeys::{MERCHANT, UNFILED_MERCHANT, World};
use serde_json::{Value, json};
use simulator::Revoke;

/// Everything in the tables that names an account, and where.
fn traces(world: &World, appid: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for table in ["inbox", "tokens", "fleet"] {
        for item in world.aws().database().items(table).unwrap() {
            let text = item.to_string();
            if text.contains(appid) {
                found.push((text, item));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_who_withdrew_is_forgotten_and_what_stays_is_said() {
    let world = World::start().await;
    world.begin().await;
    for appid in [MERCHANT, UNFILED_MERCHANT] {
        world.authorize(appid).await;
        let path = world.mini_program(appid);
        let operator = world.operator();
        operator.post(&format!("{path}/testers"), json!({ "wechat_id": "canary_tester" })).await;
        let payment =
            json!({ "mchid": "1900009191", "api_v2_key": "8f14e45fceea167a5a36dedd4bea2543" });
        operator.put(&format!("{path}/payment"), payment).await.expect_status(200);
        let variables = json!({ "variables": { appid: { "shop": "canary-variable" } } });
        let component = world.component();
        let variables_path = format!("/v1/components/{component}/variables");
        operator.post(&variables_path, variables).await.expect_status(200);
    }
    let path = format!("{}/erasure", world.mini_program(MERCHANT));
    world.operator().post(&path, json!({})).await.expect_problem(409);
    world.clock().advance(3600);
    let revoke = Revoke { appid: MERCHANT.to_owned(), ..Revoke::default() };
    world.simulator().revoke(revoke).await.unwrap();
    world.settle().await;
    world.operator().get(&path).await.expect_problem(404);
    let before = traces(&world, MERCHANT).len();
    assert!(before > 12, "{before}");

    let erased = world.operator().send("POST", &path, &[], None).await;
    let erased = erased.expect_status(200).json();

    assert_eq!(erased["finished"], true, "{erased:#}");
    for what in ["records", "events", "pushes"] {
        assert!(erased["deleted"][what].as_u64().unwrap() > 0, "{what}: {erased:#}");
    }
    assert!(erased["stays"].as_array().unwrap().len() > 4, "{erased:#}");
    let left = traces(&world, MERCHANT);
    let stays =
        ["apps#", "app#", "tokens#", "audit#", "counters#", "grant#", "changed#", "roster-marks#"];
    let unexpected: Vec<&str> = left
        .iter()
        .filter_map(|(_, item)| item["pk"]["S"].as_str())
        .filter(|pk| !stays.iter().any(|stays| pk.starts_with(stays)))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    for (text, item) in &left {
        let tells = ["canary_tester", "canary-variable"].iter().any(|it| text.contains(it));
        assert!(!tells, "{item:#}");
    }
    assert!(left.len() < before);
    // The audit log says how much, and nothing of what it was.
    let audit = world.operator().get("/v1/audit").await.text();
    assert!(audit.contains("erase_mini_program") && !audit.contains("canary_tester"), "{audit}");
    // The tombstone is there, and the other merchant whole.
    let shown = world.operator().get(&world.mini_program(MERCHANT)).await.expect_status(200).json();
    assert_eq!(shown["authorized"], false, "{shown:#}");
    assert_eq!(shown["name"], "", "{shown:#}");
    let other = format!("{}/payment", world.mini_program(UNFILED_MERCHANT));
    world.operator().get(&other).await.expect_status(200);
    assert!(
        traces(&world, UNFILED_MERCHANT).iter().any(|(text, _)| text.contains("canary_tester"))
    );

    // It may be asked for again, and the merchant may come back.
    world.operator().send("POST", &path, &[], None).await.expect_status(200);
    world.clock().advance(3600);
    world.push_ticket().await;
    world.authorize(MERCHANT).await;
    let shown = world.operator().get(&world.mini_program(MERCHANT)).await.expect_status(200).json();
    assert_eq!(shown["authorized"], true, "{shown:#}");
    world.operator().send("POST", &path, &[], None).await.expect_problem(409);
}
