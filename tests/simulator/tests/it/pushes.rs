//! What WeChat pushes, and what it does with the answer.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::Response;
use simulator::{
    Authorize, Key, Message, Push, Receiver, Revoke, Signing, Target, Via,
    crypto::{CallbackKey, signature},
};

use crate::support::{NOODLES, START, World};

/// Receives with these answers, the last one for ever.
fn answering(answers: &'static [(u16, &'static str)]) -> Receiver {
    let answers: Arc<Mutex<VecDeque<_>>> = Arc::new(Mutex::new(answers.iter().copied().collect()));
    Receiver::Function(Arc::new(move |_| {
        let mut answers = answers.lock().unwrap();
        let (status, body) =
            if answers.len() > 1 { answers.pop_front() } else { answers.front().copied() }.unwrap();
        let response = Response::builder().status(status).body(Bytes::from(body)).unwrap();
        Box::pin(async { Ok(response) })
    }))
}

#[tokio::test]
async fn a_push_is_signed_twice_and_encrypted_for_the_component() {
    let world = World::new();

    world.simulator.push_ticket().await.unwrap();

    let (address, body) = world.arrived.lock().unwrap()[0].clone();
    let address = url::Url::parse(&address).unwrap();
    let query =
        |name: &str| address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let settings = &world.simulator.state()["components"][&world.component]["settings"];
    let (token, key) = (settings["token"].as_str().unwrap(), &settings["encoding_aes_key"]);
    let encrypt = body.split_once("<Encrypt><![CDATA[").unwrap().1.split_once("]]>").unwrap().0;
    let (timestamp, nonce) = (query("timestamp"), query("nonce"));
    assert_eq!(query("msg_signature"), signature(&[token, &timestamp, &nonce, encrypt]));
    assert_eq!(query("signature"), signature(&[token, &timestamp, &nonce]));
    assert_eq!((query("encrypt_type").as_str(), timestamp), ("aes", START.to_string()));
    assert!(body.starts_with(&format!("<xml><AppId><![CDATA[{}]]></AppId>", world.component)));
    let key = CallbackKey::parse(key.as_str().unwrap()).unwrap();
    let (message, id) = key.decrypt(encrypt).unwrap();
    assert_eq!(id, world.component);
    assert!(message.contains("<InfoType><![CDATA[component_verify_ticket]]></InfoType>"));
}

#[tokio::test]
async fn a_message_goes_to_its_mini_programs_address_with_the_components_id() {
    let world = World::new();
    let message = Message::fields([("Event", "wxa_nickname_audit"), ("ret", "3")]);
    let to = Target::Messages { appid: NOODLES.to_owned() };

    let push = Push { to, message, create_time: Some(5), ..Push::default() };
    let deliveries = world.simulator.push(push).await.unwrap();

    assert_eq!(deliveries[0].what, "wxa_nickname_audit");
    let (address, body) = world.arrived.lock().unwrap()[0].clone();
    assert!(
        address.contains(&format!("/wechat/{NOODLES}/messages?")) && address.contains("openid=")
    );
    assert!(body.starts_with("<xml><ToUserName><![CDATA[gh_"));
    assert!(world.pushes()[0].contains("<CreateTime>5</CreateTime>"));
}

#[tokio::test]
async fn what_is_not_accepted_is_pushed_three_times() {
    let world = World::with(|options| {
        options.receiver = answering(&[(500, ""), (200, "ok"), (200, "\"success\"")]);
    });

    let delivery = world.simulator.push_ticket().await.unwrap().delivery;

    assert!(!delivery.accepted);
    let statuses: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(500), Some(200), Some(200)]);
    assert_eq!(world.simulator.log().pushes.len(), 1);
}

#[tokio::test]
async fn a_second_try_that_is_accepted_ends_it() {
    let world = World::with(|options| options.receiver = answering(&[(503, ""), (200, "success")]));

    let delivery = world.simulator.push_ticket().await.unwrap().delivery;

    assert!(delivery.accepted);
    assert_eq!(delivery.attempts.len(), 2);
}

#[tokio::test]
async fn a_component_without_an_address_gets_nothing() {
    let world = World::with(|options| options.components[0].event_url = None);

    let delivery = world.simulator.push_ticket().await.unwrap().delivery;

    assert!(!delivery.accepted && delivery.attempts.is_empty());
}

#[tokio::test]
async fn forged_pushes_differ_in_what_was_ordered_and_nothing_else() {
    let world = World::with(|options| {
        options.components[0].previous_encoding_aes_key = Some("B".repeat(43));
    });
    let base = || Push {
        message: Message::fields([("InfoType", "unauthorized"), ("AuthorizerAppid", NOODLES)]),
        ..Push::default()
    };
    let pushes = [
        Push { signing: Signing::Wrong, ..base() },
        Push { signing: Signing::Absent, ..base() },
        Push { id: Some("wxsomebodyelse0000".to_owned()), ..base() },
        Push { key: Key::Previous, ..base() },
        Push { key: Key::Foreign, ..base() },
        Push { envelope: Some("<!DOCTYPE x><xml>{encrypt}</xml>".to_owned()), ..base() },
        Push { times: 3, timestamp: Some(1), ..base() },
        Push { times: 2, afresh: true, ..base() },
    ];
    for push in pushes {
        world.simulator.push(push).await.unwrap();
    }

    let arrived = world.arrived.lock().unwrap().clone();
    assert_eq!(arrived.len(), 11);
    assert!(arrived[0].0.contains("msg_signature=") && !arrived[1].0.contains("msg_signature="));
    let ours = CallbackKey::parse("qTb3vXz8KcM1nR5sYw7LdF2gHj9PaE4uVx6CiBoNtZG").unwrap();
    let former = CallbackKey::parse(&"B".repeat(43)).unwrap();
    let cipher = |at: usize| {
        let body: &str = &arrived[at].1;
        body.split_once("CDATA[").map(|_| {
            let rest = body.split_once("<Encrypt><![CDATA[").unwrap().1;
            rest.split_once("]]>").unwrap().0.to_owned()
        })
    };
    assert_eq!(ours.decrypt(&cipher(2).unwrap()).unwrap().1, "wxsomebodyelse0000");
    assert!(former.decrypt(&cipher(3).unwrap()).is_some());
    assert!(ours.decrypt(&cipher(4).unwrap()).is_none());
    assert!(arrived[5].1.starts_with("<!DOCTYPE x><xml>") && cipher(5).is_none());
    assert!(arrived[6].0.contains("timestamp=1&"));
    assert_eq!(arrived[6], arrived[8], "repetitions are the same bytes");
    assert_ne!(arrived[9].1, arrived[10].1, "unless they are made afresh");
}

#[tokio::test]
async fn authorization_is_told_in_the_order_that_was_chosen() {
    let world = World::new();
    let order = |via| Authorize {
        via,
        redirect_uri: Some("https://fleet.example.com/back?state=s1".to_owned()),
        ..Authorize::new(NOODLES)
    };
    let mut told = Vec::new();
    for via in [Via::PushFirst, Via::RedirectFirst, Via::PushOnly, Via::RedirectOnly, Via::Nothing]
    {
        let authorized = world.simulator.authorize(order(via)).await.unwrap();
        let redirect = authorized.redirect.unwrap();
        assert!(
            redirect.starts_with("https://fleet.example.com/back?state=s1&auth_code=queryauth")
        );
        assert!(redirect.ends_with("&expires_in=600"));
        let arrived = std::mem::take(&mut *world.arrived.lock().unwrap());
        let kinds =
            arrived.iter().map(|(_, body)| if body.is_empty() { "browser" } else { "push" });
        told.push(kinds.collect::<Vec<_>>().join(" "));
        let revoke = Revoke { appid: NOODLES.to_owned(), silent: true, ..Revoke::default() };
        world.simulator.revoke(revoke).await.unwrap();
    }

    assert_eq!(told, ["push browser", "browser push", "push", "browser", ""]);
}

#[tokio::test]
async fn authorizing_again_pushes_only_what_changed() {
    let world = World::new();
    let with = |sets: &[u32]| Authorize {
        permission_sets: Some(sets.to_vec()),
        ..Authorize::new(NOODLES)
    };

    let not_yet = world.simulator.update_authorization(with(&[18])).await;
    let first = world.simulator.authorize(with(&[17, 18])).await.unwrap();
    let same = world.simulator.authorize(with(&[18, 17])).await.unwrap();
    let changed = world.simulator.update_authorization(with(&[18])).await.unwrap();

    assert!(not_yet.is_err());
    assert_eq!(first.info_type, Some("authorized"));
    assert_eq!((same.info_type, same.push.is_none()), (None, true));
    assert_eq!(changed.info_type, Some("updateauthorized"));
    let pushes = world.pushes();
    assert_eq!(pushes.len(), 2);
    assert!(pushes[0].contains(&format!("<AuthorizationCodeExpiredTime>{}<", START + 600)));
    assert!(pushes[1].contains(&changed.auth_code));
}
