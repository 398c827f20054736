//! Secrets are exchanged while everything runs.

use std::time::Duration;

use jiff::SignedDuration;
use local::aws::Service;
use platform::{
    storage::Transaction,
    ticket::TicketError,
    tokens::{Granted, Subject},
    webhooks::{Network, Wish},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{World, component_appid, merchant, secret};

/// Lets time pass for whoever waits, without waiting.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

impl World {
    /// Changes the platform secret, and lets it be read again.
    async fn change_secret(&self, change: impl FnOnce(&mut Value)) {
        let client =
            aws_sdk_secretsmanager::Client::new(&crate::world::configuration(&self.aws).await);
        let text = platform::secrets::read(&client, "platform").await.unwrap();
        let mut document: Value = serde_json::from_str(text.expose_secret()).unwrap();
        change(&mut document);
        self.aws.secrets().put("platform", SecretString::from(document.to_string()));
        pass(Duration::from_secs(301)).await;
        self.platform.secrets.fresh().await;
    }

    async fn token_of_merchant(&self) -> String {
        let subject = Subject::merchant(&component_appid(), &merchant());
        let token = self.platform.tokens.access_token(&subject).await.unwrap();
        token.secret.expose_secret().to_owned()
    }

    async fn chain_breaks(&self) -> bool {
        let soon = Instant::now() + Duration::from_secs(30);
        let chain = &self.platform.audit_chain;
        chain.seal(soon).await.unwrap();
        chain.verify(None, None, soon).await.unwrap().unwrap().broken.is_some()
    }
}

#[tokio::test]
async fn the_sealing_key_is_exchanged_and_later_forgotten() {
    let world = World::new().await;
    let (component, appid) = (component_appid(), merchant());
    let now = crate::world::START;
    world.authorized(&appid).await;
    let (access, refresh) = (secret("access"), secret("refresh"));
    let grant = async |seen| {
        let granted = Granted {
            access: Some(&access),
            expires_in: 7200,
            refresh: Some(&refresh),
            order: now,
            seen,
        };
        let subject = Subject::merchant(&component, &appid);
        let write = world.platform.tokens.granted(&subject, &granted).unwrap();
        let written = world.platform.tables.tokens.transact(vec![write]).await.unwrap();
        assert_eq!(written, Transaction::Written);
    };
    grant(0).await;
    world.enter(&appid, Some(&"a".repeat(32)), None).await.unwrap();
    assert!(!world.chain_breaks().await);

    // Exchanged: what the old one sealed opens.
    let old = std::cell::RefCell::new(Value::Null);
    world
        .change_secret(|document| {
            *old.borrow_mut() = document["sealing_key"].take();
            document["previous_sealing_keys"] = json!([*old.borrow()]);
            document["sealing_key"] = "n".repeat(64).into();
        })
        .await;
    let ticket = world.platform.tickets.newest(&component).await.unwrap();
    assert_eq!(ticket.secret.expose_secret(), "ticket@@@1");
    assert_eq!(world.token_of_merchant().await, "access");
    world.hand_over(&appid).await.unwrap();
    world.clock.forward(SignedDuration::from_mins(10));
    assert!(!world.chain_breaks().await, "links under either key");

    // Forgotten: what came since is under the new one, and data keys never were under either.
    world.platform.tickets.keep(&component, "ticket@@@2", now + 60).await.unwrap();
    grant(1).await;
    world.change_secret(|document| document["previous_sealing_keys"] = json!([])).await;
    let ticket = world.platform.tickets.newest(&component).await.unwrap();
    assert_eq!(ticket.secret.expose_secret(), "ticket@@@2");
    assert!(ticket.previous.is_none(), "the one before does not open any more");
    assert_eq!(world.token_of_merchant().await, "access");
    world.hand_over(&appid).await.unwrap();
    assert!(!world.chain_breaks().await, "the newest seal vouches for the older ones");
    assert!(world.aws.calls(Service::Kms) > 0);
}

#[tokio::test]
async fn a_sealing_key_that_is_forgotten_too_early_is_named_and_can_be_put_back() {
    let world = World::new().await;
    let component = component_appid();
    let old = std::cell::RefCell::new(Value::Null);
    world
        .change_secret(|document| {
            *old.borrow_mut() = document["sealing_key"].take();
            document["sealing_key"] = "n".repeat(64).into();
        })
        .await;

    let error = world.platform.tickets.newest(&component).await.unwrap_err();
    assert!(matches!(error, TicketError::Unseal(..)), "{error:?}");
    assert!(error.to_string().contains("previous_sealing_keys"), "{error}");

    world
        .change_secret(|document| document["previous_sealing_keys"] = json!([*old.borrow()]))
        .await;
    world.platform.tickets.newest(&component).await.unwrap();
}

#[tokio::test]
async fn a_webhooks_secret_is_sealed_anew_before_its_key_is_forgotten() {
    let world = World::new().await;
    let webhooks = &world.platform.webhooks;
    let mut webhooks_here = webhooks.clone();
    // Names need not resolve.
    webhooks_here.network = Network::with_loopback();
    let wish = Wish {
        url: "http://127.0.0.1:9/".to_owned(),
        description: "canary".to_owned(),
        kinds: Vec::new(),
        components: Vec::new(),
        appids: Vec::new(),
        active: true,
    };
    let made = webhooks_here.create_target("K1", wish).await.unwrap();

    world
        .change_secret(|document| {
            let old = document["sealing_key"].take();
            document["previous_sealing_keys"] = json!([old]);
            document["sealing_key"] = "n".repeat(64).into();
        })
        .await;
    webhooks.sweep().await.unwrap();
    world.change_secret(|document| document["previous_sealing_keys"] = json!([])).await;

    let target = webhooks.target(&made.target.id).await.unwrap();
    assert_ne!(target.secret, made.target.secret);
    let secrets = webhooks.signing_secrets(&target).await.unwrap();
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0].reveal(), made.secret.reveal(), "the receiver has the same one");
}

#[tokio::test]
async fn a_components_secret_token_and_key_are_exchanged_with_both_in_force() {
    let world = World::new().await;
    let component = component_appid();
    let before = world.platform.secrets.component(&component).await.unwrap();
    let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    world
        .change_secret(|document| {
            let entry = &mut document["components"][0];
            entry["previous_token"] = entry["token"].take();
            entry["previous_encoding_aes_key"] = entry["encoding_aes_key"].take();
            entry["secret"] = "another secret".into();
            entry["token"] = "another token".into();
            entry["encoding_aes_key"] = key.into();
        })
        .await;

    let after = world.platform.secrets.component(&component).await.unwrap();
    assert_eq!(after.secret.expose_secret(), "another secret");
    let tokens: Vec<&str> = after.tokens.iter().map(|it| it.expose_secret()).collect();
    assert_eq!(tokens, ["another token", before.tokens[0].expose_secret()]);
    assert_eq!(after.keys.len(), 2);
    // What a push is opened with: either.
    assert_eq!(after.callback_keys().tokens.len(), 2);

    world
        .change_secret(|document| {
            let entry = document["components"][0].as_object_mut().unwrap();
            entry.remove("previous_token");
            entry.remove("previous_encoding_aes_key");
        })
        .await;
    let last = world.platform.secrets.component(&component).await.unwrap();
    assert_eq!((last.tokens.len(), last.keys.len()), (1, 1));
}
