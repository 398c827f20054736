use platform::ticket::{Kept, TicketError};
use secrecy::ExposeSecret;

use crate::simulated::World;

#[tokio::test]
async fn the_newer_ticket_wins_in_whatever_order_they_come() {
    let world = World::new().await;
    let now = world.now();
    let keep = async |ticket: &str, create_time: i64| {
        world.platform.tickets.keep(&world.component, ticket, create_time).await.unwrap()
    };

    assert_eq!(keep("ticket@@@newer", now + 600).await, Kept::Newest);
    assert_eq!(keep("ticket@@@older", now + 300).await, Kept::Superseded);
    assert_eq!(keep("ticket@@@newer", now + 600).await, Kept::Superseded);

    let kept = world.platform.tickets.newest(&world.component).await.unwrap();
    assert_eq!(kept.secret.expose_secret(), "ticket@@@newer");
}

#[tokio::test]
async fn the_ticket_before_is_kept_too() {
    let world = World::new().await;
    let first = world.platform.tickets.newest(&world.component).await.unwrap();

    let later = world.now() + 600;
    world.platform.tickets.keep(&world.component, "ticket@@@second", later).await.unwrap();

    let kept = world.platform.tickets.newest(&world.component).await.unwrap();
    assert_eq!(kept.secret.expose_secret(), "ticket@@@second");
    let previous = kept.previous.unwrap();
    assert_eq!(previous.expose_secret(), first.secret.expose_secret());
}

#[tokio::test]
async fn a_component_without_a_ticket_says_so() {
    let world = World::new().await;
    let stranger = "wx00000000000000ff".parse().unwrap();

    let error = world.platform.tickets.newest(&stranger).await.unwrap_err();

    assert!(matches!(error, TicketError::Never(_)), "{error}");
}

#[tokio::test]
async fn a_ticket_is_not_to_be_read_in_the_table() {
    let world = World::new().await;
    world
        .platform
        .tickets
        .keep(&world.component, "ticket@@@canary", world.now() + 9)
        .await
        .unwrap();

    let items = world.aws.database().items("inbox").unwrap();

    assert!(!items.is_empty());
    assert!(!serde_json::to_string(&items).unwrap().contains("canary"));
}
