//! Nothing inside is ever called.

use journeys::Receiver;
use platform::webhooks::{Reach, TargetError, Wish};

use crate::world::World;

const PUBLIC: &str = "93.184.216.34";

fn wish(url: &str) -> Wish {
    Wish { url: url.to_owned(), active: true, ..Wish::default() }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_when_it_is_entered() {
    let world = World::reaching(Reach::public([443])).await;
    for (name, addresses) in [
        ("private.example.com", &["10.1.2.3"][..]),
        ("metadata.example.com", &["169.254.169.254"]),
        ("mixed.example.com", &[PUBLIC, "127.0.0.1"]),
        ("mapped.example.com", &["::ffff:10.0.0.1"]),
        ("local.example.com", &["fd00::1", PUBLIC]),
    ] {
        world.names.set(name, addresses);
        let refused = world.webhooks().create_target("admin", wish(&format!("https://{name}/")));
        let Err(TargetError::Invalid(wrong)) = refused.await else { panic!("{name}") };
        assert_eq!(wrong.list()[0].pointer, "/url", "{name}");
    }
    world.names.set("hooks.example.com", &[PUBLIC]);
    assert!(
        world.webhooks().create_target("admin", wish("https://hooks.example.com")).await.is_ok()
    );
    let unknown = world.webhooks().create_target("admin", wish("https://soon.example.com"));
    assert!(unknown.await.is_ok(), "a name may be made later than its webhook");
}

#[tokio::test]
async fn a_name_that_is_turned_inside_later_is_not_connected_to() {
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::public([receiver.port()])).await;
    world.names.set("hooks.example.com", &[PUBLIC]);
    let target = world.target(&format!("https://hooks.example.com:{}/", receiver.port())).await;

    for addresses in [&["127.0.0.1"][..], &[PUBLIC, "127.0.0.1"], &["::ffff:127.0.0.1"]] {
        world.names.set("hooks.example.com", addresses);
        let event = world.event("release.approved");
        assert!(world.handle(&[&event]).await.is_empty());
        world.clock.advance(24 * 3600);
        world.sweep().await;
    }

    assert_eq!(receiver.connections(), 0);
    for delivery in world.deliveries(&target).await {
        let last = delivery.last.unwrap();
        assert_eq!(last.status, None);
        assert_eq!(
            last.problem.as_deref(),
            Some("the name resolves to an address that is not public")
        );
    }
    // The receiver would have been found: where this machine is within reach, it is connected to.
    let near = World::reaching(Reach::with_loopback()).await;
    near.names.set("localhost", &["127.0.0.1"]);
    near.target(&format!("https://localhost:{}/", receiver.port())).await;
    near.handle(&[&near.event("release.approved")]).await;
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn what_was_entered_when_more_was_allowed_is_looked_at_again() {
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    let target = world.target(&receiver.url()).await;
    let narrower = World::reaching(Reach::public([443])).await;
    let mut strict = world.app.clone();
    strict.sender = narrower.app.sender.clone();

    let strict = World { app: strict, ..world };
    strict.handle(&[&strict.event("release.approved")]).await;

    assert_eq!(receiver.connections(), 0);
    let problem = strict.deliveries(&target).await.remove(0).last.unwrap().problem.unwrap();
    assert!(problem.starts_with("the URL is not allowed"), "{problem}");
    assert!(!problem.contains("127.0.0.1"), "{problem}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (receiver, inside) = (Receiver::start().await, Receiver::start().await);
    receiver.redirect(&inside.url());
    let world = World::reaching(Reach::with_loopback()).await;
    let target = world.target(&receiver.url()).await;

    world.handle(&[&world.event("release.approved")]).await;

    assert_eq!(inside.connections(), 0);
    let delivery = world.deliveries(&target).await.remove(0);
    assert_eq!(delivery.last.unwrap().status, Some(307));
    assert_eq!(delivery.state.as_str(), "pending", "a redirect is no success");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_tried_again() {
    let world = World::reaching(Reach::public([443])).await;
    let target = world.target("https://soon.example.com/").await;

    world.handle(&[&world.event("release.approved")]).await;

    let delivery = world.deliveries(&target).await.remove(0);
    assert_eq!(delivery.last.unwrap().problem.as_deref(), Some("the name does not resolve"));
    assert_eq!((delivery.state.as_str(), delivery.attempts), ("pending", 1));
}
