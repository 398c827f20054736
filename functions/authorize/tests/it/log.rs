//! What must not get into a log or onto a page.

use std::{
    io,
    sync::{Arc, Mutex},
};

use simulator::{Fault, How};
use tracing_subscriber::EnvFilter;

use crate::world::{Browser, World};

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

#[tokio::test(flavor = "multi_thread")]
async fn no_code_state_or_token_gets_into_a_log_or_onto_a_page() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("info,authorize=trace,platform=trace,wechat=trace"))
        .with_writer(move || writer.clone())
        .init();
    let world = World::new().await;
    let back = world.authorize(&[17, 18, 30]).await;
    let query_auth = "/cgi-bin/component/api_query_auth";
    world.simulator.fail(Fault::new(query_auth, How::Errcode(61004)));

    let refused = world.get(Browser::Pc, &back).await;
    world.simulator.fail(Fault { acted: true, ..Fault::new(query_auth, How::CutConnection) });
    let done = world.get(Browser::Pc, &back).await;

    let url = url::Url::parse("https://fleet.example.com").unwrap().join(&back).unwrap();
    let secrets: Vec<String> = url
        .query_pairs()
        .filter(|(name, _)| name == "auth_code" || name == "state")
        .map(|(_, value)| value.into_owned())
        .collect();
    assert_eq!(secrets.len(), 2);
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("merchant cannot authorize") && log.contains("grant stored"), "{log}");
    for secret in secrets.iter().map(String::as_str).chain(["refreshtoken@@@", "ticket@@@"]) {
        for text in [&log, &refused.text, &done.text] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
