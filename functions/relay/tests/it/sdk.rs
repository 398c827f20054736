//! What an SDK does that knows nothing of us: it asks for a token, and uses it.

use platform::operators::{Permit, Role, Scope};
use serde_json::json;

use crate::{
    gateway::{Call, Reply},
    world::{World, patterns},
};

const INFO: &str = "/cgi-bin/account/getaccountbasicinfo";

impl World {
    async fn token_for(&self, appid: &str, secret: &str) -> Reply {
        let query = format!("?grant_type=client_credential&appid={appid}&secret={secret}");
        self.send(Call::get(&self.at(&format!("/cgi-bin/token{query}")))).await
    }

    async fn token(&self, secret: &str) -> String {
        let reply = self.token_for(self.merchant.as_str(), secret).await;
        assert_eq!(reply.json()["expires_in"], 7200, "{reply:?}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn with_token(&self, token: &str) -> Reply {
        self.send(Call::get(&self.at(&format!("{INFO}?access_token={token}")))).await
    }
}

#[tokio::test]
async fn a_key_gives_a_relay_token_and_the_token_opens_what_the_key_does() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;

    let token = world.token(&key).await;

    assert!(
        token.len() <= 512
            && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    );
    assert_eq!(world.with_token(&token).await.errcode(), 0);
    let sent = &world.wire.sent(INFO)[0];
    assert!(!sent.query.contains(&token), "WeChat never sees it");
    let refused = Call::post(&world.at(&format!("/wxa/release?access_token={token}")));
    world.send(refused).await.problem(403);
}

#[tokio::test]
async fn every_way_in_which_an_sdk_asks_is_understood() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let asked = json!({
        "grant_type": "client_credential", "appid": world.merchant, "secret": key,
        "force_refresh": false,
    });
    let form = format!("grant_type=client_credential&appid={}&secret={key}", world.merchant);
    for call in [
        Call::post(&world.at("/cgi-bin/stable_token")).json(asked.clone()),
        Call::post(&world.at("/cgi-bin/token")).json(asked),
        Call::post(&world.at("/cgi-bin/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.as_bytes()),
        Call::post(&world.at(&format!("/cgi-bin/token?{form}"))),
    ] {
        let reply = world.send(call).await;
        assert!(reply.json()["access_token"].is_string(), "{reply:?}");
    }
    let query = format!("?grant_type=client_credential&appid={}&secret={key}", world.component);
    let target = world.component_at(&format!("/cgi-bin/token{query}"));
    assert!(world.send(Call::get(&target)).await.json()["access_token"].is_string());
}

#[tokio::test]
async fn what_is_wrong_is_said_in_wechats_codes() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let revoked = world.key(&["relay"]).await;
    world.revoke(&revoked).await;
    let unscoped = world.key(&["token:read"]).await;
    let elsewhere = world.key_with(Permit {
        scopes: [Scope::Relay].into(),
        accounts: patterns(&["component"]),
        ..Permit::default()
    });
    let elsewhere = elsewhere.await;
    let person = world.any_key(Role::Admin, Permit::default()).await;
    let appid = world.merchant.as_str();
    for (appid, secret, code) in [
        (appid, "an-app-secret", 40125),
        (appid, &key[..key.len() - 1], 40125),
        (appid, &*revoked, 40125),
        (appid, "", 41004),
        ("", &*key, 41002),
        ("wx0000000000000009", &*key, 40013),
        (appid, &*unscoped, 48001),
        (appid, &*elsewhere, 48001),
        (appid, &*person, 48001),
    ] {
        let reply = world.token_for(appid, secret).await;
        assert_eq!(reply.errcode(), code, "{appid} {reply:?}");
        assert!(secret.is_empty() || !reply.contains(secret));
    }
    let target = world.at("/cgi-bin/token?grant_type=refresh_token");
    assert_eq!(world.send(Call::get(&target)).await.errcode(), 40002);
    for token in ["", "80_real-token-of-wechat", "wfr_", "wfr_AAAA"] {
        assert_eq!(world.with_token(token).await.errcode(), 40001, "{token}");
    }
}

#[tokio::test]
async fn a_token_ends_after_two_hours() {
    let world = World::new().await;
    let token = world.token(&world.key(&["relay"]).await).await;
    world.clock.forward(7199);
    assert_eq!(world.with_token(&token).await.errcode(), 0);
    world.clock.forward(1);
    assert_eq!(world.with_token(&token).await.errcode(), 42001, "an SDK fetches another");
}

#[tokio::test]
async fn a_token_dies_with_its_key() {
    let world = World::new().await;
    let key = world.key(&["relay"]).await;
    let token = world.token(&key).await;
    world.revoke(&key).await;
    assert_eq!(world.with_token(&token).await.errcode(), 40001);
    assert_eq!(world.token_for(world.merchant.as_str(), &key).await.errcode(), 40125);
}

#[tokio::test]
async fn a_token_is_good_for_its_account_alone_and_not_if_anything_of_it_is_changed() {
    let world = World::new().await;
    let token = world.token(&world.key(&["relay"]).await).await;
    let target = world.component_at(&format!("/wxa/gettemplatedraftlist?access_token={token}"));
    assert_eq!(world.send(Call::get(&target)).await.errcode(), 40001);
    for place in (4..token.len()).step_by(7) {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(world.with_token(&changed).await.errcode(), 40001, "{place}");
    }
}
