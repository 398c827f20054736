//! The simulator on a port, its verbs over HTTP, its state on disk.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Authorize, ChangeOutside, Fault, How, Options, Outside, Simulator, StartError};

use crate::support::NOODLES;

async fn verb(simulator: &Simulator, name: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/simulator/{name}", simulator.base_url());
    let response = client().post(url).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn client() -> reqwest::Client {
    // Plain HTTP only, but the client insists on a TLS stack.
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}

#[tokio::test]
async fn verbs_are_spoken_over_http() {
    let simulator = Simulator::start(Options::default()).await.unwrap();

    let (status, ticket) = verb(&simulator, "push-ticket", json!({})).await;
    assert_eq!(status, 200);
    assert!(ticket["ticket"].as_str().unwrap().starts_with("ticket@@@"));
    let order = json!({ "appid": NOODLES, "permission_sets": [18], "via": "nothing" });
    let (_, authorized) = verb(&simulator, "authorize", order).await;
    assert_eq!(authorized["info_type"], "authorized");
    let fault = json!({ "path": "/wxa/release", "times": 2, "how": { "errcode": -1 } });
    assert_eq!(verb(&simulator, "fail", fault).await.0, 200);
    assert_eq!(simulator.faults()[0].how, How::Errcode(-1));
    let (_, later) = verb(&simulator, "advance-time", json!({ "seconds": 3600 })).await;
    assert!(later["now"].as_i64().unwrap() >= simulator.now() - 5);
    let push =
        json!({ "message": { "fields": { "InfoType": "x" } }, "signing": "wrong", "times": 2 });
    let (_, deliveries) = verb(&simulator, "push", push).await;
    assert_eq!(deliveries.as_array().unwrap().len(), 2);
    let change = json!({ "appid": NOODLES, "what": { "suspended": true } });
    assert_eq!(verb(&simulator, "change-outside", change).await.0, 200);

    let (status, error) = verb(&simulator, "approve", json!({ "appid": NOODLES })).await;
    assert_eq!(status, 400);
    assert!(error["error"].as_str().unwrap().contains("nothing under review"));
    assert_eq!(verb(&simulator, "approve", json!({ "app": NOODLES })).await.0, 400);
    assert_eq!(verb(&simulator, "no-such-verb", json!({})).await.0, 400);
    let state = client().get(format!("{}/simulator/state", simulator.base_url()));
    let state: Value = state.send().await.unwrap().json().await.unwrap();
    assert_eq!(state["merchants"][NOODLES]["suspended"], true);
    let log = client().get(format!("{}/simulator/log", simulator.base_url()));
    let log: Value = log.send().await.unwrap().json().await.unwrap();
    assert!(log["pushes"].as_array().unwrap().len() >= 3);
}

#[tokio::test]
async fn a_cut_connection_is_cut_on_the_wire() {
    let simulator = Simulator::start(Options::default()).await.unwrap();
    simulator.fail(Fault::new("/wxa/get_category", How::CutConnection));
    let url = format!("{}/wxa/get_category?access_token=x", simulator.base_url());

    let cut = client().get(&url).send().await;
    let next = client().get(&url).send().await;

    assert!(cut.is_err());
    assert_eq!(next.unwrap().status(), 200);
    assert_eq!(simulator.log().of("/wxa/get_category")[0].status, None);
}

#[tokio::test]
async fn the_state_survives_without_a_goodbye() {
    let folder = std::env::temp_dir().join(format!("simulator-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("state.json");
    let options = || Options { state_file: Some(file.clone()), ..Options::default() };

    let first = Simulator::start(options()).await.unwrap();
    let ticket = first.push_ticket().await.unwrap().ticket;
    first.authorize(Authorize::new(NOODLES)).await.unwrap();
    first.advance(1000);
    let (state, now) = (first.state(), first.now());
    std::mem::forget(first);
    let second = Simulator::start(options()).await.unwrap();

    assert_eq!(second.state(), state);
    assert!(second.now() - now < 60, "time does not turn back");
    assert!(state.to_string().contains(&ticket));
    std::fs::write(&file, "{").unwrap();
    let broken = Simulator::start(options()).await;
    assert!(matches!(broken, Err(StartError::State { .. })));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn tickets_come_by_themselves_where_that_is_chosen() {
    let options =
        Options { ticket_interval: Some(Duration::from_millis(20)), ..Options::default() };
    let simulator = Simulator::start(options).await.unwrap();

    for _ in 0..200 {
        if simulator.log().pushes.len() > 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no ticket came");
}

#[tokio::test]
async fn reviews_end_by_themselves_where_that_is_chosen() {
    let options = Options { auto_review: Some(Duration::ZERO), ..Options::default() };
    let simulator = Simulator::start(options).await.unwrap();
    let outside = |what| {
        let change = ChangeOutside { appid: NOODLES.to_owned(), what };
        simulator.change_outside(change).unwrap();
    };

    outside(Outside::Commit { user_version: "1".to_owned(), user_desc: String::new() });
    outside(Outside::Submit);

    for _ in 0..500 {
        if simulator.state()["merchants"][NOODLES]["reviews"][0]["status"] == "Approved" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody reviewed");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_history() {
    let tokens = async |seed| {
        let simulator = Simulator::new(Options { seed, ..Options::default() }).unwrap();
        simulator.push_ticket().await.unwrap().ticket
    };

    assert_eq!(tokens(1).await, tokens(1).await);
    assert_ne!(tokens(1).await, tokens(2).await);
}

#[tokio::test]
async fn a_component_with_a_bad_key_does_not_start() {
    let mut options = Options::default();
    options.components[0].encoding_aes_key = "short".to_owned();

    assert!(matches!(Simulator::new(options), Err(StartError::Key(_))));
}
