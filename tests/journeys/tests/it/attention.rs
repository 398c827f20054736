//! What an operator is told to look at.

use journeys::World;
use serde_json::Value;

/// Everything that needs a person now, in English.
pub(crate) async fn attention(world: &World) -> Vec<Value> {
    let english = [("accept-language", "en")];
    let answer = world.operator().send("GET", "/v1/attention", &english, None).await;
    answer.expect_status(200).json()["items"].as_array().unwrap().clone()
}

/// The one thing of this kind that needs a person.
#[track_caller]
pub(crate) fn of_kind<'a>(items: &'a [Value], kind: &str) -> &'a Value {
    let found = items.iter().find(|item| item["kind"] == kind);
    let item = found.unwrap_or_else(|| panic!("no {kind} in {items:#?}"));
    for words in ["text", "what_to_do"] {
        assert!(item[words].as_str().is_some_and(|words| words.ends_with('.')), "{item:#}");
    }
    item
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_without_a_ticket_says_so_and_one_in_order_says_nothing() {
    let world = World::start().await;
    let missing = attention(&world).await;
    assert_eq!(of_kind(&missing, "ticket-missing")["severity"], "critical");

    world.begin().await;

    assert!(attention(&world).await.is_empty());
    world.stranger().get("/v1/attention").await.expect_problem(401);
    world.operator().send("POST", "/v1/attention", &[], None).await.expect_problem(405);
}
