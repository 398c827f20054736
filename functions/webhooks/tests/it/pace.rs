//! Who waits for whom.

use std::time::{Duration, Instant};

use journeys::Receiver;
use platform::webhooks::{DeliveryState, Reach, Wish};
use tokio::{io::AsyncWriteExt, net::TcpListener};
use webhooks::handle;

use crate::world::{TIMEOUT, World, batch};

#[tokio::test]
async fn a_slow_target_holds_up_no_other_and_costs_a_batch_one_attempt() {
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    slow.hang();
    let world = World::reaching(Reach::with_loopback()).await;
    let slow_target = world.target(&slow.url()).await;
    let quick_target = world.target(&quick.url()).await;
    let events: Vec<_> = (0..10).map(|_| world.event("release.approved")).collect();
    let events: Vec<_> = events.iter().collect();

    let start = Instant::now();
    assert!(world.handle(&events).await.is_empty(), "all is written down");
    let took = start.elapsed();

    assert_eq!(quick.received().len(), 10);
    assert_eq!(slow.received().len(), 4, "so many at once, and then no more");
    assert!(took < TIMEOUT * 10, "{took:?}");
    let untried = |attempts: u32| attempts == 0;
    let left = world.deliveries(&slow_target).await;
    assert_eq!(left.len(), 10);
    assert_eq!(left.iter().filter(|delivery| untried(delivery.attempts)).count(), 6);
    let done = world.deliveries(&quick_target).await;
    assert!(done.iter().all(|delivery| delivery.state == DeliveryState::Delivered));

    // From now on it is the clock that knocks, and only a few times a minute.
    world.handle(&[&world.event("release.released")]).await;
    assert_eq!(slow.received().len(), 4);
    world.clock.advance(120);
    assert_eq!(world.sweep().await, 5);

    slow.answer(200, "");
    world.clock.advance(600);
    world.sweep().await;
    world.sweep().await;
    let all = world.deliveries(&slow_target).await;
    assert!(all.iter().all(|delivery| delivery.state == DeliveryState::Delivered), "{all:?}");
    assert_eq!(all.len(), 11);
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let requests = tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nso far";
            stream.write_all(answer).await.unwrap();
            open.push(stream);
        }
    });
    let world = World::reaching(Reach::with_loopback()).await;
    let target = world.target(&url).await;

    world.handle(&[&world.event("release.approved")]).await;

    let delivery = world.deliveries(&target).await.remove(0);
    assert_eq!(delivery.state, DeliveryState::Delivered, "{delivery:?}");
    let last = delivery.last.unwrap();
    assert_eq!((last.status, last.answer.as_str()), (Some(200), "so far"));
    requests.abort();
}

#[tokio::test]
async fn an_attempt_that_is_under_way_is_not_made_twice() {
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    let target = world.target(&receiver.url()).await;
    let event = world.event("release.approved");
    let claimed = world.webhooks().put_on_the_way(&target, &event).await.unwrap().unwrap();

    // Its holder died. The same message comes again, and the clock looks.
    world.handle(&[&event]).await;
    world.sweep().await;
    assert!(receiver.received().is_empty());
    world.clock.advance(61);
    assert_eq!(world.sweep().await, 1);

    assert_eq!(receiver.received().len(), 1);
    // The dead come back, and what they say does not count any more.
    world.webhooks().give_back(&claimed).await.unwrap();
    let delivery = world.deliveries(&target).await.remove(0);
    assert_eq!((delivery.state, delivery.due_at), (DeliveryState::Delivered, None));
}

#[tokio::test]
async fn no_attempt_begins_after_the_time_is_over() {
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    world.target(&receiver.url()).await;
    let event = world.event("release.approved");

    let response = handle(&world.app, batch(&[&event]), Duration::ZERO).await;

    assert!(response.batch_item_failures.is_empty());
    assert!(receiver.received().is_empty());
    world.sweep().await;
    assert_eq!(receiver.received().len(), 1, "it was due at once");
}

#[tokio::test]
async fn what_functions_tell_each_other_is_told_to_nobody_else() {
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    world.target(&receiver.url()).await;
    let mut broken = world.event("webhook.due");
    broken.details.clear();

    let failed = world.handle(&[&world.event("inbox.received"), &broken]).await;

    assert_eq!(failed, ["1"]);
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_message_goes_back_when_its_deliveries_cannot_be_written_down() {
    use local::aws::{Fault, Service};
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    world.target(&receiver.url()).await;
    let event = world.event("release.approved");

    world.aws.inject(Service::DynamoDb, Fault::Failing);
    let failed = world.handle(&[&event]).await;
    world.aws.restore(Service::DynamoDb);

    assert_eq!(failed, ["0"]);
    assert!(receiver.received().is_empty());
    assert!(world.handle(&[&event]).await.is_empty());
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn a_failing_target_is_told_from_one_that_an_operator_paused() {
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    let target = world.target(&receiver.url()).await;
    let wish = Wish { url: receiver.url(), active: false, ..Wish::default() };
    world.webhooks().create_target("admin", wish).await.unwrap();
    receiver.answer(410, "");

    world.handle(&[&world.event("release.approved")]).await;

    let given_up = world.webhooks().given_up().await.unwrap();
    assert_eq!(given_up.iter().map(|target| &target.id).collect::<Vec<_>>(), [&target.id]);
}
