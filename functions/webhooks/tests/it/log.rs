//! What must not get into a log, and what is stored.

use std::{
    io,
    sync::{Arc, Mutex},
};

use journeys::Receiver;
use platform::webhooks::{Reach, Wish};
use tracing_subscriber::EnvFilter;

use crate::world::World;

/// All that is logged while the tests of this binary run.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_of_a_target_gets_into_a_log_or_lies_open_in_the_table() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("info,webhooks=trace,platform=trace,reqwest=trace"))
        .with_writer(move || writer.clone())
        .init();
    let receiver = Receiver::start().await;
    let world = World::reaching(Reach::with_loopback()).await;
    let url = format!("{}/canary-path?key=canary-query", receiver.url());
    let wish = Wish { url, active: true, ..Wish::default() };
    let made = world.webhooks().create_target("admin", wish).await.unwrap();
    let secret = made.secret.reveal().strip_prefix("whsec_").unwrap().to_owned();

    receiver.answer(500, r#"{"password":"canary-answer"}"#);
    world.handle(&[&world.event("release.approved")]).await;
    receiver.answer(410, "canary-body-that-is-no-secret-is-no-log-line-either");
    world.clock.advance(60);
    world.sweep().await;
    drop(receiver);
    world.webhooks().redeliver_dead(&made.target.id).await.unwrap();

    let table = &world.webhooks().table;
    let mut stored = String::new();
    for pk in ["webhooks".to_owned(), format!("webhook#{}", made.target.id)] {
        let (items, _): (Vec<serde_json::Value>, _) = table.page(&pk, "", None, 10).await.unwrap();
        assert!(!items.is_empty(), "{pk}");
        stored.push_str(&serde_json::to_string(&items).unwrap());
    }
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("attempt") && log.contains("webhook is paused"), "{log}");
    assert!(!log.contains("canary"), "{log}");
    assert!(!log.contains(&secret) && !stored.contains(&secret));
    assert!(!stored.contains("canary-answer"), "{stored}");
}
