//! A signing secret that does not open.

use jiff::SignedDuration;
use journeys::Receiver;
use platform::{
    sealed::Sealed,
    storage,
    webhooks::{DeliveryState, Reach, Target},
};

use crate::world::World;

impl World {
    /// Puts another secret into a target's item, as somebody would who edits the table.
    async fn tamper(&self, target: &Target, secret: &str) {
        let table = &self.webhooks().table;
        let update = table
            .update("webhooks", &target.id)
            .update_expression("SET secret = :secret")
            .expression_attribute_values(":secret", storage::text(secret));
        table.apply(update).await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_signed_is_a_dead_letter_that_says_what_to_do() {
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    let target = world.target(&receiver.url()).await;
    let other = world.target(&receiver.url()).await;
    world.webhooks().delete_target(&other.id).await.unwrap();
    // Sealed for another target: it belongs to nobody else.
    world.tamper(&target, other.secret.as_text()).await;

    let events: Vec<_> = (0..6).map(|_| world.event("release.approved")).collect();
    let events: Vec<_> = events.iter().collect();
    assert!(world.handle(&events).await.is_empty());
    for _ in 0..3 {
        world.clock.advance(120);
        assert_eq!(world.sweep().await, 0, "nothing is tried again");
    }

    assert!(receiver.received().is_empty());
    let deliveries = world.deliveries(&target).await;
    assert_eq!(deliveries.len(), 6);
    for delivery in deliveries {
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Dead, 1));
        let problem = delivery.last.unwrap().problem.unwrap();
        assert!(problem.contains("rotate it") && problem.contains("轮换密钥"), "{problem}");
    }
    let marked = world.webhooks().target(&target.id).await.unwrap();
    assert!(marked.failing_since.is_some());

    // What is said helps: the replaced secret, which does not open either, is left out.
    let overlap = SignedDuration::from_hours(1);
    world.webhooks().rotate_secret(&target.id, overlap).await.unwrap();
    world.webhooks().redeliver_dead(&target.id).await.unwrap();
    world.sweep().await;
    world.sweep().await;
    assert_eq!(receiver.received().len(), 6);
    let signature = receiver.received()[0].header("webhook-signature").to_owned();
    assert_eq!(signature.split(' ').count(), 1, "{signature}");
}

#[tokio::test]
async fn a_secret_whose_key_is_gone_is_tried_again_and_ends_like_any_failure() {
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    let target = world.target(&receiver.url()).await;
    let secret = target.secret.as_text().to_owned();
    // Version, and then the id of the key.
    let mut unknown = secret.clone();
    unknown.replace_range(2..6, if &secret[2..6] == "AAAA" { "BBBB" } else { "AAAA" });
    assert_ne!(Sealed::from_text(unknown.clone()), target.secret);
    world.tamper(&target, &unknown).await;

    world.handle(&[&world.event("release.approved")]).await;

    let delivery = world.deliveries(&target).await.remove(0);
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Pending, 1));
    let problem = delivery.last.unwrap().problem.unwrap();
    assert!(problem.contains("previous_sealing_keys"), "{problem}");
    world.tamper(&target, &secret).await;
    world.clock.advance(60);
    world.sweep().await;
    assert_eq!(receiver.received().len(), 1);
}
