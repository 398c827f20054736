//! Requests that are sent twice and done once.

use jiff::SignedDuration;
use local::aws::{Fault, Service};
use serde_json::json;

use crate::{gateway::Call, world::World};

fn make(name: &str) -> Call {
    Call::post("/v1/keys").json(json!({ "name": name, "role": "viewer" }))
}

async fn number_of_keys(world: &World) -> usize {
    world.get("/v1/keys").await.json()["keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_same_request_with_the_same_key_gets_the_same_answer() {
    let world = World::new().await;
    let first = world.send(make("bot").once("k1")).await;

    let again = world.send(make("bot").once("k1")).await;

    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("content-type"), Some("application/json"));
    assert_eq!(number_of_keys(&world).await, 1);
    assert_eq!(world.audit().await.len(), 1, "a repetition is no second action");
}

#[tokio::test]
async fn without_a_key_a_request_is_done_as_often_as_it_is_sent() {
    let world = World::new().await;
    world.send(make("bot")).await;
    world.send(make("bot")).await;
    assert_eq!(number_of_keys(&world).await, 2);
}

#[tokio::test]
async fn a_key_that_was_used_for_another_request_is_refused() {
    let world = World::new().await;
    world.send(make("bot").once("k1")).await;

    let other = world.send(make("another bot").once("k1")).await.problem(422);

    assert_eq!(other["field"], "Idempotency-Key");
    assert_eq!(other["type"], "urn:wechat-fleet:problem:idempotency-key-reused");
    assert_eq!(number_of_keys(&world).await, 1);
}

#[tokio::test]
async fn the_keys_of_two_operators_never_meet() {
    let world = World::new().await;
    let other = world.key("admin").await;
    world.send(make("bot").once("k1")).await;

    let reply = world.send(make("other bot").once("k1").key(&other)).await;

    assert_eq!(reply.status, 201, "{reply:?}");
}

#[tokio::test]
async fn of_many_at_once_one_acts_and_the_others_are_told_to_wait() {
    let world = World::new().await;

    let calls = (0..8).map(|_| world.send(make("bot").once("k1")));
    let mut replies = Vec::new();
    let mut set = futures_join(calls.collect()).await;
    replies.append(&mut set);

    let made = replies
        .iter()
        .filter(|reply| reply.status == 201 && reply.header("idempotent-replayed").is_none());
    assert_eq!(made.count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.problem(409);
        assert!(reply.header("retry-after").is_some());
    }
    assert_eq!(number_of_keys(&world).await, 1);
}

/// Runs futures at the same time.
async fn futures_join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        match outputs.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

#[tokio::test]
async fn an_answer_is_forgotten_after_a_day() {
    let world = World::new().await;
    world.send(make("bot").once("k1")).await;

    world.clock.forward(SignedDuration::from_hours(24));
    let later = world.send(make("bot").once("k1")).await;

    assert_eq!(later.status, 201);
    assert_eq!(later.header("idempotent-replayed"), None);
    assert_eq!(number_of_keys(&world).await, 2);
}

#[tokio::test]
async fn a_refusal_is_final_and_a_failure_is_not() {
    let world = World::new().await;
    let wrong = || Call::post("/v1/keys").json(json!({ "name": "", "role": "viewer" })).once("k1");
    world.send(wrong()).await.problem(422);
    let again = world.send(wrong()).await;
    again.problem(422);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));

    let conflict = || Call::delete("/v1/keys/admin").once("k2");
    world.send(conflict()).await.problem(409);
    let again = world.send(conflict()).await;
    again.problem(409);
    assert_eq!(again.header("idempotent-replayed"), None, "the state may have changed");
}

#[tokio::test]
async fn a_process_that_died_blocks_its_key_for_its_lease_only() {
    let world = World::new().await;
    let reply = world.send(make("bot").once("k1")).await;
    assert_eq!(reply.status, 201);
    // As if the process had died before it stored the answer.
    let table = &world.app.platform.tables.fleet;
    let update = table
        .update("idempotency#admin#k1", "idempotency")
        .update_expression("SET #state = :state, lease_until = :until, lease_owner = :owner")
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":state", platform::storage::text("under-way"))
        .expression_attribute_values(":owner", platform::storage::text("somebody"))
        .expression_attribute_values(
            ":until",
            platform::storage::number(
                (platform::clock::Clock::now(&world.clock) + SignedDuration::from_secs(35))
                    .as_millisecond(),
            ),
        );
    table.apply(update).await.unwrap();

    let waiting = world.send(make("bot").once("k1")).await;
    waiting.problem(409);
    world.clock.forward(SignedDuration::from_secs(36));
    let acting = world.send(make("bot").once("k1")).await;

    assert_eq!(acting.status, 201);
    assert_eq!(acting.header("idempotent-replayed"), None);
}

#[tokio::test]
async fn what_cannot_be_remembered_is_not_done() {
    let world = World::new().await;
    world.get("/v1/keys").await;
    world.aws.inject(Service::DynamoDb, Fault::Failing);

    let reply = world.send(make("bot").once("k1")).await;

    reply.problem(503);
    world.aws.restore(Service::DynamoDb);
    assert_eq!(number_of_keys(&world).await, 0);
    assert_eq!(world.send(make("bot").once("k1")).await.status, 201);
}

#[tokio::test]
async fn only_visible_keys_of_a_bearable_length_are_taken() {
    let world = World::new().await;
    assert_eq!(world.send(make("bot").once(&"k".repeat(255))).await.status, 201);
    for key in ["", " ", "a b", "钥匙", &"k".repeat(256)] {
        let problem = world.send(make("bot").once(key)).await.problem(400);
        assert_eq!(problem["field"], "Idempotency-Key", "{key}");
    }
    assert_eq!(number_of_keys(&world).await, 1);
}
