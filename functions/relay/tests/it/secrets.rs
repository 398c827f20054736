//! What must not get into a log or into an answer.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use simulator::{Expire, Expiring};
use tracing_subscriber::EnvFilter;

use crate::{gateway::Call, wire::Answer, world::World};

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
async fn no_secret_gets_into_a_log_or_an_answer() {
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("info,relay=trace,platform=trace,wechat=trace"))
        .with_writer(move || writer.clone())
        .finish();
    // Were this the only one, a place that another test logs from first would stay silent for all.
    let _other = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish());
    let _guard = tracing::subscriber::set_default(log);
    let world = World::new().await;
    let key = world.key(&["relay", "relay:state-machine"]).await;
    let secret = key.split('_').nth(2).unwrap();
    let query = format!("?grant_type=client_credential&appid={}&secret={key}", world.merchant);
    let reply = world.send(Call::get(&world.at(&format!("/cgi-bin/token{query}")))).await;
    let relay_token = reply.json()["access_token"].as_str().unwrap().to_owned();
    world.wire.answers("/wxa/echo", Answer::Echo);
    world.wire.answers("/wxa/release", Answer::Echo);
    let mut replies = Vec::new();

    for path in ["/wxa/echo", "/wxa/release", "/wxa//canary-path", "/wxa/%63anary-path"] {
        let target = world.at(&format!("{path}?access_token={relay_token}&q=canary-query"));
        let call = Call::post(&target).json(json!({ "phone": "canary-body" }));
        replies.push(world.send(call).await);
        let target = world.at(&format!("{path}?access_token=canary-query"));
        replies.push(world.send(Call::get(&target).key(&key)).await);
    }
    world.simulator.expire(Expire::new(Expiring::AuthorizerTokens)).unwrap();
    replies.push(world.send(Call::get(&world.at("/wxa/get_category")).key(&key)).await);
    let list = world.component_at("/cgi-bin/component/api_get_authorizer_list");
    let call = Call::post(&list)
        .json(json!({ "component_appid": world.component, "offset": 0, "count": 10 }));
    let list = world.send(call.key(&key)).await;
    assert_eq!(list.json()["total_count"], 1, "{list:?}");
    assert_eq!(list.json()["list"][0]["refresh_token"], "[REDACTED]");
    replies.push(list);

    let mut tokens: Vec<String> = ["/wxa/echo", "/wxa/release", "/wxa/get_category"]
        .into_iter()
        .flat_map(|path| world.wire.sent(path))
        .map(|sent| sent.token())
        .collect();
    tokens.dedup();
    assert!(tokens.len() >= 2 && tokens.iter().all(|token| token.len() > 20), "{tokens:?}");
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("relayed") && log.contains("relay token given"), "{log}");
    let secrets =
        tokens.iter().map(String::as_str).chain([&*relay_token, secret, "refreshtoken@@@"]);
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} in {log}");
        assert!(!replies.iter().any(|reply| reply.contains(secret)), "{secret} in {replies:?}");
    }
    assert!(!log.contains("canary"), "{log}");
    assert!(replies[0].contains("canary-body") && replies[0].contains("[REDACTED]"), "{replies:?}");
    assert_eq!(replies[0].header("x-said"), None, "a header that repeats it is left out");
    let minute = platform::clock::Clock::now(&world.clock).strftime("%Y-%m-%dT%H:%M").to_string();
    let (audit, _): (Vec<serde_json::Value>, _) = world
        .app
        .platform
        .tables
        .fleet
        .page(&format!("audit#{minute}"), "", None, 50)
        .await
        .unwrap();
    assert_eq!(audit.len(), 4, "an intent and an outcome for each call of the state machine");
    assert!(!json!(audit).to_string().contains("canary"), "{audit:?}");
}
