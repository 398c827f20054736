use platform::{
    event::kind,
    inbox::{MAX_ATTEMPTS, Push, Route, State, Stored},
    storage::text,
};

use crate::simulated::World;

fn push<'a>(world: &'a World, message: &'a str) -> Push<'a> {
    Push {
        component: &world.component,
        route: &Route::Events,
        name: "authorized",
        is_user_message: false,
        create_time: 1_790_000_000,
        message,
    }
}

#[tokio::test]
async fn a_repetition_starts_unfinished_work_again_and_finished_work_not() {
    let world = World::new().await;
    let inbox = &world.platform.inbox;

    let Stored::New(key) = inbox.store(&push(&world, "<xml>1</xml>")).await.unwrap() else {
        panic!("the first push is new");
    };
    let again = inbox.store(&push(&world, "<xml>1</xml>")).await.unwrap();
    assert_eq!(again, Stored::Unfinished(key.clone()));

    let item = inbox.read(&key).await.unwrap().unwrap();
    inbox.finish(&item).await.unwrap();
    let again = inbox.store(&push(&world, "<xml>1</xml>")).await.unwrap();
    assert_eq!(again, Stored::Finished);
}

#[tokio::test]
async fn pushes_that_differ_in_anything_are_different_items() {
    let world = World::new().await;
    let inbox = &world.platform.inbox;
    let first = push(&world, "<xml>1</xml>");
    inbox.store(&first).await.unwrap();

    let messages = Route::Messages(world.merchant(0));
    let other_merchant = Route::Messages(world.merchant(1));
    for other in [
        push(&world, "<xml>2</xml>"),
        Push { route: &messages, ..push(&world, "<xml>1</xml>") },
        Push { route: &other_merchant, ..push(&world, "<xml>1</xml>") },
    ] {
        assert!(matches!(inbox.store(&other).await.unwrap(), Stored::New(_)), "{other:?}");
    }
}

#[tokio::test]
async fn work_that_fails_comes_up_again_later_and_is_dead_in_the_end() {
    let world = World::new().await;
    let inbox = &world.platform.inbox;
    let Stored::New(key) = inbox.store(&push(&world, "<xml>1</xml>")).await.unwrap() else {
        panic!("the push is new");
    };

    for attempt in 1..=MAX_ATTEMPTS {
        let item = inbox.read(&key).await.unwrap().unwrap();
        assert_eq!(item.attempts, attempt - 1);
        let state = inbox.fail(&item, "WeChat is busy", false).await.unwrap();
        assert_eq!(state == State::Dead, attempt == MAX_ATTEMPTS);
        assert!(inbox.overdue(10).await.unwrap().is_empty(), "not due at once");
        world.clock.advance(std::time::Duration::from_secs(2 * 3600));
        let due = inbox.overdue(10).await.unwrap();
        assert_eq!(due.is_empty(), state == State::Dead, "the dead stay dead");
    }
}

#[tokio::test]
async fn what_was_not_announced_is_announced_by_the_sweeper() {
    let world = World::new().await;
    world.platform.inbox.store(&push(&world, "<xml>1</xml>")).await.unwrap();
    assert_eq!(world.platform.intake.sweep(10).await.unwrap(), 0, "its writer comes first");

    world.clock.advance(std::time::Duration::from_secs(180));

    assert_eq!(world.platform.intake.sweep(10).await.unwrap(), 1);
    assert_eq!(world.aws.bus().events_named(kind::INBOX_RECEIVED).len(), 1);
    assert_eq!(world.platform.intake.sweep(10).await.unwrap(), 0, "put off for a while");
}

#[tokio::test]
async fn an_item_is_not_to_be_read_in_the_table() {
    let world = World::new().await;
    world.platform.inbox.store(&push(&world, "<xml>canary</xml>")).await.unwrap();

    let items = serde_json::to_string(&world.aws.database().items("inbox").unwrap()).unwrap();

    assert!(items.contains("authorized") && !items.contains("canary"));
}

#[tokio::test]
async fn an_item_that_does_not_open_fails_like_any_other_work_and_ends() {
    let world = World::new().await;
    let inbox = &world.platform.inbox;
    let Stored::New(key) = inbox.store(&push(&world, "<xml>1</xml>")).await.unwrap() else {
        panic!("the push is new");
    };
    let other = world.platform.tables.inbox.update(&key, "event");
    let other = other
        .update_expression("SET component = :other")
        .expression_attribute_values(":other", text("wx0000000000000009"));
    world.platform.tables.inbox.apply(other).await.unwrap();

    for _ in 0..MAX_ATTEMPTS {
        let item = inbox.read(&key).await.unwrap().unwrap();
        let why = item.text().unwrap_err().to_string();
        inbox.fail(&item, &why, false).await.unwrap();
    }

    world.clock.advance(std::time::Duration::from_secs(24 * 3600));
    assert_eq!(inbox.read(&key).await.unwrap().unwrap().state, State::Dead);
    assert_eq!(world.platform.intake.sweep(10).await.unwrap(), 0, "and is announced no more");
}
